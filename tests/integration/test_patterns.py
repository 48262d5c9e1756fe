# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns in playbooks: what can match nothing fails with the spelling that would, and what matched nothing is told."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import Checkout
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, changes

TOLD = {
    "A dot in front": "protect: './uploads/' can match nothing: it has an empty, . or .. component. Write '/uploads/'.",
    "Alternatives in braces": "Write one pattern for each: '*.png', '*.jpg'.",
    "The CP code": "is absolute, and patterns are relative to /123456/site. Write '/uploads/'.",
    "The folder of the source": "Write '/drafts/'.",
    "Templates in another folder": "templates: '../*.j2' can match nothing",
    "What must not be published": "refuse: '*.{sql,bak}' has a brace",
    "What is not to be fetched": "exclude: '[draft' can match nothing: the bracket has no end",
    "What is to be found": "patterns: '*.{png,jpg}' has a brace",
    "What is to be summed": "exclude: './drafts/' can match nothing",
}
THERE = {
    "site/index.html": "old", "site/uploads/": DIR, "site/uploads/u": "u", "site/[slug].html": "live", "site/s.html": "s",
}  # fmt: skip


@pytest.fixture(scope="module")
def played(stage: Player) -> Outcome:
    stage.service.reset()
    stage.service.load(THERE)
    build(stage.work / "site", {"index.html": "new", "drafts/a.html": "a"})
    return stage.play("patterns.yml")


@pytest.mark.parametrize("task", TOLD)
def test_what_can_match_nothing_is_refused(played: Outcome, task: str) -> None:
    assert played.became[task] == "failed"
    assert TOLD[task] in played.results[task]["msg"]


def test_what_a_backslash_names_is_protected(played: Outcome, stage: Player) -> None:
    result = played.results["Brackets that are part of a name"]
    assert played.became["Brackets that are part of a name"] == "ok"
    assert result["plan"]["summary"]["protected"] == 3
    assert "site/s.html" not in stage.service.tree()


def test_what_matched_nothing_is_told(played: Outcome) -> None:
    sent, fetched, found = (played.results[task] for task in ("Brackets that are part of a name", "Fetched", "Found"))
    near = "protect: 'Uploads/' matched nothing; 'uploads/' would match but for upper and lower case"
    assert sent["unmatched_patterns"] == {"exclude": ["tmp/"], "protect": ["Uploads/"]}
    assert sent["notes"] == [near]
    assert near in " ".join(played.output.split())  # ansible-core wraps warnings up to 2.18
    assert fetched["unmatched_patterns"] == {"include": ["*.css"]}
    assert found["unmatched_patterns"] == {"patterns": ["*.HTM[L]"]}
    assert [entry["name"] for entry in found["entries"]] == ["[slug].html", "index.html"]


@pytest.mark.parametrize("option", ["include", "exclude", "protect"])
def test_a_mirror_refuses_them_too(player: Player, option: str) -> None:
    refused = Checkout(player).play("mirror.yml", **{f"mirror_{option}": ["css/", "./uploads/"]})
    assert refused.status != 0
    assert f"{option}: './uploads/' can match nothing" in refused.output
    assert changes(refused.requests) == []


@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_release_refuses_them_too(player: Player, option: str) -> None:
    build(player.work / "site", {"index.html": "first"})
    variables = {"work": str(player.work), f"release_{option}": ["css/", "{a,b}.html"]}
    refused = player.play("release.yml", variables=variables)
    assert refused.status != 0
    assert f"{option}: '{{a,b}}.html' has a brace" in refused.output
    assert changes(refused.requests) == []
