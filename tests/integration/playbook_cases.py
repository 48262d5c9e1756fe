# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of a playbook: check with diff, in both ways of running, real, and again; and what must hold of each case in each.

What is refused changes nothing, so a playbook of refusals is played twice only. That check mode without a diff makes the same
plan and downloads nothing, and that all runs are alike in both ways, is tried by the suite of ``ns_sync``: the flow is the same.
"""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    DIR,
    MTIME,
    READS,
    ROOT,
    Link,
    Request,
    Tree,
    actions,
    changes,
    described,
)

RUNS = ("module", "diff", "real", "again")
REFUSALS = ("module", "real")
_WITH_DIFF = ("module", "diff")
_OPTIONS = {"check": ("--check",), "module": ("--check", "--diff"), "diff": ("--check", "--diff"), "real": (), "again": ()}


@dataclasses.dataclass(frozen=True)
class Case:
    """One task of a playbook, which works below a folder of its own.

    folder  below the root; every path of the task begins with it
    task    the name of the task
    before  what stands in the folder at first, and ``after`` at last (None: as before)
    source  what lies in ``{{ work }}/<folder>``
    steps   the plan, each step as ``kind path (why)``; the path is relative to the root
    result  values that the result must have, in check mode as well
    fails   the failure's code, and a text of the message; then nothing changes
    notes   a text of one of the notes
    more    requests beyond one for each step, such as a rename
    pages   list and dir requests that looking takes
    path    what the task is about, below the root; decides how many stats a look may cost
    """

    folder: str
    task: str
    before: Tree = dataclasses.field(default_factory=dict)
    after: Tree | None = None
    source: Tree = dataclasses.field(default_factory=dict)
    steps: t.Sequence[str] = ()
    result: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    fails: tuple[str, str] | None = None
    notes: str = ""
    more: int = 0
    pages: int = 0
    path: str = ""

    def __str__(self) -> str:
        return self.folder

    @property
    def prefix(self) -> str:
        return f"{ROOT}/{self.folder}"

    @property
    def looks(self) -> int:
        """Depth + 1 stats, and the pages."""
        depth = (self.path or f"{self.folder}/x").count("/") + 1
        return depth + 1 + self.pages


@dataclasses.dataclass(frozen=True)
class Ran:
    """One of the runs: its outcome, and the whole tree after it, with the times of its entries."""

    outcome: Outcome
    tree: dict[str, t.Any]
    times: dict[str, int]


def play_all(
    player: Player,
    playbook: str,
    cases: t.Sequence[Case],
    runs: t.Sequence[str] = RUNS,
    options: t.Sequence[str] = (),
    times: t.Mapping[str, int] | None = None,
    besides: Tree | None = None,
) -> dict[str, Ran]:
    """Set the stage for all cases, and play the playbook once for each of the runs.

    times    how old the entries of a case are on the service, by its folder; MTIME where nothing is said
    besides  what stands beside the folders of the cases
    """
    player.service.reset()
    player.service.load(besides or {})
    for case in cases:
        player.service.load(case.before, case.prefix, (times or {}).get(case.folder, MTIME))
        build(player.work / case.folder, case.source)
    ran: dict[str, Ran] = {}
    for run in runs:
        way = by_the_module(player.work) if run == "module" else []
        outcome = player.play(playbook, *_OPTIONS[run], *way, *options)
        ran[run] = Ran(outcome, player.service.tree(), player.service.times())
    return ran


def build(root: Path, tree: Tree) -> None:
    """A local tree, everything as old as MTIME."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            path.symlink_to(content.target.replace("{root}", str(root)))
        elif content is DIR:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else t.cast(bytes, content))
        os.utime(path, (MTIME, MTIME), follow_symlinks=False)


def verify(case: Case, run: str, ran: t.Mapping[str, Ran]) -> None:
    """What must hold of a case in a run."""
    outcome = ran[run].outcome
    assert case.task in outcome.results, outcome.output[-3000:]
    result = outcome.results[case.task]
    requests = [request for request in outcome.requests if _is_within(request["path"], case.prefix)]
    told = f"{case.task}, {run}: {result}\n{requests}"
    if run == "diff" and "module" in ran:
        module = ran["module"].outcome.results[case.task]
        differing = {name for name in {*result, *module} if result.get(name) != module.get(name)}
        assert differing <= {"mtime"}, (result, module)  # content that is no file is as old as the run
    if case.fails:
        assert outcome.became[case.task] == "failed", told
        _verify_failure(case, result, requests, told)
    else:
        assert outcome.became[case.task] == "ok", told
        _verify_result(case, run, result, told)
        _verify_requests(case, run, result, requests, told)
    wanted = case.after if run in ("real", "again") and case.after is not None and not case.fails else case.before
    assert _below(ran[run].tree, case.folder) == described(wanted), told


def _verify_failure(case: Case, result: Result, requests: list[Request], told: str) -> None:
    code, text = t.cast("tuple[str, str]", case.fails)
    assert result["failure"]["code"] == code, told
    assert text in result["msg"], told
    assert changes(requests) == [], told


def _verify_result(case: Case, run: str, result: Result, told: str) -> None:
    steps = [f"{step['step']} {step['path'].removeprefix(ROOT + '/')} ({step['why']})" for step in result["plan"]["steps"]]
    assert steps == ([] if run == "again" else list(case.steps)), told
    assert result["changed"] is bool(steps), told
    assert {name: result.get(name) for name in case.result} == dict(case.result), told
    notes = result.get("notes", [])
    assert any(case.notes in note for note in notes) if case.notes else not notes, told
    if run in _WITH_DIFF and steps:
        lines = result["diff"][0]["prepared"].splitlines()
        assert len(lines) == len(steps), told
        assert all(re.match(r"[-+~] \w+ ", line) for line in lines), told
    else:
        assert "diff" not in result, told


def _verify_requests(case: Case, run: str, result: Result, requests: list[Request], told: str) -> None:
    assert actions(requests) == result["api_calls"], told
    if run != "real":
        assert changes(requests) == [], told
    reads = [request for request in requests if request["action"] in READS]
    if run in _WITH_DIFF:
        reads = [request for request in reads if request["action"] != "download"]
    else:
        assert "download" not in result["api_calls"], told
    assert len(reads) <= case.looks, told
    assert len(changes(requests)) <= len(case.steps) + case.more, told


def _is_within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _below(tree: t.Mapping[str, t.Any], folder: str) -> dict[str, t.Any]:
    return {name[len(folder) + 1 :]: value for name, value in tree.items() if name.startswith(f"{folder}/")}
