# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which patterns matched nothing, and which of them nearly did."""

from __future__ import annotations

import typing as t
import unicodedata

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter, Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.pattern_usage import PatternUsage
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns
from hypothesis import given, settings
from hypothesis import strategies as st

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "café.txt") for form in ("NFC", "NFD"))


def after(names: t.Iterable[str], at_once: int = 500, **given: t.Sequence[str]) -> PatternUsage:
    usage = PatternUsage({option: Patterns(patterns, option).parsed for option, patterns in given.items()}, at_once)
    for name in names:
        usage.observe(name)
    return usage


def test_what_matched_nothing_is_listed_by_option_in_the_order_given() -> None:
    usage = after(["a.png", "d/", "d/e/", "d/e/f"], exclude=["x", "*.png", "tmp/", "/e/"], protect=["d/e/f"], include=["y"])
    assert usage.unmatched() == {"exclude": ["x", "tmp/", "/e/"], "include": ["y"]}
    assert usage.notes() == []


def test_a_pattern_for_directories_is_matched_by_a_directory() -> None:
    assert after(["a"], exclude=["a/"]).unmatched() == {"exclude": ["a/"]}
    assert after(["a/"], exclude=["a/", "a"]).unmatched() == {}


@pytest.mark.parametrize(
    ("pattern", "name", "how"),
    [
        ("*.PNG", "d/a.png", "upper and lower case"),
        ("Uploads/", "uploads/", "upper and lower case"),
        ("/img/[A-C].svg", "img/b.svg", "upper and lower case"),
        ("/img/[[:upper:]].svg", "img/b.svg", "upper and lower case"),
        (" logs/", "logs/", "a blank"),
        ("logs /", "logs/", "a blank"),
        ("a/ b", "a/b", "a blank"),
        ("logs", " logs", "a blank"),
        ("logs", "d/logs ", "a blank"),
        ("\ufefflogs", "logs", "a blank"),
        (COMPOSED, DECOMPOSED, "the Unicode form"),
        (f"d/{DECOMPOSED}", f"d/{COMPOSED}", "the Unicode form"),
        ("d/caf\\é.*", f"d/{DECOMPOSED}", "the Unicode form"),
        (f" {COMPOSED}", DECOMPOSED.upper(), "case, blanks or the Unicode form"),
    ],
)
def test_what_nearly_matches_is_told(pattern: str, name: str, how: str) -> None:
    usage = after(["other", name, "one more"], protect=[pattern])
    assert usage.unmatched() == {"protect": [pattern]}
    assert usage.notes() == [f"protect: '{pattern}' matched nothing; '{name}' would match but for {how}"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("tmp/", "tmpl/"), ("tmp/", "tmp"), ("tmp/", "TMP"), ("[!a]b", "ab"), ("[^a].HTML", "a.html"), ("log", "logs")],
)
def test_what_only_resembles_is_not_told(pattern: str, name: str) -> None:
    usage = after([name], protect=[pattern])
    assert usage.unmatched() == {"protect": [pattern]}
    assert usage.notes() == []


def test_a_match_takes_back_what_was_near() -> None:
    usage = after(["A.PNG", "b.png"], exclude=["*.png", "*.gif"])
    assert usage.unmatched() == {"exclude": ["*.gif"]}
    assert usage.notes() == []


def test_a_name_that_looks_near_and_matches_counts() -> None:
    """Folded, these are other names than the ones that the patterns match."""
    names = ["a ", DECOMPOSED, "[x]", "line\nend/", "x\n/y"]
    usage = after(names, exclude=["a?", "caf??.txt", "[[]x]", "line?end/", "x?/y"])
    assert usage.unmatched() == {}
    assert after(["x\n/y"], exclude=["y", "/y"]).unmatched() == {"exclude": ["/y"]}


def test_many_patterns_and_many_names() -> None:
    patterns = [f"{number}.txt" for number in range(100)] + [f"/d/{number}.TXT" for number in range(100)]
    usage = after((f"d/{number}.txt" for number in range(50, 150)), exclude=patterns)
    assert usage.unmatched() == {"exclude": [*patterns[:50], *patterns[100:]]}
    notes = usage.notes()
    assert len(notes) == 11
    assert notes[0] == "exclude: '/d/50.TXT' matched nothing; 'd/50.txt' would match but for upper and lower case"
    assert notes[-1] == "40 more patterns nearly match a name and matched nothing: see unmatched_patterns"


def test_names_that_only_look_near_do_not_keep_a_pattern_busy_for_ever() -> None:
    usage = after((f"ab{number}" for number in range(1_000)), exclude=["[!a]b*"])
    assert usage.unmatched() == {"exclude": ["[!a]b*"]}
    usage.observe("xb1")
    assert usage.unmatched() == {}


def test_a_pattern_that_is_given_twice_counts_once() -> None:
    assert after(["b"], exclude=["a", "a", "b"]).unmatched() == {"exclude": ["a"]}


def test_a_filter_shows_what_it_is_asked_about() -> None:
    usage = after([], exclude=["tmp/", "*.map"], protect=["x"], include=["*.css"])
    taken = Filter(["*.css"], ["tmp/", "*.map"], pattern_usage=usage)
    assert not taken.everything
    assert not taken.enters(b"tmp/")
    assert not taken.takes(b"x")
    assert usage.unmatched() == {"exclude": ["*.map"], "include": ["*.css"]}
    assert not taken.takes(b"a.css.map")
    assert taken.takes(b"a.css")
    assert usage.unmatched() == {}


def test_without_patterns_nobody_looks() -> None:
    assert Filter().everything


PARTS = ["a", "A", "b", "*", "?", "**", "[ab]", "[!a]", "[A-C]", " ", "é", "e\u0301", "/", "\\"]
patterns = st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join).filter(
    lambda pattern: not naive_patterns.is_broken(pattern)
)
few_patterns = st.lists(patterns, max_size=4)
names = st.lists(st.text("aAb eé\u0301", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)


@settings(max_examples=400)
@given(few_patterns, few_patterns, st.lists(names, max_size=6), st.booleans(), st.integers(1, 9))
def test_unmatched_is_what_the_slow_matcher_matches_with_nothing(
    exclude: list[str], protect: list[str], files: list[str], directories: bool, at_once: int
) -> None:
    above = {name[:at] for name in files for at, sign in enumerate(name) if sign == "/"}
    keys = sorted({f"{name}/" for name in above} | {f"{name}/" if directories else name for name in files if name not in above})
    expected = {
        option: [one for one in dict.fromkeys(given) if not any(naive_patterns.matches(one, key.encode()) for key in keys)]
        for option, given in (("exclude", exclude), ("protect", protect))
    }
    usage = after(keys, at_once, exclude=exclude, protect=protect)
    assert usage.unmatched() == {option: listed for option, listed in expected.items() if listed}
