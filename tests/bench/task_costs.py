# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs in processor time: ns_file beside ansible.builtin.copy and ansible.builtin.debug, a hundred times each.

These cases have neither a tree nor rclone. Each is a whole ``ansible-playbook`` process on files that are there already, so that
nothing changes and what is left is how a task is run.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import tempfile
import typing as t
from pathlib import Path

import requests.utils
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import (
    ACCOUNT,
    CP_CODE,
    KEY,
    Effort,
    WrongResult,
    certificate_in,
)
from ansible_collections.edgeops.netstorage.tests.bench.contenders import PROGRAM, surroundings
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended, watch
from ansible_collections.edgeops.netstorage.tests.bench.table import markdown
from ansible_collections.edgeops.netstorage.tests.bench.targets import Verdict
from ansible_collections.edgeops.netstorage.tests.bench.trees import MTIME, directory
from ansible_collections.edgeops.netstorage.tests.interop import play_runner
from netstorage_emulator.control import Control, Running, running

COUNT = 100
_SIZE = 350  # bytes of a file
_FOLDER = f"/{CP_CODE}"
_PATH = "site"
_BUNDLE = "bundle.pem"
_REQUESTS = 2  # for each file: a stat of it, and of the directory that it is in
_HEADINGS = ("case", "what", "requests", "runs", "median cpu s", "least to most", "median s", "cpu of copy", "cpu of debug")

Tasks = t.Callable[[Path, t.Sequence[str]], list[play_runner.Result]]


@dataclasses.dataclass(frozen=True)
class TaskCase:
    """One row.

    tasks  out of a folder and the names of the files in its folder ``source``
    asks   NetStorage is asked
    tls    over https
    """

    name: str
    title: str
    tasks: Tasks
    asks: bool = True
    tls: bool = False


def _file(work: Path, name: str) -> play_runner.Result:
    return {"edgeops.netstorage.ns_file": {"src": f"{work}/source/{name}", "path": f"{_PATH}/{name}"}}


def _files(work: Path, names: t.Sequence[str]) -> list[play_runner.Result]:
    return [{**_file(work, "{{ item }}"), "loop": list(names)}]


def _copy(work: Path, name: str) -> play_runner.Result:
    return {"ansible.builtin.copy": {"src": f"{work}/source/{name}", "dest": f"{work}/copies/{name}"}}


TASK_CASES = {
    case.name: case
    for case in (
        TaskCase("loop-file", f"{COUNT} unchanged items of ns_file in a loop", _files),
        TaskCase("loop-file-tls", f"{COUNT} unchanged items of ns_file in a loop, https", _files, tls=True),
        TaskCase("tasks-file", f"{COUNT} tasks of ns_file, unchanged", lambda work, names: [_file(work, one) for one in names]),
        TaskCase("loop-copy", f"{COUNT} unchanged items of ansible.builtin.copy in a loop",
                 lambda work, names: [{**_copy(work, "{{ item }}"), "loop": list(names)}], asks=False),
        TaskCase("loop-debug", f"{COUNT} items of ansible.builtin.debug in a loop",
                 lambda _work, names: [{"ansible.builtin.debug": {"msg": "{{ item }}"}, "loop": list(names)}], asks=False),
    )
}  # fmt: skip
TARGETS = (("loop-file", "loop-copy", 0.25), ("loop-file", "loop-debug", 2.0), ("loop-file-tls", "loop-debug", 2.0))
"""What the first may take of the processor time of the second."""


@dataclasses.dataclass
class TaskCost:
    """All runs of one case, and the requests of the last."""

    case: TaskCase
    ended: list[Ended] = dataclasses.field(default_factory=list)
    requests: int = 0

    @property
    def cpu(self) -> list[float]:
        return [one.cpu_seconds for one in self.ended]

    @property
    def seconds(self) -> list[float]:
        return [one.seconds for one in self.ended]


def measure_tasks(cases: t.Sequence[TaskCase], effort: Effort, count: int = COUNT) -> list[TaskCost]:
    """The cases take turns, and another one begins each round. Raises WrongResult where something changed."""
    costs = [TaskCost(case) for case in cases]
    names = [f"page-{number:03}.txt" for number in range(count)]
    with (
        tempfile.TemporaryDirectory(prefix="netstorage-bench-") as folder,
        running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], certificate=certificate_in(Path(folder))) as emulator,
    ):
        work = Path(folder)
        _prepare(work, names, emulator.control)
        for turn in range(effort.repeats):
            first = turn % len(costs)
            for cost in costs[first:] + costs[:first]:
                if sum(cost.seconds) < effort.patience:
                    _once_more(cost, work, names, emulator)
    return costs


def _prepare(work: Path, names: t.Sequence[str], control: Control) -> None:
    """The files, here and there and as copies; and the authority of the emulator among those that ``requests`` trusts, as many as
    everybody has."""
    usual = Path(requests.utils.DEFAULT_CA_BUNDLE_PATH).read_bytes()
    (work / _BUNDLE).write_bytes(usual + (work / "ca.pem").read_bytes())
    objects = [directory(f"{_FOLDER}/{_PATH}")]
    for folder in ("source", "copies"):
        (work / folder).mkdir()
    for name in names:
        content = f"{name}\n" * (_SIZE // (len(name) + 1))
        for folder in ("source", "copies"):
            (work / folder / name).write_text(content, encoding="ascii")
            os.utime(work / folder / name, (MTIME, MTIME))
        objects.append({"key": f"{_FOLDER}/{_PATH}/{name}", "content": content, "mtime": MTIME})
    control.load(objects)


def _once_more(cost: TaskCost, work: Path, names: t.Sequence[str], emulator: Running) -> None:
    playbook = play_runner.write_playbook(work / "play.yml", cost.case.tasks(work, names))
    access = play_runner.Access(emulator.host_port, ACCOUNT, KEY, _FOLDER)
    if cost.case.tls:
        https = f"{emulator.host}:{emulator.https_port}"
        access = dataclasses.replace(access, host=https, protocol="https", ca_path=str(work / _BUNDLE))
    environment = {**surroundings(), **play_runner.connection_variables(access)}
    emulator.control.reset_counts()
    ended = watch([str(PROGRAM), str(playbook)], environment, work)
    counts = emulator.control.reset_counts()["by_action"]
    wanted = {"stat": _REQUESTS * len(names)} if cost.case.asks else {}
    if counts != wanted or "changed=0 " not in ended.output:
        raise WrongResult(f"{cost.case.name}: nothing was to change; requests {counts}\n{ended.output[-2000:]}")
    cost.ended.append(ended)
    cost.requests = sum(counts.values())


def tasks_table(costs: t.Sequence[TaskCost]) -> str:
    return markdown([_HEADINGS, *(_row(cost, costs) for cost in costs)], texts=2)


def task_verdicts(costs: t.Sequence[TaskCost]) -> list[Verdict]:
    """Beside the targets of the cases that were measured."""
    measured, found = {cost.case.name: cost for cost in costs}, list[Verdict]()
    for name, other, most in TARGETS:
        if name in measured:
            share = _share(measured[name], other, costs)
            met = None if share is None else share <= most
            shown = "?" if share is None else f"{share:.3f}"
            found.append(Verdict(name, f"processor time, of {other}", f"<= {most:.3f}", shown, met))
    return found


def task_values(costs: t.Sequence[TaskCost]) -> list[dict[str, t.Any]]:
    """Everything, for other programs."""
    return [
        {"case": cost.case.name, "cpu_seconds": cost.cpu, "seconds": cost.seconds, "requests": cost.requests} for cost in costs
    ]


def _share(cost: TaskCost, other: str, costs: t.Sequence[TaskCost]) -> float | None:
    known = [one for one in costs if one.case.name == other]
    return statistics.median(cost.cpu) / statistics.median(known[0].cpu) if known else None


def _row(cost: TaskCost, costs: t.Sequence[TaskCost]) -> tuple[str, ...]:
    shares = [_share(cost, other, costs) for other in ("loop-copy", "loop-debug")]
    return (
        cost.case.name,
        cost.case.title,
        f"{cost.requests:,}",
        str(len(cost.ended)),
        f"{statistics.median(cost.cpu):.2f}",
        f"{min(cost.cpu):.2f} to {max(cost.cpu):.2f}" if len(cost.ended) > 1 else "",
        f"{statistics.median(cost.seconds):.2f}",
        *("" if share is None else f"{share:.2f}" for share in shares),
    )
