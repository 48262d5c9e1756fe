# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page about pipelines: its files in a repository, and the commands of each job run as a pipeline runs them.

What is not ours is a stand-in that writes down how it was called: pip, ansible-galaxy, gh, curl.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
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
COMMAND = re.compile(r"^<!-- command: (\w+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STAND_INS = ("pip", "ansible-galaxy", "gh", "curl")
STAND_IN = """#!/bin/sh
for word in "$0" "$@"; do printf "%s\\n" "$word"; done >>"$CALLS"
printf "\\n" >>"$CALLS"
for answer in "$0".answers/*; do [ ! -e "$answer" ] || { cat "$answer"; rm "$answer"; }; break; done
"""
# Where jq is not installed: what the page asks of it, jq -er .state FILE.
JQ = f"#!{sys.executable}\nimport json, sys\nprint(json.load(open(sys.argv[-1]))[sys.argv[-2][1:]])\n"
ACTIONS, ACTIONS_REVIEWED = ".github/workflows/site.yml", ".github/reviewed.yml"
GITLAB, GITLAB_REVIEWED = ".gitlab-ci.yml", ".gitlab/reviewed.yml"
EVENTS = {"pull_request": "merge_request_event", "push": "push", "schedule": "schedule"}
"""What starts a pipeline, as GitHub says it and as GitLab says it."""

Scripts = t.Iterable[tuple[str, str]]


class Pipeline(Checkout):
    """The repository of the page, and its jobs, each of which begins with a fresh checkout."""

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        for name, content in FILES.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content, encoding="utf-8")
        (self.folder / ".gitignore").write_text("plan.*\nstatus.json\nreviewed/\n*.json\n", encoding="utf-8")
        self.commit("The pipeline")
        self.programs, self.log = player.work / "programs", player.work / "calls"
        self.artefacts = player.work / "artefacts"
        self.programs.mkdir()
        self.artefacts.mkdir()
        self.log.touch()
        stand_ins = dict.fromkeys(STAND_INS, STAND_IN)
        if shutil.which("jq") is None:
            stand_ins["jq"] = JQ
        for name, program in stand_ins.items():
            (self.programs / name).write_text(program, encoding="utf-8")
            (self.programs / name).chmod(0o755)

    def answer(self, program: str, *answers: str) -> None:
        """What a stand-in prints: the first answer when it is called first, and so on."""
        folder = self.programs / f"{program}.answers"
        folder.mkdir(exist_ok=True)
        for number, answer in enumerate(answers):
            (folder / str(number)).write_text(answer, encoding="utf-8")

    def run(self, script: str, event: str = "push", may_purge: bool = False) -> int:
        """A script of a job: its status. What it prints is part of the report of a failing test."""
        path = os.pathsep.join([str(self.programs), str(PROGRAM.parent), os.environ["PATH"]])
        foreign = ("NETSTORAGE_", "AKAMAI_", "GIT_", "ANSIBLE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        names = ("PULL_REQUEST", "CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID", "CI_COMMIT_SHA", "COMMENT_TOKEN",
                 "GITHUB_REPOSITORY", "GITHUB_SHA")  # fmt: skip
        given = {**self.connection(), **dict.fromkeys(names, "7"), "CALLS": str(self.log), "PATH": path}
        given |= {"GITHUB_STEP_SUMMARY": str(self.player.work / "summary.md"), "CI_PIPELINE_SOURCE": EVENTS[event]}
        given |= {"ARTEFACTS": str(self.artefacts), "NETSTORAGE_API_PROTOCOL": "http"}
        given |= {"AKAMAI_EDGERC": str(self.service.edgerc), "AKAMAI_EDGERC_SECTION": "ccu"} if may_purge else {}
        done = subprocess.run(["bash", "-e", "-c", script], cwd=self.folder, env={**inherited, **given}, check=False)
        return done.returncode

    def calls(self) -> list[list[str]]:
        """Each call of a stand-in, since the last time."""
        calls = [call.splitlines() for call in self.log.read_text(encoding="utf-8").split("\n\n") if call]
        self.log.write_text("", encoding="utf-8")
        return [[Path(call[0]).name, *call[1:]] for call in calls]

    def job(self, scripts: Scripts, event: str = "push", may_purge: bool = False) -> int:
        """The scripts of a job in their order; ``always`` runs in any case, ``failure`` after one."""
        self.git("clean", "-fdxq")
        status = 0
        for when, script in scripts:
            if (when == "always") or (status != 0) is (when == "failure"):
                status = self.run(script, event, may_purge) or status
        return status

    def fetching(self, scripts: Scripts) -> list[tuple[str, str]]:
        """The scripts of a job that asks for the plan of request 7, with what gh and curl get."""
        self.answer("curl", '[{"iid": 7}]', (self.artefacts / "plan.json").read_text(encoding="utf-8"))
        self.answer("gh", "head\n", "7\n")
        fetched = "mkdir -p reviewed && cp $ARTEFACTS/plan.json reviewed\n"  # what gh puts there
        return [(when, fetched + script if "gh run download" in script else script) for when, script in scripts]


@pytest.fixture
def pipeline(player: Player) -> Pipeline:
    return Pipeline(player)


def of_actions(job: str, event: str = "push") -> list[tuple[str, str]]:
    """The steps of a job that run on an event, and the two actions that keep files and fetch them."""
    jobs = {**yaml.safe_load(FILES[ACTIONS])["jobs"], "reviewed": yaml.safe_load(FILES[ACTIONS_REVIEWED])["reviewed"]}
    scripts = []
    for step in jobs[job]["steps"]:
        condition, action, files = str(step.get("if", "success()")), step.get("uses", ""), step.get("with", {})
        if "github.event_name" in condition and f"'{event}'" not in condition:
            continue
        script = step.get("run", "")
        if action.startswith("actions/upload-artifact@"):
            script = f"cp {' '.join(files['path'].split())} $ARTEFACTS"
        if action.startswith("actions/download-artifact@"):
            script = f"mkdir -p {files['path']} && cp $ARTEFACTS/* {files['path']}"
        if script:
            scripts.append((condition.partition("(")[0], script))
    return scripts


def of_gitlab(job: str, _event: str = "push") -> list[tuple[str, str]]:
    """The script of a job and the one after it, each in a shell; the files of the plan, if it needs them, are there before."""
    file = {**yaml.safe_load(FILES[GITLAB]), **yaml.safe_load(FILES[GITLAB_REVIEWED])}
    default, own = file["default"], file[job]
    fetched = ["cp $ARTEFACTS/* ."] if "needs" in own else []
    kept = f"cp {' '.join(default['artifacts']['paths'])} $ARTEFACTS" if job == "plan" else "true"
    scripts = [("success", "\n".join([*fetched, *default["before_script"], *own["script"]]))]
    scripts += [("always", "\n".join(own["after_script"]))] if "after_script" in own else []
    return [*scripts, ("always", kept)]


def test_every_block_is_a_file_that_is_yaml() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```yaml") == len(FILES) == 12
    for name, content in FILES.items():
        assert content.startswith("---\n"), name
        assert yaml.safe_load(content), name


def test_one_deploy_at_a_time_and_the_least_rights() -> None:
    actions, reviewed = yaml.safe_load(FILES[ACTIONS]), yaml.safe_load(FILES[ACTIONS_REVIEWED])
    assert actions["permissions"] == {"contents": "read"}
    jobs = {**actions["jobs"], "reviewed": reviewed["reviewed"]}
    writing = [name for name, job in jobs.items() if "environment" in job]
    assert writing == ["deploy", "reviewed"]
    assert all(jobs[name]["concurrency"] == {"group": "netstorage", "cancel-in-progress": False} for name in writing)
    assert yaml.safe_load(FILES[GITLAB])["deploy"]["resource_group"]
    assert yaml.safe_load(FILES[GITLAB_REVIEWED])["reviewed"]["resource_group"]
    scripts = "".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    assert "${{" not in scripts, "an expression in a script is code that others may write"


def test_no_deploy_writes_without_a_review_and_none_is_repeated() -> None:
    for name in (ACTIONS, ACTIONS_REVIEWED, GITLAB, GITLAB_REVIEWED):
        deploys = re.findall(r"ansible-playbook deploy\.yml(.*)", FILES[name])
        assert deploys
        assert all("--check" in options or "mirror_expect_plan=" in options for options in deploys)
        assert not re.search(r"\b(retry|until|retries)\b", FILES[name])
    assert "mirror_expect_digest" in FILES["apply.yml"]


def test_awx_hands_over_the_whole_connection() -> None:
    fields = {field["id"] for field in yaml.safe_load(FILES["awx/inputs.yml"])["fields"]}
    handed = yaml.safe_load(FILES["awx/injectors.yml"])["env"]
    assert {value.strip("{} ") for value in handed.values()} == fields
    assert set(handed) == {"NETSTORAGE_HOST", "NETSTORAGE_ROOT", "NETSTORAGE_ACCOUNT", "NETSTORAGE_KEY"}
    used = re.findall(r"playbook: (\w+\.yml)", FILES["awx/templates.yml"])
    assert set(used) <= set(FILES)


def test_the_nodes_of_the_workflow_lead_from_plan_to_deploy() -> None:
    tasks = yaml.safe_load(FILES["awx/templates.yml"])[0]["tasks"]
    module = "awx.awx.workflow_job_template"
    (nodes,) = (task[module]["workflow_nodes"] for task in tasks if module in task)
    after = {node["identifier"]: node.get("related", {}).get("success_nodes", []) for node in nodes}
    assert after == {"plan": [{"identifier": "approval"}], "approval": [{"identifier": "deploy"}], "deploy": []}
    assert [node["unified_job_template"]["type"] for node in nodes] == ["job_template", "workflow_approval", "job_template"]


@pytest.mark.parametrize("jobs", [of_actions, of_gitlab], ids=["GitHub Actions", "GitLab CI"])
def test_plan_deploy_and_drift(
    pipeline: Pipeline, jobs: t.Callable[..., list[tuple[str, str]]], capfd: pytest.CaptureFixture[str]
) -> None:
    """The plan of a pull request; its deploy, refused because somebody else was there before, and accepted; and drift."""
    service, report = pipeline.service, pipeline.folder / "plan.md"
    with service.recording() as requests:
        assert pipeline.job(jobs("plan", "pull_request"), "pull_request") == 0
    assert changes(requests) == []
    assert "**7 creates**" in report.read_text(encoding="utf-8")
    commented = pipeline.calls()[-1]
    assert commented[0] in ("gh", "curl")
    assert any("plan.md" in word for word in commented)
    assert {file.name for file in pipeline.artefacts.iterdir()} == {"plan.json", "plan.html", "plan.md"}

    service.load({"www/news/1.html": "of somebody else"})
    with service.recording() as requests:
        assert pipeline.job(pipeline.fetching(jobs("reviewed"))) != 0
    assert changes(requests) == []
    told = " ".join(capfd.readouterr().out.split())
    assert "/123456/www/news/1.html; before_differs; reviewed: " in told
    assert "have that plan approved at its deploy" in told
    assert "`/123456/www/news/1.html`: before differs; reviewed: " in report.read_text(encoding="utf-8")
    asked = [" ".join(call) for call in pipeline.calls()]
    downloads = ("gh run download 7 --name plan", "refs%2Fmerge-requests%2F7%2Fhead/raw/plan.json")
    assert any(download in call for call in asked for download in downloads)

    service.reset()
    service.emulator.control.set_knobs(purge_seconds=0)
    assert pipeline.job(jobs("deploy"), may_purge=True) == 0
    files = {name.removeprefix("www/"): value for name, value in service.tree().items() if isinstance(value, str)}
    assert files.pop("www.revision.json")
    assert files == described(SITE)
    (purged,) = service.emulator.control.purges()
    assert (purged["method"], purged["network"]) == ("delete", "production")
    assert sorted(purged["objects"]) == [
        "https://www.example.com/", "https://www.example.com/css/site.css", "https://www.example.com/index.html",
        "https://www.example.com/news/", "https://www.example.com/news/1.html", "https://www.example.com/news/index.html",
    ]  # fmt: skip

    service.load({"www/by-hand.html": "edited"})
    pipeline.answer("gh", "12\n")
    pipeline.answer("curl", '[{"iid": 12}]')
    with service.recording() as requests:
        assert pipeline.job(jobs("drift", "schedule"), "schedule") != 0
    assert changes(requests) == []
    assert "/123456/www/by-hand.html" in report.read_text(encoding="utf-8")
    updated = pipeline.calls()[-1]
    assert {"NetStorage: drift", "title=NetStorage: drift"} & set(updated)
    assert updated[:4] == ["gh", "issue", "edit", "12"] or ("PUT" in updated and updated[-1] == "7/projects/7/issues/12")


def test_the_commands_for_elsewhere_and_the_deploy_after_an_approval_in_awx(pipeline: Pipeline) -> None:
    """AWX hands over the digest that the plan has published. What it has done is done when the document is applied."""
    block = PAGE.read_text(encoding="utf-8").partition("<!-- commands -->\n```console\n")[2].partition("```")[0]
    plan, *rest = block.splitlines()
    assert pipeline.run(plan) == 0
    handed = {"mirror_plan": {"digest": json.loads((pipeline.folder / "plan.json").read_bytes())["digest"]}}
    (pipeline.player.work / "handed.json").write_text(json.dumps(handed), encoding="utf-8")
    keep, move, *later = rest
    pipeline.service.emulator.control.set_knobs(purge_seconds=0)
    assert [pipeline.run(line) for line in (keep, move)] == [0, 0]
    assert pipeline.run("ansible-playbook apply.yml --extra-vars @../handed.json", may_purge=True) == 0
    assert "www/index.html" in pipeline.service.tree()
    assert [pipeline.run(line, may_purge="--check" not in line) for line in later] == [0, 0]
    assert json.loads((pipeline.folder / "status.json").read_bytes())["state"] == "in_sync"


NAGIOS = {"in_sync": 0, "behind": 1, "drift": 2, "refused": 2, "unknown": 3, "old": 3, "": 3}


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("state", NAGIOS)
def test_the_status_of_a_monitoring_plugin(tmp_path: Path, state: str) -> None:
    command = dict(COMMAND.findall(PAGE.read_text(encoding="utf-8")))["nagios"]
    checked = "2026-01-01T00:00:00Z" if state == "old" else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if state:
        status = {"state": "in_sync" if state == "old" else state, "checked": checked}
        (tmp_path / "status.json").write_text(json.dumps(status), encoding="utf-8")
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == NAGIOS[state], done.stderr
    assert done.stdout.startswith("NetStorage: ")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_cron_prints_the_state_and_the_plan_of_a_failed_check(tmp_path: Path) -> None:
    command = dict(COMMAND.findall(PAGE.read_text(encoding="utf-8")))["cron"]
    (tmp_path / "ansible-playbook").write_text("#!/bin/sh\necho much; exit 2\n", encoding="utf-8")
    (tmp_path / "ansible-playbook").chmod(0o755)
    (tmp_path / "status.json").write_text('{"state": "drift"}', encoding="utf-8")
    (tmp_path / "plan.md").write_text("the plan\n", encoding="utf-8")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env={"PATH": path}, check=True, capture_output=True, text=True)
    assert done.stdout == "drift\nthe plan\n"


def test_nothing_of_the_connection_is_in_the_files() -> None:
    assert not re.search(r"key: [A-Za-z0-9]{16,}", json.dumps(FILES))
