# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being told to stop while a change is on its way: what may have been done is never told as not tried."""

from __future__ import annotations

import contextlib
import hashlib
import io
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    ServiceFailed,
    SourceChanged,
    Stopped,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.conftest import KEY
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import NOW, MakeClient, Server, answer

LINK = b"/1/a/link"


@contextlib.contextmanager
def stopping(server: Server, when: t.Callable[[], bool], **options: t.Any) -> t.Iterator[Client]:
    """A client that is told to stop as soon as something is so."""
    connection = ClientConfig(f"127.0.0.1:{server.port}", "uploader", KEY, protocol="http", idle_timeout=5.0, **options)

    def stopped() -> str | None:
        return "enough" if when() else None

    with Client(connection, clock=lambda: NOW, cancellation=FakeCancellation(reason=stopped)) as client:
        yield client


def test_a_change_that_was_answered_is_done(server: Server) -> None:
    """Also where the bytes of answers count: the stop comes between the head and the text."""
    server.handler = lambda _request: answer(200, b"deleted\n" * 30)
    with stopping(server, lambda: bool(server.requests), max_bandwidth=1000) as client:
        client.delete(LINK)
        with pytest.raises(Stopped):
            client.stat(LINK)


def test_a_change_in_doubt_has_failed_after_a_stop(server: Server) -> None:
    server.handler = lambda _request: answer(500)
    with stopping(server, lambda: bool(server.requests)) as client, pytest.raises(ServiceFailed, match="mkdir of /1/a"):
        client.mkdir(b"/1/a")


def test_so_has_one_that_cannot_be_looked_at_any_more(server: Server) -> None:
    server.handler = lambda _request: answer(500)
    with stopping(server, lambda: bool(server.requests)) as client, pytest.raises(ServiceFailed, match="delete of"):
        client.delete(LINK)
    assert [request.action for request in server.requests] == ["delete"]


def test_so_has_one_whose_repetition_was_not_sent_any_more(server: Server) -> None:
    """The stop comes after the wait, and before the second try is let through."""
    server.handler = lambda _request: None
    waits: list[int] = []

    def stopped() -> str | None:
        waits[-1:] = [asked + 1 for asked in waits[-1:]]
        return "enough" if waits and waits[-1] > 1 else None

    connection = ClientConfig(f"127.0.0.1:{server.port}", "uploader", KEY, protocol="http", idle_timeout=5.0)
    cancellation = FakeCancellation(lambda _seconds: waits.append(0), stopped)
    with Client(connection, clock=lambda: NOW, cancellation=cancellation) as client:
        with pytest.raises(Unreachable, match="mkdir of /1/a"):
            client.mkdir(b"/1/a")
        assert client.api_calls == {"mkdir": 1}


def test_a_question_has_just_not_been_answered(server: Server) -> None:
    server.handler = lambda _request: answer(500)
    with stopping(server, lambda: bool(server.requests)) as client, pytest.raises(Stopped):
        client.stat(LINK)


def test_a_source_that_complains_when_it_is_closed_has_sent_nothing(server: Server, make_client: MakeClient) -> None:
    """Its last block is held back until then, whatever stands in the head."""

    class Moved:
        size, data = 600_000, None
        sha256 = hashlib.sha256(b"x" * 600_000).hexdigest()

        @contextlib.contextmanager
        def open(self) -> t.Iterator[io.BytesIO]:
            yield io.BytesIO(b"x" * 600_000)
            raise SourceChanged("It changed", path=b"/src")

    server.handler = lambda _request: answer()
    with pytest.raises(SourceChanged):
        make_client().upload(b"/1/a", Moved(), 1)
    assert server.requests == []
