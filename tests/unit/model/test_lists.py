# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an option that takes a list may be given."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.lists import listed


@pytest.mark.parametrize(
    ("given", "elements"),
    [
        ([], []),
        ("", []),
        (" ", []),
        ("uploads/", ["uploads/"]),
        ("uploads/, logs/", ["uploads/", "logs/"]),
        ("a,b ,, c,", ["a", "b", "c"]),
        ("uploads/\nlogs/\n", ["uploads/", "logs/"]),
        ("  one\r\n\ttwo , three\n\n", ["one", "two", "three"]),
        (["a, b", "c,d", "e\nf"], ["a, b", "c,d", "e\nf"]),
        (("a", "b"), ["a", "b"]),
        (123456, ["123456"]),
        ([2026, "b", 0], ["2026", "b", "0"]),
        (["a\\ ", "b\\\\\\ "], ["a\\ ", "b\\\\\\ "]),
        (["a b"], ["a b"]),
        ([""], [""]),
    ],
)
def test_a_text_is_split_and_elements_are_not(given: object, elements: list[str]) -> None:
    assert listed("protect", given) == elements
    assert all(isinstance(one, str) for one in listed("protect", given))


@pytest.mark.parametrize(
    ("given", "said", "hint"),
    [
        (None, "protect is null", '["a", "b"]'),
        (True, "protect is true or false", '["a", "b"]'),
        (1.5, "protect is a number with a fraction", '["a", "b"]'),
        ({"a": 1}, "protect is a mapping", '["a", "b"]'),
        (datetime.date(2026, 1, 1), "protect is of type date", '["a", "b"]'),
        (["a", ["b"]], "protect: element 2 is a list itself", "a + ['b']"),
        ([["a"]], "protect: element 1 is a list itself", "a + ['b']"),
        ([True], "protect: element 1 is true or false", "in quotes"),
        ([1.0], "protect: element 1 is a number with a fraction", "in quotes"),
        ([None], "protect: element 1 is null", "in quotes"),
        ([{"a": 1}], "protect: element 1 is a mapping", "in quotes"),
        (["a", " b"], "protect: element 2, ' b', begins or ends with a blank", "Write 'b'."),
        (["logs/\n"], "protect: element 1, 'logs/\\n', begins or ends with a blank", "Write 'logs/'."),
        (["a\\\\ "], "begins or ends with a blank", "Write"),
        ([" a\\ "], "begins or ends with a blank", "Write"),
        (["a\u00a0"], "begins or ends with a blank", "Write 'a'."),
    ],
)
def test_what_would_match_nothing_is_refused_with_the_right_spelling(given: object, said: str, hint: str) -> None:
    with pytest.raises(BadOptions) as told:
        listed("protect", given)
    assert said in told.value.message
    assert hint in told.value.hint


@pytest.mark.parametrize("given", [[" a"], ["a "]])
def test_blanks_may_be_part_of_names_that_are_unusual(given: list[t.Any]) -> None:
    assert listed("path", given, allow_blanks=True) == given
