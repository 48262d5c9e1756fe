# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one sorted index of all objects, in SQLite: keys as bytes, compared as bytes.

Changes of one turn of the event loop are one transaction. The journal of SQLite is a write-ahead log and
``synchronous`` is off: a kill of the process loses nothing that was committed (the pages are the system's by then);
only a power failure could.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from .keys import following_prefix, is_root_key
from .objects import StoredObject, Totals

KNOWN_KEYS = 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    key BLOB PRIMARY KEY, kind INTEGER NOT NULL, size INTEGER, md5 TEXT, mtime INTEGER NOT NULL,
    target BLOB, body TEXT, changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quick_deletes (
    id INTEGER PRIMARY KEY, directory BLOB NOT NULL, until INTEGER NOT NULL, due REAL NOT NULL);
"""
_COLUMNS = "key, kind, size, md5, mtime, target, body, changed"
_GET = f"SELECT {_COLUMNS} FROM objects WHERE key = ?"
_ROWS = f"SELECT {_COLUMNS} FROM objects WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
_PUT = f"INSERT OR REPLACE INTO objects ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM objects WHERE key = ?"
_BELOW = "FROM objects WHERE key > ? AND key < ? AND NOT (key >= ? AND key < ?)"
_TOTALS = f"SELECT count(*), coalesce(sum(size), 0), max(mtime) {_BELOW}"
_ANY = f"SELECT 1 {_BELOW} LIMIT 1"
_ALL_BELOW = f"SELECT {_COLUMNS} {_BELOW} ORDER BY key"


def below(directory: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """The keys below a directory as a range and the hole in it.

    ``x//y`` lies in the directory ``x/``, which is a neighbour of ``x`` and not in it (see keys.py); so the range of
    ``x/`` has a hole from ``x//`` on. The root of a CP code has no such neighbour.
    """
    high = following_prefix(directory)
    if is_root_key(directory):
        return directory, high, high, high
    neighbour = directory + b"/"
    return directory, high, neighbour, following_prefix(neighbour)


class Index:
    """Objects by key. Only the store writes; ``_known`` is what single keys held when they were last asked for.

    ``_unwritten`` is what was changed last, and is written before the next statement: many rows at once take half the time.
    """

    def __init__(self, path: str) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None, cached_statements=64)
            self._db.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;" + _SCHEMA)
        except sqlite3.Error as error:
            raise OSError(f"{path} cannot be used as the index: {error}") from error
        self._known: dict[bytes, StoredObject | None] = {}
        self._unwritten: dict[bytes, StoredObject | None] = {}

    def get(self, key: bytes) -> StoredObject | None:
        try:
            return self._known[key]
        except KeyError:
            if key in self._unwritten:
                return self._learn(key, self._unwritten[key])
            row = self._db.execute(_GET, (key,)).fetchone()
            return self._learn(key, None if row is None else StoredObject._make(row))

    def _execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if self._unwritten:
            self._write()
        return self._db.execute(statement, values)

    def _write(self) -> None:
        """What was changed since the last statement, in one go. If that fails it is tried again, so the commit fails too."""
        self._db.executemany(_PUT, [entry for entry in self._unwritten.values() if entry is not None])
        self._db.executemany(_REMOVE, [(key,) for key, entry in self._unwritten.items() if entry is None])
        self._unwritten.clear()

    def _learn(self, key: bytes, entry: StoredObject | None) -> StoredObject | None:
        if len(self._known) >= KNOWN_KEYS:
            self._known.clear()
        self._known[key] = entry
        return entry

    def rows(self, low: bytes, high: bytes, limit: int) -> list[StoredObject]:
        """Objects with low <= key < high in the order of their keys."""
        make = StoredObject._make
        return [make(row) for row in self._execute(_ROWS, (low, high, limit)).fetchall()]

    def totals(self, directory: bytes) -> Totals:
        """What lies below a directory, itself not counted."""
        return Totals._make(self._execute(_TOTALS, below(directory)).fetchone())

    def has_below(self, directory: bytes) -> bool:
        return self._execute(_ANY, below(directory)).fetchone() is not None

    def all_below(self, directory: bytes) -> list[StoredObject]:
        return [StoredObject._make(row) for row in self._execute(_ALL_BELOW, below(directory)).fetchall()]

    def bodies(self) -> Iterator[str]:
        for (body,) in self._execute("SELECT body FROM objects WHERE body IS NOT NULL"):
            yield body

    def begin(self) -> None:
        self._execute("BEGIN")

    def commit(self) -> None:
        self._execute("COMMIT")

    def rollback(self) -> None:
        self._unwritten.clear()
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._known.clear()

    def put(self, entry: StoredObject) -> None:
        self._unwritten[entry.key] = entry
        self._learn(entry.key, entry)

    def remove(self, key: bytes) -> None:
        self._unwritten[key] = None
        self._learn(key, None)

    def plan_quick_delete(self, directory: bytes, until: int, due: float) -> None:
        self._execute("INSERT INTO quick_deletes (directory, until, due) VALUES (?, ?, ?)", (directory, until, due))

    def planned_quick_deletes(self) -> list[tuple[int, bytes, int, float]]:
        return self._execute("SELECT id, directory, until, due FROM quick_deletes ORDER BY id").fetchall()

    def forget_quick_delete(self, number: int) -> None:
        self._execute("DELETE FROM quick_deletes WHERE id = ?", (number,))

    def clear(self) -> None:
        self._execute("DELETE FROM objects")
        self._known.clear()
        self._execute("DELETE FROM quick_deletes")

    def close(self) -> None:
        self._db.close()
