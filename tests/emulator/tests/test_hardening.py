# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a stranger cannot do: guess a signature, leave the data directory, reach other accounts, fill the memory."""

from __future__ import annotations

import contextlib
import http.client
import os
import pathlib
import sqlite3
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import keys, nobody_is_left, notes
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client, auth_headers
from netstorage_emulator import auth, server
from netstorage_emulator.accounts import Account
from netstorage_emulator.actions import ACTIONS
from netstorage_emulator.control import Control, ControlError, Running, running
from netstorage_emulator.control_http import LARGEST_BODY, LARGEST_HEAD, ControlConnection
from netstorage_emulator.knobs import Knobs


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def spy(first: bytes, second: bytes) -> bool:
        compared.append((first, second))
        return False

    monkeypatch.setattr(auth.hmac, "compare_digest", spy)
    gate = auth.Gate([Account(ACCOUNT.encode(), KEY.encode(), frozenset([b"123456"]))], Knobs())
    headers = auth_headers("/123456", "version=1&action=dir")
    data, signature = (headers[f"X-Akamai-ACS-Auth-{name}"].encode() for name in ("Data", "Sign"))
    with pytest.raises(auth.Refused, match="wrong signature"):
        gate.admit(b"/123456", b"version=1&action=dir", data, signature)
    assert compared == [(signature, signature)], "and nothing but this comparison decides"


# -- the data directory

NASTY = ["../../escaped", "..", "../index.sqlite", "%00", "a/%2e%2e/%2e%2e/%2e%2e/escaped", "/etc/escaped", "bodies/x", "lock",
         "%2F%2Fescaped", "~/escaped", "\\..\\escaped", "x" * 5000, "%ff%fe/../.."]  # fmt: skip


def everything_below(folder: pathlib.Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_no_path_leaves_the_data_directory(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "around" / "data"
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data) as emulator:
        client = Client(emulator.port)
        for name in NASTY:
            path = f"/123456/{name}"
            for method, action, body in (("PUT", "upload", b"x" * 10), ("PUT", "upload", b"x" * 400_000), ("POST", "mkdir", b""),
                                         ("POST", "symlink&target=..%2F..%2Fescaped", b""),
                                         ("POST", "rename&destination=%2F123456%2F..%2F..%2Fescaped", b""),
                                         ("GET", "download", b""), ("POST", "delete", b"")):
                client.send(client.head(method, path, f"version=1&action={action}", {"Content-Length": str(len(body))}) + body)
                assert client.receive().status < 500
        client.close()
    assert {path.name for path in tmp_path.iterdir()} == {"around"}
    assert {path.name for path in data.parent.iterdir()} == {"data"}
    found = everything_below(data)
    assert {name for name in found if not name.startswith("bodies/")} <= {
        "lock", "bodies", "index.sqlite", "index.sqlite-wal", "index.sqlite-shm"}
    assert all(name.count("/") == 1 for name in found if name.startswith("bodies/"))


@pytest.mark.parametrize("name", ["../../secret", "/etc/hostname", "../index.sqlite", "1-1@../x", "1-1/../../../secret@0"])
def test_an_index_that_names_foreign_files_is_refused(tmp_path: pathlib.Path, name: str) -> None:
    data = tmp_path / "data"
    secret = tmp_path / "secret"
    secret.write_text("mine")
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data) as emulator:
        client = Client(emulator.port)
        client.put("/123456/a", b"1")
        client.close()
    with contextlib.closing(sqlite3.connect(data / "index.sqlite")) as index:
        index.execute("UPDATE objects SET body = ?, size = 4", (name,))
        index.commit()
    with pytest.raises(ControlError, match="no body of this store"), \
            running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data):
        pass
    assert secret.read_text() == "mine"


def test_files_that_are_not_ours_stay(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bodies").mkdir()
    (tmp_path / "bodies" / "holiday.jpg").write_text("mine")
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path):
        pass
    assert (tmp_path / "bodies" / "holiday.jpg").read_text() == "mine"


def modes(folder: pathlib.Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): f"{path.stat().st_mode & 0o7777:o}" for path in (folder, *folder.rglob("*"))}


@pytest.fixture
def no_mask() -> t.Iterator[None]:
    """Nothing that is made is closed by the system."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_mask")
@pytest.mark.parametrize("before", ["none", "empty", "open"])
def test_what_is_stored_is_for_its_user_alone(tmp_path: pathlib.Path, before: str) -> None:
    """``open``: a store of an emulator that left all but the bodies to the umask."""
    data = tmp_path / "data"
    if before != "none":
        data.mkdir(0o755)
    if before == "open":
        with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data) as emulator:
            emulator.control.load([{"key": "/123456/a", "content": "1"}])
            emulator.kill()  # the log of the index stays, too
        for path in (data, data / "bodies"):
            path.chmod(0o755)
        for path in data.glob("index.sqlite*"):
            path.chmod(0o644)
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data) as emulator:
        client = Client(emulator.port)
        client.put("/123456/small", b"1")
        client.put("/123456/large", b"1" * 400_000)
        client.close()
        found = modes(data)
    assert {name for name in found if "/" not in name} >= {".", "bodies", "lock", "index.sqlite", "index.sqlite-wal"}
    assert len(found) >= 7
    assert {name: mode for name, mode in found.items() if mode != ("700" if name in (".", "bodies") else "600")} == {}


@pytest.mark.usefixtures("no_mask")
def test_a_directory_that_holds_something_else_is_left_as_it_is(tmp_path: pathlib.Path) -> None:
    """Such as ``--data /tmp``. What the emulator keeps in it is closed even so."""
    data = tmp_path / "data"
    data.mkdir(0o755)
    (data / "mine").touch(0o644)
    for _start in range(2):
        with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=data) as emulator:
            emulator.control.load([{"key": "/123456/a", "content": "1"}])
            found = modes(data)
    assert (found.pop("."), found.pop("mine"), found.pop("bodies")) == ("755", "644", "700")
    assert set(found.values()) == {"600"}


# -- other accounts


@pytest.mark.parametrize("action", [name.decode() for name in ACTIONS])
def test_the_cp_codes_of_another_account_are_closed(emulator: Running, action: str) -> None:
    control = emulator.control
    control.set_knobs(quick_delete="now")
    control.load([{"key": "/123456/f", "content": "theirs"}, {"key": "/123456/d/", "type": "dir"},
                  {"key": "/123456/l", "type": "symlink", "target": "f"}])
    before = control.tree()
    second = Client(emulator.port, account="second", key="third-key")
    method = sorted(ACTIONS[action.encode()].methods)[0]
    more = "&destination=/777/x&target=x&mtime=1&quick-delete=imreallyreallysure"
    for path in ("/123456/f", "/123456/d/", "/123456/l", "/123456", "/123456/new", "/777/../123456/f", "//123456/f"):
        answer = second.ask(method, path, action + more, b"")
        assert answer.status in (403, 404) or path.startswith("/777"), (path, answer)
        assert b"theirs" not in answer.body
    assert [entry for entry in control.tree() if entry["key"].startswith("/123456")] == before
    second.close()


def test_no_detour_leads_into_another_account(emulator: Running) -> None:
    control = emulator.control
    second = Client(emulator.port, account="second", key="third-key")
    for knobs in ({}, {"links_in_path": "followed", "upload_onto_symlink": "write_through"}, {"list_order": "per_directory"}):
        control.reset_tree()
        control.load([{"key": "/123456/f", "content": "theirs"}, {"key": "/777/own", "content": "mine"},
                      {"key": "/777/l", "type": "symlink", "target": "/123456/f"},
                      {"key": "/777/up", "type": "symlink", "target": "/123456"}])
        control.set_knobs(**knobs)
        assert second.post("/777/own", "rename&destination=%2F123456%2Fown").status in (400, 403)
        for answer in (second.get("/777/l", "download"), second.get("/777/up/f", "download"), second.get("/777/up/f", "stat"),
                       second.get("/777/", "list&start=%2F123456%2Ff"), second.get("/777/", "list&end=%2F999"),
                       second.get("/777", "dir&start=%2F123456%2Ff")):
            assert b"theirs" not in answer.body
            assert b"123456/f" not in answer.body.replace(b'target="/123456/f"', b"")
        second.put("/777/l", b"through")
        second.put("/777/up/f", b"through")
        assert [entry["size"] for entry in control.tree("/123456/")] == [6]
    second.close()


def test_an_account_is_restricted_while_the_server_runs(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/site/a", "content": "1"}])
    assert {entry["account"] for entry in control.accounts()} == {ACCOUNT, "limited", "second"}
    assert KEY not in str(control.accounts())
    control.restrict(ACCOUNT, "/123456/site")
    try:
        assert control.accounts()[0] == {"account": ACCOUNT, "cp_codes": ["123456", "654321"], "restrict": ["/123456/site"]}
        assert client.get("/123456", "dir").status == 403
        assert client.get("/123456/site/a", "stat").status == 200
        for wrong in ({"account": "nobody", "restrict": []}, {"account": ACCOUNT}, [],
                      {"account": ACCOUNT, "restrict": ["/777/x"]}):
            with pytest.raises(ControlError):
                control.ask("POST", "/accounts", wrong)
        assert client.get("/123456", "dir").status == 403
    finally:
        control.restrict(ACCOUNT)
    assert client.get("/123456", "dir").status == 200


# -- quick-delete


@pytest.mark.parametrize("confirmation", ["", "&quick-delete=", "&quick-delete=yes", "&quick-delete=IMREALLYREALLYSURE",
                                          "&quick-delete=imreallyreallysure+", "&quickdelete=imreallyreallysure"])
def test_quick_delete_needs_its_confirmation(client: Client, control: Control, confirmation: str) -> None:
    control.set_knobs(quick_delete="now")
    control.load([{"key": "/123456/d/f", "content": "1"}])
    client.post("/123456/d", "quick-delete" + confirmation)
    assert keys(control) == ["/123456/d/f"]
    client.post("/123456/d", "quick-delete&quick-delete=imreallyreallysure")
    assert keys(control) == []


# -- where it listens


@pytest.mark.parametrize(("host", "expected"), [
    ("127.0.0.1", True), ("127.8.9.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("", False),
    ("192.0.2.1", False), ("2001:db8::1", False), ("no.such.host.invalid", False), ("::ffff:192.0.2.1", False),
])
def test_what_is_loopback(host: str, expected: bool) -> None:
    assert server.is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_a_public_address_must_be_asked_for(tmp_path: pathlib.Path, host: str) -> None:
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--host", host, "--account", ACCOUNT, "--key", KEY,
               "--cp-code", CP_CODE, "--port-file", str(tmp_path / "port")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "--allow-public" in done.stderr
    assert not (tmp_path / "port").exists()


def test_the_control_port_is_loopback_even_if_the_service_is_public() -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=["--host", "0.0.0.0", "--allow-public"]) as emulator:
        assert listening(emulator.port) == {"00000000"}
        assert listening(emulator.control._connection.port) == {"0100007F"}


def listening(port: int) -> set[str]:
    """The addresses, as the system writes them, that a port is listened on."""
    lines = pathlib.Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    places = [(line.split()[1], line.split()[3]) for line in lines]
    return {place.partition(":")[0] for place, state in places if place.endswith(f":{port:04X}") and state == "0A"}


# -- sizes


@pytest.fixture(scope="module")
def small() -> t.Iterator[Running]:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=["--largest-body", "1000"]) as emulator:
        yield emulator


@pytest.mark.parametrize("key", [KEY, "wrong"])
def test_a_body_that_is_announced_too_large(small: Running, key: str) -> None:
    client, since = Client(small.port), small.control.journal_length()
    assert client.put("/123456/fits", b"x" * 1000).status == 200
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Content-Length": "1001"}, key=key))
    answer = client.receive()
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert notes(small.control, since) == ["", "body too large"]
    assert keys(small.control) == ["/123456/fits"]
    assert nobody_is_left(small.control)


def test_a_body_that_grows_too_large(small: Running) -> None:
    client = Client(small.port)
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Transfer-Encoding": "chunked"}))
    for _part in range(3):
        client.send(b"190\r\n" + b"x" * 400 + b"\r\n")
    assert client.receive().status == 413
    assert "/123456/a" not in keys(small.control)
    assert nobody_is_left(small.control)


def test_an_absurd_length(client: Client, control: Control) -> None:
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Content-Length": str(2**63)}))
    assert client.receive().status == 413
    client.send(client.head("PUT", "/123456/a", "version=1&action=upload", {"Content-Length": "9" * 5000}))
    assert client.receive().status == 400
    assert nobody_is_left(control)


def test_the_control_port_has_limits_too(emulator: Running) -> None:
    port = emulator.control._connection.port
    for path, headers in (("/" + "x" * 2 * LARGEST_HEAD, {}), ("/counts", {"X": "y" * 4 * LARGEST_HEAD})):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with pytest.raises(OSError, match=r"closed|reset|pipe|Broken"):
            connection.request("GET", path, headers=headers)
            connection.getresponse()
        connection.close()
    assert emulator.control.counts()["total"] >= 0


class _Wire:
    """Just enough of a transport."""

    def __init__(self) -> None:
        self.ended = False
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.ended = True


def test_the_control_port_keeps_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netstorage_emulator.control_http.LARGEST_BODY", 1000)
    connection, wire = ControlConnection(lambda *_given: (200, b"{}")), _Wire()
    connection._transport = wire  # type: ignore[assignment]
    connection.data_received(b"POST /tree HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n" + b"x" * 900)
    assert not wire.ended
    connection.data_received(b"x" * 101)
    assert wire.ended
    assert not wire.written
    assert LARGEST_BODY > 10**8, "a tree of a million objects still goes in"
