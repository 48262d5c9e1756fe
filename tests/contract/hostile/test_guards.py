# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every guard, and the damage without it: the same task is refused, and then played with the guard switched off."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import AuthRefused, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    FileOptions,
    Options,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.bad_network import BadNetwork
from ansible_collections.edgeops.netstorage.tests.contract.hostile.guard_cases import CASES, SITE, Case, Tree
from netstorage_emulator.control import Running, running

ACCOUNT, KEY = "tester", "a-key-of-the-hostile-suite"
READS = {"stat", "dir", "list", "du", "download"}
MODULES: dict[str, type] = {"file": FileOptions, "directory": DirectoryOptions, "symlink": SymlinkOptions}
COMMON = {field.name for field in dataclasses.fields(Common)}


@pytest.fixture(scope="module")
def service() -> t.Iterator[Running]:
    """An account with two CP codes, both of which these tests may ruin."""
    with running(account=ACCOUNT, key=KEY, cp_codes=["123456", "654321"]) as emulator:
        yield emulator


@dataclasses.dataclass
class World:
    """The service with what stands there at first, and the source."""

    service: Running
    source: Path

    def snapshot(self) -> dict[str, object]:
        rows = self.service.control.tree("")
        return {row["key"]: row.get("md5") or row.get("target") or row["type"] for row in rows}

    def changes(self, since: int) -> list[str]:
        entries = self.service.control.journal(since)
        return [f"{entry['action']} {entry['path']}" for entry in entries if entry["action"] not in READS]

    def options(self, module: str, given: t.Mapping[str, t.Any]) -> Options:
        known = {"root": "/123456", "protocol": "http", "max_retries": 0}
        shared = {**known, **{name: value for name, value in given.items() if name in COMMON}}
        own = {name: value for name, value in given.items() if name not in COMMON and name != "module"}
        module = given.get("module", module)
        common = Common(self.service.host_port, ACCOUNT, KEY, **shared)
        if module == "sync":
            return SyncOptions(common, str(self.source), **{"max_delete": None, "adopt": True, **own})
        if module == "file" and own.get("state") != "absent":
            own["source"] = str(self.source / "content")
        return t.cast(Options, MODULES[module](common, **own))


@pytest.fixture
def world(service: Running, tmp_path: Path) -> t.Iterator[World]:
    before = service.control.knobs()
    service.control.reset_tree()
    yield World(service, tmp_path)
    service.control.set_knobs(**before)


def prepare(world: World, there: Tree, here: Tree) -> None:
    world.service.control.load([_object(key, what) for key, what in there.items()])
    for name, content in here.items():
        path = world.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or "")


def _object(key: str, what: str | None) -> dict[str, t.Any]:
    if what is None:
        return {"key": key, "type": "dir", "mtime": 1}
    if what.startswith("-> "):
        return {"key": key, "type": "symlink", "target": what[3:], "mtime": 1}
    return {"key": key, "type": "file", "content": what, "mtime": 1}


def differences(before: t.Mapping[str, object], after: t.Mapping[str, object]) -> set[str]:
    gone = {f"- {key}" for key in before.keys() - after.keys()}
    fresh = {f"+ {key}" for key in after.keys() - before.keys()}
    return gone | fresh | {f"~ {key}" for key in before.keys() & after.keys() if before[key] != after[key]}


def carried_out(options: Options, check: bool = False) -> str:
    """The code of the failure, empty for none."""
    try:
        outcome = run(options, check=check, diff=False)
    except NetStorageError as error:
        return error.code
    return outcome.error.code if outcome.error is not None else ""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_guard_prevents_its_damage(world: World, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    here: Tree = {"content": "new"} if case.module == "file" else case.here
    prepare(world, case.there, here)
    world.service.control.set_knobs(**case.knobs)
    before, since = world.snapshot(), world.service.control.journal_length()

    for check in (True, False):
        # In check mode a dangling link is only a warning: the task before it may be the one that makes its target.
        expected = "" if check and case.code == "dangling" else case.code
        assert carried_out(world.options(case.module, case.task), check) == expected
    if case.code:
        assert world.changes(since) == []
    assert not set(case.damage) & differences(before, world.snapshot())

    world.service.control.reset_tree()
    prepare(world, case.there, here)
    if case.patch is not None:
        monkeypatch.setattr(*t.cast("tuple[t.Any, str, t.Any]", case.patch))
    carried_out(world.options(case.module, {**case.task, **case.off}))
    assert set(case.damage) <= differences(before, world.snapshot()), "the guard holds nothing off"


class Rewriting(BadNetwork):
    """A proxy that takes ``//`` and ``..`` for its own, as many do."""

    def rewritten(self, target: str) -> str:
        return os.path.normpath(target).replace("//", "/")


@pytest.mark.parametrize("name", [b"www/site/../site/app.js", b"www//site/app.js", b"www/./site/app.js"])
def test_a_proxy_that_rewrites_paths_rules_nothing(world: World, name: bytes) -> None:
    """Such names go out as they are, signed as they are: what is rewritten on the way is refused, and not done elsewhere."""
    prepare(world, SITE, {})
    before = world.snapshot()
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(Rewriting(world.service.host_port).running())
        client = stack.enter_context(Client(ClientConfig(host, ACCOUNT, KEY, protocol="http", max_retries=0)))
        client.stat(b"/123456/www/site/app.js")
        for change in (client.delete, client.mkdir, client.rmdir):
            with pytest.raises(AuthRefused):
                change(b"/123456/" + name)
    assert world.snapshot() == before
