# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replaces an object by another, without a gap where the service allows it.

Whether ``symlink`` and ``rename`` replace what exists, and whether an upload goes through a symlink, is not known
(docs/usage-api.md#unknowns). So nothing is ever uploaded onto a symlink, and a new object waits under a temporary name.

Where the service refuses to replace, the old object makes room: it is renamed to a name that nothing else has, and stays there
as a *fence* until the new one is in place and the rename cannot be carried out once more. It is not deleted: a delete whose
response was lost may be carried out seconds later, and would then remove the new object; so would a rename onto a free name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import secrets
import threading
import time
import typing as t

from .._local.file_content import FileContent
from .._model.entries import Entry, Kind, is_same, may_be_same
from .._model.errors import AuthRefused, Conflict, NetStorageError, NotFound, Refused, ServiceFailed, Unreachable
from .._model.paths import basename, shown
from .._model.temp_names import fence, temporary
from .._tasks.content_checks import with_md5
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from .._usage_api.pending import Late

Note = t.Callable[[str], None]

_STAYS = (AuthRefused, Conflict, Refused)

_SHOWN = 3
_GAP = "{} was missing for the time of one request: the service does not {}"


class Replacement:
    """A replacement that has begun is finished even if the run is cancelled: otherwise a temporary name would be left behind."""

    def __init__(self, client: Client, cancellation: Cancellation, note: Note) -> None:
        self._client, self._cancellation, self._note = client, cancellation, note
        self._refuses = False  # a rename onto a name that is taken was refused, so it is not tried again
        self._fences: list[_Aside] = []
        self._made: set[bytes] = set()  # temporary names that this run has used
        self._lock = threading.Lock()

    def flip_symlink(self, path: bytes, target: bytes, mtime: int | None, old: Entry) -> None:
        """Make the object at ``path`` a symlink to ``target``. ``old``: the file or symlink that stands there."""
        try:
            self._client.symlink(path, target, mtime)
            return
        except Conflict:
            pass
        fresh = self._temporary(path, Kind.SYMLINK)
        with self._cancellation.shielded():
            self._make_link(fresh, target, mtime)
            known = Entry(basename(fresh), Kind.SYMLINK, target=target)
            if self._took_the_place(fresh, path, known):
                return
            self._client.delete(fresh)  # creating a link takes no longer than renaming it, so it need not wait under another name
            self._exchange(path, known, old, lambda: self._client.symlink(path, target, mtime))
        self._note(_GAP.format(shown(path), "replace an existing object with a link"))

    def replace_with_file(
        self, path: bytes, content: FileContent, mtime: int | None, old: Entry, index_zip: bool = False
    ) -> None:
        """Make the symlink ``old`` at ``path`` a file."""
        fresh = self._temporary(path, Kind.FILE)
        try:
            self._client.upload(fresh, content, mtime, index_zip)
        except NetStorageError:
            self._clear(fresh)  # it may have been stored all the same
            raise
        with self._cancellation.shielded():
            known = None if index_zip else Entry(basename(fresh), Kind.FILE, content.size, content.md5_now())
            if self._took_the_place(fresh, path, known):
                return
            self._exchange(path, known, old, functools.partial(self._bring_home, fresh, path, known, content, mtime), fresh)
        self._note(_GAP.format(shown(path), "rename onto an existing name"))

    def replace_with_renamed(self, source: bytes, path: bytes, known: Entry, old: Entry) -> None:
        """Make the file or symlink at ``source`` take the place of another at ``path``.

        The source is the only copy, so what stands in its way is renamed, never deleted: where the service refuses that,
        nothing is changed.

        Args:
            known: what stands at ``source``.
            old: what stands at ``path``.
        """
        if not self._refuses:
            try:
                self._client.rename(source, path, known)
                return
            except Conflict:
                if not self._stands_at(source, known):
                    if self._stands_at(path, known):
                        return
                    raise
                self._refuses = True
        with self._cancellation.shielded():
            try:
                aside = self._moved_aside(path, old)
            except _STAYS as error:
                raise _in_the_way(path, error) from error
            try:
                self._client.rename(source, path, known)
            except NetStorageError as error:
                if not self._has_come(path, known):
                    self._restore(aside, error, f"the new one is in its place or still at {shown(source)}")
                    raise
            self._take_away(aside)
        self._note(_GAP.format(shown(path), "rename onto an existing name"))

    def settle(self, late_changes: t.Iterable[Late]) -> dict[bytes, NetStorageError]:
        """Nothing is pending any more: removes objects that came late under a temporary name, puts back an old object that was
        moved aside late, and removes the fences. Returns the errors by path."""
        for name in self._made & {name for late in late_changes for name in (late.path, late.place)}:
            self._clear(name)
        fences, self._fences = self._fences, []
        trouble = {}
        for aside in fences:
            try:
                self._end(aside)
            except NetStorageError as error:
                trouble[aside.path] = error
        return trouble

    def _end(self, aside: _Aside) -> None:
        """Puts the old object back, or removes it. Nothing but the old object is removed: on a service that does replace, a late
        rename would have moved the new one there."""
        if aside.error is not None:
            if self._is_there(aside.path) is False and self._put_back(aside):
                aside.error.has_changed = False
                aside.error.hint = "What stood there is back at its place. Run the task again."
        elif self._is_old(aside):
            self._remove(aside)
        elif self._is_there(aside.path) is False:
            self._put_back(aside)

    def _is_old(self, aside: _Aside) -> bool:
        rows = [with_md5(self._client, aside.fence, found) for found in self._client.stat(aside.fence)]
        return not rows or any(may_be_same(found, aside.old) for found in rows)

    def leave(self) -> str:
        """What stays if the run ends before everything has settled, as text; empty where nothing does."""
        names = [shown(aside.fence) for aside in self._fences]
        more = " and others" if len(names) > _SHOWN else ""
        return f"What made room stays for now at {', '.join(names[:_SHOWN])}{more}" if names else ""

    def _stands_at(self, path: bytes, known: Entry) -> bool:
        return any(is_same(with_md5(self._client, path, found), known) for found in self._client.stat(path))

    def _temporary(self, path: bytes, kind: Kind) -> bytes:
        fresh = temporary(path, kind)
        with self._lock:
            self._made.add(fresh)
        return fresh

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

    def _took_the_place(self, fresh: bytes, path: bytes, known: Entry | None) -> bool:
        """False where the service does not rename onto an existing name."""
        if self._refuses:
            return False
        try:
            self._client.rename(fresh, path, known)
        except Conflict:
            self._refuses = True
            return False
        except NetStorageError:
            self._clear(fresh)
            raise
        return True

    def _exchange(
        self, path: bytes, known: Entry | None, old: Entry, put: t.Callable[[], None], fresh: bytes | None = None
    ) -> None:
        """Replaces an object on a service that does not replace.

        Args:
            known: what it is to be, None where that is not known.
            old: what stands there.
            put: puts it there.
            fresh: where it waits, None where it does not.
        """
        aside = self._room_at(path, old, fresh)
        try:
            put()
        except NetStorageError as error:
            if known is None or not self._has_come(path, known):
                back = aside is not None and self._restore(aside, error)
                if not back:
                    error.has_changed = True
                    self._waits(fresh, error)
                elif fresh is not None:
                    self._clear(fresh)
                raise
        if aside is not None:
            self._take_away(aside)

    def _bring_home(
        self, fresh: bytes, path: bytes, known: Entry | None, content: FileContent, mtime: int | None
    ) -> None:
        """The old object is gone. The temporary copy of the new one is removed only when the new one is in place."""
        try:
            self._client.rename(fresh, path, known)
        except (Conflict, NotFound, Refused):
            self._client.upload(path, content, mtime, known is None)
            self._clear(fresh)

    def _room_at(self, path: bytes, old: Entry, fresh: bytes | None) -> _Aside | None:
        """Where the old object is now; None where it is gone. If the service does not rename it, it is deleted: the new object
        then waits until a delete whose response was lost can no longer be carried out."""
        try:
            return self._moved_aside(path, old)
        except _STAYS:
            pass
        except NetStorageError as error:
            self._given_up(fresh, error)
            raise
        try:
            self._client.delete(path)
        except NotFound:
            pass  # already deleted by another client
        except NetStorageError as error:
            is_there = self._is_there(path)
            if is_there is not False:
                error.has_changed = is_there is None
                self._given_up(fresh, error)
                raise
        return None

    def _given_up(self, fresh: bytes | None, error: NetStorageError) -> None:
        """The old object is still there, as far as is known. The new one is removed, unless that is unknown."""
        if error.has_changed or isinstance(error, (ServiceFailed, Unreachable)):
            self._waits(fresh, error)  # the old one may be gone, and still be listed by a replica that lags behind
        elif fresh is not None:
            self._clear(fresh)

    def _moved_aside(self, path: bytes, old: Entry) -> _Aside:
        """Raises one of ``_STAYS`` if the service does not rename it; then it is where it was."""
        aside = _Aside(path, fence(path, int(time.time()), secrets.token_bytes(8)), old)
        try:
            self._client.rename(path, aside.fence, old._replace(name=basename(aside.fence)), fenced=True)
        except NotFound:
            if self._is_there(aside.fence) is False:
                aside.is_empty = True  # already deleted by another client
        except _STAYS:
            if not self._is_there(aside.fence):  # if a proxy sends a request twice, the second one is refused
                raise
        except NetStorageError as error:
            is_there = self._is_there(path)
            if is_there is not False:
                aside.error = error
                with self._lock:
                    self._fences.append(aside)
                error.has_changed = is_there is None
                raise
        return aside

    def _restore(self, aside: _Aside, error: NetStorageError, where: str = "") -> bool:
        """The new object was not stored: the old one is put back. If that fails, it is tried again at the end."""
        if self._put_back(aside):
            return True
        error.has_changed = True
        names = [where] if where else []
        if not aside.is_empty:
            names.append(f"what stood at {shown(aside.path)} is at {shown(aside.fence)}")
            aside.error = error
            with self._lock:
                self._fences.append(aside)
        told = "; ".join(names)
        error.hint = f"{told[:1].upper()}{told[1:]}. Run the task again, or rename it back." if told else error.hint
        return False

    def _put_back(self, aside: _Aside) -> bool:
        """Whether the old object is in its place again."""
        if aside.is_empty:
            return False
        try:
            self._client.rename(aside.fence, aside.path, aside.old)
        except NetStorageError:
            return False
        return True

    def _take_away(self, aside: _Aside) -> None:
        """Removes the fence, or leaves that to ``settle`` while it is still needed."""
        if self._client.pending.holds(aside.fence):
            with self._lock:
                self._fences.append(aside)
        else:
            self._remove(aside)

    def _remove(self, aside: _Aside) -> None:
        if aside.is_empty:
            return
        try:
            with self._cancellation.shielded():
                self._client.delete(aside.fence)
        except NotFound:
            pass
        except NetStorageError as error:
            error.has_changed = True
            there = f"The new object is in its place, and what stood there is still at {shown(aside.fence)}: remove that."
            error.hint = f"{there} {error.hint}".strip()
            raise

    def _has_come(self, path: bytes, known: Entry) -> bool:
        """Whether the new object is in its place although the request for it failed."""
        try:
            return self._stands_at(path, known)
        except NetStorageError:
            return False

    def _is_there(self, path: bytes) -> bool | None:
        """Whether a file or symlink is there; None if that cannot be found out."""
        try:
            return self._client.stat(path).object is not None
        except NetStorageError:
            return None

    def _waits(self, fresh: bytes | None, error: NetStorageError) -> None:
        """The new object stays under its temporary name: it may be the only one."""
        if fresh is not None:
            with self._lock:
                self._made.discard(fresh)
            waits = f"The new object waits at {shown(fresh)}. Run the task again, and then remove it there."
            error.hint = f"{waits} {error.hint}".strip()

    def _clear(self, fresh: bytes) -> None:
        with self._cancellation.shielded(), contextlib.suppress(NetStorageError):
            # The first error is the one to report.
            self._client.delete(fresh)


@dataclasses.dataclass(eq=False)
class _Aside:
    """An object that made room.

    path        where it stood
    fence       where it is
    old         what it is
    is_empty    nothing was there when it was to make room
    error       why the old object may have to be put back, None where it need not
    """

    path: bytes
    fence: bytes
    old: Entry
    is_empty: bool = False
    error: NetStorageError | None = None


def _in_the_way(path: bytes, cause: NetStorageError) -> Conflict:
    hint = "Nothing was changed. Remove what stands there, or rename it, and run the task again."
    message = f"{shown(path)} is taken, and the service renames neither onto it nor it aside ({cause.message})"
    return Conflict(message, path=path, action="rename", status=cause.status, hint=hint)
