# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The role release where its molecule scenario does not go: a tree on the target, and a live release that is repaired."""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.playing import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.runs import build
from ansible_collections.edgeops.netstorage.tests.integration.service import Link, changes


def released(player: Player, *options: str, **variables: t.Any) -> Outcome:
    return player.play("release.yml", *options, variables={"work": str(player.work), **variables})


def test_a_live_release_is_repaired_only_when_that_is_asked_for(player: Player) -> None:
    build(player.work / "site", {"index.html": "first"})
    assert released(player).status == 0
    live = player.service.tree("/123456")
    assert live["www/current"] == Link("releases/one")

    build(player.work / "site", {"index.html": "mended"})
    refused = released(player)
    assert refused.status != 0
    assert "Release one is live and is not what release_src is" in refused.output
    assert player.service.tree("/123456") == live

    repaired = released(player, release_if_live="repair")
    assert repaired.status == 0, repaired.output
    after = player.service.tree("/123456")
    assert {name for name in live if live[name] != after[name]} >= {"www/releases/one/index.html"}
    assert after["www/current"] == live["www/current"]


def test_a_tree_on_the_target(player: Player) -> None:
    """Here that is the same machine; what counts is that nothing is looked for on the controller."""
    build(player.work / "site", {"index.html": "built there"})
    check = released(player, "--check", release_remote_src=True)
    assert check.status == 0, check.output
    assert changes(check.requests) == []
    assert released(player, release_remote_src=True).status == 0
    assert {"www/releases/one/index.html", "www/current"} <= set(player.service.tree("/123456"))

    nameless = released(player, release_remote_src=True, release_id="")
    assert "the content is not on the controller" in nameless.output
    assert nameless.status != 0
