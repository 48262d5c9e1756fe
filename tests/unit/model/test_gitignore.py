# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns match what ``git check-ignore`` says that they match, or are refused, or a row of a table says why not.

``make soak`` does it for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Patterns
from ansible_collections.edgeops.netstorage.tests.contract.deviations import markdown
from ansible_collections.edgeops.netstorage.tests.fuzz.gitignore import (
    DELIBERATE,
    PLACES,
    Case,
    Deliberate,
    ask_git,
    compared,
    difference,
    table,
)
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns

PAGE = Path(__file__).parents[3] / "docs" / "patterns.md"


def test_random_patterns_match_what_git_matches() -> None:
    pairs = matches = refused = 0
    for case, git, otherwise in compared(seed=1, count=600):
        assert otherwise is None
        pairs, matches, refused = pairs + len(git), matches + sum(git), refused + naive_patterns.is_broken(case.pattern)
        if not naive_patterns.is_broken(case.pattern):
            assert [naive_patterns.matches(case.pattern, key.encode()) for key in case.keys] == git, case
    assert pairs > 5_000
    assert matches > 600, "they should meet often enough"
    assert refused < 90, "most of them should have a meaning"


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ("a**/b", "ab a/b ax/b ax/y/b b"),
        (r"\a**/b", "ab a/b ax/b ax/y/b b"),
        ("a**/*", "a/ a b/a/"),
        (r"a**\/*", "a/ a ab a/b a/b/ ab/c"),
        (r"**\/b", "b a/b a/c/b"),
        (r"a\/b", "a/b x/a/b"),
        ("[a/b]c", "ac bc x/ac c"),
        ("a[/]b", "a/b ab"),
        ("[[:alpha]", "a : [ 1"),
        ("[A-[:alpha:]]", "B] :] [] a] a"),
        ("[--0]a", "-a .a 0a ,a"),
        ("[]-a]", "] ^ a b -"),
        ("x/**/**/y", "x/y x/a/y x/a/b/y y"),
        ("***", "a a/b"),
        ("a/***", "a/ a/b a/b/c"),
    ],
)
def test_corners_match_what_git_matches(pattern: str, keys: str) -> None:
    case = Case(pattern, tuple(keys.split()))
    assert difference(case, ask_git([case])[0], ()) is None
    assert Patterns([pattern])


@pytest.mark.parametrize("row", DELIBERATE, ids=lambda row: row.written[0])
def test_each_difference_from_git_is_one(row: Deliberate) -> None:
    pattern = row.written[0]
    key = row.key or "ä.html"
    assert ask_git([Case(pattern, (key,))], "utf-8") == [[bool(row.key)]]
    if row.here != "refused":
        assert Patterns([pattern], "exclude", PLACES).match(key.encode())
        return
    for written in row.written:
        with pytest.raises(BadOptions, match=r"^exclude: ") as refusal:
            Patterns([written], "exclude", PLACES)
        for spelled in row.instead:
            assert spelled in refusal.value.hint


@pytest.mark.parametrize("row", [row for row in DELIBERATE if row.key], ids=lambda row: row.written[0])
def test_a_refusal_of_what_git_matches_needs_its_row(row: Deliberate) -> None:
    case = Case(row.written[0], (row.key,))
    others = [one for one in DELIBERATE if one is not row]
    assert difference(case, [True], others) is not None
    assert difference(case, [True], [row]) is None


def test_the_page_shows_the_table() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("\n## What differs from .gitignore\n")[2].partition("\n## ")[0]
    shown = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert shown == markdown(table())
