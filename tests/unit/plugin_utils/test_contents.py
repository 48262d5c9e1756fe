# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which option gives the content, and the bytes it means."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._content import (
    content_of,
    given_source,
    refuse_empty,
    refuse_private,
    refuse_remote,
    switch,
)

Args = dict[str, t.Any]


@pytest.mark.parametrize(
    ("args", "given"),
    [
        ({"src": "a"}, "src"),
        ({"content": ""}, "content"),
        ({"content": False}, "content"),
        ({"content": [], "src": None}, "content"),
        ({"content_b64": "", "state": "present"}, "content_b64"),
        ({"content": "a", "state": None}, "content"),
        ({"state": "absent"}, None),
        ({"state": "absent", "src": None}, None),
        ({"state": "gone", "content": "the module names the choices"}, None),
    ],
)
def test_one_option_gives_the_content(args: Args, given: str | None) -> None:
    assert given_source(args) == given


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "needs src, content or content_b64"),
        ({"content": None}, "content: there is no value"),
        ({"src": None, "content": None}, "src and content: there is no value"),
        ({"src": "a", "content_b64": "b"}, "src and content_b64 contradict"),
        ({"src": "", "content": ""}, "src and content contradict"),
        ({"state": "absent", "src": "a"}, "state: absent and src contradict"),
        ({"state": "absent", "content": ""}, "state: absent and content contradict"),
        ({"state": "absent", "sha256": "0"}, "state: absent and sha256 contradict"),
    ],
)
def test_sources_that_contradict_are_refused(args: Args, words: str) -> None:
    with pytest.raises(BadOptions, match=words):
        given_source(args)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", b""),
        ("ü\n", "ü\n".encode()),
        (42, b"42"),
        (True, b"True"),
        ({"b": 1, "a": ["ü"]}, b'{"b": 1, "a": ["\\u00fc"]}'),
        ([], b"[]"),
        (b"\xff", b"\xff"),
    ],
)
def test_content_is_what_copy_makes_of_it(content: object, expected: bytes) -> None:
    assert content_of({"content": content}, "content") == expected


def test_content_that_json_does_not_know() -> None:
    with pytest.raises(BadOptions, match="cannot become JSON"):
        content_of({"content": {"a": object()}}, "content")


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (
            {"a": {"b c": [1, datetime.date(2026, 11, 29)]}},
            "content.a['b c'][1] cannot become JSON: it is a date, as YAML reads it: 2026-11-29",
            'Write it in quotes: "2026-11-29".',
        ),
        ([datetime.datetime(2026, 11, 29, 12, 30)], "content[0] cannot become JSON: it is a date", '"2026-11-29T12:30:00"'),
        ({"a": {datetime.date(2026, 11, 29): 1}}, "content.a cannot become JSON: the key is a date", '"2026-11-29"'),
        ({"ratio": float("nan")}, "content.ratio cannot become JSON: it is not a finite number", "Write null"),
        ({"a": [float("inf")]}, "content.a[0] cannot become JSON: it is not a finite number", "Write null"),
        ({"raw": b"\xff"}, "content.raw cannot become JSON: it is of the type bytes", "b64encode"),
    ],
)
def test_what_json_has_no_word_for_is_named_with_the_cure(content: object, message: str, hint: str) -> None:
    with pytest.raises(BadOptions) as refused:
        content_of({"content": content}, "content")
    assert message in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize(("packed", "expected"), [("", b""), ("AAEC\n /w==\n", b"\0\1\2\xff")])
def test_content_b64_is_decoded_to_bytes(packed: str, expected: bytes) -> None:
    assert content_of({"content_b64": packed}, "content_b64") == expected


@pytest.mark.parametrize("packed", ["A", "AAE", "A-_=", "ü", "====="])
def test_what_is_not_base64(packed: str) -> None:
    with pytest.raises(BadOptions, match="is not base64"):
        content_of({"content_b64": packed}, "content_b64")


@pytest.mark.parametrize(("value", "expected"), [(None, True), ("no", False), ("True", True), (0, False), (False, False)])
def test_a_switch_reads_the_booleans_of_ansible(value: object, expected: bool) -> None:
    assert switch({"decrypt": value}, "decrypt", True) is expected


def test_a_switch_that_is_neither() -> None:
    with pytest.raises(BadOptions, match="decrypt: 'perhaps' is neither yes nor no"):
        switch({"decrypt": "perhaps"}, "decrypt", True)


def test_what_a_task_may_not_set() -> None:
    refuse_private({"path": "a"})
    with pytest.raises(BadOptions, match="_described, _file cannot be set"):
        refuse_private({"path": "a", "_file": "/etc/shadow", "_described": {}})


@pytest.mark.parametrize("src", ["", " ", "\n"])
def test_an_empty_src(src: str) -> None:
    with pytest.raises(BadOptions, match="src is empty"):
        refuse_empty(src)


def test_remote_src_is_about_src() -> None:
    refuse_remote(None, None)
    refuse_remote("src", "a")
    with pytest.raises(BadOptions, match="remote_src: true and content_b64 contradict"):
        refuse_remote("content_b64", None)
    with pytest.raises(BadOptions, match="src is empty"):
        refuse_remote("src", "")
