# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflows cannot run here, so they have nothing of their own: each step is a target of the Makefile."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
STAGES = re.search(r"^STAGES := (.*)$", MAKEFILE, re.MULTILINE)[1].split()  # type: ignore[index]
TARGETS = {*re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE), *STAGES}
OLDEST_OF_MODULES = 9
CONTROLLERS = {"2.18": range(11, 14), "2.19": range(11, 14), "2.20": range(12, 15), "2.21": range(12, 15)}
CANDIDATES = {"2.22": range(13, 15), "devel": range(13, 15)}


def jobs(file: Path) -> dict[str, dict[str, t.Any]]:
    found: dict[str, dict[str, t.Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return found


def commands(job: dict[str, t.Any]) -> list[str]:
    """What its steps run, once for each value of its matrix that stands in them."""
    matrix: dict[str, t.Any] = dict(job.get("strategy", {}).get("matrix", {}))
    runs: list[dict[str, str]] = matrix.pop("include", None) or [{}]
    for name, values in matrix.items():
        runs = [{**run, name: value} for run in runs for value in values]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    return [filled(step, run) for run in runs for step in steps]


def filled(step: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: values[found[1]], step)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_step_of_a_workflow_is_a_target_that_exists(file: Path) -> None:
    ran = [command for job in jobs(file).values() for command in commands(job)]
    assert ran
    for command in ran:
        program, target, *options = command.split()
        assert (program, target) in {("make", name) for name in TARGETS}, command
        assert all(re.fullmatch(r"CORE=[\w.]+", option) for option in options), command


def test_each_core_is_tested_with_every_python_that_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests/toolchain"))
    import prepare
    import stages

    assert {core.version: core.minors for core in prepare.CORES} == CONTROLLERS
    matrix = jobs(ROOT / ".github/workflows/ci.yml")["core"]["strategy"]["matrix"]["include"]
    wanted = {(core, f"3.{minor}") for core, minors in {**CONTROLLERS, **CANDIDATES}.items() for minor in minors}
    assert {(run["core"], run["python"]) for run in matrix} == wanted
    assert len(matrix) == len(wanted)
    assert {f"core-{run['core']}" for run in matrix} <= stages.RUNS.keys() & prepare.PREPARATIONS.keys()


def test_only_what_is_no_release_yet_may_fail() -> None:
    tolerant = jobs(ROOT / ".github/workflows/ci.yml")["core"]["continue-on-error"]
    assert re.findall(r"matrix\.core == '([^']+)'", tolerant) == list(CANDIDATES)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_write_nothing_and_ends(file: Path) -> None:
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 300 for job in jobs(file).values())


def test_the_modules_are_tested_with_their_oldest_python() -> None:
    for job in jobs(ROOT / ".github/workflows/ci.yml").values():
        (setup,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/setup-python@")]
        assert setup["with"]["python-version"].split()[0] == f"3.{OLDEST_OF_MODULES}"
