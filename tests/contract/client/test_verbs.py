# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own client against the service: every verb, pages, odd names."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    Conflict,
    NotFound,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.odd_names import ODD
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from netstorage_emulator.control import Running


def put(client: Client, path: bytes, body: bytes = b"", mtime: int | None = 1_600_000_000) -> None:
    client.upload(path, Bytes(body), mtime)


def keys(entries: t.Iterable[Entry]) -> list[bytes]:
    return [entry.key for entry in entries]


def test_upload_and_stat(client: Client, place: bytes) -> None:
    put(client, place + b"/a.txt", b"hello")
    md5 = hashlib.md5(b"hello").hexdigest()
    assert client.stat(place + b"/a.txt") == [Entry(b"a.txt", Kind.FILE, 5, md5, 1_600_000_000)]
    assert client.download(place + b"/a.txt") == b"hello"


def test_a_large_upload_is_sent_in_blocks(client: Client, place: bytes) -> None:
    body = bytes(range(256)) * 8_000
    client.upload(place + b"/a.bin", dataclasses.replace(Bytes(body), data=None), 1)
    (found,) = client.stat(place + b"/a.bin")
    assert (found.size, found.md5) == (len(body), hashlib.md5(body).hexdigest())


def test_an_upload_that_does_not_verify_is_a_conflict(client: Client, place: bytes) -> None:
    wrong = dataclasses.replace(Bytes(b"hello"), sha256="0" * 64)
    with pytest.raises(Conflict, match="upload"):
        client.upload(place + b"/a", wrong, None)
    assert client.stat(place + b"/a") == []


def test_stat_tells_all_kinds_apart(client: Client, place: bytes) -> None:
    put(client, place + b"/x")
    put(client, place + b"/implicit/a")
    client.mkdir(place + b"/x")
    client.symlink(place + b"/l", b"x", 5)
    assert [entry.kind for entry in client.stat(place + b"/x")] == [Kind.FILE, Kind.DIRECTORY]
    assert client.stat(place + b"/implicit") == [Entry(b"implicit", Kind.DIRECTORY, implicit=True)]
    (link,) = client.stat(place + b"/l")
    assert (link.kind, link.target) == (Kind.SYMLINK, b"x")
    assert client.stat(place + b"/none") == []


def test_listing_and_children(client: Client, place: bytes) -> None:
    for name in (b"a", b"d/one", b"d/sub/two", b"d-1", b"d.txt"):
        put(client, place + b"/" + name)
    client.mkdir(place + b"/d")
    assert keys(client.listing(place)) == [b"a", b"d-1", b"d.txt", b"d/", b"d/one", b"d/sub/two"]
    assert sorted(keys(client.children(place))) == [b"a", b"d-1", b"d.txt", b"d/"]
    assert sorted(keys(client.children(place + b"/d"))) == [b"one", b"sub/"]


def test_neighbours_do_not_show_up(client: Client, place: bytes) -> None:
    """``site`` is not ``site2``, and a scan that goes on is cut."""
    for name in (b"site/a", b"site2/b", b"site-x", b"site0"):
        put(client, place + b"/" + name)
    assert keys(client.listing(place + b"/site")) == [b"a"]
    assert keys(client.children(place + b"/site")) == [b"a"]


def test_listings_of_nothing(client: Client, place: bytes) -> None:
    put(client, place + b"/file")
    for path in (place + b"/none", place + b"/file"):
        with pytest.raises(NotFound):
            list(client.listing(path))
        with pytest.raises(NotFound):
            list(client.children(path))


@pytest.mark.parametrize("form", ["name", "path"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_of_any_size(client: Client, place: bytes, emulator: Running, size: int, form: str) -> None:
    """Emulator only: knob ``page_size``, and ``dir_resume`` for what the resume value of ``dir`` is."""
    names = sorted([b"a", b"b/", b"b/c", b"b/d/e", b"z%d" % size, b"\xff\xfe", "größe".encode()])
    for name in names:
        client.mkdir(place + b"/" + name[:-1]) if name.endswith(b"/") else put(client, place + b"/" + name)
    emulator.control.set_knobs(page_size=size, dir_resume=form)
    assert keys(client.listing(place)) == names
    children = [b"a", b"b/", b"z%d" % size, b"\xff\xfe", "größe".encode()]
    assert sorted(keys(client.children(place))) == sorted(children)
    assert client.api_calls["list"] == -(-len(names) // size)


@pytest.mark.parametrize("name", ODD, ids=[ascii(name)[:40] for name in ODD])
def test_odd_names_through_every_verb(client: Client, api: RawClient, place: bytes, name: bytes) -> None:
    path, moved = place + b"/" + name, place + b"/to/" + name
    put(client, path, b"abc")
    assert [entry.name for entry in client.stat(path)] == [name]
    assert keys(client.listing(place)) == keys(client.children(place)) == [name]
    assert client.download(path, limit=2) == b"ab"
    client.mtime(path, 77)
    assert client.stat(path)[0].mtime == 77
    client.rename(path, moved)
    client.symlink(path, b"to/" + name)
    assert client.stat(path)[0].target == b"to/" + name
    client.delete(moved)
    client.mkdir(moved)
    assert api.tree(place) == [name, b"to/" + name + b"/"] if name < b"to" else [b"to/" + name + b"/", name]
    client.rmdir(moved)
    client.delete(path)
    assert api.tree(place) == []


@pytest.mark.parametrize("name", [b"a//b", b"..", b"../a", b"./a", b"..///newLink/"], ids=ascii)
def test_unusual_names_are_not_rewritten(client: Client, api: RawClient, place: bytes, emulator: Running, name: bytes) -> None:
    """No layer below may collapse them. Emulator only: knob ``path_check: do_not_check``."""
    assert emulator.control.knobs()["path_check"] == "do_not_check"
    put(client, place + b"/" + name, b"abc")
    assert api.tree(place) == [name]
    assert [entry.kind for entry in client.stat(place + b"/" + name)] == [Kind.FILE]
    assert keys(client.listing(place)) == [name]
    client.delete(place + b"/" + name)
    assert api.tree(place) == []


@pytest.mark.parametrize("verb", ["delete", "rmdir", "download", "mtime", "rename"])
def test_what_is_not_there_is_not_found(client: Client, place: bytes, verb: str) -> None:
    more = {"mtime": (1,), "rename": (place + b"/b",)}.get(verb, ())
    with pytest.raises(NotFound):
        getattr(client, verb)(place + b"/none", *more)


def test_rmdir_names_what_is_in_the_way(client: Client, place: bytes) -> None:
    client.mkdir(place)
    put(client, place + b"/a")
    with pytest.raises(Conflict, match="the file a is there"):
        client.rmdir(place)


def test_download_of_a_part(client: Client, place: bytes) -> None:
    put(client, place + b"/a", b"0123456789")
    put(client, place + b"/empty", b"")
    assert client.download(place + b"/a", limit=4) == b"0123"
    assert client.download(place + b"/a", limit=100) == b"0123456789"
    assert client.download(place + b"/empty", limit=4) == b""


def test_how_much_lies_below_a_directory(client: Client, place: bytes) -> None:
    put(client, place + b"/a", b"0123")
    put(client, place + b"/d/b", b"56")
    assert client.du(place) == (2, 6)
    client.mkdir(place + b"/d")
    assert client.du(place) == (3, 6)
    for path in (place + b"/a", place + b"/none"):
        with pytest.raises(NotFound):
            client.du(path)


def test_the_client_quick_deletes_where_it_is_enabled(client: Client, api: RawClient, place: bytes, emulator: Running) -> None:
    """403 unless it was enabled. Emulator only: knob ``quick_delete``."""
    put(client, place + b"/d/b", b"56")
    with pytest.raises(AuthRefused):
        client.quick_delete(place + b"/d")
    emulator.control.set_knobs(quick_delete="now")
    client.quick_delete(place + b"/d")
    assert api.tree(place) == []
    with pytest.raises(NotFound):
        client.quick_delete(place + b"/d")


def test_a_wrong_key_is_told_with_its_likely_causes(connection: ClientConfig, transport: Transport, place: bytes) -> None:
    other = dataclasses.replace(connection, key="another-key-altogether")
    with Client(other, transport=transport) as stranger, pytest.raises(AuthRefused) as told:
        stranger.stat(place)
    assert "the key is not this account's" in str(told.value)
    assert "another-key-altogether" not in str(told.value)


def test_a_skewed_clock_is_measured(connection: ClientConfig, transport: Transport, place: bytes, emulator: Running) -> None:
    """By the Date header of the refusal. Emulator only: knob ``clock_skew``."""
    emulator.control.set_knobs(clock_skew=-3600)
    with Client(connection, transport=transport) as late, pytest.raises(AuthRefused, match=r"360[01] seconds ahead .*NTP"):
        late.stat(place)


def test_a_closed_port_is_told(transport: Transport, place: bytes) -> None:
    nowhere = ClientConfig("127.0.0.1:9", "tester", "a-key-that-is-not-used", protocol="http", max_retries=0)
    with Client(nowhere, transport=transport) as client, pytest.raises(Unreachable, match="Check host, port and protocol"):
        client.stat(place)


def test_requests_are_counted(client: Client, place: bytes) -> None:
    client.mkdir(place)
    client.stat(place)
    client.stat(place)
    assert client.api_calls == {"mkdir": 1, "stat": 2}
