# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules and lookups, host-neutral: plain frozen values that any caller of the flow can make.

This is the one place where an option, its type, its choices and its default are declared: ``_ansible/specs.py`` makes the
argument specs from it, and ``_ansible/reading.py`` reads by it. Annotations are evaluated, on Python 3.9 as well, so they say
``t.Optional`` and ``t.Union``.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._local.zip_archive import Members
from .._model.surrogates import refuse_halves
from .._plan.policy import PUBLISH_LAST, REFUSE
from .._plan.render import DiffLimit
from .._usage_api.client_config import ClientSettings

State = t.Literal["present", "absent"]
Compare = t.Literal["checksum", "size_mtime", "size"]
OnExisting = t.Literal["replace", "keep", "fail"]
OnError = t.Literal["continue", "stop"]
Phases = t.Literal["all", "early", "late"]

HANDED = {"handed": True}
"""Marks a field that is not an option: an action plugin passes it to its module, with an underscore before the name."""


def is_option(field: dataclasses.Field[t.Any]) -> bool:
    """Whether a task can set it."""
    return not is_shared(field) and "handed" not in field.metadata


def is_shared(field: dataclasses.Field[t.Any]) -> bool:
    """Whether it stands for options that a class shares with others: those of NetStorage, or of Akamai's other APIs."""
    return field.name in ("common", "api")


@dataclasses.dataclass(frozen=True)
class Common(ClientSettings):
    """Where the service is, who asks, and what holds for all modules.

    host           name[:port], or name/root as rclone users write it
    root           base path such as /123456/site, or None: then every path is absolute
    directories    explicit: make wanted directories and ancestors explicit; leave: the service's own implicit behaviour
    unusual_names  refuse | allow names with empty, . or .. components or trailing slashes
    diff_limit     how much a diff shows in all
    diff_size      largest text that a diff shows, in bytes
    """

    root: t.Optional[str] = None
    directories: t.Literal["explicit", "leave"] = "explicit"
    unusual_names: t.Literal["refuse", "allow"] = "refuse"
    diff_limit: DiffLimit = dataclasses.field(default=DiffLimit())
    diff_size: int = dataclasses.field(default=104_448, metadata=HANDED)


@dataclasses.dataclass(frozen=True)
class _Options:
    """The constructor raises BadOptions where an option has half of a surrogate pair in it."""

    common: Common

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.common), **vars(self)})


@dataclasses.dataclass(frozen=True)
class DescribedSource:
    """A file on another machine: enough to compare it, not to send it.

    is_text   whether a diff may show it
    members   of an archive that is to get an index
    shipped   a copy on this machine, None as long as the bytes are not needed
    """

    size: int
    md5: str
    sha256: str
    mtime: int
    is_text: bool = True
    shipped: str | None = None
    members: Members | None = None


@dataclasses.dataclass(frozen=True)
class FileOptions(_Options):
    """ns_file. ``source`` is a path on this machine or a description; None with state absent. What ``is_secret`` is not shown."""

    path: str
    state: State = "present"
    source: t.Union[str, DescribedSource, None] = dataclasses.field(default=None, metadata=HANDED)
    mtime: t.Union[str, int] = "preserve"
    compare: Compare = "checksum"
    on_existing: OnExisting = "replace"
    sha256: t.Optional[str] = None
    index_zip: bool = False
    is_secret: bool = dataclasses.field(default=False, metadata=HANDED)


@dataclasses.dataclass(frozen=True)
class DirectoryOptions(_Options):
    """ns_directory."""

    path: str
    state: State = "present"
    recurse: bool = False
    quick_delete: t.Literal["never", "allowed", "required"] = "never"
    quick_delete_wait: float = 900.0
    changed_paths_file: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class SymlinkOptions(_Options):
    """ns_symlink."""

    path: str
    target: t.Optional[str] = None
    state: State = "present"
    replace: t.Literal["link", "file", "never"] = "link"
    allow_dangling: bool = True
    changed_paths_file: t.Optional[str] = None
    pending_path: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class RenameOptions(_Options):
    """ns_rename. ``md5`` is what the file must have, None for any."""

    path: str
    dest: str
    md5: t.Optional[str] = None
    on_existing: OnExisting = "replace"
    file_type: t.Literal["any", "file", "directory"] = "any"
    parallel: int = 16
    on_error: OnError = "continue"
    changed_paths_file: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class SyncOptions(_Options):
    """ns_sync. ``max_delete`` and ``max_replace`` are texts such as ``50 %`` or ``20``, None for no cap.

    rendered      the directory with what became of the templates, None where there are none
    secret_names  names in it whose content came out of a vault and is not shown
    plan_file, expect_plan  paths of plan documents on this machine; expect_within is in seconds
    shard         the share of this host, such as ``2/4``; None for all of it
    shards        what the hosts said of their shares
    """

    src: str
    path: str
    delete: bool = False
    include: t.Sequence[str] = ()
    exclude: t.Sequence[str] = ()
    protect: t.Sequence[str] = ()
    immutable: t.Sequence[str] = ()
    links: t.Literal["preserve", "follow", "skip"] = "preserve"
    replace_links: bool = False
    compare: Compare = "checksum"
    mtime: t.Union[str, int] = "preserve"
    publish_last: t.Sequence[str] = PUBLISH_LAST
    parallel: int = 16
    on_error: OnError = "continue"
    verify: t.Literal["none", "listing", "full"] = "none"
    verify_wait: float = 10.0
    max_delete: t.Optional[str] = "50 %"
    max_replace: t.Optional[str] = None
    allow_empty_source: bool = False
    allow_root: bool = False
    adopt: bool = False
    refuse: t.Sequence[str] = REFUSE
    templates: t.Sequence[str] = ()
    rendered: t.Optional[str] = dataclasses.field(default=None, metadata=HANDED)
    secret_names: t.Sequence[str] = dataclasses.field(default=(), metadata=HANDED)
    index_zip: t.Sequence[str] = ()
    plan_file: t.Optional[str] = None
    expect_plan: t.Optional[str] = None
    expect_digest: t.Optional[str] = None
    expect_within: int = 86_400
    changed_paths_file: t.Optional[str] = None
    pending_path: t.Optional[str] = None
    phases: Phases = "all"
    shard: t.Optional[str] = None
    shards: t.Optional[t.Sequence[dict]] = None  # type: ignore[type-arg]  # the spec is made of it


@dataclasses.dataclass(frozen=True)
class FetchOptions(_Options):
    """ns_fetch. ``mode`` is that of the files that are written, None to keep what is usual."""

    path: str
    dest: str
    delete: bool = False
    include: t.Sequence[str] = ()
    exclude: t.Sequence[str] = ()
    protect: t.Sequence[str] = ()
    links: t.Literal["preserve", "skip"] = "preserve"
    compare: Compare = "checksum"
    parallel: int = 16
    on_error: OnError = "continue"
    max_delete: t.Optional[str] = "50 %"
    max_replace: t.Optional[str] = None
    allow_empty_source: bool = False
    adopt: bool = False
    mode: t.Optional[int] = None


@dataclasses.dataclass(frozen=True)
class PruneOptions(_Options):
    """ns_prune. ``size`` and ``age`` are texts such as ``10k`` and ``-2h``, ``max_delete`` one such as ``50 %``."""

    path: str
    patterns: t.Sequence[str] = ()
    excludes: t.Sequence[str] = ()
    use_regex: bool = False
    file_type: t.Optional[t.Literal["any", "file", "directory", "link"]] = None
    size: t.Optional[str] = None
    age: t.Optional[str] = None
    recurse: bool = True
    keep: t.Optional[int] = None
    order: t.Literal["name", "mtime"] = "name"
    protect_targets: t.Sequence[str] = ()
    protect: t.Sequence[str] = ()
    max_delete: t.Optional[str] = "50 %"
    allow_root: bool = False
    parallel: int = 16
    on_error: OnError = "continue"
    changed_paths_file: t.Optional[str] = None


Options = t.Union[FileOptions, DirectoryOptions, SymlinkOptions, SyncOptions, RenameOptions, FetchOptions, PruneOptions]


@dataclasses.dataclass(frozen=True)
class InfoOptions(_Options):
    """ns_info and the lookup ns_stat. Without a ``path`` the access of the account is checked.

    du        how much is below each directory, too
    cp_codes  CP codes to ask for beside that of the root
    """

    path: t.Sequence[str] = ()
    du: bool = False
    cp_codes: t.Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class FindOptions(_Options):
    """ns_find. ``size`` and ``age`` are texts such as ``10k`` and ``-2h``, None where they do not matter."""

    path: str
    patterns: t.Sequence[str] = ()
    excludes: t.Sequence[str] = ()
    use_regex: bool = False
    file_type: t.Literal["any", "file", "directory", "link", "implicit"] = "file"
    size: t.Optional[str] = None
    age: t.Optional[str] = None
    recurse: bool = False
    depth: t.Optional[int] = None
    limit: t.Optional[int] = None


@dataclasses.dataclass(frozen=True)
class ConformanceOptions(_Options):
    """ns_conformance. ``write`` also asks what only something that is written can tell."""

    path: str
    write: bool = False


@dataclasses.dataclass(frozen=True)
class ContentOptions(_Options):
    """The lookup ns_content. ``max_size`` is in bytes; a larger file is refused before it is downloaded."""

    path: t.Sequence[str]
    max_size: int
    encoding: str = "utf-8"
    undecodable: t.Literal["strict", "replace", "ignore"] = "strict"
