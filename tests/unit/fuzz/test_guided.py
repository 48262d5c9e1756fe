# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fuzzer finds what is planted for it."""

from __future__ import annotations

import pathlib
import sys
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.fuzz import guided
from ansible_collections.edgeops.netstorage.tests.fuzz.guided import fuzz


def deep(data: bytes) -> None:
    """Blind changes hardly ever get to the bottom of it: each step has to be kept."""
    if data[:1] == b"%":
        if data[1:2] == b"/":
            if data[2:3] == b"&":
                if data[3:4] == b'"':
                    raise ValueError("the bottom")
                str(3)
            str(2)
        str(1)


def shallow(data: bytes) -> None:
    assert b"hello" in data


@pytest.fixture
def corpus(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "one").write_bytes(b"hello world 5")
    return tmp_path


def test_it_goes_on_from_what_it_reached(corpus: pathlib.Path) -> None:
    report = fuzz(deep, corpus, [__file__], seconds=20, seed=1, most=20_000)
    (crash,) = report.crashes
    assert crash.data.startswith(b'%/&"')
    assert "ValueError: the bottom" in crash.error
    assert report.kept >= 2
    assert {line.rpartition(":")[0] for line in report.lines} == {__file__}
    blind = fuzz(deep, corpus, [], seconds=20, seed=1, most=report.executions)
    assert (blind.crashes, blind.kept, blind.lines) == ([], 0, set())


def test_the_same_seed_does_the_same(corpus: pathlib.Path) -> None:
    seen: list[list[bytes]] = [[], [], []]
    for inputs, seed in zip(seen, (4, 4, 5), strict=True):
        fuzz(inputs.append, corpus, [__file__], seconds=20, seed=seed, most=200)
    assert seen[0] == seen[1] != seen[2]
    assert len(seen[0]) == 200


def test_it_takes_what_a_grammar_makes(corpus: pathlib.Path) -> None:
    seen: list[bytes] = []
    fuzz(seen.append, corpus, [__file__], seconds=20, seed=1, most=200, grown=lambda chance: b"grown %d" % chance.randrange(9))
    assert 50 < sum(one in {b"grown %d" % number for number in range(9)} for one in seen) < 150


def test_a_crash_is_told_once_for_each_place(corpus: pathlib.Path) -> None:
    report = fuzz(shallow, corpus, [__file__], seconds=20, seed=1, most=300)
    assert len(report.crashes) == 1
    assert report.executions == 300
    assert "300 executions" in str(report)
    assert "AssertionError" in str(report)


def test_what_does_not_come_back_is_a_crash(corpus: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guided, "PATIENCE_SECONDS", 0.1)
    report = fuzz(lambda _data: time.sleep(30), corpus, [__file__], seconds=0, seed=1)
    assert "no end after 0.1 seconds" in report.crashes[0].error


def test_it_ends_in_time_and_leaves_no_trace(corpus: pathlib.Path) -> None:
    before, begun = sys.gettrace(), time.monotonic()
    report = fuzz(deep, corpus, [__file__], seconds=0.3, seed=3)
    assert 0.3 <= time.monotonic() - begun < 3
    assert report.executions > 10
    assert sys.gettrace() is before


def test_it_needs_something_to_begin_with(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        fuzz(deep, tmp_path, [__file__], seconds=1, seed=1)
