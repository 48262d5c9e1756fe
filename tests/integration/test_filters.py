# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters in playbooks: with every option, on real results, in check mode and for real; and their examples."""

from __future__ import annotations

import importlib
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PLAYBOOKS, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link

pytestmark = every_core("filters")

SITE = {"site/index.html": "front", "site/a b/ü+1.css": "css"}
OLD = {"www/": DIR, "www/releases/": DIR, "www/releases/1/old.html": "old", "www/current": Link("releases/1")}
FILTERS = ("ns_purge_urls", "ns_plan_markdown", "ns_plan_html")


@pytest.mark.parametrize("options", [("--check",), ()], ids=["check", "real"])
def test_filters_read_the_result_of_a_sync(player: Player, options: tuple[str, ...]) -> None:
    """What would change in check mode is what changes."""
    build(player.work, SITE)
    player.service.load(OLD)
    outcome = player.play("filters.yml", *options)
    facts = outcome.results["What came of it"]["ansible_facts"]
    assert facts["plain"] == ["https://static.example.com/a%20b/%C3%BC+1.css", "https://static.example.com/index.html"]
    assert facts["linked"] == [
        "https://www.example.com/",
        "https://www.example.com/old.html",
        "https://www.example.com/index.html",
    ]
    assert facts["several"] == ["https://api.example.com/version.json"]
    assert [len(batch) for batch in facts["batched"]] == [1, 2]
    table = facts["table"].splitlines()
    assert table[:3] == ["### Release 2", "", "**4 creates, 1 change**, 8 bytes to send"]
    assert table[-1] == "… and 2 more."
    said = "Changes" if options else "Deployed"
    assert f"<title>{said}: Release 2</title>" in facts["page"] and "4f1c2d9" in facts["page"]
    assert f"<title>{'Drift' if options else said}: Plan for /123456/www/releases/2</title>" in facts["drift"]
    assert f"<title>{said}: Plan for /123456/www/releases/2</title>" in facts["document"]
    assert "<bdi>a b/ü+1.css</bdi>" in facts["document"] and "edgeops.netstorage/plan/1" in facts["document"]
    assert "Not below /123456/api" in outcome.output and "Correct base" in outcome.output


def documentation(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.filter.{name}")


@pytest.mark.parametrize("name", FILTERS)
def test_every_option_is_used(name: str) -> None:
    documented = yaml.safe_load(documentation(name).DOCUMENTATION)
    named = set(documented["options"]) - {"_input", *(word.strip() for word in documented["positional"].split(","))}
    text = (PLAYBOOKS / "filters.yml").read_text(encoding="utf-8")
    assert [option for option in named if f"{option}=" not in text] == []


@pytest.mark.parametrize("name", FILTERS)
def test_the_examples_of_a_filter_work(player: Player, name: str) -> None:
    build(player.work, {"site/index.html": "front"})
    build(player.work, {"purge.yml": "- name: One request\n  ansible.builtin.debug:\n    msg: '{{ purge_objects }}'\n"})
    old = {"current": Link("releases/2026-10"), "releases/2026-10/": DIR, "releases/2026-10/index.html": "old"}
    player.service.load({**old, "releases/2026-11/index.html": "new"})
    outcome = player.play(player.write("examples.yml", yaml.safe_load(documentation(name).EXAMPLES)))
    assert outcome.status == 0, outcome.output
    if name == "ns_purge_urls":
        wanted = ["https://www.example.com/", "https://www.example.com/index.html"]
        assert outcome.results["The URLs of all pages of both releases"]["msg"] == wanted
    elif name == "ns_plan_html":
        page = (player.work / "plan.html").read_text(encoding="utf-8")
        assert "<title>Changes: Deploy to www.example.com</title>" in page and "<ins>+front\n</ins>" in page
        assert "<strong>Drift</strong>" in (player.work / "drift.html").read_text(encoding="utf-8")
    else:
        assert (player.work / "plan.md").read_text(encoding="utf-8").startswith("### Deploy to www&#46;example.com")
