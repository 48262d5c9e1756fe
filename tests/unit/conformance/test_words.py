# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reply says, and that nothing of the account can be in it."""

from __future__ import annotations

import io
import typing as t
import zipfile

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance import words
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.scenes import Reply
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.xml_parser import Row
from hypothesis import given
from hypothesis import strategies as st

PLACE = b"/123456/secret-customer/ns-conformance-work/listing"
TELLS = [
    words.children, words.listed, words.stood, words.stood_timed, words.link_target, words.implicit_time, words.digests,
    words.root_row, words.marker,
]  # fmt: skip


def row(name: bytes, kind: Kind = Kind.FILE, **more: t.Any) -> Row:
    described = {"size": 5 if kind is Kind.FILE else None, "md5": None, "mtime": 7, "target": None, "implicit": False, **more}
    return Row(kind, name, **described)


@pytest.mark.parametrize(("body", "told"), [
    (b"Directory not empty\n", "Directory not empty"),
    (b"destination: url_to_vn: Illegal duplicate /\n", "destination: url_to_vn: Illegal duplicate /"),
    (b"", ""), (b" \n", ""),
    (b"Source /123456/customer not found", "another text, 33 bytes"),
    (b"Id #18.2d4f1002.1700000000.1a2b3c", "another text, 33 bytes"),
    (b"account deploy denied", "another text, 21 bytes"),
    (b"<p>not found</p>", "another text, 16 bytes"),
    (b"not found " * 30, "another text, 300 bytes"),
])
def test_a_text_is_told_where_all_its_words_are_known(body: bytes, told: str) -> None:
    assert words.text_of(body) == told


@given(st.binary(max_size=300))
def test_no_other_word_of_a_text_is_told(body: bytes) -> None:
    told = words.text_of(body)
    letters = "".join(char if char.isalnum() or char in "-_" else " " for char in told)
    assert told.startswith("another text, ") or {word.lower() for word in letters.split()} <= words._KNOWN


@given(st.lists(st.binary(max_size=40).map(lambda name: b"customer-name/" + name), max_size=4), st.sampled_from(TELLS))
def test_no_name_that_is_not_of_the_scene_is_told(names: list[bytes], tells: t.Any) -> None:
    rows = tuple(row(name, kind, target=name, implicit=kind is Kind.DIRECTORY) for name in names for kind in Kind)
    told = tells(Reply(200, rows, b"/123456/customer-name/x"), PLACE, {})
    assert "customer" not in told and "secret" not in told


def test_rows_are_told_by_the_names_of_the_scene() -> None:
    rows = (row(b"x/", Kind.DIRECTORY), row(b"x"), row(b"i", Kind.DIRECTORY, implicit=True), row(b"l", Kind.SYMLINK))
    assert words.children(Reply(200, rows), PLACE, {}) == "i implicit directory, l symlink, x directory, x file"
    keys = (row(PLACE[1:] + b"/i/f"), row(PLACE[1:] + b"/x/", Kind.DIRECTORY), row(b"123456/elsewhere"))
    assert words.listed(Reply(200, keys), PLACE, {}) == "i/f x/ (outside)"
    assert (words.children(Reply(200), PLACE, {}), words.listed(Reply(404), PLACE, {})) == ("no rows", "nothing")


@pytest.mark.parametrize(("reply", "told"), [
    (Reply(404), "nothing"), (Reply(403), "403"), (Reply(200), "no row"), (Reply(200, (row(b"a"),)), "file of 5 bytes"),
    (Reply(200, (row(b"x/", Kind.DIRECTORY), row(b"x"))), "directory and file of 5 bytes"),
    (Reply(200, (row(b"i", Kind.DIRECTORY, implicit=True),)), "implicit directory"),
])
def test_what_stands_at_a_path(reply: Reply, told: str) -> None:
    assert words.stood(reply, PLACE, {}) == told


@pytest.mark.parametrize(("etag", "told"), [
    (None, "no ETag"), ('"' + "0a" * 16 + '"', "the MD5"), ('"' + "0a" * 16 + ':15"', "the MD5 and the time"),
    ('"' + "0a" * 16 + ':15.08561"', "the MD5, the time and a fraction"), ('"5-17"', "another ETag"), ("W/x", "another ETag"),
])
def test_the_form_of_a_tag(etag: str | None, told: str) -> None:
    assert words.tag(Reply(200, etag=etag), PLACE, {}) == told


@pytest.mark.parametrize(("resume", "told"), [
    (None, "no marker"), (b"x", "the name"), (b"x/", "the name"), (PLACE + b"/x", "the path"), (PLACE[1:] + b"/x", "the path"),
    (b"/123456/elsewhere/x", "another marker"),
])
def test_the_marker_of_a_page(resume: bytes | None, told: str) -> None:
    assert words.marker(Reply(200, (row(b"x"),), resume), PLACE, {}) == told


@pytest.mark.parametrize(("first", "told"), [(b"1/c", "it goes on"), (b"1/a", "it begins anew"), (b"1/z", "it is elsewhere")])
def test_where_a_page_goes_on(first: bytes, told: str) -> None:
    before = Reply(200, (row(b"1/a"), row(b"1/b")), b"/1/c")
    assert words.gone_on(Reply(200, (row(first),)), PLACE, {"a page of list": before}) == told
    assert words.gone_on(Reply(404), PLACE, {"a page of list": before}) == "nothing"


def test_what_became_of_an_archive() -> None:
    """The archive is one that others can read, and so is one with a comment."""
    commented = words.ARCHIVE[:-2] + (5).to_bytes(2, "little") + b"index"
    for archive in (words.ARCHIVE, commented):
        assert zipfile.ZipFile(io.BytesIO(archive)).read("a") == words.FIRST
    bodies = (words.ARCHIVE, commented, words.ARCHIVE + b"index", b"PK")
    said = [words.zipped(Reply(200, body=body), PLACE, {}) for body in bodies]
    assert said == ["as it was sent", "a comment in it", "something behind it", "something else"]


@pytest.mark.parametrize(("before", "now", "told"), [
    (7, 7, "directory with the same time"), (7, 9, "directory with a later time"), (9, 7, "directory with an earlier time"),
    (None, 7, "directory, without a time"),
])
def test_whether_a_time_was_kept(before: int | None, now: int, told: str) -> None:
    earlier = {"before": Reply(200, (row(b"d", Kind.DIRECTORY, mtime=before),))}
    assert words.kept_time(Reply(200, (row(b"d", Kind.DIRECTORY, mtime=now),)), PLACE, earlier) == told


@pytest.mark.parametrize(("name", "told"), [
    (b"123456", "directory with the name of the CP code"), (b"", "directory with no name"), (b"/", "directory with no name"),
    (b"customer", "directory with another name"),
])
def test_the_row_of_a_root(name: bytes, told: str) -> None:
    assert words.root_row(Reply(200, (row(name, Kind.DIRECTORY),)), b"/123456", {}) == told
