# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sources on the controller: found as ``ansible.builtin.copy`` finds them, decrypted, spooled, described."""

from __future__ import annotations

import contextlib
import copy
import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes

from ..module_utils._local.file_content import SMALL, FileContent, head_of
from ..module_utils._local.zip_archive import members_of
from ..module_utils._model.errors import BadSource
from ..module_utils._model.paths import encoded, shown
from ..module_utils._plan.render import is_text, shown_text
from ._private_files import held, named

# The size limit of a diff if Ansible is configured without one: the content is held in memory.
_NO_LIMIT = 64 * 1024 * 1024


class Source(t.NamedTuple):
    """A file on the controller.

    passing   it is a spooled or decrypted one, which is removed with the task. It may be in memory, with a path under /proc
    vaulted   its content came out of a vault
    """

    path: str
    passing: bool = False
    vaulted: bool = False


class Loader(t.Protocol):
    """What we need of Ansible's data loader."""

    def get_basedir(self) -> str:
        ...

    def get_real_file(self, file_path: str, decrypt: bool = True) -> str:
        ...

    def cleanup_tmp_file(self, file_path: str) -> None:
        ...


def _told(error: AnsibleError) -> str:
    """Ansible's message, escaped: it contains the name as it is, and line breaks."""
    return shown_text(encoded(str(error)))


def found(find: t.Callable[[str, str], str], src: str) -> str:
    """The path of ``src`` in ``files/`` of the role, beside the tasks, or in the playbook's folders. BadSource."""
    try:
        return find("files", src)
    except AnsibleError as error:
        raise BadSource(f"src: {_told(error)}") from error


def found_directory(find: t.Callable[[str, str], str], src: str) -> str:
    """A slash at the end makes no difference: a directory always means its contents."""
    path = found(find, src.rstrip("/") or "/")
    if not os.path.isdir(encoded(path)):
        raise BadSource(f"src: {shown(encoded(path))} is not a directory", hint="ns_file sends single files.")
    return path


@contextlib.contextmanager
def opened(loader: Loader, path: str, decrypt: bool) -> t.Iterator[Source]:
    """The file that was found, or its decrypted copy for as long as the block lasts. BadSource."""
    if os.path.isdir(encoded(path)):
        raise BadSource(f"src: {shown(encoded(path))} is a directory", hint="ns_sync sends directories.")
    with contextlib.ExitStack() as kept:
        try:
            real = _Decrypting(loader, kept).real_file(path, decrypt)
        except AnsibleError as error:
            raise BadSource(f"src: {_told(error)}") from error
        if os.path.samefile(encoded(real), encoded(path)):
            yield kept.enter_context(_as_it_is(path))
            return
        status = os.stat(encoded(path))
        os.utime(encoded(real), ns=(status.st_atime_ns, status.st_mtime_ns))
        yield Source(real, passing=True, vaulted=True)


class _Decrypting:
    """Ansible's loader, but decrypted content is held until ``kept`` is closed: Ansible's own temporary file would be left if a
    signal ends its worker."""

    def __init__(self, loader: Loader, kept: contextlib.ExitStack) -> None:
        self._kept = kept
        self._loader = copy.copy(loader)  # one with these two attributes, on every supported ansible-core
        vars(self._loader).update(_tempfiles=set(), _create_content_tempfile=self._hold)
        self._held: set[str] = set()

    def real_file(self, path: str, decrypt: bool) -> str:
        real = self._loader.get_real_file(path, decrypt=decrypt)
        if real in self._held:
            vars(self._loader)["_tempfiles"].clear()  # it is no file to be removed
        elif not os.path.samefile(encoded(real), encoded(path)):
            self._kept.callback(self._loader.cleanup_tmp_file, real)  # of an ansible-core that works in another way
        return real

    def _hold(self, content: str | bytes) -> str:
        path = self._kept.enter_context(held(to_bytes(content)))
        self._held.add(path)
        return path


@contextlib.contextmanager
def _as_it_is(path: str) -> t.Iterator[Source]:
    """The file itself; or a copy of a small one whose size the system does not know, as in /proc. File transfers rely on
    sizes, and generated content may differ the next time it is read."""
    size = os.stat(encoded(path)).st_size
    content = FileContent(encoded(path), with_md5=False) if size <= SMALL else None
    if content is None or content.data is None or content.size == size:
        yield Source(path)
        return
    with spooled(content.data) as source:
        os.utime(encoded(source.path), (content.mtime, content.mtime))
        yield source


@contextlib.contextmanager
def spooled(content: bytes, vaulted: bool = False) -> t.Iterator[Source]:
    """The content as something that only the user of the controller can read, for as long as the block lasts."""
    with held(content) as path:
        yield Source(path, passing=True, vaulted=vaulted)


@contextlib.contextmanager
def nameable(source: Source) -> t.Iterator[str]:
    """The path of a file in the file system with the content of the source."""
    if not (source.passing and source.path.startswith("/proc/")):
        yield source.path
        return
    with open(source.path, "rb") as stream:
        content = stream.read()
    with named(content) as path:
        status = os.stat(source.path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        yield path


def diff_size() -> int:
    """The size up to which Ansible shows a diff. Its own modules take 0 for "no limit"."""
    limit = int(C.MAX_FILE_SIZE_FOR_DIFF)
    return limit if limit > 0 else _NO_LIMIT


def described(source: Source, limit: int, index_zip: bool = False) -> dict[str, t.Any]:
    """What the module needs to compare a file that it cannot read. BadSource."""
    path = encoded(source.path)
    content = FileContent(path)
    return {
        "size": content.size,
        "md5": content.md5,
        "sha256": content.sha256,
        "mtime": content.mtime,
        "is_text": content.size <= limit and is_text(head_of(path, limit)),
        **({"members": list(members_of(path))} if index_zip else {}),
    }
