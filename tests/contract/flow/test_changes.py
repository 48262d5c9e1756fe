# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees that change their kinds between two runs, and plans that are refused: what the real run does is what was shown."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LinkInTheWay
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from netstorage_emulator.control import Running


@pytest.fixture
def common(account: Account, place: bytes) -> Common:
    return Common(account.host, account.account, account.key, root=place.decode(), protocol=account.protocol)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "x/deep").mkdir(parents=True)
    (folder / "x/f.txt").write_text("one")
    (folder / "x/deep/g.txt").write_text("two")
    (folder / "index.html").write_text("page")
    return folder


def done(options: SyncOptions) -> list[str]:
    """The kinds of the steps that were shown and then carried out; nothing is left for a further run."""
    shown = result(run(options, check=True, diff=False))["plan"]
    real = run(options, check=False, diff=False)
    assert real.error is None, str(real.error)
    assert result(real)["plan"] == shown
    assert not run(options, check=False, diff=False).changed
    return [f"{step['phase']} {step['step']}" for step in shown["steps"]]


@pytest.mark.parametrize("links_in_path", ["plain", "followed"])
def test_a_directory_becomes_a_link_to_where_it_went(
    emulator: Running, api: RawClient, common: Common, place: bytes, source: Path, links_in_path: str
) -> None:
    """Its content goes first, then the link comes; nothing is deleted through the link."""
    emulator.control.set_knobs(links_in_path=links_in_path)
    options = SyncOptions(common, str(source), "s", delete=True, max_delete=None)
    done(options)
    (source / "x").rename(source / "y")
    os.symlink("y", source / "x")
    steps = done(options)
    assert steps[-1] == "late_links symlink"
    assert steps.count("deletes rmdir") == 2
    assert sorted(api.tree(place + b"/s")) == [b"index.html", b"x", b"y/", b"y/deep/", b"y/deep/g.txt", b"y/f.txt"]


def test_a_link_that_was_followed_is_kept_as_a_link(api: RawClient, common: Common, place: bytes, source: Path) -> None:
    os.symlink("x", source / "z")
    done(SyncOptions(common, str(source), "s", links="follow"))
    done(SyncOptions(common, str(source), "s", delete=True, max_delete=None))
    assert list(api.stat(place + b"/s/z")) == [("symlink", b"z")]


def test_what_appears_in_the_source_meanwhile_is_not_deleted(
    api: RawClient, common: Common, place: bytes, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = SyncOptions(common, str(source), "s", delete=True)
    done(options)
    shutil.move(source / "x/f.txt", source.parent / "aside")
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import flow

    execute = flow.execute

    def put_back(*given: t.Any) -> t.Any:
        shutil.move(source.parent / "aside", source / "x/f.txt")
        return execute(*given)

    monkeypatch.setattr(flow, "execute", put_back)
    outcome = run(options, check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "source_changed"
    assert b"x/f.txt" in api.tree(place + b"/s")


@pytest.mark.parametrize("check", [True, False])
def test_a_refused_plan_is_shown(api: RawClient, common: Common, place: bytes, source: Path, check: bool) -> None:
    """Nobody raises max_delete blindly: the plan is in the failure."""
    options = SyncOptions(common, str(source), "s", delete=True, max_delete="1")
    done(options)
    before = api.tree(place + b"/s")
    shutil.rmtree(source / "x")
    values = result(refused := run(options, check=check, diff=True))
    assert refused.error is not None and refused.error.code == "max_delete"
    assert values["plan"]["summary"]["deletes"] == len(values["left"]) == 4
    assert (values["changed"], values["done"]) == (False, [])
    assert api.tree(place + b"/s") == before


def test_a_diff_that_cannot_be_read_fails_nothing(emulator: Running, common: Common, source: Path) -> None:
    options = SyncOptions(common, str(source), "s")
    done(options)
    (source / "index.html").write_text("another page")
    emulator.control.add_faults({"action": "download", "path": "*index.html", "status": 404, "times": 1})
    outcome = run(options, check=False, diff=True)
    assert outcome.error is None and outcome.changed
    assert "could not be read" in outcome.diff[-1]["prepared"]


def test_a_directory_beside_a_link_of_its_name_is_not_removed(api: RawClient, common: Common, place: bytes) -> None:
    """Where links in paths are followed, its content would be the live content behind the link."""
    api.put(place + b"/x/a", b"1")
    api.symlink(place + b"/x", b"y")
    with pytest.raises(LinkInTheWay):
        run(DirectoryOptions(common, "x", state="absent", recurse=True), check=False, diff=False)
    assert b"x/a" in api.tree(place)


def test_a_target_out_of_sight_is_a_warning_in_check_mode(common: Common) -> None:
    for target in ("../../../..", "/999/x"):
        options = SymlinkOptions(common, "l", target, allow_dangling=False)
        assert any(target in note for note in run(options, check=True, diff=False).notes)


def test_a_file_from_before_1970(common: Common, source: Path) -> None:
    os.utime(source / "index.html", (-5, -5))
    done(SyncOptions(common, str(source), "s"))
