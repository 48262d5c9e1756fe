# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Purges in batches: every object once, in order, in bodies that the service takes. Files of any size, read line by line."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import pathlib
import tempfile
import typing as t
from urllib.parse import quote

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    BadOptions,
    BadSource,
    NetStorageError,
    SourceChanged,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.fast_purge import named_object
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.first_lines import FirstLines
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.objects import (
    MOST,
    Kind,
    batches,
    checked_tag,
    checked_url,
    key_of,
    least_seconds,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.options import PurgeOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.sources import opened
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.changed_paths import line_of
from hypothesis import given
from hypothesis import strategies as st

API = ApiSettings()
URL = "https://www.example.com"
NAMES = st.text("ab/\"\\.%~'", max_size=12)


def size(batch: t.Sequence[object]) -> int:
    return len(json.dumps({"objects": batch}, separators=(",", ":")))


@given(st.lists(st.text(max_size=30), max_size=60), st.integers(15, 200))
def test_every_object_is_in_one_batch_in_its_order(objects: list[str], most: int) -> None:
    found = list(batches(objects, "url", most))
    assert [one for batch in found for one in batch] == objects
    assert all(size(batch) <= most or len(batch) == 1 for batch in found)
    for batch, following in itertools.pairwise(found):
        assert size([*batch, following[0]]) > most, "no request is wasted"


@pytest.mark.parametrize("kind", MOST)
def test_no_batch_has_more_objects_than_a_bucket_holds(kind: Kind) -> None:
    number = MOST[kind]
    found = list(batches([1] * (2 * number + 1), kind, 10**9))
    assert [len(batch) for batch in found] == [number, number, 1]


def test_batches_are_made_as_they_are_needed() -> None:
    taken = []

    def objects() -> t.Iterator[str]:
        for number in range(10**6):
            taken.append(number)
            yield f"{URL}/{number:07d}"

    first = next(batches(objects(), "url"))
    assert len(first) == len(taken) - 1
    assert size(first) <= 45_000 < size([*first, first[0]])


@given(st.lists(st.tuples(st.sampled_from(["https", "http", "HTTPS"]), st.sampled_from(["a.b", "A.b", "c"]), NAMES), max_size=40))
def test_a_list_is_purged_once_for_both_schemes(given_urls: list[tuple[str, str, str]]) -> None:
    urls = [f"{scheme}://{host}/{quote(name)}" for scheme, host, name in given_urls]
    with opened(PurgeOptions(API, urls=urls)) as found:
        objects = list(found.read())
    keys = [(host.lower(), name) for _scheme, host, name in given_urls]
    firsts = [url for number, url in enumerate(urls) if keys.index(keys[number]) == number]
    assert objects == firsts
    assert found.count == len(firsts)


@given(st.lists(NAMES, max_size=40), st.booleans())
def test_a_file_gives_what_a_list_gives(tmp_path_factory: pytest.TempPathFactory, names: list[str], ends_open: bool) -> None:
    file = tmp_path_factory.mktemp("urls") / "urls.txt"
    urls = [f"{URL}/{quote(name)}" for name in names]
    file.write_text("\n".join(urls) + ("" if ends_open else "\r\n"), encoding="ascii")
    with opened(PurgeOptions(API, urls=urls)) as listed, opened(PurgeOptions(API, urls_file=str(file))) as read:
        assert list(read.read()) == list(listed.read()) == list(read.read())
        assert read.count == listed.count


@given(st.lists(st.lists(st.sampled_from([b"a", b"b.html", b"index.html", b"default.htm", b"\xff \n"]), min_size=1, max_size=3)))
def test_changed_paths_become_urls_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, given_paths: list[list[bytes]]
) -> None:
    file = tmp_path_factory.mktemp("paths") / "changed.txt"
    paths = [b"/123456/www/" + b"/".join(parts) for parts in given_paths]
    file.write_bytes(b"".join(map(line_of, paths)))
    expected: list[str] = []
    for path in paths:
        name = quote(path[len("/123456/www") :], safe="/")
        folder, _slash, last = name.rpartition("/")
        expected += [URL + name, *([f"{URL}{folder}/"] if last in ("index.html", "default.htm") else [])]
    options = PurgeOptions(
        API, changed_paths_file=str(file), url="www.example.com", base="/123456/www", index=("index.html", "default.htm")
    )
    with opened(options) as found:
        assert list(found.read()) == list(dict.fromkeys(expected))
        assert found.count == len(dict.fromkeys(expected))


@given(st.lists(st.lists(st.sampled_from(["a", "b.html", "c d"]), max_size=4), max_size=4), st.data())
def test_packed_lists_and_directories_of_them_give_what_one_file_gives(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    for number, names in enumerate(lists):
        lines = b"\n".join(line_of(b"/1/" + name.encode()).strip() for name in names)
        lines += b"\n" * data.draw(st.booleans())
        (folder / f"{number}.gz").write_bytes(gzip.compress(lines) if data.draw(st.booleans()) else lines)
    expected = list(dict.fromkeys(f"{URL}/{quote(name)}" for names in lists for name in names))
    with opened(PurgeOptions(API, changed_paths_file=str(folder), url="www.example.com", base="/1")) as found:
        assert (list(found.read()), list(found.read()), found.count) == (expected, expected, len(expected))
    for number, names in enumerate(lists):
        with opened(PurgeOptions(API, changed_paths_file=f"{folder}/{number}.gz", url="www.example.com", base="/1")) as found:
            assert list(found.read()) == list(dict.fromkeys(f"{URL}/{quote(name)}" for name in names))


@pytest.mark.parametrize("in_folder", [False, True])
@pytest.mark.parametrize("cut", [3, 15, -4])
def test_a_packed_list_that_is_damaged_is_refused(tmp_path: pathlib.Path, cut: int, in_folder: bool) -> None:
    file = tmp_path / "lists/1.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress(b"/1/a\n/1/b\n")[:cut])
    error = failure(PurgeOptions(API, changed_paths_file=str(file.parent if in_folder else file), url="a.example", base="/1"))
    assert isinstance(error, BadSource)
    assert "1.gz is damaged" in str(error)


def test_a_directory_has_nothing_but_lists(tmp_path: pathlib.Path) -> None:
    (tmp_path / "lists/more").mkdir(parents=True)
    error = failure(PurgeOptions(API, urls_file=str(tmp_path / "lists")))
    assert isinstance(error, BadSource)
    assert "lists/more" in str(error)


def test_a_list_that_cannot_be_unpacked_for_want_of_room(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "1.gz"
    file.write_bytes(gzip.compress(b"/1/a\n"))

    class Full(io.BytesIO):
        def write(self, _block: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    error = failure(PurgeOptions(API, urls_file=str(file)))
    assert (error.code, "No space left" in str(error), "TMPDIR" in error.hint) == ("local_failed", True, True)


def test_lines_are_told_apart_although_all_of_their_hashes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [["a"], ["b", "c"], ["a"], ["c", "d"], ["b"], ["d"]]
    monkeypatch.setitem(FirstLines.first.__globals__, "hash", lambda _key: 5)
    firsts = FirstLines(8, lambda offset, key: key in lines[offset])
    found = [key for number, line in enumerate(lines) for key in line if firsts.first(key, number, len(line) == 1) == number]
    assert found == ["a", "b", "c", "d"]


def paths_file(folder: pathlib.Path, *lines: str) -> PurgeOptions:
    file = folder / "changed.txt"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return PurgeOptions(API, changed_paths_file=str(file), url="www.example.com/shop", base="/123456/www")


def failure(options: PurgeOptions) -> NetStorageError:
    with pytest.raises(NetStorageError) as caught, opened(options):
        raise AssertionError("opened")
    return caught.value


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/123456/other/a", "Not below /123456/www (line 2)"),
        ("/123456/wwwx", "Not below"),
        ("www/a", "line 2 is not an absolute path"),
        ("https://www.example.com/a", "Use urls_file"),
        ("/123456/www/gone/", "Everything below /123456/www/gone/ was deleted"),
        ("/123456/www/" + "x" * 9000, "not a URL that can be purged"),
        ("x" * 70_000, "line 2 is longer than"),
    ],
)
def test_a_path_without_a_url_fails_before_anything_is_sent(tmp_path: pathlib.Path, line: str, told: str) -> None:
    error = failure(paths_file(tmp_path, "/123456/www/a", line, "/123456/www/b"))
    assert (error.code, told in str(error)) == ("bad_options", True), error


def test_paths_of_other_hosts_are_left_out_where_the_task_says_so(tmp_path: pathlib.Path) -> None:
    options = paths_file(tmp_path, "/123456/other/index.html", "/123456/www", "/123456/www/n/index.html", "")
    with opened(PurgeOptions(**{**vars(options), "outside": "skip"})) as found:
        assert list(found.read()) == [f"{URL}/shop/", f"{URL}/shop/n/index.html", f"{URL}/shop/n/"]


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: pathlib.Path) -> None:
    options = paths_file(tmp_path, "/123456/www/a", "/123456/www/b")
    with opened(options) as found:
        with (tmp_path / "changed.txt").open("a", encoding="ascii") as file:
            file.write("/123456/www/c\n")
        with pytest.raises(SourceChanged):
            list(found.read())


def test_a_file_that_is_replaced_meanwhile_is_read_to_its_end(tmp_path: pathlib.Path) -> None:
    options = paths_file(tmp_path, "/123456/www/a")
    with opened(options) as found:
        (tmp_path / "new").write_text("/123456/www/b\n", encoding="ascii")
        (tmp_path / "new").replace(tmp_path / "changed.txt")
        assert list(found.read()) == [f"{URL}/shop/a"]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: pathlib.Path) -> None:
    for path in (tmp_path / "none", pathlib.Path("/dev/null")):
        assert isinstance(failure(PurgeOptions(API, urls_file=str(path))), BadSource)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"urls": [], "cp_codes": []},
        {"urls": [], "url": "www.example.com"},
        {"changed_paths_file": "a", "url": "www.example.com"},
        {"changed_paths_file": "a", "base": "/1"},
        {"urls": [], "purge_limit": -1},
        {"urls": [], "max_requests_per_second": 0},
        {"urls": ["\ud800"]},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, t.Any]) -> None:
    with pytest.raises(BadOptions):
        PurgeOptions(API, **options)


@pytest.mark.parametrize(
    "url",
    ["www.example.com/a", "ftp://www.example.com/a", "https:///a", "https://www.example.com/a b", "https://www.example.com/ä",
     "https://www.example.com/a#b", "https://user@www.example.com/", "/L/1/2/arl", "", f"{URL}/" + "x" * 8192, f"{URL}/a\n"],
)  # fmt: skip
def test_what_is_no_url_for_a_purge_is_refused(url: str) -> None:
    with pytest.raises(BadOptions, match="urls, element 1"):
        checked_url(url, "urls, element 1")


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}:8443/a?b=c,d;e", "HTTP://h/%C3%A4", f"{URL}?a"])
def test_a_url_is_taken_as_it_is(url: str) -> None:
    assert checked_url(url, "urls") == url


@pytest.mark.parametrize("tag", ["", "a b", "x" * 129, "ä", "a:b", "a*", "{a}"])
def test_what_is_no_cache_tag_is_refused(tag: str) -> None:
    with pytest.raises(BadOptions, match="cache_tags"):
        checked_tag(tag)


@pytest.mark.parametrize(
    ("one", "other"), [("https://H/a", "http://h/a"), ("https://h", "http://h/"), ("https://h/A?b", "http://H/A?b")]
)
def test_two_spellings_of_one_url_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)
    assert key_of(f"{one}x") != key_of(one)


@pytest.mark.parametrize(("objects", "requests", "kind", "seconds"),
                         [(0, 0, "url", 0), (10_000, 100, "url", 0), (100_000, 180, "url", 450), (1_000_000, 1_800, "url", 4950),
                          (330, 2, "cpcode", 60), (10, 200, "tag", 2)])  # fmt: skip
def test_the_least_time_is_that_of_the_buckets(objects: int, requests: int, kind: Kind, seconds: float) -> None:
    assert least_seconds(objects, requests, kind) == seconds


@pytest.mark.parametrize(
    ("detail", "objects", "named"),
    [
        (f"{URL}/ab", [f"{URL}/a", f"{URL}/ab"], f"{URL}/ab"),
        (f"You may not purge {URL}/ab.", [f"{URL}/a", f"{URL}/ab", f"{URL}/c"], f"{URL}/ab"),
        (f'"{URL}/a"', [f"{URL}/a"], f"{URL}/a"),
        (f"{URL}/" + "x" * 900, [f"{URL}/x", f"{URL}/" + "x" * 900], f"{URL}/" + "x" * 900),
        ("99", [9, 99, 999], 99),
        ("the client may not purge 99", [9, 99], 99),
        ("may not purge news", ["may", "new", "news"], "news"),
        ("", [f"{URL}/a"], None),
        ("no such right", [f"{URL}/a", 5], None),
    ],
)
def test_the_refused_object_is_the_one_that_the_service_names(detail: str, objects: list[t.Any], named: object) -> None:
    assert named_object(detail, objects) == named
