# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""Putting one object where another stands, without a gap where the service allows it.

Whether ``symlink`` and ``rename`` replace what exists, and whether an upload goes through a symlink, is not known
(reference, section 11). So nothing is ever uploaded onto a symlink, and where a replacement is refused a file waits under a
temporary name before the old object is deleted. A link is made as quickly as it is renamed, so it need not wait.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._local.contents import FileContent
from .._model.entries import Entry, Kind, is_same
from .._model.errors import AuthRefused, Conflict, NetStorageError, NotFound, Refused
from .._model.paths import basename, shown
from .._model.temporary import temporary
from .._usage_api.client import Client
from .stopping import Stop
from .unlisted import with_md5

Note = t.Callable[[str], None]

_GAP = "{} was missing for the time of one request: the service does not {}"


class Replacing:
    """What has begun is finished, even where the run is told to stop: half a replacement would leave a name behind."""

    def __init__(self, client: Client, stop: Stop, note: Note) -> None:
        self._client, self._stop, self._note = client, stop, note

    def flip_symlink(self, path: bytes, target: bytes, mtime: int | None) -> None:
        """Make the object at ``path`` a symlink to ``target``. A file or a symlink stands there."""
        try:
            self._client.symlink(path, target, mtime)
            return
        except Conflict:
            pass
        fresh = temporary(path, Kind.SYMLINK)
        with self._stop.finishing():
            self._make_link(fresh, target, mtime)
            if self._took_the_place(fresh, path, Entry(basename(fresh), Kind.SYMLINK, target=target)):
                return
            self._client.delete(fresh)
            self._make_room(path)
            try:
                self._client.symlink(path, target, mtime)
            except NetStorageError as error:
                error.has_changed = True
                raise
        self._note(_GAP.format(shown(path), "replace an existing object with a link"))

    def replace_with_file(self, path: bytes, content: FileContent, mtime: int | None, index_zip: bool = False) -> None:
        """Make the symlink at ``path`` a file."""
        fresh = temporary(path, Kind.FILE)
        try:
            self._client.upload(fresh, content, mtime, index_zip)
        except NetStorageError:
            self._clear(fresh)  # it may have been stored all the same
            raise
        with self._stop.finishing():
            known = None if index_zip else Entry(basename(fresh), Kind.FILE, content.size, content.md5)
            self._move_over(fresh, path, known, lambda: self._client.upload(path, content, mtime, index_zip))

    def replace_with_renamed(self, source: bytes, path: bytes, known: Entry) -> None:
        """Make the file or symlink at ``source`` take the place of another at ``path``. ``known``: what it is.

        It is the only one of its kind in the world. So before the old object goes, the new one must be seen where it was:
        a service that refuses a rename may have carried it out all the same.
        """
        try:
            self._client.rename(source, path, known)
            return
        except Conflict:
            if not self._stands_at(source, known):
                if self._stands_at(path, known):
                    return
                raise
        with self._stop.finishing():
            self._make_room(path)
            try:
                self._client.rename(source, path, known)
            except NetStorageError as error:
                error.has_changed = True
                error.hint = f"The old one is gone; the new one is in its place or still at {shown(source)}. Run the task again."
                raise
        self._note(_GAP.format(shown(path), "rename onto an existing name"))

    def _stands_at(self, path: bytes, known: Entry) -> bool:
        return any(is_same(with_md5(self._client, path, found), known) for found in self._client.stat(path))

    def _make_link(self, fresh: bytes, target: bytes, mtime: int | None) -> None:
        try:
            try:
                self._client.symlink(fresh, target, mtime)
            except Conflict:
                self._client.delete(fresh)  # of a run that was killed, and with another target
                self._client.symlink(fresh, target, mtime)
        except NetStorageError:
            self._clear(fresh)
            raise

    def _move_over(self, fresh: bytes, path: bytes, known: Entry | None, upload: t.Callable[[], None]) -> None:
        if self._took_the_place(fresh, path, known):
            return
        try:
            self._make_room(path)
        except NetStorageError as error:
            if isinstance(error, (AuthRefused, Conflict, Refused)):
                self._clear(fresh)
            else:
                _waiting(fresh, error)  # the old one may be gone, and be shown by a replica that lags behind
            raise
        self._bring_home(fresh, path, known, upload)
        self._note(_GAP.format(shown(path), "rename onto an existing name"))

    def _took_the_place(self, fresh: bytes, path: bytes, known: Entry | None) -> bool:
        """False where the service does not rename onto an existing name."""
        try:
            self._client.rename(fresh, path, known)
        except Conflict:
            return False
        except NetStorageError:
            self._clear(fresh)
            raise
        return True

    def _make_room(self, path: bytes) -> None:
        """The old object goes. Where that fails, the error tells whether it may be gone."""
        try:
            self._client.delete(path)
        except NotFound:
            return  # somebody else was quicker
        except NetStorageError as error:
            is_gone = self._is_gone(path)
            if is_gone:
                return
            error.has_changed = is_gone is None
            raise

    def _is_gone(self, path: bytes) -> bool | None:
        """None where nobody can tell."""
        try:
            return all(found.kind is Kind.DIRECTORY for found in self._client.stat(path))
        except NetStorageError:
            return None

    def _bring_home(self, fresh: bytes, path: bytes, known: Entry | None, upload: t.Callable[[], None]) -> None:
        """The old object is gone. The new one is removed only when it stands at its place: it may be the only one left."""
        try:
            try:
                self._client.rename(fresh, path, known)
            except (Conflict, NotFound, Refused):
                upload()
                self._clear(fresh)
        except NetStorageError as error:
            error.has_changed = True
            _waiting(fresh, error)
            raise

    def _clear(self, fresh: bytes) -> None:
        with self._stop.finishing(), contextlib.suppress(NetStorageError):
            # The first error is the one to tell.
            self._client.delete(fresh)


def _waiting(fresh: bytes, error: NetStorageError) -> None:
    waits = f"The new object waits at {shown(fresh)}. Run the task again, and then remove it there."
    error.hint = f"{waits} {error.hint}".strip()
