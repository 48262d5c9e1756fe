# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is masked, at any depth, and what is left as it is."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.masking import PART, WHOLE, masked
from hypothesis import given
from hypothesis import strategies as st

KEY = "the-key-of-the-account"
OTHER = f"{KEY}-and-more"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (KEY, WHOLE),
        (f"key = {KEY}\n", f"key = {PART}\n"),
        (f"{KEY}{KEY}", PART * 2),
        (f"{OTHER}!", f"{PART}!"),
        (KEY.encode(), WHOLE.encode()),
        (b"\xff" + KEY.encode(), b"\xff" + PART.encode()),
        ({"deep": [{KEY: (KEY, "a")}]}, {"deep": [{WHOLE: [WHOLE, "a"]}]}),
        ({f"/{KEY}/a": 1}, {f"/{PART}/a": 1}),
        ({KEY}, [WHOLE]),
        ([True, None, 1, 2.5, "a"], [True, None, 1, 2.5, "a"]),
    ],
)
def test_what_becomes_of_a_value(value: object, expected: object) -> None:
    assert masked(value, [KEY, OTHER]) == expected


def test_numbers_that_hold_a_secret() -> None:
    assert masked([12345678, 5, 1.25], ["345", "1.25"]) == [WHOLE, 5, WHOLE]


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_is_touched(secrets: list[str]) -> None:
    value = {"a": [""]}
    assert masked(value, secrets) is value


def test_a_text_without_a_secret_stays_the_object_that_it_was() -> None:
    """From ansible-core 2.19 on texts carry tags."""

    class Tagged(str):
        __slots__ = ()

    text, key = Tagged("nothing to hide"), Tagged(KEY)
    kept, hidden = masked([text, key], [KEY])
    assert kept is text
    assert hidden == WHOLE


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(KEY) | st.text().map(lambda text: f"{text}{KEY}"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just(f"a{KEY}"), inner),
    max_leaves=20,
)


@given(_JSON)
def test_no_secret_is_left_at_any_depth_and_nothing_else_changes(value: t.Any) -> None:
    cleaned = masked(value, [KEY])
    assert KEY not in json.dumps(cleaned)
    assert masked(cleaned, [KEY]) == cleaned
    if KEY not in json.dumps(value):
        assert cleaned == value
