# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that are kept between two pools: for whom, how long and how many; and none where nobody asks for it."""

from __future__ import annotations

import contextlib
import os
import socket
import typing as t
from pathlib import Path

import pytest
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import kept_connections
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.kept_connections import (
    KeepingPool,
    KeptConnections,
    connections_kept,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Broken
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer


@pytest.fixture
def server() -> t.Iterator[Server]:
    started = Server()
    started.handler = lambda _request: answer(200, b"here")
    yield started
    with connections_kept() as kept:
        kept.close()
    started.close()


def ask(server: Server, pool: type[ConnectionPool] = KeepingPool, keeps: bool = True, fresh: bool = False, **more: t.Any) -> int:
    """The number of the connection over which a request went, of a pool of its own."""
    endpoint = Endpoint(f"127.0.0.1:{server.port}", protocol="http", **more)
    with (
        connections_kept() if keeps else contextlib.nullcontext(),
        contextlib.closing(pool(endpoint)) as made,
        made.exchange("GET", "/1/a", {}, fresh=fresh) as response,
    ):
        assert response.read(10) == b"here"
    return server.requests[-1].connection


def test_the_next_pool_takes_the_connection_over(server: Server) -> None:
    assert [ask(server) for _item in range(3)] == [0, 0, 0]


def test_nothing_is_kept_where_nobody_asks_for_it(server: Server) -> None:
    """Outside of the block, and by a pool of the usual kind."""
    assert [ask(server, keeps=False), ask(server, keeps=False), ask(server, ConnectionPool), ask(server)] == [0, 1, 2, 3]


def test_only_a_pool_with_the_same_settings_gets_it(server: Server) -> None:
    assert [ask(server), ask(server, idle_timeout=7.0), ask(server, use_proxy=False), ask(server)] == [0, 1, 2, 0]


def test_who_trusts_other_certificates_gets_no_connection(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))

    def key(**more: t.Any) -> tuple[object, ...]:
        return KeepingPool(Endpoint("h.example", **more))._key

    usual, unchecked, own = key(), key(validate_certs=False), key(ca_path=str(bundle))
    assert (key(), key(validate_certs=False), key(ca_path=str(bundle))) == (usual, unchecked, own)
    assert len({usual, unchecked, own}) == 3
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert key(ca_path=str(bundle)) != own


def test_who_goes_through_another_proxy_gets_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = set()
    for proxy in ("http://127.0.0.1:1", "http://somebody:secret@127.0.0.1:1", "http://127.0.0.1:2", ""):
        monkeypatch.setenv("http_proxy", proxy)
        keys.add(KeepingPool(Endpoint("h.example", protocol="http"))._key)
    assert len(keys) == 4


def test_what_the_server_has_closed_meanwhile_is_opened_anew(server: Server) -> None:
    assert ask(server) == 0
    server.drop()
    assert ask(server) == 1


def test_what_nobody_asked_for_is_not_taken_for_a_response(server: Server) -> None:
    assert ask(server) == 0
    server.say(answer(200, b"unasked"))
    assert ask(server) == 1


def test_a_connection_that_was_kept_counts_as_used(server: Server) -> None:
    """So a change over it is not taken for lost, and repeated, where the server had closed it."""
    ask(server)
    server.handler = lambda _request: None
    with pytest.raises(Broken) as broken:
        ask(server)
    assert broken.value.stale


def test_a_new_one_is_opened_for_who_wants_a_fresh_one(server: Server) -> None:
    assert [ask(server), ask(server, fresh=True)] == [0, 1]


def test_a_fork_takes_nothing_of_its_parent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(server) == 0
    with connections_kept() as ours, monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 2)
        assert ask(server) == 1
        with connections_kept() as theirs:
            theirs.close()
    ours.close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_idle_connection_is_closed_after_some_seconds() -> None:
    clock = Clock()
    kept, (ours, theirs) = KeptConnections(clock), socket.socketpair()
    kept.keep("a", ours)
    clock.now += kept_connections._LONGEST
    assert kept.take("a") is ours
    kept.keep("a", ours)
    clock.now += kept_connections._LONGEST + 0.1
    assert kept.take("a") is None
    assert theirs.recv(1) == b""
    theirs.close()


def test_the_oldest_makes_room_and_the_newest_is_taken_first() -> None:
    kept, pairs = KeptConnections(), [socket.socketpair() for _number in range(kept_connections._MOST + 1)]
    for number, (ours, _theirs) in enumerate(pairs):
        kept.keep(number % 2, ours)
    assert pairs[0][1].recv(1) == b""
    assert kept.take(0) is pairs[-1][0]
    assert kept.take(1) is pairs[-2][0]
    assert kept.take("none") is None
    kept.close()
    assert [theirs.recv(1) for _ours, theirs in pairs[1:-2]] == [b""] * (len(pairs) - 3)
    for pair in pairs:
        for sock in pair:
            sock.close()
