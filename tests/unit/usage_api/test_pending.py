# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes whose answers were lost: what waits for them, for how long, and what does not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import Stopped, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.pending import Pending
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.request import Request
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    LOST,
    MakeClient,
    Server,
    answer,
    xml,
)

DONE = answer(200, b"done\n")
FILE = xml("stat", '<file type="file" name="a" size="3" mtime="5"/>')


class Clock:
    """Seconds that pass only in sleep. ``ahead`` of the service by so many."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.now, self.ahead = 1000.0, ahead
        self.notes: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pending(self, settle: float = 60.0) -> Pending:
        return Pending(settle, lambda: self.now, lambda: self.ahead, self.sleep, self.notes.append)


def call(action: str, path: str, to: str = "") -> Request:
    return Request(action, path.encode(), (("destination", to.encode()),) if to else ())


def waited(lost: Request, then: Request, failed: bool = False, fenced: bool = False) -> float:
    """Seconds that a change waits for another whose answer was lost ten seconds ago."""
    clock = Clock()
    pending = clock.pending()
    pending.repeated(lost, [990.0], failed, fenced)
    pending.before(then)
    return clock.now - 1000


@pytest.mark.parametrize(("lost", "then"), [
    (call("delete", "/1/a"), call("upload", "/1/a")),
    (call("delete", "/1/a"), call("symlink", "/1/a")),
    (call("delete", "/1/a"), call("rename", "/1/b", "/1/a")),
    (call("delete", "/1/a"), call("upload", "/1/a/b")),
    (call("delete", "/1/a/b"), call("symlink", "/1/a")),
    (call("delete", "/1/a/b"), call("rename", "/1/b", "/1/a")),
    (call("rmdir", "/1/a"), call("mkdir", "/1/a")),
    (call("rmdir", "/1/a"), call("upload", "/1/a/b/c")),
    (call("quick-delete", "/1/a"), call("upload", "/1/a/b/c")),
    (call("rename", "/1/a", "/1/z"), call("upload", "/1/a")),
], ids=str)  # fmt: skip
def test_nothing_is_put_where_something_may_still_be_taken_away(lost: Request, then: Request) -> None:
    assert waited(lost, then) == 50


@pytest.mark.parametrize(("lost", "then"), [
    (call("delete", "/1/a"), call("upload", "/1/ab")),
    (call("delete", "/1/a/b"), call("upload", "/1/a")),
    (call("delete", "/1/a/b"), call("mkdir", "/1/a")),
    (call("delete", "/1/a"), call("delete", "/1/a")),
    (call("delete", "/1/a"), call("mtime", "/1/a")),
    (call("rename", "/1/a", "/1/z"), call("delete", "/1/z")),
    (call("upload", "/1/a"), call("upload", "/1/a")),
    (call("mkdir", "/1/a"), call("upload", "/1/a/b")),
], ids=str)  # fmt: skip
def test_what_does_not_wait(lost: Request, then: Request) -> None:
    assert waited(lost, then) == 0


def test_something_may_be_put_where_a_fence_holds_a_rename_back_but_the_fence_may_not_go() -> None:
    aside = call("rename", "/1/a", "/1/.a.old")
    assert waited(aside, call("symlink", "/1/a"), fenced=True) == 0
    assert waited(aside, call("delete", "/1/.a.old"), fenced=True) == 50
    assert waited(aside, call("rename", "/1/.a.old", "/1/a"), fenced=True) == 50


@pytest.mark.parametrize(("action", "failed", "seconds"), [
    ("delete", False, 50), ("rmdir", False, 50), ("quick-delete", False, 50), ("rename", False, 50),
    ("upload", True, 50), ("symlink", True, 50), ("mtime", True, 50),
    ("symlink", False, 50),
    ("upload", False, 0), ("mtime", False, 0), ("mkdir", False, 0), ("mkdir", True, 0),
])  # fmt: skip
def test_the_end_waits_for_what_could_do_harm(action: str, failed: bool, seconds: float) -> None:
    clock = Clock()
    pending = clock.pending()
    pending.repeated(call(action, "/1/a", "/1/b" if action == "rename" else ""), [900.0, 990.0], failed)
    assert [late.action for late in pending.settled()] == ([action] if seconds else [])
    assert clock.now - 1000 == seconds
    assert pending.settled() == [] and bool(clock.notes) is bool(seconds)


@pytest.mark.parametrize("gone", [call("delete", "/1/a"), call("rename", "/1/a", "/1/b"), call("quick-delete", "/1")])
def test_what_was_put_and_went_again_must_not_come_back(gone: Request) -> None:
    clock = Clock()
    pending = clock.pending()
    pending.repeated(call("upload", "/1/a"), [990.0], False)
    pending.done(gone)
    pending.settled()
    assert clock.now == 1050


def test_what_was_put_and_replaced_must_not_come_back() -> None:
    clock = Clock()
    pending = clock.pending()
    pending.repeated(Request("symlink", b"/1/a", (("target", b"one"),)), [990.0], False)
    pending.before(Request("symlink", b"/1/a", (("target", b"two"),)))
    pending.settled()
    assert clock.now == 1050


def test_what_is_too_old_is_no_longer_in_the_way_but_is_looked_at_in_the_end() -> None:
    clock = Clock()
    pending = clock.pending()
    pending.repeated(call("delete", "/1/a"), [990.0], False)
    pending.repeated(call("upload", "/1/b"), [990.0], False)
    clock.now = 2000.0
    pending.before(call("upload", "/1/a"))
    assert clock.now == 2000 and pending.told() == ""
    assert [late.path for late in pending.settled()] == [b"/1/a"]
    assert pending.settled() == []


def test_a_clock_that_is_ahead_makes_signatures_last_longer() -> None:
    for ahead, seconds in ((20.0, 70), (-20.0, 50), (1e9, 110)):
        clock = Clock(ahead)
        pending = clock.pending()
        pending.repeated(call("delete", "/1/a"), [990.0], False)
        assert "For" in pending.told()
        pending.settled()
        assert (clock.now - 1000, pending.told()) == (seconds, "")


def test_a_service_that_is_trusted_costs_nothing() -> None:
    clock = Clock()
    pending = clock.pending(0)
    pending.repeated(call("delete", "/1/a"), [990.0], True)
    assert (pending.settled(), clock.now, pending.told()) == ([], 1000, "")


# -- through the client

Change = t.Callable[[Client], None]
CHANGES: dict[str, Change] = {
    "upload": lambda client: client.upload(b"/1/a", Bytes(b"abc"), 9),
    "mkdir": lambda client: client.mkdir(b"/1/a"),
    "rmdir": lambda client: client.rmdir(b"/1/a"),
    "delete": lambda client: client.delete(b"/1/a"),
    "rename": lambda client: client.rename(b"/1/a", b"/1/b"),
    "symlink": lambda client: client.symlink(b"/1/a", b"t", 9),
    "mtime": lambda client: client.mtime(b"/1/a", 9),
    "quick-delete": lambda client: client.quick_delete(b"/1/a"),
}
BEFORE = {"rmdir": xml("stat", '<file type="dir" name="a/"/>'), "quick-delete": xml("stat", '<file type="dir" name="a/"/>')}


@pytest.mark.parametrize("action", CHANGES)
def test_a_change_that_was_answered_is_not_pending(server: Server, client: Client, pauses: list[float], action: str) -> None:
    server.script(action, DONE)
    CHANGES[action](client)
    assert (client.pending.settled(), pauses, len(server.requests)) == ([], [], 1)


@pytest.mark.parametrize(("action", "kept"), [
    ("delete", True), ("rename", True), ("rmdir", True), ("quick-delete", True),
    ("symlink", True), ("upload", False), ("mtime", False), ("mkdir", False),
])  # fmt: skip
def test_a_change_that_was_repeated_is_pending(
    server: Server, client: Client, pauses: list[float], action: str, kept: bool
) -> None:
    server.script(action, LOST, DONE)
    server.script("stat", *[BEFORE.get(action, FILE)] * 2)
    CHANGES[action](client)
    assert [late.action for late in client.pending.settled()] == [action] * kept
    assert any(pause >= 60 for pause in pauses) is kept


@pytest.mark.parametrize("action", ["upload", "symlink", "mtime", "delete"])
def test_a_change_that_failed_may_still_come(make_client: MakeClient, server: Server, pauses: list[float], action: str) -> None:
    client = make_client(max_retries=0)
    server.script(action, LOST)
    server.script("stat", FILE, FILE)
    with pytest.raises(Unreachable):
        CHANGES[action](client)
    assert client.pending.told().startswith(f"For 60 more seconds the service may still carry out the {action} of /1/a")
    assert [late.action for late in client.pending.settled()] == [action]


@pytest.mark.parametrize("status", [500, 503, 502, 504])
def test_an_answer_of_the_service_ends_its_try_and_a_gateways_does_not(server: Server, client: Client, status: int) -> None:
    server.script("delete", answer(status), DONE)
    server.script("stat", FILE)
    client.delete(b"/1/a")
    assert bool(client.pending.settled()) is (status in (502, 504))


def test_who_is_told_to_stop_does_not_wait(server: Server, make_stoppable: t.Callable[..., Client]) -> None:
    server.script("delete", LOST, DONE)
    server.script("stat", FILE)
    client = make_stoppable(lambda: "enough" if len(server.requests) == 3 else None)
    client.delete(b"/1/a")
    with pytest.raises(Stopped):
        client.pending.settled()
    assert "the delete of /1/a" in client.pending.told()
