# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client under every knob in every setting: the same outcome, or the same named error. Emulator only.

``deviations.py`` is the whole list of what may differ, and how.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.deviations import outcomes_under
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.contract.urllib3_transport import TRANSPORTS
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Running

MTIME = 1_500_000_000
LAGS = {"propagation", "rmdir_lag"}  # over one transport only: it is the client that waits, twelve seconds in all
CASES = [(name, setting) for name in TRANSPORTS for setting in settings() if name == "own" or setting.knob not in LAGS]
Outcome = t.Any
Step = tuple[str, t.Callable[[], Outcome]]
_BY_TRANSPORT: dict[Transport, dict[str, Outcome]] = {}


def rows(entries: t.Iterable[Entry]) -> list[tuple[str, bytes]]:
    return [(_word(entry), entry.key if entry.kind is not Kind.DIRECTORY else entry.name) for entry in entries]


def _word(entry: Entry) -> str:
    if entry.kind is not Kind.DIRECTORY:
        return entry.kind.value
    return "implicit" if entry.implicit else "explicit"


class Scenario:
    """Everything that the client can do, once, in a fixed order; each step's outcome is recorded."""

    def __init__(self, client: Client, place: bytes, patience: Patience) -> None:
        self.client, self.place, self.patience = client, place, patience

    def play(self) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for name, step in (*self.making(), *self.looking(), *self.replacing(), *self.removing()):
            self.patience.settle()
            try:
                outcomes[name] = step()
            except NetStorageError as error:
                outcomes[name] = error.code
        return outcomes

    def making(self) -> list[Step]:
        client, at = self.client, self.at
        return [
            ("mkdir", lambda: client.mkdir(at("d"))),
            ("mkdir again", lambda: client.mkdir(at("d"))),
            ("upload", lambda: self.put("d/one", b"1")),
            ("uploads", lambda: [self.put(name, b"x") for name in ("a", "b", "d-1", "d.txt", "i/j/k")]),
            ("upload again", lambda: self.put("d/one", b"one")),
            ("upload that does not verify", lambda: client.upload(at("a"), self.wrong, MTIME)),
            ("mkdir of an implicit directory", lambda: client.mkdir(at("i"))),
            ("mkdir of an empty directory", lambda: client.mkdir(at("empty"))),
            ("mkdir beside a file", lambda: client.mkdir(at("a"))),
            ("symlink", lambda: client.symlink(at("l"), b"d/one", MTIME)),
            ("symlink again", lambda: client.symlink(at("l"), b"d/one", MTIME)),
            ("symlink to a directory", lambda: client.symlink(at("m"), b"d", MTIME)),
        ]

    def looking(self) -> list[Step]:
        client, at = self.client, self.at
        return [
            ("stat of a file", lambda: client.stat(at("d/one"))[0]._replace(md5=None)),
            ("md5 of a file", lambda: f"MD5 {client.stat(at('d/one'))[0].md5}"),
            ("stat of file and directory", lambda: rows(client.stat(at("a")))),
            ("stat of a link", lambda: client.stat(at("l"))[0]),
            ("stat of directories", lambda: rows([*client.stat(at("d")), *client.stat(at("i/j")), *client.stat(at("none"))])),
            ("stat of the root", lambda: rows(client.stat(b"/123456"))),
            ("stat through a link", lambda: rows(client.stat(at("m/one")))),
            ("list", lambda: rows(client.listing(self.place))),
            ("list in any order", lambda: sorted(rows(client.listing(self.place, ordered=False)))),
            ("list of an empty directory", lambda: rows(client.listing(at("empty")))),
            ("list of nothing", lambda: rows(client.listing(at("none"))) if self.lists else "not_found"),
            ("dir", lambda: sorted(rows(client.children(self.place)))),
            ("dir of an empty directory", lambda: rows(client.children(at("empty")))),
            ("dir of nothing", lambda: rows(client.children(at("none")))),
            ("download", lambda: client.download(at("d/one"))),
            ("download of a part", lambda: client.download(at("d/one"), limit=2)),
            ("download of a directory", lambda: client.download(at("d"))),
            ("download through a link", lambda: client.download(at("l"))),
        ]

    def replacing(self) -> list[Step]:
        client, at = self.client, self.at
        return [
            ("mtime", lambda: client.mtime(at("a"), 77)),
            ("mtime of a link", lambda: client.mtime(at("l"), 77)),
            ("mtime is set", lambda: client.stat(at("a"))[0].mtime),
            ("rename", lambda: client.rename(at("b"), at("c"))),
            ("rename onto a file", lambda: client.rename(at("c"), at("d.txt"))),
            ("symlink onto a link", lambda: client.symlink(at("l"), b"new")),
            ("symlink onto a file", lambda: client.symlink(at("d-1"), b"new")),
            ("upload onto a link", self.upload_onto_a_link),
            ("an unusual name", self.an_unusual_name),
        ]

    def removing(self) -> list[Step]:
        client, at = self.client, self.at
        return [
            ("rmdir of a full directory", lambda: client.rmdir(at("d"))),
            ("delete of nothing", lambda: client.delete(at("none"))),
            ("delete of a directory", lambda: client.delete(at("empty"))),
            ("delete", lambda: client.delete(at("d/one"))),
            ("rmdir at once", lambda: client.rmdir(at("d"))),
            ("rmdir of nothing", lambda: client.rmdir(at("d"))),
            ("delete beside a directory", lambda: client.delete(at("a"))),
            ("what is left", lambda: rows(client.stat(at("a")))),
        ]

    def at(self, name: str) -> bytes:
        return self.place + b"/" + name.encode()

    def put(self, name: str, body: bytes) -> None:
        self.client.upload(self.at(name), Bytes(body), MTIME)

    @property
    def wrong(self) -> Bytes:
        return dataclasses.replace(Bytes(b"abc"), sha256="0" * 64)

    @property
    def lists(self) -> bool:
        """False where the service does not list at all."""
        try:
            next(iter(self.client.listing(self.place)), None)
        except NetStorageError as error:
            return error.code != "list_refused"
        return True

    def upload_onto_a_link(self) -> str:
        self.client.symlink(self.at("fresh"), b"d/one")
        self.put("fresh", b"over it")
        self.patience.settle()
        kind = self.client.stat(self.at("fresh"))[0].kind
        return "it is a file" if kind is Kind.FILE else "the link stays"

    def an_unusual_name(self) -> bytes:
        self.put("odd//x", b"x")
        self.patience.settle()
        return self.client.download(self.at("odd//x"))


@pytest.fixture
def expected(connection: ClientConfig, transport: Transport, place: bytes, emulator: Running) -> dict[str, Outcome]:
    """The outcome with all knobs at their defaults, played once over each transport."""
    if transport not in _BY_TRANSPORT:
        patience = Patience(emulator, None)
        with Client(connection, cancellation=FakeCancellation(patience.sleep), transport=transport) as client:
            _BY_TRANSPORT[transport] = Scenario(client, place + b"/default", patience).play()
    return _BY_TRANSPORT[transport]


@pytest.mark.parametrize(("transport", "setting"), CASES, ids=str, indirect=["transport"])
def test_the_outcome_is_the_same_or_the_named_one(
    connection: ClientConfig,
    transport: Transport,
    place: bytes,
    emulator: Running,
    expected: dict[str, Outcome],
    setting: Setting,
) -> None:
    patience, tries = Patience(emulator, setting), dataclasses.replace(connection, max_retries=1)
    with Client(tries, cancellation=FakeCancellation(patience.sleep), transport=transport) as client:
        found = Scenario(client, place + b"/turned", patience).play()
    wanted = {**expected, **outcomes_under(setting)}
    assert {name: (outcome, wanted[name]) for name, outcome in found.items() if outcome != wanted[name]} == {}


def test_what_the_defaults_give(expected: dict[str, Outcome]) -> None:
    """The outcome itself, so that nothing can be equally wrong everywhere."""
    assert expected["upload that does not verify"] == "conflict"
    assert expected["stat of file and directory"] == [("file", b"a"), ("explicit", b"a")]
    assert expected["stat of directories"] == [("explicit", b"d"), ("implicit", b"j")]
    assert expected["stat of the root"] == [("explicit", b"123456")]
    assert expected["list"] == [
        ("file", b"a"),
        ("explicit", b"a"),
        ("file", b"b"),
        ("file", b"d-1"),
        ("file", b"d.txt"),
        ("explicit", b"d"),
        ("file", b"d/one"),
        ("explicit", b"empty"),
        ("explicit", b"i"),
        ("file", b"i/j/k"),
        ("symlink", b"l"),
        ("symlink", b"m"),
    ]
    assert expected["download of a part"] == b"on"
    assert expected["mtime is set"] == 77
    assert expected["rmdir of a full directory"] == "conflict"
    assert expected["what is left"] == [("explicit", b"a")]
    missing = ("list of nothing", "dir of nothing", "delete of nothing", "delete of a directory", "rmdir of nothing")
    assert {name: expected[name] for name in missing} == dict.fromkeys(missing, "not_found")
    failed = {name for name, outcome in expected.items() if isinstance(outcome, str) and outcome.islower()}
    assert failed - {*missing, "it is a file"} == {
        "upload that does not verify",
        "download of a directory",
        "rmdir of a full directory",
        "upload onto a link",
    }
