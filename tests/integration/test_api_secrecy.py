# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secret and the tokens of an API client are in nothing that a run writes or starts, by the search for the account's key."""

from __future__ import annotations

import tempfile
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.sandbox import Room, Task
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCESS_TOKEN, CLIENT_SECRET, CLIENT_TOKEN, Service
from ansible_collections.edgeops.netstorage.tests.integration.test_secrecy import HERE, MASK, nobody_sees, nothing_is_left

PURGE = "edgeops.netstorage.ns_purge"
WRONG = "a-secret-that-nobody-should-see"
FOREIGN = f"https://other.example.com/{CLIENT_SECRET}"
OWN = f"https://www.example.com/{CLIENT_SECRET}"


@pytest.fixture
def room(service: Service, tmp_path: Path) -> t.Iterator[Room]:
    service.reset()
    service.emulator.control.set_knobs(purge_seconds=0)
    with tempfile.TemporaryDirectory(prefix="ns", ignore_cleanup_errors=True) as inside:  # jobs end when they like
        yield Room(tmp_path, Path(inside), service)


def working(room: Room) -> list[Task]:
    """Both ways of running, and a job. The secret is in URLs, in what the service repeats, and in the name of a file."""
    (room.given / f"{CLIENT_SECRET.strip('=')}=").write_text(f"{OWN}\n{FOREIGN}\n", encoding="ascii")
    file = {"urls_file": str(room.given / CLIENT_SECRET), "on_refused": "skip"}
    return [
        {PURGE: {"urls": [OWN]}, "check_mode": True, "vars": HERE},
        {PURGE: {"urls": [OWN, f"https://www.example.com/{CLIENT_TOKEN}"]}},
        {PURGE: {"urls": [OWN, FOREIGN], "on_refused": "skip"}, "vars": HERE},
        {PURGE: {"urls": [OWN, FOREIGN], "on_refused": "skip"}},
        {PURGE: {**file, "pending_file": str(room.given / f"purge-{ACCESS_TOKEN}")}, "vars": HERE},
        {PURGE: {**file, "pending_file": str(room.given / f"purge-{ACCESS_TOKEN}")}},
        {PURGE: {"urls": [OWN]}, "async": 60, "poll": 1},
    ]


def failing(room: Room) -> list[Task]:
    """Options that hold the secret, or are nothing; a wrong secret; a service that is not there, or refuses. By turns here and by
    the module."""
    nowhere = f"/nowhere/{CLIENT_SECRET}"
    known = {"api_host": room.service.emulator.api_host, "client_token": CLIENT_TOKEN, "access_token": ACCESS_TOKEN}
    more: list[dict[str, t.Any]] = [
        {**known, "client_secret": WRONG, "urls": [f"https://www.example.com/{WRONG}"]},  # this one is all that it knows of
        {**known, "client_secret": WRONG, "api_host": "127.0.0.1:9", "urls": ["https://www.example.com/"]},
        {**known, "client_secret": CLIENT_SECRET, "api_host": CLIENT_SECRET},
        {"urls": [FOREIGN]},
        {"urls": [f"ftp://{CLIENT_SECRET}"]},
        {"ca_path": nowhere},
        {"pending_file": nowhere},
        {"urls": None, "urls_file": nowhere},
        {"network": CLIENT_SECRET},
        {"purge_limit": CLIENT_SECRET},
        {"idle_timeout": CLIENT_SECRET},
    ]
    ways: list[Task] = [{"vars": HERE}, {}]
    return [
        {PURGE: {"urls": [OWN], **options}, **ways[number % 2], "ignore_errors": True, "register": "failed"}
        for number, options in enumerate(more)
    ]


def given(room: Room, source: str) -> dict[str, t.Any]:
    """How a play gets its secret. The connection to NetStorage is not asked for."""
    defaults: dict[str, t.Any] = {"api_protocol": "http", "max_retries": 0}
    known = {"api_host": room.service.emulator.api_host, "client_token": CLIENT_TOKEN, "access_token": ACCESS_TOKEN}
    environment = {}
    if source == "option":
        defaults |= {**known, "client_secret": CLIENT_SECRET}
    elif source == "variable":
        defaults |= {**known, "client_secret": "{{ akamai_secret }}"}
    else:
        values = {**known, "client_secret": CLIENT_SECRET}
        environment = {f"AKAMAI_{name.removeprefix('api_').upper()}": value for name, value in values.items()}
    groups = {"module_defaults": {"group/edgeops.netstorage.config": defaults}, "environment": environment}
    return {**groups, "vars": {"akamai_secret": CLIENT_SECRET}} if source == "variable" else groups


@pytest.mark.parametrize("source", [pytest.param("option", marks=every_core("masking", "warnings")), "variable", "environment"])
def test_the_secret_of_an_api_client_from_every_source(room: Room, source: str) -> None:
    work, fail = working(room), failing(room)
    if source != "option":
        work, fail = work[2:5], fail[:4]
    seen = room.play("localhost", [*work, *fail], **given(room, source))
    assert ["failure" in result or "msg" in result for result in seen.results] == [False] * len(work) + [True] * len(fail), (
        seen.output[-3000:]
    )
    assert MASK in seen.output
    assert "********" in seen.output
    for secret in (CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN):
        nobody_sees(secret, seen, in_environments=source == "environment")
    nobody_sees(WRONG, seen)
    nothing_is_left(room, seen)
    assert len(seen.commands) >= 3


def test_the_secret_out_of_a_file_is_masked_too(room: Room) -> None:
    """Nobody but the task knows it; what the task says itself is shown as it says it only before it has read the file."""
    play: dict[str, t.Any] = {
        "module_defaults": {"group/edgeops.netstorage.config": {
            "edgerc": str(room.service.edgerc), "section": "ccu", "api_protocol": "http", "max_retries": 0,
        }},
        "environment": {},
    }  # fmt: skip
    (room.given / "urls.txt").write_text(f"{OWN}\n{FOREIGN}\n", encoding="ascii")
    tasks: list[Task] = [
        {PURGE: {"urls_file": str(room.given / "urls.txt"), **more}, **way, "ignore_errors": True}
        for more in ({"on_refused": "skip"}, {})
        for way in ({}, {"vars": HERE})
    ]
    seen = room.play("localhost", tasks, **play)
    assert ["failure" in result for result in seen.results] == [False, False, True, True], seen.output[-3000:]
    assert seen.output.count("********") >= 4
    for secret in (CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN):
        nobody_sees(secret, seen)
