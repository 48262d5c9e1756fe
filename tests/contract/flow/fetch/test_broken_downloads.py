# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch: downloads that break off, come wrong, or change on the way."""

from __future__ import annotations

import os
import stat
import threading
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import download
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import (
    LARGE,
    MIB,
    FetchScene,
    Hasty,
    fetched,
    sent_bytes,
    waiting,
)


@pytest.mark.parametrize("fault", [
    {"kind": "reset", "when": "in_answer", "bytes": 2 * MIB}, {"kind": "truncate", "how": "closed", "bytes": 2 * MIB},
    {"kind": "reset", "when": "before_answer"}, {"status": 503}, {"status": 429},
])  # fmt: skip
def test_what_breaks_is_gone_on_with(big: FetchScene, fault: dict[str, t.Any]) -> None:
    big.scene.control.add_faults({"action": "download", **fault})
    before = sent_bytes(big)
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == LARGE
    assert sent_bytes(big) - before < len(LARGE) + 2 * MIB  # a reset takes along what had come and was not read
    assert big.scene.changes() == []
    assert not waiting(big).exists()


@pytest.mark.parametrize("fault", [
    {"kind": "digest", "how": "body"}, {"kind": "truncate", "how": "consistent", "bytes": MIB},
    {"kind": "content_length", "how": "smaller", "by": 10}, {"kind": "content_length", "how": "larger", "by": 10},
])  # fmt: skip
def test_what_comes_wrong_is_never_put_in_place(big: FetchScene, fault: dict[str, t.Any]) -> None:
    """Once: it is fetched again. Always: it is a failure with a name, and nothing is left but what can be gone on with."""
    big.write("big", "mine")
    big.scene.control.add_faults({"action": "download", **fault})
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == LARGE
    big.write("big", "mine")
    big.scene.control.clear_faults()
    big.scene.control.add_faults({"action": "download", "times": None, **fault})
    outcome = fetched(big)
    assert outcome.error is not None and outcome.error.code in ("bad_response", "unreachable"), outcome.error
    assert (big.here / "big").read_text() == "mine"
    big.scene.control.clear_faults()
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == LARGE
    assert sorted(path.name for path in big.here.iterdir()) == ["big"]


def test_the_next_run_goes_on_where_the_last_one_stopped(big: FetchScene) -> None:
    big.scene.control.add_faults({"kind": "truncate", "how": "closed", "bytes": 2 * MIB + 5, "action": "download"})
    big.scene.control.add_faults({"status": 403, "action": "download", "times": None})
    outcome = fetched(big)
    assert outcome.error is not None and [step.kind.value for step in outcome.plan.steps] == ["mkdir", "download"]
    size = waiting(big).stat().st_size
    assert size > 0  # a reset takes along what had come and was not read
    assert stat.S_IMODE(waiting(big).stat().st_mode) == 0o600
    assert LARGE.encode().startswith(waiting(big).read_bytes())
    big.scene.control.clear_faults()
    before = sent_bytes(big)
    outcome = fetched(big)
    assert outcome.error is None and [step.kind.value for step in outcome.plan.steps] == ["download"]
    assert sent_bytes(big) - before < len(LARGE) - size + 10_000
    assert (big.here / "big").read_text() == LARGE
    assert not waiting(big).exists()


@pytest.mark.parametrize("left", [b"wrong", b"wrong" * MIB, LARGE.encode(), LARGE.encode() + b"more", b""])
def test_what_waits_is_not_trusted(big: FetchScene, left: bytes) -> None:
    big.write("x", "x")
    waiting(big).write_bytes(left)
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == LARGE
    assert not waiting(big).exists()


@pytest.mark.parametrize("trap", ["symlink", "hard link", "fifo"])
def test_nothing_is_written_into_what_is_not_ours(big: FetchScene, trap: str) -> None:
    victim = big.work / "source/victim"
    victim.write_text("mine")
    big.here.mkdir()
    if trap == "symlink":
        waiting(big).symlink_to(victim)
    elif trap == "hard link":
        waiting(big).hardlink_to(victim)
    else:
        os.mkfifo(waiting(big))
    outcome = fetched(big) if trap != "fifo" else fetched(big, exclude=[".*"])
    assert outcome.error is None
    assert (victim.read_text(), (big.here / "big").read_text()) == ("mine", LARGE)


def test_what_was_left_of_a_file_that_is_gone_goes(big: FetchScene) -> None:
    big.write("x", "x")
    waiting(big, "gone").write_text("part")
    assert big.fetch() == ["+ download big", f"- delete {waiting(big, 'gone').name}"]


def test_two_runs_at_once(big: FetchScene) -> None:
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(fetched(big))) for _run in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(outcome.error is None for outcome in outcomes)
    assert {failed.error.code for outcome in outcomes for failed in outcome.failed} <= {"local_failed"}
    assert (big.here / "big").read_text() == LARGE
    assert not big.fetch()


def replaced_after(monkeypatch: pytest.MonkeyPatch, fetching: FetchScene, blocks: int, name: str, text: str) -> None:
    """The object is another one as soon as so many blocks have come."""
    from ansible_collections.edgeops.netstorage.plugins.module_utils._local.writer import IncomingFile

    write, left = IncomingFile.write, [blocks]

    def counted(self: IncomingFile, block: bytes) -> None:
        write(self, block)
        left[0] -= 1
        if left[0] == 0:
            fetching.scene.there({name: text})

    monkeypatch.setattr(IncomingFile, "write", counted)


@pytest.mark.parametrize("text", [LARGE[::-1], LARGE + "more", "short"])
def test_an_object_that_is_replaced_between_two_ranges(big: FetchScene, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    replaced_after(monkeypatch, big, 1, "big", text)
    big.scene.control.add_faults({"kind": "reset", "when": "in_answer", "bytes": 2 * MIB, "action": "download"})
    outcome = fetched(big)
    assert [failed.error.code for failed in outcome.failed] == ["object_changed"], outcome.error
    assert list(big.here.iterdir()) == []
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == text


def test_an_object_that_becomes_a_link(fetching: FetchScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never downloaded through."""
    fetching.scene.there({"a": "a", "other": "b"})
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import flow

    execute = flow.execute

    def swapped(*given: t.Any) -> t.Any:
        fetching.scene.there({"a": "-> other"})
        return execute(*given)

    monkeypatch.setattr(flow, "execute", swapped)
    outcome = fetched(fetching)
    assert [failed.error.code for failed in outcome.failed] == ["object_changed"]
    assert fetching.tree() == {"other": "b"}


def test_a_failure_deletes_nothing(fetching: FetchScene) -> None:
    fetching.scene.there({"a": "a", "b": "b"})
    fetching.write("old", "old")
    fetching.scene.control.add_faults({"action": "download", "path": "*/a", "status": 403, "times": None})
    outcome = fetched(fetching, delete=True)
    assert outcome.error is not None
    assert [(failed.step.entry.name, failed.error.status) for failed in outcome.failed] == [(b"a", 403)]
    assert [step.entry.name for step in outcome.done] == [b"b"]
    assert [step.entry.name for step in outcome.left] == [b"old"]
    assert fetching.tree() == {"b": "b", "old": "old"}


def test_it_can_be_told_to_stop(big: FetchScene, monkeypatch: pytest.MonkeyPatch) -> None:
    cancellation = Hasty()
    monkeypatch.setattr(download, "_BLOCK", 65_536)
    from ansible_collections.edgeops.netstorage.plugins.module_utils._local.writer import IncomingFile

    write = IncomingFile.write

    def told(self: IncomingFile, block: bytes) -> None:
        write(self, block)
        cancellation.cancel("enough")

    monkeypatch.setattr(IncomingFile, "write", told)
    outcome = fetched(big, cancellation)
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert [step.entry.name for step in outcome.left] == [b"big"]
    assert 0 < waiting(big).stat().st_size < len(LARGE)


def test_a_full_disk_ends_the_run(fetching: FetchScene, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from ansible_collections.edgeops.netstorage.plugins.module_utils._local.writer import IncomingFile

    fetching.scene.there({f"f{number}": "x" for number in range(20)})

    def full(_self: IncomingFile, _block: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(IncomingFile, "write", full)
    outcome = fetched(fetching, parallel=2)
    assert outcome.error is not None and "No space left" in str(outcome.error)
    assert len(outcome.failed) <= 2 and len(outcome.left) >= 18
    assert fetching.tree() == {}


def test_memory_does_not_grow_with_a_file(fetching: FetchScene) -> None:
    import tracemalloc

    fetching.scene.there({"huge": LARGE * 10})
    tracemalloc.start()
    try:
        assert fetched(fetching).error is None
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * MIB < len(LARGE) * 10
