# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The page about pipelines: its files in a repository, and the commands of each job run as a pipeline runs them.

What is not ours is a stand-in that writes down how it was called: pip, ansible-galaxy, gh, curl, akamai.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import SITE, Checkout
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PROGRAM, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import changes, described

PAGE = Path(__file__).resolve().parents[2] / "docs/pipelines.md"
_FILE = re.compile(r"^<!-- file: ([^\n]+) -->\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(_FILE.findall(PAGE.read_text(encoding="utf-8")))
STAND_INS = ("pip", "ansible-galaxy", "gh", "curl", "akamai")
STAND_IN = '#!/bin/sh\nfor word in "$0" "$@"; do printf "%s\\n" "$word"; done >>"$CALLS"\nprintf "\\n" >>"$CALLS"\n'
ACTIONS, GITLAB = ".github/workflows/site.yml", ".gitlab-ci.yml"


class Pipeline(Checkout):
    """The repository of the page, and its jobs."""

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        for name, content in FILES.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content, encoding="utf-8")
        (self.folder / ".gitignore").write_text("plan.md\npurge.txt\n", encoding="utf-8")
        self.commit("The pipeline")
        self.programs, self.log = player.work / "programs", player.work / "calls"
        self.programs.mkdir()
        self.log.touch()
        for name in STAND_INS:
            (self.programs / name).write_text(STAND_IN, encoding="utf-8")
            (self.programs / name).chmod(0o755)

    def run(self, script: str) -> int:
        """A script of a job: its status. What it prints is part of the report of a failing test."""
        path = os.pathsep.join([str(self.programs), str(PROGRAM.parent), os.environ["PATH"]])
        foreign = ("NETSTORAGE_", "GIT_", "ANSIBLE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        names = ("PULL_REQUEST", "CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "COMMENT_TOKEN")
        given = {**self.connection(), **dict.fromkeys(names, "7"), "CALLS": str(self.log), "PATH": path}
        given["GITHUB_STEP_SUMMARY"] = str(self.player.work / "summary.md")
        done = subprocess.run(["bash", "-e", "-c", script], cwd=self.folder, env={**inherited, **given}, check=False)
        return done.returncode

    def calls(self) -> list[list[str]]:
        """Each call of a stand-in, since the last time."""
        calls = [call.splitlines() for call in self.log.read_text(encoding="utf-8").split("\n\n") if call]
        self.log.write_text("", encoding="utf-8")
        return [[Path(call[0]).name, *call[1:]] for call in calls]

    def job(self, scripts: t.Iterable[tuple[str, str]]) -> int:
        """The scripts of a job in their order; ``always`` runs in any case, ``failure`` after one."""
        status = 0
        for when, script in scripts:
            if (when == "always") or (status != 0) is (when == "failure"):
                status = self.run(script) or status
        return status


@pytest.fixture
def pipeline(player: Player) -> Pipeline:
    return Pipeline(player)


def of_actions(job: str) -> list[tuple[str, str]]:
    steps = yaml.safe_load(FILES[ACTIONS])["jobs"][job]["steps"]
    return [(str(step.get("if", "success")).rstrip("()"), step["run"]) for step in steps if "run" in step]


def of_gitlab(job: str) -> list[tuple[str, str]]:
    file = yaml.safe_load(FILES[GITLAB])
    before = [("success", line) for line in file["default"]["before_script"]]
    own = file[job]
    return before + [("success", line) for line in own["script"]] + [("always", line) for line in own.get("after_script", [])]


def test_every_block_is_a_file_that_is_yaml() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```yaml") == len(FILES) == 10
    for name, content in FILES.items():
        assert content.startswith("---\n"), name
        assert yaml.safe_load(content), name


def test_one_deploy_at_a_time_and_the_least_rights() -> None:
    actions = yaml.safe_load(FILES[ACTIONS])
    assert actions["permissions"] == {"contents": "read"}
    assert actions["jobs"]["deploy"]["concurrency"]["cancel-in-progress"] is False
    assert [name for name, job in actions["jobs"].items() if "environment" in job] == ["deploy"]
    assert yaml.safe_load(FILES[GITLAB])["deploy"]["resource_group"]
    scripts = "".join(step.get("run", "") for job in actions["jobs"].values() for step in job["steps"])
    assert "${{" not in scripts, "an expression in a script is code that others may write"


def test_awx_hands_over_the_whole_connection() -> None:
    fields = {field["id"] for field in yaml.safe_load(FILES["awx/inputs.yml"])["fields"]}
    handed = yaml.safe_load(FILES["awx/injectors.yml"])["env"]
    assert {value.strip("{} ") for value in handed.values()} == fields
    assert set(handed) == {"NETSTORAGE_HOST", "NETSTORAGE_ROOT", "NETSTORAGE_ACCOUNT", "NETSTORAGE_KEY"}
    used = re.findall(r"playbook: (\w+\.yml)", FILES["awx/templates.yml"])
    assert set(used) <= set(FILES)


@pytest.mark.parametrize("jobs", [of_actions, of_gitlab], ids=["GitHub Actions", "GitLab CI"])
def test_plan_deploy_and_drift(pipeline: Pipeline, jobs: t.Callable[[str], list[tuple[str, str]]]) -> None:
    service, report = pipeline.service, pipeline.folder / "plan.md"
    with service.recording() as requests:
        assert pipeline.job(jobs("plan")) == 0
    assert changes(requests) == []
    assert "**7 creates**" in report.read_text(encoding="utf-8")
    commented = pipeline.calls()[-1]
    assert commented[0] in ("gh", "curl")
    assert any("plan.md" in word for word in commented)

    assert pipeline.job(jobs("deploy")) == 0
    files = {name.removeprefix("www/"): value for name, value in service.tree().items() if isinstance(value, str)}
    assert files.pop("www.revision.json")
    assert files == described(SITE)
    purged = [call[3] for call in pipeline.calls() if call[:3] == ["akamai", "purge", "delete"]]
    assert sorted(purged) == [
        "https://www.example.com/", "https://www.example.com/css/site.css", "https://www.example.com/index.html",
        "https://www.example.com/news/", "https://www.example.com/news/1.html", "https://www.example.com/news/index.html",
    ]  # fmt: skip
    assert (pipeline.folder / "purge.txt").read_text(encoding="utf-8").split() == purged

    assert pipeline.job(jobs("drift")) == 0
    service.load({"www/by-hand.html": "edited"})
    with service.recording() as requests:
        assert pipeline.job(jobs("drift")) != 0
    assert changes(requests) == []
    assert "/123456/www/by-hand.html" in report.read_text(encoding="utf-8")


def test_the_commands_for_elsewhere(pipeline: Pipeline) -> None:
    block = PAGE.read_text(encoding="utf-8").partition("<!-- commands -->\n```console\n")[2].partition("```")[0]
    assert block.count("\n") == 3
    assert [pipeline.run(line) for line in block.splitlines()] == [0, 0, 0]


def test_nothing_of_the_connection_is_in_the_files() -> None:
    assert not re.search(r"key: [A-Za-z0-9]{16,}", json.dumps(FILES))
