# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_verify_edge in plays: both ways of running, check mode, headers that nobody sees, and a whole deploy with its purge."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.modules.ns_verify_edge import EXAMPLES
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY, Service

SITE = {"a b.css": "new", "news/index.html": "page", "same.txt": "same"}
THERE = {"www/gone": "gone", "www/same.txt": "same"}
PAGE = Path(__file__).parents[2] / "docs" / "verify.md"
CATCH_UP = """
    - name: Have the replica catch up
      ansible.builtin.uri:
        url: CONTROL/knobs
        method: POST
        body_format: json
        body: { edge_replica_lag: 0 }
"""
SECRETS = ("a-token-that-nobody-should-see", "another-token-of-that-kind")


def play(service: Service, work: Path, run: str, way: str) -> Outcome:
    service.reset()
    service.load(THERE)
    build(work / "site", SITE)
    options = ["-vvv", *(["--check"] if run == "check" else []), *(by_the_module(work) if way == "module" else [])]
    return Player(service, work).play("verify_edge.yml", *options)


@pytest.fixture(scope="module")
def ran(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Outcome]:
    work = tmp_path_factory.mktemp("verify")
    ways = (("real", "here"), ("real", "module"), ("check", "here"))
    return {(run, way): play(service, work, run, way) for run, way in ways}


@every_core("masking")
@pytest.mark.parametrize("way", ["here", "module"])
def test_a_play_tells_what_visitors_get(ran: dict[tuple[str, str], Outcome], way: str) -> None:
    outcome = ran["real", way]
    assert outcome.status == 0, outcome.output
    results = outcome.results
    whole = results["What it has changed"]
    assert (whole["checked"], whole["verified"], whole["left_out"], whole["changed"]) == (4, 4, 0, False)
    sample = results["A sample by its heads"]
    assert (sample["checked"], sample["verified"], sample["left_out"]) == (2, 2, 2)
    assert results["What is there"]["verified"] == 2
    failed = results["What is expected and what is not there"]
    assert (failed["failure"]["code"], failed["verified"]) == ("stale_edge", 3)
    assert [one["url"] for one in failed["stale"]] == failed["stale_urls"] == ["http://www.example.com/news/"]
    assert results["What a header may not hold"]["failure"]["code"] == "bad_options"


@pytest.mark.parametrize("way", ["here", "module"])
def test_no_value_of_a_header_is_shown(ran: dict[tuple[str, str], Outcome], way: str) -> None:
    """And what is no secret masks nothing."""
    outcome = ran["real", way]
    shown = outcome.output + json.dumps(outcome.results) + json.dumps(outcome.requests)
    assert [secret for secret in SECRETS if secret in shown] == []
    given = outcome.results["What it has changed"]["invocation"]["module_args"]
    assert given["headers"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_both_ways_of_running_a_look_have_one_result(ran: dict[tuple[str, str], Outcome]) -> None:
    here, module = (ran["real", way].results for way in ("here", "module"))
    for task in here:
        if task != "A deploy":
            assert _settled(here[task]) == _settled(module[task]), task


def _settled(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """But for what depends on the time: an age, and so the likely cause."""
    hidden = {"seconds_until_fresh", "exception", "warnings", "failed_when_suppressed_exception", "invocation", "msg"}
    found: dict[str, t.Any] = json.loads(re.sub(r'"age": \d+', '"age": 0', json.dumps(result)))
    found.get("failure", {}).pop("hint", None)
    return {name: value for name, value in found.items() if name not in hidden and not name.startswith("_ansible")}


def test_nothing_is_looked_at_in_check_mode(ran: dict[tuple[str, str], Outcome]) -> None:
    outcome = ran["check", "here"]
    assert outcome.status == 0, outcome.output
    assert [one for one in outcome.requests if str(one["action"]).startswith("edge:")] == []
    assert outcome.became["What it has changed"] == "skipped"
    assert outcome.results["What it has changed"]["stale_urls"] == []
    assert "Nothing is deployed in check mode" in outcome.output


def test_the_examples_of_ns_verify_edge_can_be_read(player: Player) -> None:
    """As they stand in the documentation; in check mode, as the hosts are not there."""
    tasks = yaml.safe_load(EXAMPLES)
    playbook = player.write("examples.yml", tasks)
    outcome = player.play(playbook, "--check", variables={"staging_token": "a-token-of-the-staging-network"})
    assert outcome.status == 0, outcome.output
    assert set(outcome.became.values()) == {"skipped"}


@every_core("in process", ways=["here"])
def test_the_playbook_of_the_page_deploys_purges_and_looks(player: Player) -> None:
    """A replica that lags has the edge keep the old content after the first purge, and the second one helps."""
    block = re.search(r"^```yaml\n(---\n- name: Deploy, purge, look.*?)^```$", PAGE.read_text("utf-8"), flags=re.M | re.S)
    assert block is not None
    control = player.service.emulator.control
    playbook = player.work / "deploy.yml"
    edge = f"connect_to: {player.service.emulator.edge()}"
    added = {
        "      edgeops.netstorage.ns_verify_edge: &look\n": f"        {edge}\n        within: 0\n",
        "      failed_when: false # what is stale is purged once more\n": CATCH_UP.replace("CONTROL", control.address),
    }
    text = block[1]
    for line, more in added.items():
        assert line in text
        text = text.replace(line, line + more)
    playbook.write_text(text, encoding="utf-8")
    build(player.work / "site", SITE)
    environment = {
        "NETSTORAGE_HOST": player.service.emulator.host_port, "NETSTORAGE_ROOT": "/123456", "NETSTORAGE_ACCOUNT": ACCOUNT,
        "NETSTORAGE_KEY": KEY, "NETSTORAGE_PROTOCOL": "http", "NETSTORAGE_API_PROTOCOL": "http",
        "AKAMAI_EDGERC": str(player.service.edgerc), "AKAMAI_EDGERC_SECTION": "ccu",
    }  # fmt: skip
    variables = {"site": str(player.work / "site"), "state": str(player.work), "site_url": "http://www.example.com"}
    player.service.load({**THERE, "www/news/index.html": "old page"})
    control.set_knobs(purge_seconds=0)
    first = player.play(playbook, variables=variables, environment=environment)
    assert first.status == 0, first.output
    assert (first.results["Look whether visitors get it"]["verified"], first.became["Look again"]) == (4, "skipped")
    (player.work / "site" / "news" / "index.html").write_text("newer page", encoding="utf-8")
    control.set_knobs(edge_replica_lag=600_000)
    second = player.play(playbook, variables=variables, environment=environment)
    assert second.status == 0, second.output
    looked = second.results["Look whether visitors get it"]
    assert (looked["failure"]["code"], looked["verified"], second.became["Look again"]) == ("stale_edge", 0, "ok")
