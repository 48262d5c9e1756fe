# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_find as a function, against the emulator: what it finds, with how many requests and how much memory."""

from __future__ import annotations

import os
import tracemalloc
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    BadOptions,
    LinkInTheWay,
    ListingIncomplete,
    NetStorageError,
    ServiceFailed,
    Stopped,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries import find as finding
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.find import NotADirectory, find
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FindOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

NOW = MTIME + 86_400
SITE = {
    "index.html": "12345",
    "l": "-> index.html",
    "css/": None,
    "css-old.txt": "1",
    "css/site.css": "1234567890",
    "css/site.css.map": "123",
    "img/deep/er/x.png": "x" * 2048,
    "empty/": None,
    "twin": "t",
    "twin/y": "yy",
}
Found = dict[str, t.Any]


@pytest.fixture
def site(scene: Scene) -> Scene:
    scene.there(SITE)
    return scene


def search(scene: Scene, path: str = "s", cancellation: Cancellation | None = None, **more: t.Any) -> Found:
    answer = find(FindOptions(scene.common, path, **more), cancellation or Cancellation(), lambda: NOW)
    return {**answer.values, "notes": answer.notes}


def names(found: Found) -> list[str]:
    return [entry["name"] for entry in found["entries"]]


def requests(scene: Scene) -> list[str]:
    return [request.action for request in scene.sent()]


def test_the_files_of_a_directory(site: Scene) -> None:
    found = search(site)
    assert names(found) == ["css-old.txt", "index.html", "twin"]
    assert requests(site) == ["dir"]
    sums = {name: found[name] for name in ("matched", "examined", "files", "bytes", "truncated", "exists", "notes")}
    assert sums == {
        "matched": 3, "examined": 8, "files": 3, "bytes": 7, "truncated": False, "exists": True, "notes": [],
    }  # fmt: skip
    place = os.fsdecode(site.place)
    assert found["path"] == f"{place}/s"
    assert found["entries"][1] == {
        "path": f"{place}/s/index.html", "name": "index.html", "kind": "file", "size": 5,
        "md5": "827ccb0eea8a706c4c34a16891f84e7b", "mtime": MTIME, "target": None,
    }  # fmt: skip


def test_find_gives_everything_below_with_one_list(site: Scene) -> None:
    found = search(site, recurse=True, file_type="any")
    assert [(entry["name"], entry["kind"]) for entry in found["entries"]] == [
        ("css-old.txt", "file"),
        ("css", "directory"),
        ("css/site.css", "file"),
        ("css/site.css.map", "file"),
        ("empty", "directory"),
        ("img", "implicit_directory"),
        ("img/deep", "implicit_directory"),
        ("img/deep/er", "implicit_directory"),
        ("img/deep/er/x.png", "file"),
        ("index.html", "file"),
        ("l", "symlink"),
        ("twin", "file"),
        ("twin", "implicit_directory"),
        ("twin/y", "file"),
    ]
    assert requests(site) == ["stat", "list"]
    assert (found["matched"], found["examined"], found["files"]) == (14, 14, 7)
    assert {entry["mtime"] for entry in found["entries"] if entry["kind"] == "implicit_directory"} == {None}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"patterns": ["*.css", "*.html"]}, ["css/site.css", "index.html"]),
        ({"patterns": ["site.*"], "excludes": ["*.map"]}, ["css/site.css"]),
        ({"patterns": ["SITE.CSS"]}, []),
        ({"patterns": [r"site\.css(\.map)?$"], "use_regex": True}, ["css/site.css", "css/site.css.map"]),
        ({"patterns": ["css"], "use_regex": True}, ["css-old.txt"]),
        ({"file_type": "directory"}, ["css", "empty", "img", "img/deep", "img/deep/er", "twin"]),
        ({"file_type": "implicit"}, ["img", "img/deep", "img/deep/er", "twin"]),
        ({"file_type": "link"}, ["l"]),
        ({"file_type": "directory", "patterns": ["e*"]}, ["empty", "img/deep/er"]),
        ({"size": "2k"}, ["img/deep/er/x.png"]),
        ({"size": "2048b"}, ["img/deep/er/x.png"]),
        ({"size": "2049"}, []),
        ({"size": "-1"}, ["css-old.txt", "twin"]),
        ({"size": "1m", "file_type": "any", "patterns": ["l", "empty", "x.png"]}, ["empty", "l"]),
        ({"age": "1d", "patterns": ["*.html"]}, ["index.html"]),
        ({"age": "25h", "patterns": ["*.html"]}, []),
        ({"age": "-2d", "patterns": ["*.html"]}, ["index.html"]),
        ({"age": "-23h", "patterns": ["*.html"]}, []),
        ({"age": "1", "file_type": "directory"}, ["css", "empty"]),
        ({"age": "-1w", "file_type": "implicit"}, []),
        ({"depth": 1}, ["css-old.txt", "index.html", "twin"]),
        ({"depth": 2}, ["css-old.txt", "css/site.css", "css/site.css.map", "index.html", "twin", "twin/y"]),
        ({"depth": 3, "file_type": "implicit"}, ["img", "img/deep", "img/deep/er", "twin"]),
    ],
)
def test_what_is_looked_for(site: Scene, more: dict[str, t.Any], expected: list[str]) -> None:
    assert names(search(site, recurse=True, **more)) == expected


def test_without_recurse_the_depth_is_one(site: Scene) -> None:
    assert names(search(site, depth=3)) == ["css-old.txt", "index.html", "twin"]


@pytest.mark.parametrize(("recurse", "sent"), [(False, ["dir", "stat"]), (True, ["stat"])])
def test_a_path_that_does_not_exist(site: Scene, recurse: bool, sent: list[str]) -> None:
    found = search(site, "s/nothing", recurse=recurse)
    assert (found["exists"], found["entries"], found["examined"]) == (False, [], 0)
    assert "/s/nothing does not exist" in found["notes"][0]
    assert requests(site) == sent


@pytest.mark.parametrize("recurse", [False, True])
def test_a_path_that_is_no_directory(site: Scene, recurse: bool) -> None:
    with pytest.raises(LinkInTheWay, match=r"symlink to index\.html"):
        search(site, "s/l", recurse=recurse)
    with pytest.raises(NotADirectory, match=r"index\.html is a file"):
        search(site, "s/index.html", recurse=recurse)
    assert names(search(site, "s/twin", recurse=recurse)) == ["y"]


@pytest.mark.parametrize("recurse", [False, True])
def test_an_empty_directory_has_no_entries_and_no_note(site: Scene, recurse: bool) -> None:
    found = search(site, "s/empty", recurse=recurse, file_type="any")
    assert (found["exists"], found["entries"], found["notes"]) == (True, [], [])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"size": "large"}, "size: 'large'"),
        ({"size": "10q"}, "size: '10q'"),
        ({"age": "-"}, "age: '-'"),
        ({"patterns": ["css/*"]}, "has a slash"),
        ({"excludes": [""]}, "empty pattern"),
        ({"patterns": ["("], "use_regex": True}, "not a regular expression"),
        ({"limit": 0}, "limit is 0"),
        ({"depth": -1}, "depth is -1"),
    ],
)
def test_find_refuses_options_that_mean_nothing(scene: Scene, more: dict[str, t.Any], said: str) -> None:
    with pytest.raises(BadOptions) as caught:
        search(scene, **more)
    assert said in str(caught.value)
    assert scene.sent() == []


# -- pages


@pytest.fixture
def many(scene: Scene) -> Scene:
    scene.there({f"{number:04}": "x" for number in range(1500)})
    scene.control.set_knobs(page_size="100/100")
    return scene


@pytest.mark.parametrize(("recurse", "sent"), [(True, ["stat"] + ["list"] * 16), (False, ["dir"] * 15)])
def test_the_list_ends_and_the_sums_do_not(many: Scene, recurse: bool, sent: list[str]) -> None:
    found = search(many, recurse=recurse)
    assert names(found) == [f"{number:04}" for number in range(1000)]
    assert (found["matched"], found["bytes"], found["truncated"]) == (1500, 1500, True)
    assert found["notes"] == ["1500 entries match, and 1000 of them are returned. Set limit to get more or fewer"]
    assert requests(many) == sent


@pytest.mark.parametrize(("recurse", "most"), [(True, 4), (False, 2)])
def test_a_limit_ends_the_listing(many: Scene, recurse: bool, most: int) -> None:
    """A list may have asked for one page more, ahead of need."""
    found = search(many, recurse=recurse, limit=150)
    assert names(found) == [f"{number:04}" for number in range(150)]
    assert (found["matched"], found["examined"], found["truncated"], found["notes"]) == (150, 150, True, [])
    assert len(requests(many)) <= most


def test_a_limit_may_be_larger_than_the_list_is_otherwise(many: Scene) -> None:
    found = search(many, limit=1200)
    assert (len(found["entries"]), found["truncated"]) == (1200, True)
    found = search(many, limit=2000)
    assert (len(found["entries"]), found["truncated"]) == (1500, False)


@pytest.mark.parametrize("action", ["list", "dir"])
def test_a_listing_that_breaks_off_is_an_error(many: Scene, action: str) -> None:
    many.control.add_faults({"kind": "status", "status": 500, "action": action, "skip": 3, "times": None})
    with pytest.raises(ListingIncomplete):
        search(many, recurse=action == "list", patterns=["nothing"])


@pytest.mark.parametrize("action", ["list", "dir"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_listing_that_does_not_begin_is_an_error(many: Scene, action: str, status: int) -> None:
    many.control.add_faults({"kind": "status", "status": status, "action": action, "times": None})
    with pytest.raises(NetStorageError) as caught:
        search(many, recurse=action == "list")
    assert isinstance(caught.value, ServiceFailed) or caught.value.code == "auth_refused"


@pytest.mark.parametrize("recurse", [False, True])
def test_a_404_for_a_directory_that_is_there(many: Scene, recurse: bool) -> None:
    many.there({"i/1": "1"})
    many.control.add_faults({"kind": "status", "status": 404, "action": "list" if recurse else "dir", "times": None})
    for path in ("s", "s/i"):
        with pytest.raises(ListingIncomplete):
            search(many, path, recurse=recurse)


def test_a_run_that_is_told_to_end(many: Scene) -> None:
    cancellation = Cancellation()
    cancellation.cancel("it was told to end by SIGTERM")
    with pytest.raises(Stopped, match="before everything was read: it was told to end by SIGTERM"):
        search(many, cancellation=cancellation)
    assert requests(many) == []


class Endless:
    """A tree of so many files, made while it is listed."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, *_given: object) -> t.Iterator[Entry]:
        for number in range(self._number):
            yield Entry(b"d%04d/f%07d.html" % (number // 1000, number), Kind.FILE, 1, "0" * 32, 5)


def peak(scene: Scene, monkeypatch: pytest.MonkeyPatch, number: int) -> int:
    monkeypatch.setattr(finding, "tree_of", Endless(number))
    tracemalloc.start()
    try:
        found = search(scene, recurse=True)
        assert (found["matched"], len(found["entries"])) == (number, 1000)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_what_is_not_returned(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    small = peak(scene, monkeypatch, 2_000)
    assert peak(scene, monkeypatch, 20_000) < small * 1.1
