# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control port, the journal, latency, faults, the command line, HTTPS."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, ControlError, Running, running
from netstorage_emulator.knobs import markdown

COMMAND = [sys.executable, "-m", "netstorage_emulator"]
SERVE = [*COMMAND, "serve", "--account", ACCOUNT, "--key", KEY, "--cp-code", CP_CODE]


def test_counts_tell_requests_and_bytes_until_reset(client: Client, control: Control) -> None:
    control.reset_counts()
    client.put("/123456/a", b"12345")
    client.get("/123456/a", "download")
    client.get("/123456/a", "stat")
    client.get("/123456/b", "stat")
    counts = control.counts()
    assert counts["total"] == 4
    assert counts["by_action"] == {"download": 1, "stat": 2, "upload": 1}
    assert counts["bytes_in"] == 5
    assert counts["bytes_out"] > 5
    assert counts["peak_concurrency"] == 1
    assert control.reset_counts()["total"] == 4
    assert control.counts()["total"] == 0


def test_the_journal_has_an_entry_for_each_request(client: Client, control: Control) -> None:
    since = control.journal_length()
    client.put("/123456/a b", b"12345")
    client.get("/123456/a b", "download", key="wrong")
    first, second = control.journal(since)
    assert {name: value for name, value in first.items() if name not in ("time", "ms", "note")} == {
        "api": "usage", "method": "PUT", "action": "upload", "path": "/123456/a%20b", "status": 200, "bytes_in": 5,
        "bytes_out": 0, "account": ACCOUNT}
    assert (second["status"], second["account"], second["note"]) == (403, None, "wrong signature")
    assert control.journal(since + 1) == [second]
    assert control.journal(control.journal_length()) == []


def test_the_line_is_there_before_the_answer(tmp_path: pathlib.Path) -> None:
    journal = tmp_path / "journal"
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], journal=journal) as emulator:
        client = Client(emulator.port)
        for number in range(1, 200):
            client.put("/123456/a", b"x")
            lines = journal.read_text("ascii").splitlines()
            assert len(lines) == number
            assert json.loads(lines[-1])["status"] == 200


def test_tree_there_and_back(client: Client, control: Control) -> None:
    entries = [{"key": "/123456/d/", "type": "dir", "mtime": 5},
               {"key": "/123456/d/l", "type": "symlink", "target": "x", "mtime": 6},
               {"key": "/123456/f", "type": "file", "content": "abc", "mtime": 7},
               {"key": "/123456/g", "content_base64": "/w==", "mtime": 8}]
    assert control.load(entries) == 4
    tree = control.tree()
    assert [entry["key"] for entry in tree] == ["/123456/d/", "/123456/d/l", "/123456/f", "/123456/g"]
    assert [entry["key"] for entry in control.tree("/123456/d")] == ["/123456/d/", "/123456/d/l"]
    assert control.tree("/123456/no") == []
    assert client.get("/123456/g", "download").body == b"\xff"
    control.reset_tree()
    assert control.tree() == []


@pytest.mark.parametrize("entry", [
    {}, {"key": "/123456"}, {"key": "/123456/a", "type": "pipe"}, {"key": "/123456/l", "type": "symlink"},
    {"key": "/123456/a", "content_base64": "?"}, {"key": "/123456/a", "mtime": "x"}, 7])
def test_trees_that_cannot_be_loaded(control: Control, entry: object) -> None:
    with pytest.raises(ControlError):
        control.load([{"key": "/123456/fine"}, entry])  # type: ignore[list-item]
    assert control.tree() == []


@pytest.mark.parametrize(("method", "path", "value"), [
    ("GET", "/no", None), ("POST", "/counts", {}), ("POST", "/latency", {"ms": -1}), ("POST", "/latency", []),
    ("POST", "/knobs", []), ("POST", "/faults", {"status": 500}), ("GET", "/journal?since=x", None),
])
def test_control_requests_that_are_wrong(control: Control, method: str, path: str, value: object) -> None:
    with pytest.raises(ControlError):
        control.ask(method, path, value)


def test_the_latency_of_parallel_requests_overlaps(client: Client, control: Control) -> None:
    control.set_latency(200)
    control.reset_counts()
    clients = [Client(client.port) for _number in range(10)]
    begun = time.monotonic()
    threads = [threading.Thread(target=one.put, args=(f"/123456/{number}", b"x")) for number, one in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.2 <= time.monotonic() - begun < 1.0
    assert control.counts()["peak_concurrency"] == 10
    assert len(control.tree()) == 10
    for one in clients:
        one.close()


def test_a_fault_applies_where_it_matches_until_it_is_used_up(client: Client, control: Control) -> None:
    control.add_faults({"action": "upload", "path": "*/b*", "status": 503, "times": 2, "skip": 1,
                        "headers": {"Retry-After": "1"}})
    assert client.put("/123456/a", b"").status == 200
    assert client.put("/123456/b", b"").status == 200
    answer = client.put("/123456/b2", b"x")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert client.get("/123456/b", "stat").status == 200
    assert client.put("/123456/b2", b"x").status == 503
    assert client.put("/123456/b2", b"x").status == 200
    control.add_faults({"status": 500, "times": 5})
    assert client.get("/123456/a", "stat").status == 500
    control.clear_faults()
    assert client.get("/123456/a", "stat").status == 200


@pytest.mark.parametrize("fault", [{}, {"status": 99}, {"status": 503, "colour": 1}, {"status": 503, "times": "x"}, 5])
def test_faults_that_are_wrong(control: Control, fault: object) -> None:
    with pytest.raises(ControlError):
        control.add_faults(fault)  # type: ignore[arg-type]


@pytest.mark.parametrize(("arguments", "text"), [
    (["--host", "0.0.0.0"], "--allow-public"), (["--knob", "replay=perhaps"], "replay"),
    (["--knob", "replay"], "NAME=VALUE"), (["--profile", "dream"], "wire"), (["--account", "b"], "needs --key-file"),
    (["--key", "another"], "given twice"), (["--account", "b", "--key-file", "none"], "--key-file none cannot be read"),
    (["--account", "b", "--key-file", "/dev/null"], "/dev/null holds no key"),
    (["--account", "b", "--key-file", __file__], "holds no key"),
    (["--https-port", "0"], "--certificate"), (["--port", "65536"], "port number"), (["--control-port", "-1"], "port number"),
    (["--restrict", "/9/x"], "--restrict"),
    (["--cp-code", "abc"], "number"), (["--account", "a,b", "--key", "k", "--cp-code", "1"], "commas"),
])
def test_refused_command_lines(arguments: list[str], text: str) -> None:
    done = subprocess.run([*SERVE, *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert text in done.stderr


def test_a_command_line_without_an_account_is_refused() -> None:
    done = subprocess.run([*COMMAND, "serve"], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2


@pytest.mark.parametrize(("arguments", "text"), [
    (["--https-port", "0", "--certificate", "none.pem"], "--certificate none.pem cannot be read: No such file"),
    (["--https-port", "0", "--certificate", "."], "--certificate . cannot be read: Is a directory"),
    (["--https-port", "0", "--certificate", "text"], "--certificate text cannot be used"),
    (["--https-port", "0", "--certificate", "text", "--private-key", "none.key"], "--private-key none.key cannot be read"),
    (["--https-port", "0", "--certificate", "text", "--private-key", "text"], "text with --private-key text cannot be used"),
    (["--journal", "none/journal"], "none/journal"), (["--port-file", "none/port"], "none/port"), (["--data", "text"], "'text'"),
    (["--data", "odd"], "odd/index.sqlite"), (["--data", "broken"], "broken/index.sqlite cannot be used as the index"),
    (["--faults", "none.json"], "none.json cannot be read"),
])
def test_a_file_that_cannot_be_used_is_named(tmp_path: pathlib.Path, arguments: list[str], text: str) -> None:
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / "odd" / "index.sqlite").mkdir(parents=True)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "index.sqlite").write_text("no database")
    done = subprocess.run([*SERVE, *arguments], capture_output=True, text=True, timeout=20, check=False, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_private_key_with_a_passphrase_is_not_asked_for(tmp_path: pathlib.Path, certificate: pathlib.Path) -> None:
    """OpenSSL would ask for it on the terminal, and a server in the background would wait for ever."""
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "rsa", "-aes256", "-passout", "pass:secret", "-in", str(certificate), "-out", str(locked)],
                   capture_output=True, check=True)
    command = [*SERVE, "--https-port", "0", "--certificate", str(certificate), "--private-key", str(locked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"--private-key {locked} cannot be used" in done.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_key_out_of_a_file_stands_in_no_command_line(tmp_path: pathlib.Path, end: str) -> None:
    (tmp_path / "second").write_bytes(f"the key of the second{end}".encode())
    more = ["--account", "second", "--key-file", str(tmp_path / "second"), "--cp-code", "777"]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=more) as emulator:
        command = pathlib.Path(f"/proc/{emulator.process.pid}/cmdline").read_bytes().split(b"\0")
        for account, key, path in ((ACCOUNT, KEY, "/123456"), ("second", "the key of the second", "/777")):
            client = Client(emulator.port, account=account, key=key)
            assert client.get(path, "dir").status == 200
            client.close()
            assert not any(key.encode() in part for part in command)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_starts_with_a_friendly_line_and_stops_when_asked(tmp_path: pathlib.Path, number: int) -> None:
    port_file = tmp_path / "port"
    process = subprocess.Popen([*SERVE, "--port-file", str(port_file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    port = port_file.read_text("ascii").strip()
    assert f"http://127.0.0.1:{port}" in line
    assert f"account {ACCOUNT} with CP code {CP_CODE}" in line
    assert KEY not in line
    client = Client(int(port))
    assert client.get("/123456", "dir").status == 200
    process.send_signal(number)
    assert process.wait(5) == 0
    client.close()


def test_exits_with_its_parent(tmp_path: pathlib.Path) -> None:
    port_file = tmp_path / "port"
    command = [*SERVE, "--port-file", str(port_file), "--exit-with-parent"]
    script = (f"import subprocess, pathlib, time\nprocess = subprocess.Popen({command!r}, stdout=subprocess.DEVNULL)\n"
              f"while not pathlib.Path({str(port_file)!r}).exists(): time.sleep(0.01)\nprint(process.pid)")
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=20, check=True)
    pid = int(done.stdout.split()[-1])
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and alive(pid):
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return ") Z" not in file.read()


def test_knobs_and_latency_at_the_start(tmp_path: pathlib.Path) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "s", latency_ms=30,
                 knobs={"page_size": 2, "path_check@123456": "disallow"}) as emulator:
        assert emulator.control.knobs()["page_size"] == 2
        assert emulator.control.knobs()["path_check@123456"] == "disallow"
        assert emulator.control.ask("GET", "/latency") == {"ms": 30.0}
        begun = time.monotonic()
        assert Client(emulator.port).get("/123456/a//b", "stat").status == 403
        assert time.monotonic() - begun >= 0.03


@pytest.fixture
def certificate(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(tmp_path / "cert")]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl is not here")
    path.write_bytes((tmp_path / "cert").read_bytes() + path.read_bytes())
    return path


def test_https_serves_the_same_tree_as_http(certificate: pathlib.Path) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], certificate=certificate) as emulator:
        assert emulator.https_port is not None
        client = Client(emulator.https_port)
        client.connect(ssl.create_default_context(cafile=str(certificate)))
        body = bytes(range(256)) * 20_000
        assert client.put("/123456/a", body).status == 200
        assert client.get("/123456/a", "download").body == body
        client.close()
        plain = Client(emulator.port)
        assert plain.get("/123456/a", "stat").status == 200
        plain.close()


def test_two_emulators_listen_at_ports_of_their_own(emulator: Running) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=["1"]) as other:
        assert other.port != emulator.port
        assert other.host_port == f"127.0.0.1:{other.port}"


def test_the_page_has_the_table_of_knobs() -> None:
    page = pathlib.Path(__file__).parents[3] / "docs" / "emulator.md"
    assert markdown() in page.read_text("utf-8")
