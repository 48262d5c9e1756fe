# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes whose answer was lost or refused: looked at before they are repeated, never believed blindly."""

from __future__ import annotations

import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    Conflict,
    NotFound,
    ServiceFailed,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import (
    LOST,
    MakeClient,
    Server,
    answer,
    xml,
)

DONE = answer(200, b"successful\n")
GONE = answer(404, b"Not found\n")
SLOW = answer(503)
MD5 = "0" * 32


def file(name: str = "a", md5: str = MD5) -> bytes:
    return xml("stat", f'<file type="file" name="{name}" size="3" md5="{md5}" mtime="5"/>')


def link(name: str = "a", target: str = "t", mtime: int = 5) -> bytes:
    return xml("stat", f'<file type="symlink" name="{name}" target="{target}" mtime="{mtime}"/>')


def directory(implicit: str = "false") -> bytes:
    return xml("stat", f'<file type="dir" name="a/" implicit="{implicit}"/>')


CHANGES: list[tuple[str, t.Callable[[Client], None], str, str]] = [
    ("mkdir", lambda client: client.mkdir(b"/1/a"), "PUT", "version=1&action=mkdir"),
    ("rmdir", lambda client: client.rmdir(b"/1/a"), "PUT", "version=1&action=rmdir"),
    ("delete", lambda client: client.delete(b"/1/a"), "PUT", "version=1&action=delete"),
    (
        "rename",
        lambda client: client.rename(b"/1/a", b"/1/b c"),
        "PUT",
        "version=1&action=rename&destination=%2F1%2Fb+c",
    ),
    ("symlink", lambda client: client.symlink(b"/1/a", b"t/\xff"), "POST", "version=1&action=symlink&target=t%2F%FF"),
    ("symlink", lambda client: client.symlink(b"/1/a", b"t", 7), "POST", "version=1&action=symlink&target=t&mtime=7"),
    ("mtime", lambda client: client.mtime(b"/1/a", 7), "POST", "version=1&action=mtime&mtime=7"),
]


@pytest.mark.parametrize(("action", "change", "method", "header"), CHANGES)
@pytest.mark.parametrize("done", [
    DONE, answer(204, Content_Length=""), answer(200, b"deleted\n", Content_Type="text/plain; charset=us-ascii"),
    answer(200, b"<HTML>Request Processed</HTML>\n", Server="Apache", Content_Type="text/html"),
    answer(200, b"<HTML><p><tt>Request Processed</tt></p></HTML>\n", Server="Apache", Content_Type="text/html"),
])  # fmt: skip
def test_the_words_of_a_success(
    server: Server,
    client: Client,
    action: str,
    change: t.Callable[[Client], None],
    method: str,
    header: str,
    done: bytes,
) -> None:
    server.script(action, done)
    change(client)
    request = server.requests[0]
    assert (request.method, request.target, request.action_header) == (method, b"/1/a", header)
    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [LOST, SLOW, answer(500), answer(502), answer(504), answer(509)])
def test_a_delete_that_happened(server: Server, client: Client, lost: bytes | None) -> None:
    server.script("delete", lost)
    server.script("stat", directory(), GONE)
    client.delete(b"/1/a")
    assert server.actions() == ["delete", "stat", "stat"]


def test_a_delete_that_did_not_happen(server: Server, client: Client) -> None:
    server.script("delete", LOST, DONE)
    server.script("stat", file())
    client.delete(b"/1/a")
    assert server.actions() == ["delete", "stat", "delete"]


def test_a_delete_that_happened_behind_a_stale_look(server: Server, client: Client) -> None:
    server.script("delete", SLOW, GONE)
    server.script("stat", file())
    client.delete(b"/1/a")


@pytest.mark.parametrize(("action", "change", "method", "header"), [CHANGES[1], CHANGES[2], CHANGES[3], CHANGES[6]])
def test_what_was_not_there_before_the_first_try(
    server: Server, client: Client, action: str, change: t.Callable[[Client], None], method: str, header: str
) -> None:
    server.script(action, GONE)
    with pytest.raises(NotFound):
        change(client)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 423])
def test_a_throttled_change_is_repeated_without_a_look(server: Server, client: Client, status: int) -> None:
    server.script("delete", answer(status), GONE)
    with pytest.raises(NotFound):
        client.delete(b"/1/a")
    assert server.actions() == ["delete", "delete"]
    assert "throttled" in client.notes[0]


def test_a_change_that_never_reached_the_service_needs_no_look(make_client: MakeClient, pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        client = make_client(host=f"127.0.0.1:{unused.getsockname()[1]}")
    with pytest.raises(Unreachable):
        client.delete(b"/1/a")
    assert (client.api_calls, len(pauses)) == ({}, 5)


def test_a_kept_connection_that_was_closed_asks_for_a_look(server: Server, client: Client, pauses: list[float]) -> None:
    server.script("mkdir", DONE)
    server.script("delete", LOST, DONE)
    server.script("stat", file())
    client.mkdir(b"/1/x")
    client.delete(b"/1/a")
    assert server.actions() == ["mkdir", "delete", "stat", "delete"]
    assert pauses == []


def test_a_rename_that_happened(server: Server, client: Client) -> None:
    server.script("rename", LOST)
    server.script("stat", GONE, file("b"))
    client.rename(b"/1/a", b"/1/b", Entry(b"a", Kind.FILE, 3, MD5, 1))
    assert [request.target for request in server.requests] == [b"/1/a", b"/1/a", b"/1/b"]


def test_a_rename_that_did_not_happen(server: Server, client: Client) -> None:
    server.script("rename", SLOW, DONE)
    server.script("stat", file())
    client.rename(b"/1/a", b"/1/b")
    assert server.actions() == ["rename", "stat", "rename"]


@pytest.mark.parametrize("there", [GONE, file("b", "f" * 32), link("b")])
def test_a_rename_whose_source_is_gone_and_destination_another(server: Server, client: Client, there: bytes) -> None:
    server.script("rename", LOST, GONE)
    server.script("stat", *[GONE, there] * 5)
    with pytest.raises(NotFound):
        client.rename(b"/1/a", b"/1/b", Entry(b"a", Kind.FILE, 3, MD5, 1))


def test_a_rename_seen_late(server: Server, client: Client, pauses: list[float]) -> None:
    server.script("rename", LOST, GONE)
    server.script("stat", link(), GONE, GONE, GONE, link("b"))
    client.rename(b"/1/a", b"/1/b", Entry(b"a", Kind.SYMLINK, target=b"t"))
    assert server.actions() == ["rename", "stat", "rename", "stat", "stat", "stat", "stat"]


def test_a_rename_onto_something_refused(server: Server, client: Client) -> None:
    server.script("rename", answer(409))
    with pytest.raises(Conflict):
        client.rename(b"/1/a", b"/1/b")
    assert len(server.requests) == 1


def test_a_symlink_that_happened(server: Server, client: Client) -> None:
    server.script("symlink", LOST)
    server.script("stat", link(target="t/"))
    client.symlink(b"/1/a", b"t", 5)
    assert server.actions() == ["symlink", "stat"]


@pytest.mark.parametrize("there", [GONE, link(target="other"), link(mtime=4), file()])
def test_a_symlink_that_did_not_happen(server: Server, client: Client, there: bytes) -> None:
    server.script("symlink", LOST, DONE)
    server.script("stat", there)
    client.symlink(b"/1/a", b"t", 5)
    assert server.actions() == ["symlink", "stat", "symlink"]


def test_a_symlink_refused_because_it_is_there(server: Server, client: Client) -> None:
    server.script("symlink", answer(409), SLOW, answer(409))
    server.script("stat", link(mtime=4), GONE, GONE, link())
    client.symlink(b"/1/a", b"t", 5)
    client.symlink(b"/1/a", b"t", 5)


@pytest.mark.parametrize("there", [link(target="other"), file(), directory()])
def test_a_symlink_refused_because_of_something_else(server: Server, client: Client, there: bytes) -> None:
    server.script("symlink", answer(409))
    server.script("stat", *[there] * 4)
    with pytest.raises(Conflict):
        client.symlink(b"/1/a", b"t")


def test_mkdir_is_simply_repeated(server: Server, client: Client) -> None:
    server.script("mkdir", LOST, SLOW, answer(429), DONE)
    client.mkdir(b"/1/a")
    assert server.actions() == ["mkdir"] * 4


def test_mkdir_of_what_is_there(server: Server, client: Client) -> None:
    server.script("mkdir", answer(409), answer(409))
    server.script("stat", directory(), directory("true"), directory("true"), directory())
    client.mkdir(b"/1/a")
    client.mkdir(b"/1/a")


@pytest.mark.parametrize("there", [GONE, directory("true"), file()])
def test_mkdir_refused_by_something_else(server: Server, client: Client, there: bytes) -> None:
    server.script("mkdir", answer(409))
    server.script("stat", *[there] * 4)
    with pytest.raises(Conflict):
        client.mkdir(b"/1/a")


def test_an_rmdir_that_happened(server: Server, client: Client) -> None:
    server.script("rmdir", LOST)
    server.script("stat", file(), file())
    client.rmdir(b"/1/a")
    assert server.actions() == ["rmdir", "stat", "stat"]


def test_an_rmdir_seen_late(server: Server, client: Client) -> None:
    server.script("rmdir", SLOW, GONE)
    server.script("stat", directory())
    client.rmdir(b"/1/a")


@pytest.mark.parametrize("status", [403, 409, 412])
def test_an_rmdir_of_a_directory_with_children(
    server: Server, client: Client, pauses: list[float], status: int
) -> None:
    server.handler = lambda request: (
        answer(status, b"Directory not empty\n")
        if request.action == "rmdir"
        else xml("stat", '<file type="file" name="left over" size="1"/>')
    )
    with pytest.raises(Conflict, match="left over") as caught:
        client.rmdir(b"/1/a")
    assert caught.value.status == status
    assert sum(pauses) < 1


@pytest.mark.parametrize("status", [403, 409, 412])
def test_an_rmdir_of_a_service_that_lags(server: Server, client: Client, pauses: list[float], status: int) -> None:
    server.script("rmdir", *[answer(status)] * 4, DONE)
    server.script("dir", xml("stat", '<file type="file" name="stale" size="1"/>'), *[xml("stat")] * 3)
    client.rmdir(b"/1/a")
    assert server.actions() == ["rmdir", "dir"] * 4 + ["rmdir"]
    assert 0 < sum(pauses) < 4


@pytest.mark.parametrize(("status", "kind"), [(403, AuthRefused), (409, Conflict), (412, Conflict)])
def test_an_rmdir_that_is_refused_for_good(
    server: Server, client: Client, pauses: list[float], status: int, kind: type[Exception]
) -> None:
    server.handler = lambda request: answer(status) if request.action == "rmdir" else xml("stat")
    with pytest.raises(kind):
        client.rmdir(b"/1/a")
    assert sum(pauses) < 5


def test_an_rmdir_that_is_not_allowed(server: Server, client: Client, pauses: list[float]) -> None:
    server.handler = lambda _request: answer(403)
    with pytest.raises(AuthRefused) as caught:
        client.rmdir(b"/1/a")
    assert caught.value.action == "rmdir"
    assert pauses == []


def test_changes_keep_a_slash_at_the_end_of_a_name(server: Server, client: Client) -> None:
    server.script("mkdir", DONE)
    server.script("rmdir", DONE)
    server.script("delete", DONE)
    client.mkdir(b"/1/new/")
    client.rmdir(b"/1/new/")
    client.delete(b"/1/new/")
    assert [request.target for request in server.requests] == [b"/1/new//", b"/1/new//", b"/1/new/"]


def test_a_delete_without_success_is_given_up_after_all_tries(server: Server, client: Client) -> None:
    server.handler = lambda request: file() if request.action == "stat" else SLOW
    with pytest.raises(ServiceFailed):
        client.delete(b"/1/a")
    assert client.api_calls == {"delete": 6, "stat": 6}
