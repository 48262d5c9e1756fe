# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names on the wire: percent-encoded targets and form-encoded action values."""

from __future__ import annotations

import string
from urllib.parse import parse_qs, parse_qsl, unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import request
from hypothesis import given
from hypothesis import strategies as st

RAW = set(string.ascii_letters + string.digits + "-._~/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/123456/a/b.html", "/123456/a/b.html"),
        (b"/123456/a b", "/123456/a%20b"),
        (b"/123456/plus+sign%2E", "/123456/plus%2Bsign%252E"),
        (b"/123456/..///newLink/", "/123456/..///newLink/"),
        (b"/123456/./a//b/..", "/123456/./a//b/.."),
        (b"/123456/caf\xc3\xa9\xff~", "/123456/caf%C3%A9%FF~"),
        (b"/123456/?#&=;,@:$!*'()", "/123456/%3F%23%26%3D%3B%2C%40%3A%24%21%2A%27%28%29"),
        (b"/123456/a\r\nHost: evil", "/123456/a%0D%0AHost%3A%20evil"),
    ],
)
def test_a_target_is_the_path_percent_encoded(path: bytes, expected: str) -> None:
    assert request.target(path) == expected


@given(st.binary())
def test_every_name_survives_the_target(name: bytes) -> None:
    target = request.target(b"/" + name)
    assert unquote_to_bytes(target) == b"/" + name
    assert all(char in RAW for char in target.replace("%", ""))


@given(st.binary())
def test_every_name_survives_the_action_header(name: bytes) -> None:
    header = request.action_header("rename", [("destination", b"/1/" + name)])
    values = parse_qs(header, keep_blank_values=True, encoding="latin-1", strict_parsing=True)
    assert values["destination"] == [(b"/1/" + name).decode("latin-1")]
    assert header.isprintable()
    assert header.isascii()


def test_an_action_header() -> None:
    header = request.action_header("list", [("mtime_all", "yes"), ("end", b"/123456/a/dir one0"), ("mtime", 17)])
    assert header == "version=1&action=list&mtime_all=yes&end=%2F123456%2Fa%2Fdir+one0&mtime=17"
    assert parse_qsl(header)[3] == ("end", "/123456/a/dir one0")


def test_only_a_name_that_ends_in_a_slash_gets_another_one() -> None:
    assert request.directory_path(b"/1/new") == b"/1/new"
    assert request.directory_path(b"/1/new/") == b"/1/new//"
