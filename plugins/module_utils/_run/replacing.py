# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Putting one object where another stands, without a gap where the service allows it.

Whether ``symlink`` and ``rename`` replace what exists, and whether an upload goes through a symlink, is not known
(reference, section 11). So nothing is ever uploaded onto a symlink, and where a replacement is refused the old object is
deleted only when the new one is ready under a temporary name.
"""

from __future__ import annotations

import os
import typing as t

from .._local.contents import FileContent
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
    _move_over(client, fresh, path, note)


def replace_with_file(client: Client, path: bytes, content: FileContent, mtime: int | None, note: Note) -> None:
    """Make the symlink at ``path`` a file."""
    fresh = temporary(path)
    client.upload(fresh, content, mtime)
    _move_over(client, fresh, path, note)


def _move_over(client: Client, fresh: bytes, path: bytes, note: Note) -> None:
    try:
        try:
            client.rename(fresh, path)
            return
        except Conflict:
            client.delete(path)
        client.rename(fresh, path)
        note(f"{shown(path)} was missing for the time of one request: the service does not rename onto an existing name")
    except NetStorageError:
        _clear(client, fresh)
        raise


def _clear(client: Client, fresh: bytes) -> None:
    try:
        client.delete(fresh)
    except NetStorageError:
        # The first error is the one to tell; a temporary name that stays is named there by its path.
        return
