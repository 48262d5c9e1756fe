# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs of what a task changed: encoded, complete or refused."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.filter.ns_purge_urls import FilterModule, ns_purge_urls
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from hypothesis import given
from hypothesis import strategies as st

Values = dict[str, t.Any]
URL, BASE = "www.example.com", "/123456/www"


def changed(*paths: str, **more: t.Any) -> Values:
    return {"changed": bool(paths), "changed_paths": [f"/123456/{path}" for path in paths], "truncated": False, **more}


def flipped(path: str, target: str | None, previous: str | None = None) -> Values:
    step = {"step": "symlink", "path": f"/123456/{path}", "target": target, "previous_target": previous}
    return changed(path, plan={"steps": [step], "truncated": False})


def below(folder: str, *names: str, kind: str = "file") -> Values:
    entries = [{"path": f"/123456/{folder}/{name}", "kind": kind} for name in names]
    return {"path": f"/123456/{folder}", "entries": entries, "truncated": False}


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("a.html", "/a.html"),
        ("css/site-1.2_x~.css", "/css/site-1.2_x~.css"),
        ("a b/c+d=e,f;g:h@i&j.txt", "/a%20b/c+d=e,f;g:h@i&j.txt"),
        ("100%/%41?#[x]|\\", "/100%25/%2541%3F%23%5Bx%5D%7C%5C"),
        ("grün/日本.html", "/gr%C3%BCn/%E6%97%A5%E6%9C%AC.html"),
        ("\"<>^`{}'!*()$", "/%22%3C%3E%5E%60%7B%7D'!*()$"),
    ],
)
def test_names_are_percent_encoded(name: str, url: str) -> None:
    assert ns_purge_urls(changed(f"www/{name}"), URL, BASE) == [f"https://www.example.com{url}"]


@pytest.mark.parametrize(
    ("url", "base", "found"),
    [
        ("www.example.com", "/123456/www", "https://www.example.com/shop/a"),
        ("https://WWW.example.com/", "/123456/www/", "https://www.example.com/shop/a"),
        ("http://www.example.com:8080", "/123456", "http://www.example.com:8080/www/shop/a"),
        ("https://www.example.com/img", "/123456/www/shop", "https://www.example.com/img/a"),
    ],
)
def test_the_host_shows_a_directory(url: str, base: str, found: str) -> None:
    assert ns_purge_urls(changed("www/shop/a"), url, base) == [found]


def test_an_index_is_also_its_directory() -> None:
    paths = changed("www/index.html", "www/news/index.html", "www/news/index.htm", "www/my-index.html")
    assert [urlsplit(url).path for url in ns_purge_urls(paths, URL, BASE)] == [
        "/index.html", "/", "/news/index.html", "/news/", "/news/index.htm", "/my-index.html",
    ]  # fmt: skip
    found = ns_purge_urls(paths, URL, BASE, index=["index.htm"])
    assert [urlsplit(url).path for url in found if url.endswith("/")] == ["/news/"]
    assert ns_purge_urls(paths, URL, BASE, index="index.htm") == found
    assert len(ns_purge_urls(paths, URL, BASE, index=[])) == 4


def test_many_results_are_one_list() -> None:
    loop = {"results": [changed("www/a"), {"skipped": True, "changed": False}, changed("www/b")], "changed": True}
    early = {"failed": True, "msg": "no host", "changed": False}
    assert ns_purge_urls([loop, early, changed("www/a")], "x.example", BASE) == ["https://x.example/a", "https://x.example/b"]
    assert ns_purge_urls(changed(), URL, BASE) == []


def test_a_failed_task_has_changed_what_it_has_changed() -> None:
    assert ns_purge_urls(changed("www/a", failed=True, msg="partly"), URL, BASE) == ["https://www.example.com/a"]


def test_both_readings_of_a_name() -> None:
    found = ns_purge_urls(changed("www/a\\x09b"), URL, BASE)
    assert found == ["https://www.example.com/a%5Cx09b", "https://www.example.com/a%09b"]


@given(st.binary(min_size=1, max_size=6).filter(lambda name: b"/" not in name))
def test_the_name_is_always_among_the_urls(name: bytes) -> None:
    found = ns_purge_urls(changed(f"www/{shown(name)}"), URL, BASE, index=[])
    assert b"/" + name in {unquote_to_bytes(urlsplit(url).path) for url in found}
    assert all(url.isascii() and url.isprintable() for url in found)


# -- links


def test_a_link_is_expanded_on_request_only() -> None:
    assert ns_purge_urls(flipped("www/current", "r/2", "r/1"), URL, BASE) == ["https://www.example.com/current"]


def test_what_is_behind_the_old_and_the_new_target() -> None:
    behind = [below("www/r/1", "index.html", "old.css"), below("www/r/2", "index.html", "new.css")]
    assert ns_purge_urls(flipped("www/current", "r/2", "./r/1"), URL, BASE, behind=behind) == [
        "https://www.example.com/current",
        "https://www.example.com/current/index.html",
        "https://www.example.com/current/",
        "https://www.example.com/current/old.css",
        "https://www.example.com/current/new.css",
    ]


def test_the_link_may_be_what_the_host_shows() -> None:
    found = ns_purge_urls(flipped("live", "/123456/r/2"), URL, "/123456/live", behind=below("r/2", "a.html"))
    assert found == ["https://www.example.com/", "https://www.example.com/a.html"]


def test_directories_are_no_urls_and_siblings_are_not_behind() -> None:
    behind = [below("r/2", "css", kind="directory"), below("r/2", "l", kind="symlink"), below("r/20", "b.html")]
    found = ns_purge_urls(flipped("www/x/current", "../../r/2"), URL, BASE, behind=behind)
    assert found == ["https://www.example.com/x/current", "https://www.example.com/x/current/l"]


def test_a_removed_link_and_a_link_to_a_file() -> None:
    removed = flipped("www/latest.txt", None, "guide.txt")
    entry = {"path": "/123456/www/guide.txt", "kind": "file"}
    assert ns_purge_urls(removed, URL, BASE, behind=[entry]) == ["https://www.example.com/latest.txt"]


def test_a_renamed_link_is_gone_here_and_new_there() -> None:
    step = {"step": "rename", "source": "/123456/www/old", "path": "/123456/www/x/new", "target": "/123456/r/2"}
    renamed = changed("www/old", "www/x/new", plan={"steps": [step], "truncated": False})
    found = ns_purge_urls(renamed, URL, BASE, behind=[below("r/2", "a")])
    assert [urlsplit(url).path for url in found] == ["/old", "/x/new", "/x/new/a", "/old/a"]


def test_a_target_that_nobody_looked_at_is_an_error() -> None:
    behind = [below("www/r/2", "index.html")]
    with pytest.raises(AnsibleFilterError, match=r"has nothing about /123456/www/r/1, where a changed link leads \(.*ns_find"):
        ns_purge_urls(flipped("www/current", "r/2", "r/1"), URL, BASE, behind=behind)
    nothing_there = [*behind, "/123456/www/r/1/"]
    assert len(ns_purge_urls(flipped("www/current", "r/2", "r/1"), URL, BASE, behind=nothing_there)) == 3
    absent = [*behind, {"path": "/123456/www/r/1", "kind": "absent"}]
    assert len(ns_purge_urls(flipped("www/current", "r/2", "r/1"), URL, BASE, behind=absent)) == 3


def test_a_link_that_was_in_the_way_is_an_error() -> None:
    step = {"step": "delete", "path": "/123456/www/css", "why": "obstructs a directory"}
    with pytest.raises(AnsibleFilterError, match="It is not known where the link /123456/www/css led"):
        ns_purge_urls(changed("www/css", plan={"steps": [step], "truncated": False}), URL, BASE, behind=[])


def test_a_listing_that_was_cut_is_an_error() -> None:
    cut = {**below("www/r/2", "a"), "truncated": True}
    with pytest.raises(AnsibleFilterError, match=r"A listing in behind was cut\. Give ns_find a larger limit"):
        ns_purge_urls(flipped("www/current", "r/2"), URL, BASE, behind=[cut])
    assert len(ns_purge_urls(flipped("www/current", "r/2"), URL, BASE, behind=[cut], truncated="allow")) == 2


# -- refusals


def test_a_list_that_was_cut_is_an_error() -> None:
    many = changed(*(f"www/{number}" for number in range(1000)), truncated=True)
    with pytest.raises(
        AnsibleFilterError, match=r"ns_purge_urls: More than 1,000 paths changed.* changed_paths_file, .* Purge by CP code"
    ):
        ns_purge_urls(many, URL, BASE)
    assert len(ns_purge_urls(many, URL, BASE, truncated="allow")) == 1000
    only_another_list_was_cut = changed("www/a", truncated=True, failed=True)
    assert len(ns_purge_urls(only_another_list_was_cut, URL, BASE)) == 1


def test_a_directory_that_went_as_a_whole() -> None:
    message = r"Everything below /123456/www/old/ was deleted, and the result does not list it"
    with pytest.raises(AnsibleFilterError, match=message):
        ns_purge_urls(changed("www/old/"), URL, BASE)
    assert ns_purge_urls(changed("www/old/"), URL, BASE, truncated="allow") == ["https://www.example.com/old/"]


def test_steps_that_were_cut_hide_links() -> None:
    result = changed("www/a", plan={"steps": [], "truncated": True})
    assert len(ns_purge_urls(result, URL, BASE)) == 1
    with pytest.raises(AnsibleFilterError, match="changed links may be among the others"):
        ns_purge_urls(result, URL, BASE, behind=[])


def test_a_path_that_the_host_does_not_deliver() -> None:
    both = changed("www2/a", "www/b")
    with pytest.raises(AnsibleFilterError, match=r"Not below /123456/www \(/123456/www2/a\). Correct base"):
        ns_purge_urls(both, URL, BASE)
    assert ns_purge_urls(both, URL, BASE, outside="skip") == ["https://www.example.com/b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((changed(), "", BASE), "is not a delivery host name"),
        ((changed(), "ftp://x.example", BASE), "is not a delivery host name"),
        ((changed(), "grün.example", BASE), "in ASCII"),
        ((changed(), "user@x.example", BASE), "is not a delivery host name"),
        ((changed(), URL, "www"), "does not begin with a CP code"),
        ((changed(), URL, ""), "does not begin with a CP code"),
        (("text", URL, BASE), "A result is a dictionary, and this is of the type str"),
        (({"stdout": ""}, URL, BASE), "not the result of a task of edgeops.netstorage"),
        ((changed(), URL, BASE, [], ["/x", 5]), "behind takes paths, entries, and results"),
        ((changed(), URL, BASE, [], None, "never"), "outside is 'never' and takes one of: fail, skip"),
        ((changed(), URL, BASE, [], None, "fail", "no"), "truncated is 'no' and takes one of"),
    ],
)
def test_what_cannot_be_meant(arguments: tuple[t.Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        ns_purge_urls(*arguments)


# -- batches


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(400, 2000))
def test_batches_fit_and_lose_nothing(lengths: list[int], most: int) -> None:
    names = [f"{number:02}{'x' * length}" for number, length in enumerate(lengths)]
    found = ns_purge_urls(changed(*(f"www/{name}" for name in names)), URL, BASE, batch_bytes=most)
    assert [url for batch in found for url in batch] == ns_purge_urls(changed(*(f"www/{name}" for name in names)), URL, BASE)
    assert all(batch and len(json.dumps({"objects": batch})) <= most for batch in found)


def test_a_full_result_is_a_few_requests() -> None:
    """The limits of Fast Purge: 50,000 bytes in a body."""
    found = ns_purge_urls(changed(*(f"www/{'x' * 100}/{number}" for number in range(1000))), URL, BASE, batch_bytes=45000)
    assert len(found) == 3


def test_the_filter_has_its_name() -> None:
    assert list(FilterModule().filters()) == ["ns_purge_urls"]


@pytest.mark.parametrize("most", [0, -1, 1.5, float("nan"), "many", "9" * 5000])
def test_a_number_of_bytes_that_is_none_is_refused(most: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="batch_bytes is not a whole number of at least 1"):
        ns_purge_urls(changed("www/a"), URL, BASE, batch_bytes=most)
    assert ns_purge_urls(changed("www/a"), URL, BASE, batch_bytes="100") == [[f"https://{URL}/a"]]  # type: ignore[arg-type]
