# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's client when requests fail: repeated where that helps, looked at before what is done twice.

Emulator only: its faults, and a bad network in front of it.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    Conflict,
    ListingIncomplete,
    NetStorageError,
    NotFound,
    Refused,
    ServiceFailed,
    Throttled,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.bad_network import ANSWER, HALF, REQUEST, BadNetwork
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Running

PASSING = (423, 429, 500, 502, 503, 504, 509)


class Waits(list[float]):
    """A sleep that only takes notes."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def patient(connection: ClientConfig, waits: Waits, transport: Transport) -> t.Iterator[Client]:
    """A client that tries three times and does not really wait."""
    tries = dataclasses.replace(connection, max_retries=2)
    with Client(tries, cancellation=FakeCancellation(waits), transport=transport) as opened:
        yield opened


@pytest.fixture
def network(emulator: Running) -> BadNetwork:
    return BadNetwork(emulator.host_port)


@pytest.fixture
def unlucky(network: BadNetwork, connection: ClientConfig, waits: Waits, transport: Transport) -> t.Iterator[Client]:
    """A client behind the bad network."""
    with network.running() as host:
        behind = dataclasses.replace(connection, host=host, max_retries=2)
        with Client(behind, cancellation=FakeCancellation(waits), transport=transport) as opened:
            yield opened


@pytest.mark.parametrize("status", PASSING)
def test_a_passing_failure_is_repeated(patient: Client, place: bytes, emulator: Running, waits: Waits, status: int) -> None:
    """rclone's set (docs/usage-api.md#errors); each try is signed anew, or the replay check would refuse it."""
    emulator.control.add_faults({"status": status, "times": 2, "path": "*contract-*"})
    patient.mkdir(place)
    assert patient.api_calls == {"mkdir": 3}
    assert len(waits) == 2


@pytest.mark.parametrize(("status", "error"), [(503, ServiceFailed), (429, Throttled), (423, Throttled)])
def test_the_last_failure_is_told(
    patient: Client, place: bytes, emulator: Running, status: int, error: type[NetStorageError]
) -> None:
    emulator.control.add_faults({"status": status, "times": 99, "path": "*contract-*"})
    with pytest.raises(error) as told:
        patient.stat(place)
    assert told.value.status == status
    assert patient.api_calls == {"stat": 3}


@pytest.mark.parametrize("status", [400, 405, 411, 416])
def test_a_refusal_is_not_repeated(patient: Client, place: bytes, emulator: Running, status: int) -> None:
    emulator.control.add_faults({"status": status, "times": 99, "path": "*contract-*"})
    with pytest.raises(Refused):
        patient.stat(place)
    assert patient.api_calls == {"stat": 1}


@pytest.mark.parametrize("location", ["https://elsewhere.example/", "/123456/elsewhere"])
def test_a_redirect_is_never_followed(patient: Client, place: bytes, emulator: Running, location: str) -> None:
    emulator.control.add_faults({"status": 302, "path": "*contract-*", "headers": {"Location": location}})
    with pytest.raises(NetStorageError, match="Redirects are never followed"):
        patient.stat(place)
    assert patient.api_calls == {"stat": 1}


def test_retry_after_is_honoured(patient: Client, place: bytes, emulator: Running, waits: Waits) -> None:
    """td:429."""
    emulator.control.add_faults({"status": 429, "path": "*contract-*", "headers": {"Retry-After": "7"}})
    patient.stat(place)
    assert waits == [7.0]
    assert any("throttled" in note for note in patient.notes)


def test_an_upload_is_repeated_from_its_beginning(patient: Client, api: RawClient, place: bytes, emulator: Running) -> None:
    body = bytes(range(256)) * 1000
    for data in (body, None):
        emulator.control.add_faults({"status": 503, "times": 2, "action": "upload"})
        patient.upload(place + b"/a", dataclasses.replace(Bytes(body), data=data), 1)
        assert api.call("download", place + b"/a").body == body


def test_a_page_that_fails_is_no_end(patient: Client, place: bytes, emulator: Running) -> None:
    """Unknown is not absent: 403, 404 and 5xx on a later page are errors, whatever came before."""
    for name in (b"/a", b"/b", b"/c"):
        patient.upload(place + name, Bytes(b""), 1)
    emulator.control.set_knobs(page_size=1)
    for action, ask in (("list", patient.listing), ("dir", patient.children)):
        for status in (400, 403, 404, 405, 501, 503):
            emulator.control.clear_faults()
            emulator.control.add_faults({"status": status, "action": action, "skip": 1, "times": 99})
            with pytest.raises(ListingIncomplete, match="broke off"):
                list(ask(place))


CHANGES = ["mkdir", "rmdir", "delete", "rename", "symlink", "upload", "mtime"]


def _do(client: Client, verb: str, place: bytes) -> None:
    """Each change once, on what ``_prepare`` has made."""
    steps: dict[str, t.Callable[[], None]] = {
        "mkdir": lambda: client.mkdir(place + b"/new"),
        "rmdir": lambda: client.rmdir(place + b"/dir"),
        "delete": lambda: client.delete(place + b"/file"),
        "rename": lambda: client.rename(place + b"/file", place + b"/moved"),
        "symlink": lambda: client.symlink(place + b"/link", b"file", 9),
        "upload": lambda: client.upload(place + b"/up", Bytes(b"abc"), 9),
        "mtime": lambda: client.mtime(place + b"/file", 9),
    }
    steps[verb]()


AFTER = {
    "mkdir": [b"dir/", b"file", b"new/"],
    "rmdir": [b"file"],
    "delete": [b"dir/"],
    "rename": [b"dir/", b"moved"],
    "symlink": [b"dir/", b"file", b"link"],
    "upload": [b"dir/", b"file", b"up"],
    "mtime": [b"dir/", b"file"],
}


def _prepare(api: RawClient, place: bytes) -> None:
    api.put(place + b"/file", b"abc")
    api.mkdir(place + b"/dir")


@pytest.mark.parametrize("verb", CHANGES)
@pytest.mark.parametrize("lost", [(REQUEST,), (ANSWER,), (HALF,), (ANSWER, REQUEST), (REQUEST, ANSWER)], ids=" then ".join)
def test_a_change_happens_although_its_answer_is_lost(
    unlucky: Client, network: BadNetwork, api: RawClient, place: bytes, verb: str, lost: tuple[str, ...]
) -> None:
    """It succeeds, it is there, and it was carried out once only where a second time would be an error."""
    _prepare(api, place)
    network.lose(verb, *lost)
    _do(unlucky, verb, place)
    assert api.tree(place) == AFTER[verb]
    if verb in ("rmdir", "delete", "rename", "symlink"):
        assert network.passed.count(verb) == 1


@pytest.mark.parametrize("verb", ["rename", "symlink"])
@pytest.mark.parametrize("setting", ["replace", 409])
def test_a_repeated_change_meets_its_own_result(
    unlucky: Client, network: BadNetwork, api: RawClient, place: bytes, emulator: Running, verb: str, setting: str | int
) -> None:
    """Whatever the service does about names that exist."""
    emulator.control.set_knobs(rename_existing=setting, symlink_existing=setting)
    _prepare(api, place)
    network.lose(verb, ANSWER)
    _do(unlucky, verb, place)
    assert api.tree(place) == AFTER[verb]


def test_a_link_that_is_refused_is_looked_at_once(patient: Client, place: bytes, emulator: Running, waits: Waits) -> None:
    """No answer was lost, so there is no link of its own to wait for. Somebody else may have made the same one."""
    emulator.control.set_knobs(symlink_existing=409)
    patient.symlink(place + b"/link", b"old")
    with pytest.raises(Conflict):
        patient.symlink(place + b"/link", b"new")
    patient.symlink(place + b"/link", b"old")
    assert waits == []
    assert patient.api_calls == {"symlink": 3, "stat": 2}


def test_its_own_link_is_waited_for_after_a_lost_answer(
    unlucky: Client, network: BadNetwork, place: bytes, emulator: Running, waits: Waits
) -> None:
    """The repetition is refused, and the replica that is asked does not show the link of the first try yet."""
    emulator.control.set_knobs(symlink_existing=409)
    emulator.control.add_faults({"kind": "stale", "ms": 60_000, "action": "stat", "times": 3})
    network.lose("symlink", ANSWER)
    unlucky.symlink(place + b"/link", b"file")
    assert waits[-2:] == [0.25, 0.5]
    assert network.passed.count("symlink") == 2


@pytest.mark.parametrize("verb", ["delete", "rmdir"])
def test_after_a_lost_request_gone_is_gone(unlucky: Client, network: BadNetwork, place: bytes, verb: str) -> None:
    """The first try may have been what removed it, so nothing is left to do and nothing is sent again."""
    network.lose(verb, REQUEST)
    getattr(unlucky, verb)(place + b"/none")
    assert network.passed.count(verb) == 0


def test_after_a_lost_request_a_missing_source_stays_an_error(unlucky: Client, network: BadNetwork, place: bytes) -> None:
    """A rename leaves something behind; where nothing is, nothing was renamed."""
    network.lose("rename", REQUEST)
    with pytest.raises(NotFound):
        unlucky.rename(place + b"/none", place + b"/moved")


@pytest.mark.parametrize("action", ["stat", "list", "dir", "download"])
def test_a_reading_request_is_repeated(unlucky: Client, network: BadNetwork, api: RawClient, place: bytes, action: str) -> None:
    api.put(place + b"/a", b"abcdef")
    for fate in (REQUEST, ANSWER, HALF):
        network.lose(action, fate)
        if action == "stat":
            assert unlucky.stat(place + b"/a")[0].size == 6
        elif action == "download":
            assert unlucky.download(place + b"/a") == b"abcdef"
        else:
            ask = unlucky.listing if action == "list" else unlucky.children
            assert [entry.name for entry in ask(place)] == [b"a"]


def test_a_network_that_stays_bad_is_told(unlucky: Client, network: BadNetwork, place: bytes) -> None:
    network.lose("stat", *[REQUEST] * 9)
    with pytest.raises(Unreachable, match="was lost"):
        unlucky.stat(place)
