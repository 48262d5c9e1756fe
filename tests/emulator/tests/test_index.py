# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index writes what was changed in one go; whoever reads it never notices."""

from __future__ import annotations

import pathlib
import random

import pytest
from netstorage_emulator import index
from netstorage_emulator.index import Index
from netstorage_emulator.knobs import Knobs
from netstorage_emulator.objects import Kind, StoredObject
from netstorage_emulator.store import Store


def a_file(key: bytes, size: int = 0) -> StoredObject:
    return StoredObject(key, Kind.FILE, size, "d41d8cd98f00b204e9800998ecf8427e", 1, None, None, size)


def test_reads_between_changes_see_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "KNOWN_KEYS", 4)
    chance, model, committed = random.Random(20), dict[bytes, StoredObject](), dict[bytes, StoredObject]()
    keys = [b"1/%c" % letter for letter in b"abcdefghij"]
    tried = Index(":memory:")
    tried.begin()
    for size in range(5_000):
        key, what = chance.choice(keys), chance.randrange(12)
        if what < 4:
            tried.put(model.setdefault(key, a_file(key, size)))
        elif what < 7:
            model[key] = a_file(key, size)
            tried.put(model[key])
        elif what < 9:
            tried.remove(key)
            model.pop(key, None)
        elif what == 9:
            assert tried.rows(b"1/", b"10", 100) == [model[key] for key in sorted(model)]
            assert tried.totals(b"1/")[:2] == (len(model), sum(entry.size or 0 for entry in model.values()))
            assert tried.has_below(b"1/") == bool(model)
        elif what == 10:
            tried.commit()
            committed = dict(model)
            tried.begin()
        else:
            tried.rollback()
            model = dict(committed)
            tried.begin()
        assert tried.get(key) == model.get(key)
    tried.close()


def test_what_cannot_be_written_is_not_there(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk shows when the changes are committed: everybody who waits is told, and the state before is back."""
    settled: list[bool] = []
    with Store(str(tmp_path / "data"), Knobs(), lambda _commit: None).closing() as store:
        store.put(a_file(b"1/a"))
        store.commit()
        store.index._db.execute("PRAGMA max_page_count=8")
        for number in range(2_000):
            store.put(a_file(b"1/b-%05d" % number))
        store.when_settled(settled.append)
        store.commit()
        assert settled == [False]
        assert "the index could not be written: database or disk is full" in capsys.readouterr().err
        assert store.index.rows(b"1/", b"10", 10) == [a_file(b"1/a")]
        store.put(a_file(b"1/c"))
        store.when_settled(settled.append)
        store.commit()
        assert settled == [False, True]
        assert [entry.key for entry in store.index.rows(b"1/", b"10", 10)] == [b"1/a", b"1/c"]
