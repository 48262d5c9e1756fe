# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of ``ansible.builtin.find``."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.find_criteria import Criteria

NOW = 1_000_000


def takes(name: str = "d/a.txt", size: int | None = 100, mtime: int | None = NOW - 60, **words: t.Any) -> bool:
    given = {"patterns": [], "excludes": [], "use_regex": False, "file_type": "any", "size": None, "age": None, **words}
    kind = Kind.FILE if size is not None else Kind.DIRECTORY
    return Criteria(**given, now=NOW).take(Entry(name.encode("utf-8", "surrogateescape"), kind, size, mtime=mtime))


@pytest.mark.parametrize(
    ("pattern", "use_regex", "expected"),
    [
        ("*.txt", False, True),
        ("a.*", False, True),
        ("d*", False, False),
        ("?.txt", False, True),
        ("[!b].txt", False, True),
        ("A.TXT", False, False),
        ("a", False, False),
        ("a", True, True),
        ("txt", True, False),
        (r".*\.txt$", True, True),
        ("d/a", True, False),
    ],
)
def test_patterns_and_excludes_match_the_last_component(pattern: str, use_regex: bool, expected: bool) -> None:
    assert takes(patterns=[pattern], use_regex=use_regex) is expected
    assert takes(excludes=[pattern], use_regex=use_regex) is not expected


def test_names_that_are_no_text() -> None:
    assert takes("d/\udcff.txt", patterns=["?.txt"])
    assert takes("a\nb", patterns=["a*b"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [("100", True), ("100b", True), ("101", False), ("-100", True), ("-99", False), ("1k", False), ("-1K", True), ("-1t", True)],
)
def test_a_size_is_a_minimum_and_a_negative_one_a_maximum(size: str, expected: bool) -> None:
    criteria = Criteria([], [], False, "any", size, None, NOW)
    assert criteria.take(Entry(b"f", Kind.FILE, 100)) is expected
    assert criteria.take(Entry(b"d", Kind.DIRECTORY)) is True


@pytest.mark.parametrize(
    ("age", "expected"),
    [("60", True), ("60s", True), ("1m", True), ("61", False), ("-1m", True), ("-59", False), ("1h", False), ("-1d", True),
     ("-1w", True)],
)  # fmt: skip
def test_an_age_is_a_minimum_and_a_negative_one_a_maximum(age: str, expected: bool) -> None:
    assert takes(age=age) is expected
    assert takes(age=age, mtime=None) is False


def test_the_time_of_an_implicit_directory_is_none() -> None:
    criteria = Criteria([], [], False, "any", None, "-1d", NOW)
    assert criteria.take(Entry(b"d", Kind.DIRECTORY, mtime=NOW, implicit=True)) is False


@pytest.mark.parametrize(
    "words",
    [{"size": "k"}, {"size": "1.5k"}, {"size": ""}, {"age": "1y"}, {"age": "--1"}, {"patterns": ["a/b"]}, {"patterns": [""]},
     {"excludes": ["["], "use_regex": True}],
)  # fmt: skip
def test_words_that_mean_nothing(words: dict[str, t.Any]) -> None:
    given = {"patterns": [], "excludes": [], "use_regex": False, "file_type": "any", "size": None, "age": None, **words}
    with pytest.raises(BadOptions):
        Criteria(**given, now=NOW)
