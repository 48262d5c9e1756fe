# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of list and dir, whatever their size and whichever way the resume value is used."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client, names_of, resume_of, rows_of
from netstorage_emulator.control import Control

NAMES = ["a", "a-", "a/", "a/1", "a/2/x", "a/2/y", "a.txt", "b c", "d/e/f", "d/e/g", "z&", "z<", "zz/", "ü"]


@pytest.fixture
def seeded(client: Client, control: Control) -> Client:
    control.load([{"key": f"/123456/{name}", "type": "dir" if name.endswith("/") else "file"} for name in NAMES])
    return client


def all_pages(client: Client, start: str, action: str, size: int, way: str) -> list[str]:
    found: list[str] = []
    resume: str | None = ""
    while resume is not None:
        path, query = start, f"{action}&encoding=utf-8&max_entries={size}"
        if resume and way == "path":
            path = resume
        elif resume:
            query += f"&start={quote_plus(resume)}"
        answer = client.get(path, query)
        assert len(names_of(answer)) <= size
        found += names_of(answer)
        resume = resume_of(answer)
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("way", ["path", "start"])
def test_pages_of_list_join_to_the_whole_tree(seeded: Client, size: int, way: str) -> None:
    expected = sorted((f"123456/{name}" for name in NAMES), key=str.encode)
    assert all_pages(seeded, "/123456/", "list", size, way) == expected


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("way", ["path", "start"])
def test_list_of_a_directory_with_an_end(seeded: Client, size: int, way: str) -> None:
    expected = ["123456/a/", "123456/a/1", "123456/a/2/x", "123456/a/2/y"]
    assert all_pages(seeded, "/123456/a/", "list&end=%2F123456%2Fa0", size, way) == expected


@pytest.mark.parametrize("form", ["name", "path"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages_of_dir_join_to_all_children(seeded: Client, control: Control, size: int, form: str) -> None:
    control.set_knobs(dir_resume=form)
    expected = ["a", "a-", "a.txt", "a", "b c", "d", "z&", "z<", "zz", "ü"]
    assert all_pages(seeded, "/123456", "dir", size, "start") == expected


@pytest.mark.parametrize("form", ["name", "path"])
@pytest.mark.parametrize("path", ["/123456", "/123456/123456", "/123456/p"])
def test_dir_of_names_that_begin_as_paths_do(client: Client, control: Control, path: str, form: str) -> None:
    """A child that has the name of the CP code; names of slashes alone, which stand below the CP code only."""
    below = ["123456/123456/a", "123456/a", "123456.txt", "p/123456/p/x", "p/p/x", "p//x", "p"]
    expected = ["123456.txt", "123456", "p", "p", "p/"]
    if path == "/123456":
        below += ["/a", "//a", "123456//a"]
        expected = ["", "/", *expected[:2], "123456/", *expected[2:]]
    control.load([{"key": f"{path}/{name}", "content": ""} for name in below])
    control.set_knobs(dir_resume=form)
    for size in (1, 2, 3, 1000):
        assert all_pages(client, path, "dir", size, "start") == expected


def test_the_resume_value_of_dir_is_a_bare_name(client: Client, control: Control) -> None:
    """A directory keeps its slash (learn.akamai.com GUID-8E45B690: ``<resume start="c.log">``)."""
    control.load([{"key": f"/123456/logs/{name}", "content": ""} for name in ("a.log", "b.log", "c.log", "d/e.log")])
    assert resume_of(client.get("/123456/logs", "dir&max_entries=2")) == "c.log"
    assert resume_of(client.get("/123456/logs", "dir&max_entries=1&start=c.log")) == "d/"
    assert names_of(client.get("/123456/logs", "dir&start=d%2F")) == ["d"]


@pytest.mark.parametrize(("query", "expected"), [
    ("start=b", ["b c", "d", "z&", "z<", "zz", "ü"]),
    ("start=123456%2Fd", ["d", "z&", "z<", "zz", "ü"]),
    ("start=%2F123456%2Fd", ["d", "z&", "z<", "zz", "ü"]),
    ("end=b+c", ["a", "a-", "a.txt", "a", "b c"]),
    ("end=d", ["a", "a-", "a.txt", "a", "b c", "d"]),
    ("prefix=z", ["z&", "z<", "zz"]),
    ("start=a.&end=123456/d&prefix=d", ["d"]),
    ("start=zzz&encoding=utf-8", ["ü"]),
])
def test_bounds_of_dir(seeded: Client, query: str, expected: list[str]) -> None:
    assert names_of(seeded.get("/123456/", f"dir&encoding=utf-8&{query}")) == expected


@pytest.mark.parametrize("value", ["0", "-1", "many", ""])
def test_wrong_page_sizes(seeded: Client, value: str) -> None:
    for action in ("list", "dir"):
        assert seeded.get("/123456", f"{action}&max_entries={value}").status == 400


def test_the_largest_page_sizes(seeded: Client) -> None:
    for action in ("list", "dir"):
        whole = seeded.get("/123456/", f"{action}&encoding=utf-8")
        assert names_of(seeded.get("/123456/", f"{action}&encoding=utf-8&max_entries={2**63 - 1}")) == names_of(whole)


def test_the_object_to_resume_at_may_be_gone(seeded: Client) -> None:
    answer = seeded.get("/123456/", "list&max_entries=9&encoding=utf-8")
    assert resume_of(answer) == "/123456/d/e/g"
    seeded.post("/123456/d/e/g", "delete")
    assert names_of(seeded.get("/123456/d/e/g", "list&encoding=utf-8"))[0] == "123456/z&"
    assert names_of(seeded.get("/123456/", "list&start=%2F123456%2Fd%2Fe%2Fg&encoding=utf-8"))[0] == "123456/z&"


def test_nothing_left_to_resume_at(seeded: Client) -> None:
    resume = resume_of(seeded.get("/123456/d/", "list&max_entries=1&end=123456/d0"))
    assert resume == "/123456/d/e/g"
    seeded.post(resume, "delete")
    assert seeded.get(resume, "list&end=123456/d0").status == 404


def test_resume_at_odd_bytes(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/a", "content": ""},
                  {"key_base64": base64.b64encode(b"/123456/b\xff").decode(), "content": ""}])
    row = rows_of(client.get("/123456/", "list&max_entries=1&encoding=utf-8"))[-1]
    assert row["tag"] == "resume"
    assert base64.b64decode(row["start_base64"]) == b"/123456/b\xff"
    row = rows_of(client.get("/123456/", "dir&max_entries=1&encoding=utf-8"))[-1]
    assert base64.b64decode(row["start_base64"]) == b"b\xff"
    row = rows_of(client.get(b"/123456/b\xff", "list&encoding=utf-8"))[0]
    assert base64.b64decode(row["name_base64"]) == b"123456/b\xff"


def test_a_missing_directory_in_the_middle(seeded: Client) -> None:
    assert seeded.get("/123456/c/", "list").status == 404
    assert seeded.get("/123456/c/", "list&end=%2F123456%2Fc0").status == 404
    assert seeded.get("/123456/d/", "list").status == 200
