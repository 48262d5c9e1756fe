# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that break, are refused or hang: what a client sees, what became of the operation, and that nothing is left."""

from __future__ import annotations

import contextlib
import errno
import pathlib
import socket
import sqlite3
import ssl
import time

import pytest
import trustme
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import (
    BODY,
    LARGE,
    keys,
    nobody_is_left,
    notes,
    read_to_the_end,
    until,
    upload_head,
)
from ansible_collections.edgeops.netstorage.tests.emulator.tests.in_memory_emulator import CORPUS, Emulator
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, Running, running

# -- reset


def test_reset_before_the_body(client: Client, control: Control) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "reset", "when": "before_body"})
    client.send(upload_head(client, len(BODY)))
    assert read_to_the_end(client) == (b"", True)
    client.close()
    assert keys(control) == []
    assert control.journal(since)[0]["bytes_in"] == 0
    assert notes(control, since) == ["fault: reset before_body, not done"]
    assert nobody_is_left(control)


@pytest.mark.parametrize(("fields", "sent"), [({}, len(BODY) // 2), ({"bytes": 10}, 10), ({"bytes": 0}, 1)])
def test_reset_in_the_body(client: Client, control: Control, fields: dict[str, int], sent: int) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "reset", "when": "in_body", **fields})
    client.send(upload_head(client, len(BODY)) + BODY[:sent - 1])
    if sent > 1:
        assert until(lambda: control.counts()["open_connections"] == 1)
        assert notes(control, since) == [], "not before so much has come"
    client.send(BODY[sent - 1:sent])
    assert read_to_the_end(client) == (b"", True)
    client.close()
    assert keys(control) == []
    assert notes(control, since) == ["fault: reset in_body, not done"]
    assert nobody_is_left(control)


def test_reset_in_a_chunked_body(client: Client, control: Control) -> None:
    control.add_faults({"kind": "reset", "when": "in_body"})
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n")
    assert read_to_the_end(client) == (b"", True)
    client.close()
    assert keys(control) == []


def test_reset_in_the_body_is_for_requests_that_have_one(client: Client, control: Control) -> None:
    control.add_faults({"kind": "reset", "when": "in_body", "bytes": 3})
    assert client.get("/123456", "dir").status == 200
    assert client.post("/123456/d", "mkdir").status == 200
    assert client.put("/123456/a", b"12").status == 200, "the body ends before"
    (rule,) = control.faults()["faults"]
    assert (rule["injected"], rule["in_force"]) == (0, True)


@pytest.mark.parametrize(("done", "there", "word"), [(True, ["/123456/a"], "done"), (False, [], "not done")])
@pytest.mark.parametrize("when", ["before_answer", "in_answer"])
def test_reset_instead_of_the_answer_and_in_it(client: Client, control: Control, when: str, done: bool, there: list[str],
                                               word: str) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "reset", "when": when, "done": done})
    client.send(upload_head(client, len(BODY)) + BODY)
    found, was_reset = read_to_the_end(client)
    client.close()
    assert was_reset
    assert found.startswith(b"HTTP/1.1 200 OK") if when == "in_answer" else not found
    assert b"\r\n\r\n" not in found
    assert keys(control) == there
    assert notes(control, since) == [f"fault: reset {when}, {word}"]
    assert control.journal(since)[0]["bytes_in"] == len(BODY)
    assert nobody_is_left(control)


def test_what_was_done_is_in_the_store_when_the_connection_breaks(tmp_path: pathlib.Path) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "s",
                 faults=[{"kind": "reset", "when": "before_answer", "done": True, "times": None}]) as emulator:
        client = Client(emulator.port)
        for count in range(20):
            client.send(client.head("PUT", f"/123456/{count}", "version=1&action=upload", {"Content-Length": "1"}) + b"x")
            assert read_to_the_end(client) == (b"", True)
            client.close()
        emulator.kill()
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "s") as emulator:
        assert len(emulator.control.tree()) == 20


@pytest.mark.parametrize(("action", "before", "after"), [
    ("delete", ["/123456/f"], []), ("mkdir", [], ["/123456/f/"]),
    ("rename&destination=%2F123456%2Fg", ["/123456/f"], ["/123456/g"]),
    ("symlink&target=x", [], ["/123456/f"]), ("rmdir", ["/123456/f/"], []),
])
@pytest.mark.parametrize("done", [True, False])
def test_every_change_is_done_or_not_done(client: Client, control: Control, action: str, before: list[str], after: list[str],
                                          done: bool) -> None:
    control.load([{"key": key, "type": "dir" if key.endswith("/") else "file"} for key in before])
    control.add_faults({"kind": "reset", "when": "before_answer", "done": done})
    with pytest.raises(ConnectionError):
        client.post("/123456/f", action)
    client.close()
    assert keys(control) == (after if done else before)


def test_an_operation_that_was_refused_is_not_called_done(client: Client, control: Control) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "reset", "when": "before_answer", "done": True, "times": 2})
    for signing in ({}, {"key": "wrong"}):
        with pytest.raises(ConnectionError):
            client.post("/123456/none", "delete", **signing)
        client.close()
    assert notes(control, since) == ["fault: reset before_answer, answered 404",
                                     "fault: reset before_answer, answered 403; wrong signature"]


def test_what_the_disk_did_not_take_is_not_called_done(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(Emulator(monkeypatch, [{"kind": "reset", "when": "before_answer", "done": True}])) as emulator:
        def full() -> None:
            raise sqlite3.OperationalError("database or disk is full")
        monkeypatch.setattr(emulator.store.index, "commit", full)
        emulator.take((CORPUS / "upload_checked.bin").read_bytes())
        assert emulator.notes() == ["fault: reset before_answer, answered 500"]


@pytest.mark.parametrize(("fields", "kept"), [({}, len(LARGE) // 2), ({"bytes": 0}, 0), ({"bytes": 9}, 9),
                                              ({"bytes": 10**9}, len(LARGE) - 1)])
def test_reset_in_the_body_of_an_answer(client: Client, control: Control, fields: dict[str, int], kept: int) -> None:
    client.put("/123456/a", LARGE)
    since = control.journal_length()
    control.add_faults({"kind": "reset", "when": "in_answer", **fields})
    client.send(client.head("GET", "/123456/a", "version=1&action=download"))
    found, was_reset = read_to_the_end(client)
    client.close()
    head, _end, body = found.partition(b"\r\n\r\n")
    assert was_reset
    assert b"Content-Length: %d" % len(LARGE) in head
    assert LARGE.startswith(body)
    assert len(body) <= kept
    assert len(body) == kept or kept > 100_000, "a small part arrives whole"
    assert [(entry["status"], entry["bytes_out"]) for entry in control.journal(since)] == [(200, kept)]
    assert nobody_is_left(control)


# -- refuse


def refusals(port: int) -> bool:
    with contextlib.closing(socket.socket()) as place:
        return place.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


@pytest.mark.parametrize("done", [True, False])
def test_refused_connections_leave_open_ones_usable(client: Client, emulator: Running, done: bool) -> None:
    control, other = emulator.control, Client(emulator.port)
    assert other.get("/123456", "dir").status == 200
    control.add_faults({"kind": "refuse", "ms": 400, "done": done, "action": "mkdir"})
    begun = time.monotonic()
    with pytest.raises(ConnectionError):
        client.post("/123456/d", "mkdir")
    client.close()
    assert refusals(emulator.port)
    assert other.get("/123456", "dir").status == 200, "a connection that is open stays"
    assert until(lambda: not refusals(emulator.port))
    assert 0.3 < time.monotonic() - begun < 2
    assert client.get("/123456", "dir").status == 200
    assert keys(control) == (["/123456/d/"] if done else [])
    other.close()


def test_refusals_that_overlap(client: Client, emulator: Running) -> None:
    control, other = emulator.control, Client(emulator.port)
    other.get("/123456", "dir")
    control.add_faults({"kind": "refuse", "ms": 600}, {"kind": "refuse", "ms": 50})
    begun = time.monotonic()
    for one in (client, other):
        with pytest.raises(ConnectionError):
            one.get("/123456", "dir")
        one.close()
    assert until(lambda: not refusals(emulator.port))
    assert time.monotonic() - begun > 0.5
    assert client.get("/123456", "dir").status == 200


def test_it_stops_while_it_refuses() -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], faults=[{"kind": "refuse", "ms": 60_000}]) as emulator:
        with pytest.raises(ConnectionError):
            Client(emulator.port).get("/123456", "dir")
        assert emulator.stop() == 0


# -- hang


@pytest.mark.parametrize("done", [True, False])
def test_hang_until_the_client_goes(client: Client, control: Control, done: bool) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "hang", "done": done})
    client.connect().settimeout(0.3)
    client.send(upload_head(client, len(BODY)) + BODY)
    with pytest.raises(TimeoutError):
        client.more()
    assert keys(control) == (["/123456/a"] if done else [])
    assert notes(control, since) == [f"fault: hang, {'done' if done else 'not done'}"]
    assert control.counts()["open_connections"] == 1
    client.close()
    assert nobody_is_left(control)
    assert len(notes(control, since)) == 1


def test_a_hanging_connection_with_more_behind_it_does_not_leak(client: Client, control: Control) -> None:
    control.set_latency(50)
    control.add_faults({"kind": "hang"})
    one = client.head("GET", "/123456", "version=1&action=dir")
    client.send(one + client.head("GET", "/123456", "version=1&action=dir"))
    time.sleep(0.2)
    client.close()
    assert nobody_is_left(control)


def test_a_client_that_said_its_last_word_before_the_hanging_began(client: Client, control: Control) -> None:
    control.set_latency(50)
    control.add_faults({"kind": "hang"})
    client.send(client.head("GET", "/123456", "version=1&action=dir"))
    client.half_close()
    assert read_to_the_end(client) == (b"", False)
    client.close()
    assert nobody_is_left(control)


def test_hang_for_a_while(client: Client, control: Control) -> None:
    control.add_faults({"kind": "hang", "ms": 200, "done": True}, {"kind": "hang", "ms": 200}, {"kind": "hang", "ms": 200})
    begun = time.monotonic()
    assert client.put("/123456/a", BODY).status == 200
    assert time.monotonic() - begun >= 0.2
    client.send(upload_head(client, 1) + b"x")
    assert read_to_the_end(client) == (b"", False)
    client.close()
    assert client.get("/123456/a", "download").body == BODY, "a read is answered; what was not done changed nothing"


# -- besides


def test_a_client_that_leaves_first_uses_up_no_fault(client: Client, control: Control) -> None:
    control.set_latency(100)
    control.add_faults({"kind": "reset", "when": "before_answer"})
    client.send(upload_head(client, len(BODY)) + BODY[:10])
    client.close()
    assert nobody_is_left(control)
    (rule,) = control.faults()["faults"]
    assert (rule["injected"], rule["in_force"]) == (0, True)


def test_what_comes_with_a_broken_request_is_not_taken(client: Client, control: Control) -> None:
    control.add_faults({"kind": "reset", "when": "before_body", "path": "*/a"})
    behind = client.head("POST", "/123456/d", "version=1&action=mkdir", {"Content-Length": "0"})
    client.send(upload_head(client, len(BODY)) + BODY + behind)
    assert read_to_the_end(client) == (b"", True)
    client.close()
    assert keys(control) == []


@pytest.mark.parametrize(("fault", "answered"), [
    ({"status": 503}, 503), ({"kind": "reset", "when": "before_answer"}, 100), ({"kind": "hang"}, 100),
    ({"kind": "reset", "when": "in_body"}, 100), ({"kind": "reset", "when": "before_body"}, None),
])
def test_a_client_that_waits_before_its_body(client: Client, control: Control, fault: dict[str, object],
                                             answered: int | None) -> None:
    control.add_faults(fault)
    client.send(upload_head(client, len(BODY), Expect="100-continue"))
    if answered is None:
        assert read_to_the_end(client) == (b"", True)
    else:
        assert client.receive(head_only=answered == 100).status == answered
    client.close()
    assert nobody_is_left(control)


def test_a_download_that_the_client_breaks_off_counts_once(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/large", "content": "x" * 50_000_000}])
    control.reset_counts()
    client.send(client.head("GET", "/123456/large", "version=1&action=download"))
    client.more()
    client.close()
    assert nobody_is_left(control)
    counts = control.reset_counts()
    assert counts["total"] == 1
    assert control.counts()["peak_concurrency"] == 0


def test_faults_over_https(tmp_path: pathlib.Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    plan = [{"kind": "truncate", "how": "closed", "action": "dir"},
            {"kind": "reset", "when": "before_answer", "done": True, "action": "upload"},
            {"kind": "hang", "action": "stat"}, {"kind": "refuse", "ms": 300, "action": "mkdir"}]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], certificate=tmp_path / "server.pem", faults=plan) as emulator:
        assert emulator.https_port is not None
        client = Client(emulator.https_port)
        client.connect(context)
        client.send(client.head("GET", "/123456", "version=1&action=dir"))
        found, _reset = read_to_the_end(client)
        assert found.startswith(b"HTTP/1.1 200")
        client.close()
        for request in (upload_head(client, 1) + b"x", client.head("POST", "/123456/d", "version=1&action=mkdir")):
            client.connect(context)
            client.send(request)
            assert read_to_the_end(client)[0] == b"", "Python takes a reset for a ragged end here"
            client.close()
        assert keys(emulator.control) == ["/123456/a"]
        assert refusals(emulator.https_port)
        assert until(lambda: not refusals(emulator.https_port or 0))
        client.connect(context).settimeout(0.2)
        client.send(client.head("GET", "/123456", "version=1&action=stat"))
        with pytest.raises(TimeoutError):
            client.more()
        client.close()
        assert nobody_is_left(emulator.control)
