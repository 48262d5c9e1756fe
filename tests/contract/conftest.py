# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom the suite talks to: the emulator, or a real account where NETSTORAGE_HOST, _ACCOUNT, _KEY and _ROOT are set.

A test that asks for ``emulator`` needs knobs, faults or the journal, which a real account does not have; it is left out
there. Every test works below a directory of its own, which is removed from a real account afterwards.
"""

from __future__ import annotations

import os
import secrets
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient, value_of
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.contract.urllib3_transport import TRANSPORTS
from netstorage_emulator.control import Running, running

_NEEDED = ("NETSTORAGE_HOST", "NETSTORAGE_ACCOUNT", "NETSTORAGE_KEY", "NETSTORAGE_ROOT")
_CP_CODE = "123456"


def _real_account() -> Account | None:
    given = {name: os.environ.get(name, "") for name in _NEEDED}
    if not any(given.values()):
        return None
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise pytest.UsageError(f"For a real account {', '.join(missing)} must be set as well")
    root = b"/" + os.fsencode(given["NETSTORAGE_ROOT"]).strip(b"/")
    protocol = os.environ.get("NETSTORAGE_PROTOCOL", "https")
    return Account(given["NETSTORAGE_HOST"], given["NETSTORAGE_ACCOUNT"], given["NETSTORAGE_KEY"], root, protocol)


@pytest.fixture(scope="session")
def _emulator() -> t.Iterator[Running | None]:
    if _real_account() is not None:
        yield None
        return
    with running(account="tester", key="a-key-of-the-contract-suite", cp_codes=[_CP_CODE]) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def account(_emulator: Running | None) -> Account:
    real = _real_account()
    if real is not None:
        return real
    assert _emulator is not None
    root = f"/{_CP_CODE}".encode()
    return Account(_emulator.host_port, "tester", "a-key-of-the-contract-suite", root, "http")


@pytest.fixture
def emulator(_emulator: Running | None) -> t.Iterator[Running]:
    """The emulator with its control port. Knobs and faults are as they were afterwards."""
    if _emulator is None:
        pytest.skip("needs knobs, faults or the journal of the emulator; a real account has none")
    before = _emulator.control.knobs()
    try:
        yield _emulator
    finally:
        _emulator.control.clear_faults()
        _emulator.control.set_knobs(**before)


@pytest.fixture
def api(account: Account) -> t.Iterator[RawClient]:
    """The raw client."""
    client = RawClient(account)
    yield client
    client.close()


@pytest.fixture
def place(account: Account) -> t.Iterator[bytes]:
    """The path of a directory that nobody else uses. It does not exist yet."""
    path = account.root + b"/contract-" + secrets.token_hex(6).encode()
    yield path
    if _real_account() is not None:
        _remove(RawClient(account), path)


@pytest.fixture
def scene(emulator: Running, account: Account, place: bytes, tmp_path: Path) -> Scene:
    """A source directory here, a directory on the emulator there."""
    return Scene(emulator, account, place, tmp_path)


@pytest.fixture
def connection(account: Account) -> ClientConfig:
    return ClientConfig(account.host, account.account, account.key, protocol=account.protocol)


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    """Ours, and one that is made of urllib3: the client's tests run over both."""
    return TRANSPORTS[request.param]


@pytest.fixture
def client(connection: ClientConfig, transport: Transport) -> t.Iterator[Client]:
    """The collection's client."""
    with Client(connection, transport=transport) as opened:
        yield opened


def _remove(api: RawClient, path: bytes) -> None:
    """Everything below a path of a real account, deepest first. What cannot be removed is left for people to see."""
    listing = [("end", path[1:] + b"0"), ("encoding", "utf-8")]
    while True:
        reply = api.call("list", path + b"/", listing)
        if reply.status == 404 or not reply.rows:
            break
        prefix = path[1:] + b"/"
        rows = [(row["type"], b"/" + value_of(row, "name")) for row in reply.rows]
        rows = [(kind, key) for kind, key in rows if key[1:].startswith(prefix)]
        gone = [api.call("rmdir" if kind == "dir" else "delete", key).ok for kind, key in reversed(rows)]
        if not any(gone):
            break
    api.call("rmdir", path)
    api.close()
