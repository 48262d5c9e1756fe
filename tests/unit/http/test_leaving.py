# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that leaves as soon as its request is sent."""

from __future__ import annotations

import socket

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Broken, Stage


def test_a_request_is_sent_whole_and_its_response_is_not_awaited() -> None:
    """Over a connection of its own, which the other side then sees closed."""
    body = b"x" * 10_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        pool = ConnectionPool(Endpoint(f"127.0.0.1:{server.getsockname()[1]}", protocol="http", use_proxy=False))
        pool.send_and_leave("PUT", "/1/a", {"Content-Length": str(len(body))}, body)
        accepted, _address = server.accept()
        with accepted, accepted.makefile("rb") as stream:
            head, _blank, rest = stream.read().partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /1/a HTTP/1.1\r\nHost: 127.0.0.1:")
    assert head.endswith(b"\r\nContent-Length: 10000")
    assert rest == body


def test_a_request_that_cannot_be_sent_is_broken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    pool = ConnectionPool(Endpoint(f"127.0.0.1:{port}", protocol="http", use_proxy=False))
    with pytest.raises(Broken) as caught:
        pool.send_and_leave("PUT", "/1/a", {"Content-Length": "0"}, b"")
    assert caught.value.stage is Stage.CONNECT
