# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the service lists no MD5: no file is put together from two versions, and no run runs into what the last one has left."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import note_beside
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import (
    LARGE,
    MIB,
    FetchScene,
    fetched,
    sent_bytes,
    waiting,
)
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME

OTHER = LARGE[::-1]  # as large, and with the same time
TAGS = ["md5", "opaque", "none"]


@pytest.fixture
def unlisted(big: FetchScene) -> FetchScene:
    """``big``, on a service that lists no MD5."""
    big.scene.control.set_knobs(list_md5="no")
    return big


def note(fetching: FetchScene, name: str = "big") -> Path:
    return Path(os.fsdecode(note_beside(os.fsencode(waiting(fetching, name)))))


def break_off(fetching: FetchScene, **more: t.Any) -> int:
    """A run that ends in the middle; how much of the file waits."""
    control = fetching.scene.control
    control.add_faults({"kind": "truncate", "how": "closed", "bytes": 2 * MIB + 5, "action": "download"})
    control.add_faults({"status": 403, "action": "download", "times": None})
    assert fetched(fetching, **more).error is not None
    control.clear_faults()
    return waiting(fetching).stat().st_size if waiting(fetching).exists() else 0


@pytest.mark.parametrize("tag", TAGS)
def test_what_waits_of_another_version_is_not_gone_on_with(unlisted: FetchScene, tag: str) -> None:
    unlisted.scene.control.set_knobs(etag=tag)
    assert (break_off(unlisted) > 0) is (tag != "none")
    unlisted.scene.there({"big": OTHER})
    assert fetched(unlisted).error is None
    assert (unlisted.here / "big").read_text() == OTHER
    assert not fetched(unlisted).changed
    assert sorted(path.name for path in unlisted.here.iterdir()) == ["big"]


@pytest.mark.parametrize("tag", TAGS)
def test_what_waits_of_the_same_version_is(unlisted: FetchScene, tag: str) -> None:
    unlisted.scene.control.set_knobs(etag=tag)
    size = break_off(unlisted)
    if tag != "none":
        assert stat.S_IMODE(note(unlisted).stat().st_mode) == 0o600
    before = sent_bytes(unlisted)
    assert fetched(unlisted).error is None
    assert (unlisted.here / "big").read_text() == LARGE
    assert 0 <= sent_bytes(unlisted) - before - (len(LARGE) - size) < 10_000
    assert sorted(path.name for path in unlisted.here.iterdir()) == ["big"]


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("change", [True, False])
def test_a_connection_that_breaks(unlisted: FetchScene, monkeypatch: pytest.MonkeyPatch, tag: str, change: bool) -> None:
    """While the object is replaced, or is not."""
    from ansible_collections.edgeops.netstorage.plugins.module_utils._local.writer import IncomingFile

    unlisted.scene.control.set_knobs(etag=tag)
    unlisted.scene.control.add_faults({"kind": "truncate", "how": "closed", "bytes": 2 * MIB, "action": "download"})
    write, left = IncomingFile.write, [1 if change else 0]

    def counted(self: IncomingFile, block: bytes) -> None:
        write(self, block)
        left[0] -= 1
        if left[0] == 0:
            unlisted.scene.there({"big": OTHER})

    monkeypatch.setattr(IncomingFile, "write", counted)
    assert fetched(unlisted).error is None
    assert (unlisted.here / "big").read_text() == (OTHER if change else LARGE)
    assert not fetched(unlisted).changed


def test_a_connection_that_breaks_each_time_is_given_up(unlisted: FetchScene) -> None:
    """What comes is no progress where it must begin anew."""
    unlisted.scene.control.set_knobs(etag="none")
    fault = {"kind": "truncate", "how": "closed", "bytes": 2 * MIB, "action": "download", "times": None}
    unlisted.scene.control.add_faults(fault)
    outcome = fetched(unlisted)
    assert outcome.error is not None and outcome.api_calls["download"] <= 5
    unlisted.scene.control.set_knobs(etag="opaque")
    assert fetched(unlisted).error is None


def test_what_was_begun_with_a_digest_is_not_gone_on_with_without(big: FetchScene) -> None:
    """It may be of several versions already: the digest would have told."""
    assert break_off(big) > 0
    assert not note(big).exists()
    big.scene.control.set_knobs(list_md5="no")
    big.scene.there({"big": OTHER})
    assert fetched(big).error is None
    assert (big.here / "big").read_text() == OTHER


@pytest.mark.parametrize("spoil", ["cut off", "no tag", "other rights", "link", "fifo", "before the machine was started", "gone"])
def test_a_note_that_is_not_to_be_trusted(unlisted: FetchScene, spoil: str) -> None:
    unlisted.scene.control.set_knobs(etag="opaque")
    assert break_off(unlisted) > 0
    waiting(unlisted).write_bytes(b"?" * MIB)
    path, text, victim = note(unlisted), note(unlisted).read_text(), unlisted.work / "source/victim"
    victim.write_text(text)
    victim.chmod(0o600)
    if spoil == "cut off":
        path.write_text(text[:-1])
    elif spoil == "no tag":
        path.write_text("\n".join(["W/", *text.split("\n")[1:]]))
    elif spoil == "other rights":
        path.chmod(0o644)
    elif spoil == "before the machine was started":
        path.write_text(text.split("\n")[0] + "\nanother\n")
    else:
        path.unlink()
        if spoil == "link":
            path.symlink_to(victim)
        elif spoil == "fifo":
            os.mkfifo(path)
    outcome = fetched(unlisted, exclude=[".*"])
    assert outcome.error is None, outcome.error
    assert (unlisted.here / "big").read_text() == LARGE
    assert victim.read_text() == text


def test_all_of_it_waits_and_nobody_knows_what_it_is(unlisted: FetchScene) -> None:
    unlisted.scene.control.set_knobs(etag="opaque")
    break_off(unlisted)
    waiting(unlisted).write_text(OTHER)
    assert fetched(unlisted).error is None
    assert (unlisted.here / "big").read_text() == LARGE


def test_what_comes_is_what_its_etag_says(unlisted: FetchScene) -> None:
    """Once wrong: it is fetched again. Always: it is a failure, and nothing is put in place."""
    unlisted.write("big", "mine")
    unlisted.scene.control.add_faults({"action": "download", "kind": "digest", "how": "body"})
    assert fetched(unlisted).error is None
    assert (unlisted.here / "big").read_text() == LARGE
    unlisted.write("big", "mine")
    unlisted.scene.control.add_faults({"action": "download", "kind": "digest", "how": "body", "times": None})
    outcome = fetched(unlisted)
    assert outcome.error is not None and "is in its ETag" in str(outcome.error)
    assert unlisted.tree() == {"big": "mine"}


@pytest.mark.parametrize("listed", ["yes", "no"])
@pytest.mark.parametrize("name", ["big", "b" * 150])
def test_a_first_run_that_broke_off_can_be_run_again(fetching: FetchScene, listed: str, name: str) -> None:
    """What it has left is no foreign content, and no share of what may be deleted."""
    fetching.scene.control.set_knobs(list_md5=listed)
    fetching.scene.there({name: LARGE})
    guarded = {"adopt": False, "max_delete": "0"}
    break_off(fetching, **guarded)
    assert waiting(fetching, name).exists() and not (fetching.here / name).exists()
    outcome = fetched(fetching, **guarded)
    assert outcome.error is None, outcome.error
    assert fetching.tree() == {name: LARGE}


def test_what_was_left_of_a_file_that_is_gone_is_removed(unlisted: FetchScene) -> None:
    unlisted.scene.there({str(number): "x" for number in range(25)})
    fetched(unlisted)
    for number in range(25):
        (waiting(unlisted, f"gone {number}")).write_text("part")
        (note(unlisted, f"gone {number}")).write_text("of something")
    assert len(unlisted.fetch(delete=True, max_delete="1")) == 50
    assert len(unlisted.tree()) == 26


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_left_of_one_file(unlisted: FetchScene, is_there: bool) -> None:
    """It is used, or goes where the file has come in another way."""
    more = {"path": "s/big", "dest": f"{unlisted.here}/"}
    break_off(unlisted, **more)
    if is_there:
        unlisted.write("big", LARGE, MTIME)
    steps = unlisted.fetch(**more)
    assert len(steps) == (2 if is_there else 1)
    assert unlisted.tree() == {"big": LARGE}
