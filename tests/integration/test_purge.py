# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_purge in plays: both ways of running, check mode, credentials from everywhere, and a secret that nobody sees."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.modules.ns_purge import EXAMPLES
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    ACCESS_TOKEN,
    ACCOUNT,
    CLIENT_SECRET,
    CLIENT_TOKEN,
    KEY,
    Service,
)

URL = "https://www.example.com"
SITE = {"a b.css": "new", "news/index.html": "page", "same.txt": "same"}
THERE = {"www/gone": "gone", "www/same.txt": "same"}
CHANGED = [f"{URL}/a%20b.css", f"{URL}/news/index.html", f"{URL}/news/", f"{URL}/gone"]
PAGE = Path(__file__).parents[2] / "docs" / "purge.md"
SECRETS = (CLIENT_SECRET, CLIENT_TOKEN, ACCESS_TOKEN)
FAILS = {
    "An account of others": "no account switch key",
    "Two lists at once": "urls and cache_tags are set",
    "A section that is not there": "has no section 'nowhere'",
}


class Ran(t.NamedTuple):
    """What came of a run, and what the emulator was asked to purge."""

    outcome: Outcome
    purges: list[dict[str, t.Any]]


def play(service: Service, work: Path, run: str, way: str) -> Ran:
    service.reset()
    service.load(THERE)
    player = Player(service, work)
    build(work / "site", SITE)
    (work / "urls.txt").write_text(f"{URL}/1\nhttps://other.example.com/2\n{URL}/3\n", encoding="ascii")
    shutil.rmtree(work / "lists", ignore_errors=True)  # with what another run has noted there
    (work / "lists").mkdir()
    (work / "lists/1.deployed.gz").write_bytes(gzip.compress(b"/123456/www/4\n"))
    options = ["-vvv", *(["--check"] if run == "check" else []), *(by_the_module(work) if way == "module" else [])]
    outcome = player.play("purge.yml", *options)
    return Ran(outcome, service.emulator.control.purges())


@pytest.fixture(scope="module")
def ran(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ran]:
    work = tmp_path_factory.mktemp("purge")
    return {(run, way): play(service, work, run, way) for run in ("check", "real") for way in ("here", "module")}


@pytest.mark.parametrize("way", ["here", "module"])
def test_what_a_deploy_changed_is_purged(ran: dict[tuple[str, str], Ran], way: str) -> None:
    outcome, purges = ran["real", way]
    assert outcome.status == 0, outcome.output
    found = [(one["method"], one["network"], one["type"], sorted(map(str, one["objects"]))) for one in purges]
    assert found == [
        ("invalidate", "production", "url", sorted(CHANGED)),
        ("delete", "staging", "url", sorted(CHANGED)),
        ("invalidate", "production", "url", [f"{URL}/1", f"{URL}/3"]),
        ("invalidate", "production", "url", [f"{URL}/4"]),
        ("invalidate", "production", "cpcode", ["123456", "654321"]),
        ("invalidate", "production", "tag", ["news"]),
    ]
    results = outcome.results
    assert (results["What has changed"]["purged"], results["What has changed"]["pending"]) == (4, [])
    assert results["A list of URLs"]["refused"] == ["https://other.example.com/2"]
    assert results["What has changed"]["credentials"].endswith("edgerc [ccu]")
    assert results["Lists of a directory"]["stopped"] is False
    assert results["Lists of a directory"]["progress_files"][0].endswith("/lists/1.deployed.gz.progress")
    assert results["Tags"]["credentials"] == "options"
    assert results["Nothing"]["changed"] is False
    assert "It was left out (on_refused: skip)" in outcome.output


@pytest.mark.parametrize("way", ["here", "module"])
def test_check_mode_purges_nothing(ran: dict[tuple[str, str], Ran], way: str) -> None:
    outcome, purges = ran["check", way]
    assert purges == []
    assert [request for request in outcome.requests if str(request["action"]).startswith("ccu:")] == []
    told = outcome.results["What has changed"]
    assert (told["changed"], told["to_purge"], told["request_count"], told["purged"]) == (True, 4, 1, 0)


@pytest.mark.parametrize("run", ["check", "real"])
@pytest.mark.parametrize("way", ["here", "module"])
def test_a_purge_that_cannot_be_is_refused_with_what_to_do(ran: dict[tuple[str, str], Ran], run: str, way: str) -> None:
    results = ran[run, way].outcome.results
    for task, told in FAILS.items():
        if (run, task) == ("check", "A section that is not there"):
            assert any(told in note for note in results[task]["notes"])
            continue
        assert told in results[task]["msg"]
        assert results[task]["failure"]["code"] == "bad_options"


@pytest.mark.parametrize("run", ["check", "real"])
def test_both_ways_of_running_a_purge_have_one_result(ran: dict[tuple[str, str], Ran], run: str) -> None:
    """But for the ids of purges and what is left in the buckets."""
    here, module = (ran[run, way].outcome.results for way in ("here", "module"))
    for task in here:
        if "purge" in str(here[task].get("invocation")) and task not in ("A deploy", "A link whose purge waits"):
            assert _settled(here[task]) == _settled(module[task]), task


def _settled(result: dict[str, t.Any]) -> dict[str, t.Any]:
    hidden = {"requests", "rate", "exception", "warnings", "failed_when_suppressed_exception"}
    found: dict[str, t.Any] = json.loads(json.dumps({name: value for name, value in result.items() if name not in hidden}))
    return {name: value for name, value in found.items() if not name.startswith("_ansible")}


@pytest.mark.parametrize("way", ["here", "module"])
def test_no_secret_of_an_api_client_is_shown(ran: dict[tuple[str, str], Ran], way: str) -> None:
    for run in ("check", "real"):
        outcome = ran[run, way].outcome
        shown = outcome.output + json.dumps(outcome.results) + json.dumps(outcome.requests)
        assert [secret for secret in SECRETS if secret in shown] == []


def test_the_examples_of_ns_purge_work(player: Player) -> None:
    """As they stand in the documentation, but for where the services and the files are."""
    build(player.work / "site", SITE)
    player.service.load(THERE)
    player.service.emulator.control.set_knobs(purge_seconds=0)
    (player.work / ".edgerc").write_bytes(player.service.edgerc.read_bytes())
    (player.work / "urls.txt").write_text(f"{URL}/1\n", encoding="ascii")
    (player.work / "lists").mkdir()
    (player.work / "lists/1.deployed.gz").write_bytes(gzip.compress(b"/123456/www/4\n"))
    text = EXAMPLES.replace("/var/lib/deploy", str(player.work)).replace("urls.txt", f"{player.work}/urls.txt")
    text = text.replace("changed_paths_file: lists/", f"changed_paths_file: {player.work}/lists")
    tasks = yaml.safe_load(text.replace("src: site/", f"src: {player.work}/site/"))
    connection = {name: tasks[0]["edgeops.netstorage.ns_sync"].pop(name) for name in ("host", "root", "account", "key")}
    assert connection["host"] == "example-nsu.akamaihd.net"
    environment = {"HOME": str(player.work), "NETSTORAGE_API_PROTOCOL": "http", "AKAMAI_EDGERC_SECTION": "ccu"}
    akamai = {"host": player.service.emulator.api_host, "client_token": CLIENT_TOKEN, "access_token": ACCESS_TOKEN}
    variables = {"akamai": {**akamai, "client_secret": CLIENT_SECRET}}
    playbook = player.write("examples.yml", tasks)
    foreseen = player.play(playbook, "--check", variables=variables, environment=environment)
    assert foreseen.status == 0, foreseen.output
    assert player.service.emulator.control.purges() == []
    outcome = player.play(playbook, variables=variables, environment=environment)
    assert outcome.status == 0, outcome.output
    assert set(outcome.results) == {task["name"] for task in tasks}
    found = [(one["type"], len(one["objects"])) for one in player.service.emulator.control.purges()]
    assert found == [("url", 4), ("url", 4), ("cpcode", 1), ("url", 1), ("tag", 2), ("url", 1)]


@every_core("in process", ways=["here"])
def test_the_playbook_of_the_page_deploys_and_purges(player: Player) -> None:
    """And the run after one whose purge failed, or that was killed before it, makes up for it, although nothing has changed."""
    block = re.search(r"^```yaml\n(---\n- name: Deploy and purge.*?)^```$", PAGE.read_text("utf-8"), flags=re.M | re.S)
    assert block is not None
    playbook = player.work / "deploy.yml"
    playbook.write_text(block[1], encoding="utf-8")
    build(player.work / "site", SITE)
    control = player.service.emulator.control
    environment = {
        "NETSTORAGE_HOST": player.service.emulator.host_port, "NETSTORAGE_ROOT": "/123456", "NETSTORAGE_ACCOUNT": ACCOUNT,
        "NETSTORAGE_KEY": KEY, "NETSTORAGE_PROTOCOL": "http", "NETSTORAGE_API_PROTOCOL": "http",
        "AKAMAI_EDGERC": str(player.service.edgerc), "AKAMAI_EDGERC_SECTION": "ccu",
    }  # fmt: skip
    variables = {"site": str(player.work / "site"), "state": str(player.work)}

    def run(*options: str) -> Outcome:
        return player.play(playbook, *options, variables=variables, environment=environment)

    def purged() -> set[str]:
        found = {str(one) for purge in control.purges() for one in purge["objects"]}
        control.forget_purges()
        return found

    for trouble in ("none", "refused", "killed"):
        player.service.reset()
        player.service.load(THERE)
        control.set_knobs(purge_seconds=0)
        if trouble == "refused":
            control.add_faults({"status": 400, "action": "ccu:*"})
        if trouble == "killed":
            end = "    - ansible.builtin.fail:\n    - name: Purge what has changed"
            playbook.write_text(block[1].replace("    - name: Purge what has changed", end), encoding="utf-8")
        assert (run().status == 0) is (trouble == "none")
        assert purged() == (set(CHANGED) if trouble == "none" else set())
        playbook.write_text(block[1], encoding="utf-8")
        again = run()
        assert again.status == 0, again.output
        assert purged() == (set() if trouble == "none" else set(CHANGED))
        assert [file.name for file in player.work.iterdir() if file.name.startswith(("purge.", "changed"))] == []
        assert "changed=0" in run("--check").output
