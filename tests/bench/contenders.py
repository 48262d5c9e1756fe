# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs that are measured, each as a command and an environment."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.bench.cases import Case
from ansible_collections.edgeops.netstorage.tests.fork_server.client import PROGRAM
from ansible_collections.edgeops.netstorage.tests.interop import play_runner, rclone
from ansible_collections.edgeops.netstorage.tests.toolchain.surroundings import clean_environment

MODULE_ALONE = "ansible_collections.edgeops.netstorage.tests.bench.module_alone"
SITE = "site"
DOCUMENT = "plan.json"
RCLONES_RATE = 95  # requests a second that rclone's pacer lets through, whatever its flags are


class Job(t.NamedTuple):
    """One case, ready to be sent: the local tree, where to, and a folder for files of the programs."""

    case: Case
    source: Path
    access: play_runner.Access
    work: Path

    @property
    def place(self) -> str:
        return f"{self.access.folder}/{SITE}"


class Launch(t.NamedTuple):
    command: list[str]
    environment: dict[str, str]


class Contender(t.NamedTuple):
    """``ours``: held to the request budget. ``peer``: one of those whose best is the yardstick.

    ``rate``: requests a second that the program was told to keep to.
    """

    name: str
    launch: t.Callable[[Job], Launch]
    ours: bool = False
    peer: bool = False
    rate: float | None = None


def surroundings() -> dict[str, str]:
    """Without settings of the caller, which would change what is measured."""
    inherited = clean_environment(Path(sys.prefix))
    return {name: value for name, value in inherited.items() if not name.upper().startswith("RCLONE_")}


def _play(job: Job, task: play_runner.Result, *flags: str) -> Launch:
    playbook = play_runner.write_playbook(job.work / "play.yml", [task])
    environment = {**surroundings(), **play_runner.connection_variables(job.access)}
    return Launch([str(PROGRAM), str(playbook), *flags], environment)


def _sync_play(rate: float | None = None) -> t.Callable[[Job], Launch]:
    def launch(job: Job) -> Launch:
        options = {"src": str(job.source), "path": SITE, **_options(job.case), **_at(rate)}
        flags = ["--check"] if job.case.check else []
        return _play(job, {"edgeops.netstorage.ns_sync": options}, *flags)

    return launch


def _idle_play(job: Job) -> Launch:
    return _play(job, {"ansible.builtin.ping": {}})


def _module(rate: float | None = None, **more: str) -> t.Callable[[Job], Launch]:
    """``more``: options with a file in the folder of the runs."""

    def launch(job: Job) -> Launch:
        common = {
            "host": job.access.host, "root": job.access.folder, "account": job.access.account, "key": job.access.key,
            "protocol": job.access.protocol, **({"ca_path": job.access.ca_path} if job.access.ca_path else {}), **_at(rate),
        }  # fmt: skip
        files = {option: str(job.work / name) for option, name in more.items()}
        sync = {"src": str(job.source), "path": SITE, **_options(job.case), **files}
        file = job.work / "options.json"
        file.write_text(json.dumps({"common": common, "sync": sync, "check": job.case.check}), encoding="utf-8")
        return Launch([sys.executable, "-m", MODULE_ALONE, str(file)], surroundings())

    return launch


def _expecting(job: Job) -> Launch:
    """The plan is written before, where no other program has done so."""
    if not (job.work / DOCUMENT).exists():
        written = _module(plan_file=DOCUMENT)(job)
        subprocess.run(written.command, env=written.environment, check=True, stdout=subprocess.DEVNULL)
    return _module(expect_plan=DOCUMENT)(job)


def _at(rate: float | None) -> dict[str, t.Any]:
    return {} if rate is None else {"max_requests_per_second": rate}


def _options(case: Case) -> dict[str, t.Any]:
    """``delete`` because rclone sync deletes too."""
    return {"delete": True, "max_delete": "100%", "parallel": case.connections}


def _rclone(flags: t.Sequence[str]) -> t.Callable[[Job], Launch]:
    """rclone as it is, or with flags; ``--links`` wherever there are links, so that all do the same job."""

    def launch(job: Job) -> Launch:
        needed = ["--links"] if job.case.tree.links and "--links" not in flags else []
        command = [str(rclone.PROGRAM), "sync", *flags, *needed, str(job.source), rclone.REMOTE + SITE]
        access = job.access
        remote = rclone.remote_variables(
            access.host, access.folder, access.account, access.key, access.protocol, access.ca_path
        )
        return Launch(command, {**surroundings(), **remote})

    return launch


CONTENDERS = (
    Contender("play", _sync_play(), ours=True),
    Contender("module", _module(), ours=True),
    Contender("module-plan", _module(plan_file=DOCUMENT), ours=True),
    Contender("module-expect", _expecting, ours=True),
    Contender("play-95", _sync_play(RCLONES_RATE), ours=True, rate=RCLONES_RATE),
    Contender("module-95", _module(RCLONES_RATE), ours=True, rate=RCLONES_RATE),
    Contender("rclone", _rclone(()), peer=True),
    Contender("rclone-fast", _rclone(rclone.FAST), peer=True),
    Contender("idle-play", _idle_play),
)
