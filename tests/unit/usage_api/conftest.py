# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted server, and clients for it that never really wait."""

from __future__ import annotations

import contextlib
import random
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import NOW, MakeClient, Server

KEY = "a-key-of-twenty-signs"


@pytest.fixture
def server() -> t.Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def pauses() -> list[float]:
    """What was waited for, in seconds."""
    return []


@pytest.fixture
def make_client(server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> t.Iterator[MakeClient]:
    """Makes clients for the server; keywords are those of ClientConfig."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with contextlib.ExitStack() as stack:

        def make(**options: t.Any) -> Client:
            known: dict[str, t.Any] = {"host": f"127.0.0.1:{server.port}", "account": "uploader", "key": KEY}
            known.update({"protocol": "http", "idle_timeout": 5.0}, **options)
            waits, chance = FakeCancellation(pauses.append), random.Random(7)
            client = Client(ClientConfig(**known), clock=lambda: NOW, cancellation=waits, random=chance)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client()


@pytest.fixture
def make_stoppable(server: Server, pauses: list[float]) -> t.Iterator[t.Callable[[t.Callable[[], str | None]], Client]]:
    """Makes clients for the server that are told to stop."""
    with contextlib.ExitStack() as stack:

        def make(stopped: t.Callable[[], str | None]) -> Client:
            connection = ClientConfig(f"127.0.0.1:{server.port}", "uploader", KEY, protocol="http", idle_timeout=5.0)
            cancellation = FakeCancellation(pauses.append, stopped)
            return stack.enter_context(Client(connection, clock=lambda: NOW, cancellation=cancellation))

        yield make
