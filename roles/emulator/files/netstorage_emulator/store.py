# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store: index and bodies together, with one commit for all changes of one turn of the event loop.

What holds: a reply to a change leaves after the commit; a body is in place before the index names it and goes away
only after the commit that stopped naming it; the last completed change wins, and a reader sees the old object or the
new one, never a mix.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from .bodies import PLACE, Arrival, Bodies, BodyReader, DiskBodies, MemoryBodies
from .history import History, Reader, StaleReader
from .index import Index, below
from .knobs import Knobs
from .objects import Kind, StoredObject
from .private_files import close_if_there, private_directory, private_file

MEMORY = ":memory:"
INDEX, LOCK = "index.sqlite", "lock"
INDEX_LOGS = (f"{INDEX}-wal", f"{INDEX}-shm")
BELONGINGS = (INDEX, *INDEX_LOGS, LOCK, PLACE)


class StoreBusy(Exception):
    """Another emulator works on the same directory."""


class Store:
    """All objects. ``soon`` runs a function at the end of this turn of the event loop.

    ``stale_ms`` is how far back a single read may want to look (a fault); what changed meanwhile is remembered.
    """

    def __init__(self, data: str, knobs: Knobs, soon: Callable[[Callable[[], None]], object]) -> None:
        self._knobs = knobs
        self._soon = soon
        self._lock: int | None = None
        self.bodies: Bodies
        if data == MEMORY:
            self.bodies, self.index = MemoryBodies(), Index(MEMORY)
        else:
            directory = pathlib.Path(data)
            private_directory(directory, BELONGINGS)
            self._lock = _lock(directory)
            self.bodies, self.index = DiskBodies(directory), _index(directory)
            self.bodies.sweep(self.index.bodies())
        self.generation = 0
        self.stale_ms = 0.0
        self._history = History()
        self.is_settled = True
        self._waiting: list[Callable[[bool], None]] = []
        self._unnamed: list[str] = []
        self._last_stamp = 0

    def reader(self, stale_ms: float = 0) -> Reader:
        """The store as stat, dir, list and download see it: some milliseconds old if the knob or a fault says so."""
        milliseconds = max(self._knobs.propagation, stale_ms)
        if not milliseconds:
            return self.index
        self._forget()
        before = self._history.before(milliseconds / 1000)
        return StaleReader(self.index, before) if before else self.index

    def arrival(self, digests: Iterable[str]) -> Arrival:
        return Arrival(self.bodies, digests)

    def open_body(self, body: str) -> BodyReader:
        return self.bodies.open(body)

    def stamp(self) -> int:
        """The present time in microseconds, never the same twice."""
        self._last_stamp = max(time.time_ns() // 1000, self._last_stamp + 1)
        return self._last_stamp

    # Changing

    def put(self, entry: StoredObject) -> None:
        previous = self.index.get(entry.key)
        self._touch()
        self.index.put(entry)
        old_body = previous.body if previous is not None else None
        self._changed(entry.key, previous, old_body if old_body != entry.body else None)

    def remove(self, entry: StoredObject) -> None:
        self._touch()
        self.index.remove(entry.key)
        self._changed(entry.key, entry, entry.body)

    def move(self, entry: StoredObject, key: bytes) -> None:
        """Give an object another key; whatever had that key is replaced."""
        if entry.key == key:
            return
        self.put(entry._replace(key=key, changed=self.stamp()))
        self.index.remove(entry.key)
        self._changed(entry.key, entry, None)

    def remove_tree(self, directory: bytes, until: int | None = None) -> None:
        """A directory object and everything below it, as far as it was not changed after ``until``."""
        own = self.index.get(directory)
        for entry in self.index.all_below(directory) + ([own] if own and own.kind == Kind.DIRECTORY else []):
            if until is None or entry.changed <= until:
                self.remove(entry)

    def clear(self) -> None:
        """Empty the store."""
        self._touch()
        self._unnamed.extend(self.index.bodies())
        self._unnamed.extend(self._history.forget(-1))
        self.index.clear()
        self.generation += 1

    def has_been_there(self) -> None:
        """Everything that is stored now has been there for long: no read is to show what was before."""
        self._unnamed.extend(self._history.forget(-1))
        self.commit()

    def plan_quick_delete(self, directory: bytes, seconds: float) -> None:
        self._touch()
        self.index.plan_quick_delete(directory, self.stamp(), time.time() + seconds)

    def run_due_quick_deletes(self) -> None:
        """Do the quick-deletes whose time has come; content that came after the request stays."""
        for number, directory, until, due in self.index.planned_quick_deletes():
            if due <= time.time():
                self._touch()
                self.remove_tree(directory, until)
                self.index.forget_quick_delete(number)

    def just_lost_a_child(self, directory: bytes) -> bool:
        """Whether something below was deleted so shortly ago that rmdir does not know (knob ``rmdir_lag``)."""
        if not self._knobs.rmdir_lag:
            return False
        low, high, hole, hole_end = below(directory)
        return any(low < key < high and not hole <= key < hole_end
                   for key in self._history.lost(self._knobs.rmdir_lag / 1000))

    # Transactions

    def _touch(self) -> None:
        if self.is_settled:
            self.index.begin()
            self.is_settled = False
            self._soon(self.commit)

    def _changed(self, key: bytes, previous: StoredObject | None, body: str | None) -> None:
        self.generation += 1
        if self._remembered_ms:
            self._forget()
            self._history.note(key, previous, body)
        elif body is not None:
            self._unnamed.append(body)

    @property
    def _remembered_ms(self) -> float:
        return max(self._knobs.propagation, self._knobs.rmdir_lag, self._knobs.edge_replica_lag, self.stale_ms)

    def _forget(self) -> None:
        self._unnamed.extend(self._history.forget(self._remembered_ms / 1000))
        if self._unnamed and self.is_settled:
            self._drop_unnamed()

    def when_settled(self, then: Callable[[bool], None]) -> None:
        """Call ``then`` when everything changed so far is committed: with True, or False if that failed."""
        self._waiting.append(then)

    def commit(self) -> None:
        if self.is_settled:
            return
        worked = True
        try:
            self.index.commit()
        except sqlite3.Error as error:
            print(f"netstorage-emulator: the index could not be written: {error}", file=sys.stderr)
            worked = False
            self.index.rollback()
            self._unnamed.clear()
            self._history = History()  # it knows of changes that did not happen; bodies it kept go with the next start
        self.is_settled = True
        self._drop_unnamed()
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(worked)

    def _drop_unnamed(self) -> None:
        for body in self._unnamed:
            self.bodies.drop(body)
        self._unnamed.clear()

    @contextlib.contextmanager
    def closing(self) -> Iterator[Store]:
        try:
            yield self
        finally:
            self.commit()
            self.index.close()
            if self._lock is not None:
                os.close(self._lock)


def _index(directory: pathlib.Path) -> Index:
    """SQLite gives its log and its shared memory the mode of the database itself."""
    private_file(directory / INDEX)
    for name in INDEX_LOGS:
        close_if_there(directory / name)
    return Index(str(directory / INDEX))


def _lock(directory: pathlib.Path) -> int:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreBusy(f"another emulator works on {directory}") from error
    return descriptor
