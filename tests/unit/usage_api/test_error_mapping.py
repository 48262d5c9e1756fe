# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statuses, clocks and waits."""

from __future__ import annotations

import email.utils
import traceback
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    BadReply,
    Conflict,
    NetStorageError,
    NotFound,
    Refused,
    ServiceFailed,
    Throttled,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.conftest import KEY
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    DATE,
    NOW,
    MakeClient,
    Server,
    answer,
)


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [
        (301, BadReply, 1),
        (304, BadReply, 1),
        (307, BadReply, 1),
        (400, Refused, 1),
        (401, AuthRefused, 1),
        (403, AuthRefused, 1),
        (404, NotFound, 1),
        (405, Refused, 1),
        (407, Unreachable, 1),
        (409, Conflict, 1),
        (411, Refused, 1),
        (412, Conflict, 1),
        (416, Refused, 1),
        (423, Throttled, 6),
        (429, Throttled, 6),
        (500, ServiceFailed, 6),
        (501, Refused, 1),
        (502, ServiceFailed, 6),
        (503, ServiceFailed, 6),
        (504, ServiceFailed, 6),
        (505, ServiceFailed, 1),
        (509, ServiceFailed, 6),
        (599, ServiceFailed, 1),
    ],
)
def test_each_status_has_its_error_and_its_tries(
    server: Server, client: Client, status: int, kind: type[NetStorageError], tries: int
) -> None:
    server.handler = lambda _request: answer(
        status, b"because\x1b[31m I say\n so" + b"!" * 500, Location="http://elsewhere/"
    )
    with pytest.raises(kind) as caught:
        client.mtime(b"/1/a", 1)
    error = caught.value
    assert error.__class__ is kind
    assert (error.status, error.action, error.path) == (status, "mtime", b"/1/a")
    assert len(server.requests) == tries
    assert ("because\\x1b[31m I say so!" in str(error)) or status == 304
    assert len(str(error)) < 900
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert KEY not in text
    assert KEY not in repr(error.failure())


def test_a_refusal_names_likely_causes(server: Server, client: Client) -> None:
    server.script("stat", answer(403))
    with pytest.raises(AuthRefused) as caught:
        client.stat(b"/654321/a")
    assert "CP code 654321" in caught.value.hint
    assert "60 to 120 minutes" in caught.value.hint
    assert ".." not in caught.value.hint


@pytest.mark.parametrize("path", [b"/1/a//b", b"/1/../b", b"/1/a/"])
def test_a_refusal_of_an_unusual_name_says_so(server: Server, client: Client, path: bytes) -> None:
    server.script("delete", answer(403))
    with pytest.raises(AuthRefused) as caught:
        client.delete(path)
    assert caught.value.hint.startswith("The path has an empty")


def test_errors_name_a_directory_without_its_slash(server: Server, client: Client) -> None:
    server.script("list", answer(404), answer(200, b"<html></html>"))
    for _turn in range(2):
        with pytest.raises(NetStorageError) as caught:
            list(client.listing(b"/1/a"))
        assert caught.value.path == b"/1/a"


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Fri, 15 Jan 2027 07:58:00 GMT", "120 seconds ahead of"),
        ("Fri, 15 Jan 2027 09:00:00 GMT", "3600 seconds behind"),
        ("Fri, 15 Jan 2027 08:00:29 GMT", "Likely causes"),
        ("yesterday", "Likely causes"),
        ("", "Likely causes"),
    ],
)
def test_a_refusal_measures_the_clock(server: Server, client: Client, date: str, words: str) -> None:
    server.script("stat", answer(403, Date=date))
    with pytest.raises(AuthRefused) as caught:
        client.stat(b"/1/a")
    assert words in caught.value.hint


@pytest.mark.parametrize("error", [IndexError, TypeError, ValueError, OverflowError])
def test_a_date_that_the_library_stumbles_over(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Python 3.9 does, over ``Jan 15 , -0000  GMT 08.00``."""

    def stumble(_date: str) -> t.NoReturn:
        raise error("unforeseen")

    monkeypatch.setattr(email.utils, "parsedate_to_datetime", stumble)
    server.script("stat", answer(403, Date="Jan 15 , -0000  GMT 08.00"))
    with pytest.raises(AuthRefused, match="Likely causes"):
        client.stat(b"/1/a")


@pytest.mark.parametrize(
    ("value", "shortest"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("100000", 60.0),
        ("99999999999999999999", 60.0),
        (DATE.replace("08:00:00", "08:00:09"), 9.0),
        (DATE.replace("08:00:00", "07:00:00"), 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("\xb2", 0.0),
        ("5\xb2", 0.0),
        ("5 ", 5.0),
    ],
)
def test_retry_after_is_obeyed_up_to_a_minute(
    server: Server, client: Client, pauses: list[float], value: str, shortest: float
) -> None:
    server.script("mtime", answer(429, Retry_After=value), answer(503, Retry_After=value), answer())
    client.mtime(b"/1/a", 1)
    assert len(pauses) == 2
    # The real clock goes on between the two, and the second is due no earlier than the first was.
    assert all(shortest <= pause <= max(shortest, 1.0) + 1.0 for pause in pauses)


def test_waits_grow_with_jitter_and_have_an_end(server: Server, make_client: MakeClient, pauses: list[float]) -> None:
    server.handler = lambda _request: answer(503)
    with pytest.raises(ServiceFailed):
        make_client(max_retries=12).mtime(b"/1/a", 1)
    ceilings = [0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20]
    assert len(pauses) == 12
    assert all(0 <= pause <= ceiling for pause, ceiling in zip(pauses, ceilings))  # noqa: B905
    assert len(set(pauses)) == 12


def test_each_try_is_signed_anew(server: Server, client: Client) -> None:
    server.script("mtime", answer(503), answer(429), answer())
    client.mtime(b"/1/a", 1)
    assert len({request.headers["x-akamai-acs-auth-data"] for request in server.requests}) == 3
    assert client.api_calls == {"mtime": 3}


def test_the_clock_beside_the_last_answer(server: Server, client: Client) -> None:
    """Of a success as of a refusal; nothing where no date is told."""
    assert client.clock_skew is None
    late = email.utils.formatdate(NOW - 40, usegmt=True)
    server.script("stat", answer(404, Date=late), answer(403), answer(404, Date=""), answer(404, Date="yesterday"))
    client.stat(b"/1/a")
    assert client.clock_skew == 40
    with pytest.raises(AuthRefused):
        client.stat(b"/1/a")
    assert client.clock_skew == 0
    for _turn in range(2):
        client.stat(b"/1/a")
        assert client.clock_skew is None
