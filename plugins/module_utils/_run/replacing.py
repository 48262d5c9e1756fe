# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Putting one object where another stands, without a gap where the service allows it.

Whether ``symlink`` and ``rename`` replace what exists, and whether an upload goes through a symlink, is not known
(reference, section 11). So nothing is ever uploaded onto a symlink, and where a replacement is refused the old object is
deleted only when the new one is ready under a temporary name.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._local.contents import FileContent
from .._model.entries import Entry, Kind
from .._model.errors import Conflict, NetStorageError
from .._model.paths import basename, join, parent, shown
from .._usage_api.client import Client

Note = t.Callable[[str], None]


def temporary(path: bytes) -> bytes:
    """A name beside ``path`` that nobody else uses."""
    return join(parent(path), b"." + basename(path)[:100] + b".new-" + os.urandom(6).hex().encode())


def flip_symlink(client: Client, path: bytes, target: bytes, mtime: int | None, note: Note) -> None:
    """Make the object at ``path`` a symlink to ``target``. A file or a symlink stands there."""
    try:
        client.symlink(path, target, mtime)
        return
    except Conflict:
        pass
    fresh = temporary(path)
    client.symlink(fresh, target, mtime)
    _move_over(client, fresh, path, Entry(basename(fresh), Kind.SYMLINK, target=target), note)


def replace_with_file(client: Client, path: bytes, content: FileContent, mtime: int | None, note: Note) -> None:
    """Make the symlink at ``path`` a file."""
    fresh = temporary(path)
    client.upload(fresh, content, mtime)
    _move_over(client, fresh, path, Entry(basename(fresh), Kind.FILE, content.size, content.md5), note)


def _move_over(client: Client, fresh: bytes, path: bytes, known: Entry, note: Note) -> None:
    try:
        if _renamed(client, fresh, path, known):
            return
        client.delete(path)
    except NetStorageError:
        _clear(client, fresh)
        raise
    _bring_home(client, fresh, path, known)
    note(f"{shown(path)} was missing for the time of one request: the service does not rename onto an existing name")


def _renamed(client: Client, fresh: bytes, path: bytes, known: Entry) -> bool:
    try:
        client.rename(fresh, path, known)
    except Conflict:
        return False
    return True


def _bring_home(client: Client, fresh: bytes, path: bytes, known: Entry) -> None:
    """The old object is gone. Whatever happens now, the new one is never removed: it may be the only one left."""
    try:
        client.rename(fresh, path, known)
    except NetStorageError as error:
        error.hint = f"The new object waits at {shown(fresh)}. Run the task again, and then remove it there. {error.hint}".strip()
        raise


def _clear(client: Client, fresh: bytes) -> None:
    with contextlib.suppress(NetStorageError):
        # The first error is the one to tell.
        client.delete(fresh)
