# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recursive listing: pages, bounds, order, and everything that must not be read as the end."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
import typing as t
from urllib.parse import parse_qs, unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    ListingDisorder,
    ListingIncomplete,
    NotFound,
    ServiceFailed,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.tree_listing import ListRefused
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    LOST,
    Request,
    Server,
    answer,
    xml,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def row(name: str, mtime: int = 1) -> str:
    if name.endswith("/"):
        return f'<file type="dir" name="{name}" mtime="{mtime}"/>'
    return f'<file type="file" name="{name}" size="3" mtime="{mtime}"/>'


def page(*names: str, resume: str | None = None) -> bytes:
    rows = [row(name) for name in names]
    return xml("list", *rows, *([f'<resume start="{resume}"/>'] if resume is not None else []))


def names(client: Client, path: bytes = b"/1/a", *, ordered: bool = True) -> list[bytes]:
    return [entry.key for entry in client.listing(path, ordered=ordered)]


def test_how_it_asks(server: Server, client: Client) -> None:
    server.script("list", page("1/a b/x"), page("1/x"))
    assert names(client, b"/1/a b") == [b"x"]
    assert names(client, b"/1") == [b"x"]
    first, root = server.requests
    assert first.line == b"GET /1/a%20b/ HTTP/1.1"
    assert first.action_header == "version=1&action=list&mtime_all=yes&format=xml&encoding=utf-8&end=%2F1%2Fa+b0"
    assert root.line == b"GET /1/ HTTP/1.1"
    assert "end=" not in root.action_header


def test_rows_become_entries(server: Server, client: Client) -> None:
    md5 = "ab" * 16
    server.script(
        "list",
        xml(
            "list",
            row("1/a/"),
            row("1/a/d/", 7),
            f'<file type="file" name="1/a/d/f" size="9" md5="{md5}" mtime="8"/>',
            '<file type="symlink" name="/1/a/l" target="d" mtime="9"/>',
            '<file type="symlink" name="1/a/s/" target="x"/>',
        ),
    )
    assert list(client.listing(b"/1/a")) == [
        Entry(b"d", Kind.DIRECTORY, mtime=7),
        Entry(b"d/f", Kind.FILE, 9, md5, 8),
        Entry(b"l", Kind.SYMLINK, mtime=9, target=b"d"),
        Entry(b"s/", Kind.SYMLINK, target=b"x"),
    ]


def test_the_next_page_begins_where_the_service_says(server: Server, client: Client) -> None:
    server.script("list", page("1/a/b", resume="/1/a/c d"), page("1/a/c d", resume="1/a/e/"), page("1/a/e/", "1/a/e/f"))
    assert names(client) == [b"b", b"c d", b"e/", b"e/f"]
    assert [request.target for request in server.requests] == [b"/1/a/", b"/1/a/c%20d", b"/1/a/e/"]
    assert {request.action_header.partition("end=")[2] for request in server.requests} == {"%2F1%2Fa0"}


def test_neighbours_are_left_out(server: Server, client: Client) -> None:
    neighbours = page("1/a", "1/a-x", "1/a.txt", "1/a/", "1/a/b", "1/a0")
    server.script("list", neighbours, neighbours)
    assert names(client) == [b"b"]
    assert names(client, ordered=False) == [b"b"]


def test_a_server_without_bounds_is_not_read_to_its_end(server: Server, client: Client) -> None:
    server.script("list", page("1/a/b", "1/a0", "1/b", "1/c", resume="/1/d"))
    assert names(client) == [b"b"]


def test_a_repeated_key_at_a_seam_is_dropped(server: Server, client: Client) -> None:
    pages = [page("1/a/b", "1/a/c", resume="/1/a/d"), page("1/a/c", "1/a/d")]
    server.script("list", *pages, *pages)
    assert names(client) == [b"b", b"c", b"d"]
    assert names(client, ordered=False) == [b"b", b"c", b"d"]


def test_disorder_matters_only_if_order_was_asked_for(server: Server, client: Client) -> None:
    served = page("1/a/x/", "1/a/x/f", "1/a/x-1", "1/a/x.txt")
    server.script("list", served, served)
    with pytest.raises(ListingDisorder):
        names(client)
    assert names(client, ordered=False) == [b"x/", b"x/f", b"x-1", b"x.txt"]


def test_disorder_between_pages(server: Server, client: Client) -> None:
    """Directory by directory: x/ before x-1, and the neighbour a-1 behind all of a/."""
    pages = [page("1/a/x/", "1/a/x/f", resume="/1/a/x-1"), page("1/a/x-1", resume="/1/a-1"), page("1/a-1", "1/a-1/z")]
    server.script("list", pages[0], *pages)
    with pytest.raises(ListingDisorder):
        names(client)
    assert names(client, ordered=False) == [b"x/", b"x/f", b"x-1"]


@pytest.mark.parametrize("ordered", [True, False])
def test_a_key_listed_twice(server: Server, client: Client, ordered: bool) -> None:
    server.script("list", page("1/a/b", "1/a/b"), page("1/a/b", "1/a/c", "1/a/b"))
    for _turn in range(2):
        with pytest.raises(ListingIncomplete):
            names(client, ordered=ordered)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize(
    "pages",
    [
        [page("1/a/b", resume="/1/b")],
        [page("1/a/b", resume="/1/a-x")],
        [page("1/a/b", resume="/2/a/c")],
        [page("1/a/b", resume="a/c")],
        [page(resume="/1/a/c"), page(resume="/1/a/c")],
        [page("1/a/b", resume="/1/a/c"), page("1/a/c", resume="/1/a/c")],
        [page("1/a/b", resume="/1/a/c"), answer(404)],
        [page("1/a/b", resume="/1/a/c"), answer(403)],
        [page("1/a/b", resume="/1/a/c"), answer(400)],
        [page("1/a/b", resume="/1/a/c"), answer(200, b"<html/>")],
        [page("1/a/b", resume="/1/a/c"), *[answer(503)] * 6],
        [page("1/a/b", resume="/1/a/c"), *[answer(200, b"<list>")] * 6],
        [page("1/a/b", resume="/1/a/c"), *[LOST] * 7],
    ],
    ids=range(13),
)
def test_a_listing_that_breaks_is_not_a_short_one(
    server: Server, client: Client, pages: list[bytes | None], ordered: bool
) -> None:
    server.script("list", *pages)
    with pytest.raises(ListingIncomplete):
        names(client, ordered=ordered)


@pytest.mark.parametrize("resume", ["/1/a/b", "/1/a/a", "/1/a/"])
def test_a_marker_that_goes_back(server: Server, client: Client, resume: str) -> None:
    server.script("list", page("1/a/b", resume=resume))
    with pytest.raises(ListingIncomplete):
        names(client)
    assert len(server.requests) == 1


def test_a_page_may_be_empty_if_the_marker_moves_on(server: Server, client: Client) -> None:
    server.script("list", page(resume="/1/a/c"), page(resume="/1/a/d"), page("1/a/e"))
    assert names(client) == [b"e"]
    server.script("list", page(resume="/1/a/d"), page(resume="/1/a/c"))
    with pytest.raises(ListingIncomplete):
        names(client)


def test_empty_pages_without_end(server: Server, client: Client) -> None:
    number = itertools.count(10_000)
    server.handler = lambda request: page(resume=f"/1/a/{next(number)}")
    with pytest.raises(ListingIncomplete, match="is empty"):
        names(client)
    assert len(server.requests) < 1_100


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_refused_list_is_not_repeated(server: Server, client: Client, status: int) -> None:
    server.script("list", answer(status))
    with pytest.raises(ListRefused) as caught:
        names(client)
    assert caught.value.status == status
    assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (403, AuthRefused), (500, ServiceFailed)])
def test_other_first_answers_are_what_they_are(
    server: Server, client: Client, status: int, kind: type[Exception]
) -> None:
    server.handler = lambda _request: answer(status)
    with pytest.raises(kind):
        names(client)


def test_a_link_without_a_target_is_asked_for(server: Server, client: Client) -> None:
    bare = xml("list", '<file type="symlink" name="1/a/d/l"/>')
    server.script("list", bare, bare)
    server.script("stat", xml("stat", '<file type="symlink" name="l" target="t" mtime="4"/>'), answer(404))
    assert list(client.listing(b"/1/a")) == [Entry(b"d/l", Kind.SYMLINK, None, None, 4, b"t")]
    with pytest.raises(ListingIncomplete):
        names(client)


KEYS = st.sets(st.text("ab-./0", min_size=1, max_size=6).filter(lambda key: not key.startswith("/")), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(KEYS, st.integers(1, 5), st.sampled_from(["", "a", "b", "a-"]))
def test_any_tree_in_any_pages(server: Server, client: Client, keys: set[str], size: int, below: str) -> None:
    store = sorted(key.encode() for key in keys)

    def serve(request: Request) -> bytes:
        start = unquote_to_bytes(request.target)[3:]
        end = parse_qs(request.action_header).get("end", ["/1/\x7f"])[0].encode()[3:]
        wanted = [key.decode() for key in store if start <= key <= end]
        more = {"resume": "/1/" + wanted[size]} if len(wanted) > size else {}
        return page(*["1/" + key for key in wanted[:size]], **t.cast("dict[str, t.Any]", more))

    server.handler = serve
    base = f"/1/{below}".rstrip("/").encode()
    prefix = f"{below}/".lstrip("/").encode()
    expected = [key[len(prefix) :] for key in store if key.startswith(prefix) and key != prefix]
    assert names(client, base) == expected
    assert names(client, base, ordered=False) == expected


def test_the_next_page_comes_while_this_one_is_worked_on(server: Server, client: Client) -> None:
    server.script("list", page("1/a/b", resume="/1/a/c"), page("1/a/c", resume="/1/a/d"), page("1/a/d"))
    entries = client.listing(b"/1/a")
    assert next(entries).name == b"b"
    deadline = time.monotonic() + 5
    while len(server.requests) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(server.requests) == 2  # one page ahead, and not more
    assert [entry.name for entry in entries] == [b"c", b"d"]
    assert len(server.requests) == 3


def test_a_listing_that_is_abandoned_leaves_nothing_behind(server: Server, client: Client) -> None:
    server.script("list", page("1/a/b", resume="/1/a/c"), page("1/a/c", resume="/1/a/d"))
    entries = client.listing(b"/1/a")
    next(entries)
    before = threading.active_count()
    t.cast("t.Generator[Entry, None, None]", entries).close()
    server.script("mkdir", answer())
    client.mkdir(b"/1/x")
    until = time.monotonic() + 5
    while threading.active_count() >= before and time.monotonic() < until:
        time.sleep(0.01)  # its page is here, and the thread itself is not waited for
    assert threading.active_count() == before - 1
    assert {request.connection for request in server.requests} == {0}


def test_an_error_ahead_comes_when_its_page_is_needed(server: Server, client: Client) -> None:
    server.script("list", page("1/a/b", "1/a/c", resume="/1/a/d"), answer(404))
    entries = client.listing(b"/1/a")
    assert [next(entries).name, next(entries).name] == [b"b", b"c"]
    with pytest.raises(ListingIncomplete):
        next(entries)


@pytest.mark.parametrize("names_of_page", [("1/a/b", "1/a/z", "1/a/c"), ("1/a/b", "1/b"), ()])
def test_nothing_is_asked_ahead_of_a_page_that_is_wrong(server: Server, client: Client, names_of_page: tuple[str, ...]) -> None:
    server.script("list", page(*names_of_page, resume="/1/a/b"))
    with contextlib.suppress(ListingIncomplete):
        names(client)
    assert len(server.requests) == 1 + (not names_of_page)
