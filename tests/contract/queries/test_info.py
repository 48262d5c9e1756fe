# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_info as a function, against the emulator: what stands at paths, and whether the account is let in."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import AuthRefused, BadOptions, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.info import look
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import InfoOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

SITE = {
    "a.txt": "four",
    "l": "-> a.txt",
    "d/": None,
    "d/1": "1",
    "d/e/2": "22",
    "both": "a file",
    "both/": None,
    "both/3": "333",
    "twin": "-> a.txt",
    "twin/x": "4444",
}
NOTHING: dict[str, t.Any] = {
    "size": None, "md5": None, "mtime": None, "target": None, "directory": None, "files": None, "bytes": None,
}  # fmt: skip


@pytest.fixture
def site(scene: Scene) -> Scene:
    scene.there(SITE)
    return scene


def ask(scene: Scene, *paths: str, **more: t.Any) -> Answer:
    return look(InfoOptions(scene.common, paths, **more), Cancellation())


def entries(scene: Scene, *paths: str, **more: t.Any) -> list[dict[str, t.Any]]:
    """Without the path, which is asserted here."""
    found: list[dict[str, t.Any]] = ask(scene, *paths, **more).values["entries"]
    assert [entry.pop("path") for entry in found] == [f"{os.fsdecode(scene.place)}/{path}" for path in paths]
    return found


def test_info_tells_each_kind_apart(site: Scene) -> None:
    md5 = hashlib.md5(b"four").hexdigest()
    assert entries(site, "s/a.txt", "s/l", "s/d", "s/d/e", "s/nothing", "s/a") == [
        {**NOTHING, "kind": "file", "size": 4, "md5": md5, "mtime": MTIME},
        {**NOTHING, "kind": "symlink", "target": "a.txt", "mtime": MTIME},
        {**NOTHING, "kind": "directory", "mtime": MTIME},
        {**NOTHING, "kind": "implicit_directory"},
        {**NOTHING, "kind": "absent"},
        {**NOTHING, "kind": "absent"},
    ]


def test_a_directory_of_the_same_name(site: Scene) -> None:
    both, twin = entries(site, "s/both", "s/twin")
    assert (both["kind"], both["directory"]) == ("file", {"kind": "directory", "mtime": MTIME, "files": None, "bytes": None})
    assert (twin["kind"], twin["directory"]) == (
        "symlink", {"kind": "implicit_directory", "mtime": None, "files": None, "bytes": None},
    )  # fmt: skip


def test_how_much_is_below(site: Scene) -> None:
    found = entries(site, "s/d", "s/d/e", "s/both", "s/twin", "s/a.txt", "s/nothing", du=True)
    counted = [(entry["directory"] or entry)["files"] for entry in found]
    assert counted == [2, 1, 1, 1, None, None]
    assert [(entry["directory"] or entry)["bytes"] for entry in found] == [3, 2, 3, 4, None, None]
    assert sum(request.action == "du" for request in site.sent()) == 4


def test_many_are_asked_for_over_few_connections(site: Scene) -> None:
    site.control.reset_counts()
    paths = [f"s/{'d/1' if number % 3 else 'nothing'}" for number in range(120)]
    kinds = [entry["kind"] for entry in entries(site, *paths)]
    assert kinds == ["file" if number % 3 else "absent" for number in range(120)]
    assert [request.action for request in site.sent()] == ["stat"] * 120


def test_who_asked_whom(site: Scene) -> None:
    answer = ask(site, "s/a.txt")
    assert answer.values["account"] == site.account.account
    assert answer.values["host"] == site.account.host
    assert answer.values["api_calls"] == {"stat": 1}
    assert answer.notes == []
    assert answer.error is None


def test_what_cannot_be_looked_at_is_not_absent(site: Scene) -> None:
    site.control.add_faults({"kind": "status", "status": 403, "path": "*/s/d*", "times": None})
    with pytest.raises(AuthRefused, match="/s/d"):
        ask(site, "s/a.txt", "s/d", "s/l")


def test_after_a_failure_nothing_more_is_started(site: Scene) -> None:
    site.control.add_faults({"kind": "status", "status": 403, "times": None, "path": f"{os.fsdecode(site.place)}*"})
    with pytest.raises(AuthRefused):
        ask(site, *["s/a.txt"] * 2000)
    assert len(site.sent()) < 1000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"path": ["a"], "cp_codes": ["1"]}, "mutually exclusive"),
        ({"path": [""]}, "path is empty"),
        ({"path": ["a", "b//"]}, "has an empty, . or .. component"),
        ({"du": True}, "du needs path"),
        ({"cp_codes": ["site"]}, "not a CP code"),
        ({"cp_codes": ["123456/site"]}, "not a CP code"),
        ({"cp_codes": [""]}, "not a CP code"),
        ({"cp_codes": ["\ud83d"]}, "not text"),
    ],
)
def test_info_refuses_options_that_mean_nothing(scene: Scene, given: dict[str, t.Any], said: str) -> None:
    with pytest.raises(BadOptions, match=said):
        look(InfoOptions(scene.common, **given), Cancellation())
    assert scene.sent() == []


def test_nothing_to_ask_for(scene: Scene) -> None:
    with pytest.raises(BadOptions, match="nothing to check"):
        look(InfoOptions(dataclasses.replace(scene.common, root=None)), Cancellation())


# -- the check of the credentials


def test_info_tells_which_cp_codes_the_account_may_use(scene: Scene) -> None:
    place, code = os.fsdecode(scene.place), scene.place.split(b"/")[1].decode()
    answer = ask(scene, cp_codes=["777777", code, "777777"])
    assert [row["cp_code"] for row in answer.values["cp_codes"]] == [code, "777777"]
    ours, others = answer.values["cp_codes"]
    assert ours == {"cp_code": code, "path": place, "answers": True, "status": 200, "hint": ""}
    assert (others["path"], others["answers"], others["status"]) == ("/777777", False, 403)
    assert "may not use the CP code 777777" in others["hint"]
    assert answer.values["clock_skew"] in (0, 1)
    assert "entries" not in answer.values
    assert answer.error is None
    assert answer.notes == []


def test_a_root_that_is_not_there_yet(scene: Scene) -> None:
    common = dataclasses.replace(scene.common, root=f"{scene.common.root}/new")
    (row,) = look(InfoOptions(common), Cancellation()).values["cp_codes"]
    assert (row["answers"], row["status"]) == (True, 404)


def test_nobody_lets_the_account_in(scene: Scene) -> None:
    wrong = dataclasses.replace(scene.common, key="not-the-key-of-this-account")
    answer = look(InfoOptions(wrong, cp_codes=["777777"]), Cancellation())
    assert isinstance(answer.error, AuthRefused)
    assert "no access to any of 2 CP codes" in str(answer.error)
    assert "not this account's HTTP API key" in answer.error.hint
    assert [row["answers"] for row in answer.values["cp_codes"]] == [False, False]
    alone = look(InfoOptions(wrong), Cancellation())
    assert alone.error is not None
    assert str(alone.error).startswith("stat of /")


@pytest.mark.parametrize(("skew", "refused"), [(-45, False), (45, False), (400, True), (-400, True)])
def test_a_skewed_clock_is_noted_or_the_reason(scene: Scene, skew: int, refused: bool) -> None:
    scene.control.set_knobs(clock_skew=skew)
    answer = ask(scene)
    assert abs(answer.values["clock_skew"] + skew) <= 1
    direction = "behind" if skew > 0 else "ahead of"
    told = str(answer.error) if refused else answer.notes[0]
    assert f"seconds {direction} the service's" in told
    assert (answer.error is not None) is refused


def test_a_service_that_is_not_there(scene: Scene) -> None:
    with pytest.raises(Unreachable):
        look(InfoOptions(dataclasses.replace(scene.common, host="127.0.0.1:9", max_retries=0)), Cancellation())
