# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles with ``*_purge: fast``: whatever becomes of a run or its purge, the next one makes up for it."""

from __future__ import annotations

import gzip
import os
import signal
import time
import typing as t
from pathlib import Path
from urllib.parse import quote

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.checkouts import PLAYBOOKS, SITE, Checkout
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import CONNECTION, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Link, Service, changes

URL = "https://www.example.com/"
ALL = {URL + name for name in SITE} | {URL, f"{URL}news/"}
MANY = 7453
TASK = "edgeops.netstorage.mirror : "
PENDING = "www.revision.json.purge/"
FAST = {"mirror_purge": "fast", "mirror_purge_url": "www.example.com", "mirror_purge_base": "/123456/www"}
QUICKLY = {"mirror_report": "", "mirror_revision": "1", "mirror_verify": "none"}


class Deploys(Checkout):
    """Of a pipeline that purges."""

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        self.surroundings = {"NETSTORAGE_API_PROTOCOL": "http", "AKAMAI_EDGERC": str(self.service.edgerc)}

    def play(self, playbook: str = "mirror.yml", *options: str, **variables: t.Any) -> Outcome:
        return super().play(playbook, *options, **{**FAST, "mirror_purge_section": "ccu", **variables})

    def purged(self) -> set[str]:
        return purged(self.service)

    def waiting(self) -> list[str]:
        return [name.removeprefix(PENDING) for name in self.service.tree() if name.startswith(PENDING)]

    def killed(self, request: int, **variables: t.Any) -> None:
        """A run that is killed while it waits for the answer to this request of Fast Purge."""
        control = self.service.emulator.control
        control.add_faults({"action": "ccu:*", "kind": "hang", "nth": request})
        given = {"mirror_src": str(self.site), "mirror_path": "www", **FAST, "mirror_purge_section": "ccu", **QUICKLY}
        given.update(variables)
        environment = {**self.connection(), **self.surroundings}
        running = self.player.start(PLAYBOOKS / "mirror.yml", variables=given, environment=environment)
        until = time.monotonic() + 120
        while control.faults()["faults"][0]["injected"] == 0:
            assert running.poll() is None and time.monotonic() < until, running.communicate()[0]
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert running.stdout is not None
        running.stdout.close()
        control.clear_faults()


def purged(service: Service) -> set[str]:
    return {str(url) for purge in service.emulator.control.purges() for url in purge["objects"]}


@pytest.fixture
def deploys(player: Player) -> Deploys:
    return Deploys(player)


def packed(*names: str) -> bytes:
    return gzip.compress(b"".join(f"/123456/www/{quote(name)}\n".encode() for name in names))


def test_the_next_run_makes_up_for_a_purge_that_failed(deploys: Deploys) -> None:
    """The endpoint is down, then refuses an object, then is asked too much; beside that there are lists of other runs."""
    control = deploys.service.emulator.control
    control.set_knobs(purge_seconds=0)
    control.add_faults({"action": "ccu:*", "kind": "status", "status": 400, "times": None})
    down = deploys.play()
    assert down.status == 2
    deployed = down.results[TASK + "Sync the checkout to NetStorage"]
    assert (deployed["changed"], deployed["plan"]["summary"]["creates"]) == (True, 7)
    assert (deploys.marker(), deploys.purged()) == (None, set())
    assert deploys.waiting() == [deployed["pending_list"].rpartition("/")[2]]

    control.clear_faults()
    now, ago = (time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() - seconds)) for seconds in (60, 90_000))
    there = {f"{now}.1-a.planned.gz": "at work", f"{ago}.1-b.planned.gz": "killed", f"{ago}.2-c.deployed.gz": "left"}
    deploys.service.load({PENDING + name: packed(what) for name, what in there.items()})
    control.add_faults({"action": "ccu:*", "kind": "status", "status": 403, "body": f'{{"detail": "{URL}css/site.css"}}',
                        "headers": {"Content-Type": "application/problem+json"}})  # fmt: skip
    refused = deploys.play(mirror_purge_on_refused="fail")
    assert refused.status == 2
    assert refused.results[TASK + "Purge what has changed"]["failure"]["code"] == "refused_object"
    assert (changes(r for r in refused.requests if not r["action"].startswith("ccu:")), len(deploys.waiting())) == ([], 4)

    control.clear_faults()
    control.add_faults({"action": "ccu:*", "kind": "status", "status": 429, "times": 2, "headers": {"Retry-After": "0"}})
    edgerc = str(deploys.service.edgerc)
    green = deploys.play(mirror_purge_edgerc=edgerc, mirror_purge_method="invalidate", mirror_purge_limit=0)
    assert green.status == 0, green.output
    assert {purge["method"] for purge in control.purges()} == {"invalidate"}
    assert deploys.purged() == {*ALL, f"{URL}at%20work", f"{URL}killed", f"{URL}left"}
    assert deploys.waiting() == [f"{now}.1-a.planned.gz"]
    assert deploys.marker() is not None


def test_a_large_change_is_purged_whenever_the_runner_is_killed(deploys: Deploys) -> None:
    """Between the upload and the purge, and between two requests of the purge, which goes on from the last part that was kept.
    Its plan costs nothing for the purge.
    """
    control = deploys.service.emulator.control
    control.set_knobs(purge_seconds=0)
    (deploys.site / "all").mkdir()
    for number in range(MANY - len(SITE)):
        (deploys.site / f"all/{number:04}.txt").write_bytes(b"%d" % number)
    planned = deploys.play("mirror.yml", "--check", **QUICKLY)
    assert planned.status == 0
    assert TASK + "Fetch the lists that wait for a purge" not in planned.results
    assert changes(planned.requests) == []

    deploys.killed(1)
    assert (deploys.marker(), deploys.purged(), len(deploys.waiting())) == (None, set(), 1)
    deploys.killed(3, _mirror_part_seconds=0.001)
    first, second = (set(purge["objects"]) for purge in control.purges())
    assert [name.rpartition(".")[2] for name in deploys.waiting()] == ["gz", "progress"]
    control.forget_purges()
    green = deploys.play(**QUICKLY)
    assert green.status == 0, green.output
    assert deploys.purged() | first == ALL | {f"{URL}all/{number:04}.txt" for number in range(MANY - len(SITE))}
    assert second < deploys.purged()
    assert green.results[TASK + "Purge what has changed"]["purged"] == MANY + 2 - len(first)
    assert (deploys.waiting(), deploys.marker() is None) == ([], False)


def test_what_visitors_get_is_looked_at_and_what_is_stale_is_purged_once_more(deploys: Deploys) -> None:
    """The second deploy purges another network than the one that is looked at, so it cannot help."""
    deploys.service.emulator.control.set_knobs(purge_seconds=0)
    edge = {"mirror_verify_url": "http://www.example.com", "mirror_verify_connect_to": deploys.service.emulator.edge()}
    given = {**QUICKLY, **edge, "mirror_plan_file": str(deploys.player.work / "plan.json"), "mirror_verify_within": 0}
    fresh = deploys.play(**given, mirror_verify_sample=0, mirror_verify_compare="etag", mirror_purge_on_refused="skip")
    assert fresh.status == 0, fresh.output
    looked = fresh.results[TASK + "Look whether visitors get what was deployed"]
    assert (looked["checked"], looked["verified"], looked["stale_count"]) == (len(ALL), len(ALL), 0)
    assert TASK + "Look again at what visitors get" not in [task for task, became in fresh.became.items() if became != "skipped"]

    marked = deploys.marker()
    deploys.write("css/site.css", "new")
    given["mirror_revision"] = "2"
    deploys.service.emulator.control.forget_purges()
    others = {"mirror_purge_network": "staging", "mirror_purge_cp_codes": [654321], "mirror_purge_pending": "lists"}
    stale = deploys.play(**given, **others)
    assert stale.status == 2
    again = stale.results[TASK + "Look again at what visitors get"]
    assert (again["failure"]["code"], again["stale_urls"]) == ("stale_edge", ["http://www.example.com/css/site.css"])
    purges = [(purge["type"], purge["network"]) for purge in deploys.service.emulator.control.purges()]
    assert purges == [("cpcode", "staging"), ("url", "staging")]
    assert not [name for name in deploys.service.tree() if name.startswith("lists/")]
    assert deploys.marker() not in (None, marked)


LOG = '{{"action": "release", "id": "{}", "at": "2026-11-30T00:00:00Z", "objects": {}, "bytes": {}}}\n'


def written(player: Player, role: dict[str, str]) -> Path:
    """A play of a role, with both connections."""
    config = {"edgerc": "{{ emulator_edgerc }}", "section": "ccu", "api_protocol": "http"}
    defaults = {"group/edgeops.netstorage.usage": CONNECTION, "group/edgeops.netstorage.config": config}
    return player.write("role.json", [{"name": "Role", "ansible.builtin.import_role": role}], module_defaults=defaults)


def test_a_release_purges_what_differs_below_its_link_and_so_does_going_back(player: Player) -> None:
    """In check mode nothing."""
    player.service.emulator.control.set_knobs(purge_seconds=0)
    many = {f"www/releases/old/{number:04}": "x" for number in range(1100)}
    player.service.load({**many, "www/releases/old/same": "same", "www/current": Link("releases/old")})
    (player.work / "site").mkdir()
    (player.work / "site/same").write_text("same")
    (player.work / "site/index.html").write_text("new")
    role = {"name": "edgeops.netstorage.release"}
    given = {
        "release_src": str(player.work / "site"), "release_path": "www", "release_id": "new", "release_purge": "fast",
        "release_purge_url": "www.example.com", "release_by": "somebody",
    }  # fmt: skip
    book = written(player, role)
    check = player.play(book, "--check", variables=given)
    assert (check.status, changes(check.requests), purged(player.service)) == (0, [], set()), check.output
    options = {
        "release_purge_base": "/123456/www/current", "release_purge_index": ["index.html"], "release_purge_pending": "www.purge",
        "release_purge_method": "invalidate", "release_purge_network": "staging", "release_purge_limit": 0,
        "release_purge_cp_codes": [], "release_purge_on_refused": "skip", "release_purge_section": "ccu",
        "release_purge_edgerc": str(player.service.edgerc), "release_plan_file": str(player.work / "plan.json"),
        "release_verify_url": "http://www.example.com/current", "release_verify_compare": "etag", "release_verify_sample": 0,
        "release_verify_within": 0, "release_verify_connect_to": player.service.emulator.edge("staging"),
    }  # fmt: skip
    real = player.play(book, variables={**given, **options})
    assert real.status == 0, real.output
    looked = real.results["edgeops.netstorage.mirror : Look whether visitors get what was deployed"]
    assert (looked["verified"], looked["stale_count"]) == (3, 0)
    everything = {URL + f"{number:04}" for number in range(1100)} | {URL, f"{URL}index.html"}
    assert purged(player.service) == everything
    assert not [name for name in player.service.tree() if name.startswith("www.purge/")]

    player.service.load({"www/releases/before/index.html": "old", "www/releases/before/same": "same"})
    player.service.load({"www.revisions.jsonl": LOG.format("before", 2, 7) + LOG.format("new", 2, 7)})
    player.service.emulator.control.forget_purges()
    role["name"] = "edgeops.netstorage.rollback"
    more = {"rollback_path": "www", "rollback_purge": "fast", "rollback_by": "somebody"}
    back = player.play(written(player, role), variables={**given, **more})
    assert back.status == 0, back.output
    assert player.service.tree()["www/current"] == Link("releases/before")
    assert purged(player.service) == {URL, f"{URL}index.html"}
