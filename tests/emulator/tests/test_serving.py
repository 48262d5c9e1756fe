# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTPS with a certificate that the emulator makes, ports that take a privilege, and where the control port is."""

from __future__ import annotations

import asyncio
import pathlib
import socket
import ssl
import sys
import urllib.request

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator import self_signed
from netstorage_emulator.certificates import BadCertificate
from netstorage_emulator.cli import main
from netstorage_emulator.control import Control, Running, running
from netstorage_emulator.door import Door

ACCOUNTS = ["--account", ACCOUNT, "--key", KEY, "--cp-code", CP_CODE]


def handshake(emulator: Running, name: str) -> str:
    """What a client that trusts the authority, as strictly as Python can, has against this name; nothing if it has nothing."""
    assert emulator.authority is not None
    context = ssl.create_default_context(cafile=str(emulator.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with socket.create_connection((emulator.host, emulator.https_port or 0), 10) as plain:
        try:
            context.wrap_socket(plain, server_hostname=name).close()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
    return ""


def test_https_with_a_certificate_that_was_made_for_it() -> None:
    names = ["example-nsu.akamaihd.net", "*.upload.example.com", "www.example.com"]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], self_signed=names[:2],
                 edge_hosts={names[2]: f"/{CP_CODE}/www"}) as emulator:
        for name in ("localhost", "127.0.0.1", "::1", names[0], "any.upload.example.com", names[2]):
            assert handshake(emulator, name) == "", name
        assert "mismatch" in handshake(emulator, "elsewhere.example")
        assert emulator.authority is not None
        client = Client(emulator.https_port or 0)
        client.connect(ssl.create_default_context(cafile=str(emulator.authority)))
        assert client.get(f"/{CP_CODE}", "dir").status == 200
        client.close()
        assert "https" in emulator.edge_ports
        assert b"PRIVATE KEY" not in emulator.authority.read_bytes()
        assert emulator.https_url == f"https://127.0.0.1:{emulator.https_port}"
        assert (emulator.account, emulator.cp_code) == (ACCOUNT, CP_CODE)
        assert KEY not in repr(emulator)
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(emulator.https_port or 0).connect(ssl.create_default_context())


def test_a_certificate_cannot_be_made_without_its_package(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(BadCertificate, match="pip install trustme"):
        self_signed.context(str(tmp_path / "authority.pem"), [])
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_a_name_that_no_certificate_can_have(tmp_path: pathlib.Path) -> None:
    with pytest.raises(BadCertificate, match=r"--https-self-signed .*authority.pem cannot be written: No such file"):
        self_signed.context(str(tmp_path / "missing" / "authority.pem"), [])
    with pytest.raises(BadCertificate, match="--https-name: "):
        self_signed.context(str(tmp_path / "authority.pem"), ["two words"])


@pytest.mark.parametrize(("arguments", "text"), [
    (["--https-self-signed", "a.pem", "--certificate", "b.pem"], "exclude each other"),
    (["--https-name", "www.example.com"], "--https-name is for --https-self-signed"),
    (["--https-port", "0"], "--https-port needs --certificate or --https-self-signed"),
    (["--https-port-file", "port"], "--https-port needs --certificate or --https-self-signed"),
    (["--control-listen", "0.0.0.0"], "say --allow-public"),
])
def test_options_of_serve_that_do_not_fit(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", *ACCOUNTS, *arguments])
    assert text in capsys.readouterr().err


def test_a_port_that_takes_a_privilege_says_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused() -> None:
        async def create_server(*_arguments: object, **_options: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(asyncio.get_running_loop(), "create_server", create_server, raising=False)
        await Door(asyncio.Protocol).open("127.0.0.1", 80)

    with pytest.raises(OSError, match=r"port 80 of 127\.0\.0\.1 cannot .* below 1024 take a privilege.*sysctl"):
        asyncio.run(refused())


def test_the_control_port_listens_where_it_is_told_to() -> None:
    more = ["--allow-public", "--control-listen", "0.0.0.0"]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], more=more) as emulator:
        port = emulator.control.address.rpartition(":")[2]
        with urllib.request.urlopen(f"http://127.0.0.2:{port}/latency", timeout=10) as answer:
            assert answer.read() == b'{"ms": 0.0}\n'
        assert Control(int(port)).counts()["total"] == 0
