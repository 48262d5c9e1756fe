# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of modules and lookups, host-neutral: plain frozen values that any caller of the flow can make."""

from __future__ import annotations

import dataclasses
import typing as t

from .._local.zip_archive import Members
from .._plan.policy import PUBLISH_LAST, REFUSE
from .._usage_api.client_config import ClientSettings


@dataclasses.dataclass(frozen=True)
class Common(ClientSettings):
    """Where the service is, who asks, and what holds for all modules.

    host           name[:port], with the root behind it where rclone users write it there
    root           base path such as /123456/site, or None: then every path is absolute
    directories    explicit: make wanted directories and ancestors explicit; leave: the service's own implicit behaviour
    unusual_names  refuse | allow names with empty, . or .. components or trailing slashes
    diff_size      largest text that a diff shows, in bytes
    """

    root: str | None = None
    directories: str = "explicit"
    unusual_names: str = "refuse"
    diff_size: int = 104_448


@dataclasses.dataclass(frozen=True)
class DescribedSource:
    """A file that lies on another machine: enough to compare, not to send.

    is_text   whether a diff may show it
    members   of an archive that is to get an index
    shipped   a copy on this machine, None as long as nobody needs the bytes
    """

    size: int
    md5: str
    sha256: str
    mtime: int
    is_text: bool = True
    shipped: str | None = None
    members: Members | None = None


@dataclasses.dataclass(frozen=True)
class FileOptions:
    """ns_file. ``source`` is a path on this machine or a description; None with state absent. What ``is_secret`` is not shown."""

    common: Common
    path: str
    state: str = "present"
    source: str | DescribedSource | None = None
    mtime: str | int = "preserve"
    compare: str = "checksum"
    on_existing: str = "replace"
    sha256: str | None = None
    index_zip: bool = False
    is_secret: bool = False


@dataclasses.dataclass(frozen=True)
class DirectoryOptions:
    """ns_directory."""

    common: Common
    path: str
    state: str = "present"
    recurse: bool = False
    quick_delete: str = "never"
    quick_delete_wait: float = 900.0


@dataclasses.dataclass(frozen=True)
class SymlinkOptions:
    """ns_symlink."""

    common: Common
    path: str
    target: str | None = None
    state: str = "present"
    replace: str = "link"
    allow_dangling: bool = True


@dataclasses.dataclass(frozen=True)
class RenameOptions:
    """ns_rename. ``md5`` is what the file must have, None for any."""

    common: Common
    path: str
    dest: str
    md5: str | None = None
    on_existing: str = "replace"
    file_type: str = "any"
    parallel: int = 16
    on_error: str = "continue"


@dataclasses.dataclass(frozen=True)
class SyncOptions:
    """ns_sync. ``max_delete`` and ``max_replace`` are texts such as ``50 %`` or ``20``, None for no cap.

    rendered  the directory with what became of the templates, None where there are none
    secret    names in it whose content came out of a vault and is not shown
    """

    common: Common
    src: str
    path: str
    delete: bool = False
    include: t.Sequence[str] = ()
    exclude: t.Sequence[str] = ()
    protect: t.Sequence[str] = ()
    immutable: t.Sequence[str] = ()
    links: str = "preserve"
    replace_links: bool = False
    compare: str = "checksum"
    mtime: str | int = "preserve"
    publish_last: t.Sequence[str] = PUBLISH_LAST
    parallel: int = 16
    on_error: str = "continue"
    verify: str = "none"
    verify_wait: float = 10.0
    max_delete: str | None = "50 %"
    max_replace: str | None = None
    allow_empty_source: bool = False
    allow_root: bool = False
    adopt: bool = False
    refuse: t.Sequence[str] = REFUSE
    templates: t.Sequence[str] = ()
    rendered: str | None = None
    secret: t.Collection[str] = ()
    index_zip: t.Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class FetchOptions:
    """ns_fetch. ``mode`` is that of the files that are written, None to keep what is usual."""

    common: Common
    path: str
    dest: str
    delete: bool = False
    include: t.Sequence[str] = ()
    exclude: t.Sequence[str] = ()
    protect: t.Sequence[str] = ()
    links: str = "preserve"
    compare: str = "checksum"
    parallel: int = 16
    on_error: str = "continue"
    max_delete: str | None = "50 %"
    max_replace: str | None = None
    allow_empty_source: bool = False
    adopt: bool = False
    mode: int | None = None


Options = t.Union[FileOptions, DirectoryOptions, SymlinkOptions, SyncOptions, RenameOptions, FetchOptions]


@dataclasses.dataclass(frozen=True)
class InfoOptions:
    """ns_info and the lookup ns_stat. Without ``paths`` it is the account that is looked at.

    du        how much is below each directory, too
    cp_codes  CP codes to ask for beside that of the root
    """

    common: Common
    paths: t.Sequence[str] = ()
    du: bool = False
    cp_codes: t.Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class FindOptions:
    """ns_find. ``size`` and ``age`` are texts such as ``10k`` and ``-2h``, None where they do not matter."""

    common: Common
    path: str
    patterns: t.Sequence[str] = ()
    excludes: t.Sequence[str] = ()
    use_regex: bool = False
    file_type: str = "file"
    size: str | None = None
    age: str | None = None
    recurse: bool = False
    depth: int | None = None
    limit: int | None = None


@dataclasses.dataclass(frozen=True)
class ContentOptions:
    """The lookup ns_content. ``max_size`` is in bytes; a larger file is refused before it is downloaded."""

    common: Common
    paths: t.Sequence[str]
    max_size: int
    encoding: str = "utf-8"
    undecodable: str = "strict"
