# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role storage_group: in several runs, waiting, broken off at whatever point. Nothing is made twice."""

from __future__ import annotations

import json
import re
import stat
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.guides import DOCS, Reader, files_of
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, NEW_SITE, Request, described

PAGE = DOCS / "provisioning.md"
Task = dict[str, t.Any]

MAKES = {
    "cp_code": ("POST", "/storage/v1/cpcodes"),
    "storage_group": ("POST", "/storage/v1/storage-groups"),
    "upload_account": ("POST", "/storage/v1/upload-accounts"),
    "key": ("PUT", "/keys/g2o"),
}
OBJECTS = list(MAKES)
LOST = {"kind": "reset", "when": "before_answer", "done": True}
REFUSED = {"kind": "status", "status": 400}
HOUR = 3_600_000


def made(requests: t.Sequence[Request]) -> dict[str, int]:
    """How many of each object the service has made, as its journal says."""
    counted = dict.fromkeys(OBJECTS, 0)
    for request in requests:
        for name, (method, path) in MAKES.items():
            if request["method"] == method and request["path"].endswith(path) and is_done(request):
                counted[name] += 1
    return counted


def is_done(request: Request) -> bool:
    """Whether it was carried out, whatever became of its response."""
    return request["status"] in (200, 201) or request["note"].endswith(", done")


class Stage:
    """A player, and the variables of the role."""

    def __init__(self, player: Player) -> None:
        self.player, self.control = player, player.service.emulator.control
        self.key_file = player.work / "deploy.key"
        self.given: dict[str, t.Any] = {
            "storage_group_contract": "C-TEST001", "storage_group_name": "shop", "storage_group_domain_prefix": "shop",
            "storage_group_zones": ["europe", "us"], "storage_group_account": "deploy-shop",
            "storage_group_email": "ops@example.com", "storage_group_directories": ["www"],
            "storage_group_key_file": str(self.key_file), "storage_group_host": player.service.emulator.host_port,
        }  # fmt: skip
        self.environment = {
            "ANSIBLE_CALLBACKS_ENABLED": "task_results,steering", "STEER": self.control.address, "STEER_IN": str(player.work),
            "NETSTORAGE_PROTOCOL": "http",
        }  # fmt: skip

    def play(self, tasks: t.Sequence[Task], *options: str, **variables: t.Any) -> Outcome:
        defaults = {"edgerc": str(self.player.service.edgerc), "section": "ccu", "api_protocol": "http", "max_retries": 0}
        book = self.player.write("role.json", tasks, module_defaults={"group/edgeops.netstorage.config": defaults})
        variables = {**self.given, **variables}
        return self.player.play(book, *options, variables=variables, environment=self.environment)


@pytest.fixture
def stage(player: Player) -> Stage:
    return Stage(player)


def role(name: str = "Run the role", **variables: t.Any) -> Task:
    return {"name": name, "ansible.builtin.include_role": {"name": "edgeops.netstorage.storage_group"}, "vars": variables}


def expect(*conditions: str) -> Task:
    return {"name": "Expect", "ansible.builtin.assert": {"that": list(conditions), "quiet": True}}


def state(there: int, pending: int) -> Task:
    """So many objects are there, so many after them are pending, and the others are missing."""
    parts = {"there": OBJECTS[:there], "pending": OBJECTS[there : there + pending], "missing": OBJECTS[there + pending :]}
    return expect(*(f"storage_group_state.{name} == {names}" for name, names in parts.items()),
                  f"storage_group_state.ready == {there == len(OBJECTS)}")  # fmt: skip


def control(method: str, path: str, body: object = None) -> Task:
    said = "" if body is None else f" {body if isinstance(body, str) else json.dumps(body)}"
    return {"name": f"Control {method} {path}{said}", "ansible.builtin.debug": {"verbosity": 5}}


NEXT_DAY = control("POST", "/config/propagate", {})


def test_each_run_makes_what_can_be_made_and_says_what_is_missing(stage: Stage) -> None:
    """A service on which everything takes its time, and refuses whatever is built upon what is pending."""
    stage.control.set_knobs(propagation_config=HOUR, new_cpcode="propagated", add_while_pending=400)
    foreseen = stage.play([role(), state(0, 0)], "--check", "--diff")
    assert (foreseen.status, {one["method"] for one in foreseen.requests}) == (0, {"GET"}), foreseen.output
    assert not stage.key_file.exists()
    runs = [(0, 1), (1, 1), (2, 1), (2, 2), (4, 0)]
    tasks = [one for there, pending in runs for one in (role(), state(there, pending), NEXT_DAY)]
    more = {"storage_group_cp_code_name": "the shop", "storage_group_cp_code_settings": {"serve_from_zip": True},
            "storage_group_group_id": 31415}  # fmt: skip
    outcome = stage.play([*tasks[:2], *tasks], "-vvv", "--diff", **more)
    assert outcome.status == 0, outcome.output
    assert made(outcome.requests) == dict.fromkeys(OBJECTS, 1)
    found = stage.control.contract()
    assert found["storage_groups"][0]["cpcodes"][0]["serveFromZip"] is True
    assert found["upload_accounts"][0]["accessConfig"]["cpcodes"][0]["subDirectoryRestrictions"] == ["/1000001/www"]
    key = found["upload_accounts"][0]["keys"]["g2o"][0]["key"]
    assert (stage.key_file.read_text(encoding="utf-8"), stat.S_IMODE(stage.key_file.stat().st_mode)) == (f"{key}\n", 0o600)
    assert key not in outcome.output
    told = re.findall(r"^\| [1-3] \| `(shop, CP code .*)` \|$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    assert [outcome.output.count(f'"{one}"') for one in told] == [1, 1, 1], "as on the page"


def test_the_playbook_of_the_page_goes_from_nothing_to_visitors(player: Player) -> None:
    """Everything is pending for a second, and the run waits for that. Afterwards it is a deploy that has nothing to do."""
    reader = Reader(player)
    for name, text in files_of(PAGE.read_text(encoding="utf-8")):
        (player.work / name).parent.mkdir(parents=True, exist_ok=True)
        (player.work / name).write_text(text, encoding="utf-8")
    waiting = {"storage_group_wait": True, "storage_group_wait_interval": 1, "storage_group_wait_timeout": 90}
    given = {**reader.settings, **waiting, "contract": "C-TEST001"}
    player.service.emulator.control.set_knobs(propagation_config=1000, new_cpcode="propagated", add_while_pending=400)
    first = player.play(player.work / "site.yml", variables=given, environment=reader.connection)
    assert first.status == 0, first.output
    assert made(first.requests) == dict.fromkeys(OBJECTS, 1)
    assert player.service.tree("/1000001") == described({"www/": DIR, "www/index.html": "<h1>Shop</h1>\n"})
    assert player.service.emulator.control.purges()[0]["objects"] == [f"https://{NEW_SITE}/index.html", f"https://{NEW_SITE}/"]
    looked = first.results["Look whether visitors get it"]
    assert (looked["verified"], looked["stale_count"]) == (2, 0)
    assert not [one for one in first.requests if one["api"] == "usage" and one["status"] >= 400 and one["action"] != "stat"]
    second = player.play(player.work / "site.yml", variables=given, environment=reader.connection)
    assert second.status == 0, second.output
    assert (made(second.requests), second.results["Deploy"]["changed"]) == (dict.fromkeys(OBJECTS, 0), False)
    foreseen = player.play(player.work / "site.yml", "--check", variables=given, environment=reader.connection)
    assert foreseen.status == 0, foreseen.output


def test_a_fault_at_whatever_request_makes_nothing_twice(stage: Stage) -> None:
    """Runs in which the first request is refused, the second, and so on. After a change that is the look for what became of it:
    then the object is there, the run has failed, and the next state is begun with. Its first two requests are the same again.
    """
    number = "number | default(1)"
    fault = json.dumps({**REFUSED, "action": "config:*", "nth": "NUMBER"}).replace('"NUMBER"', f"{{{{ {number} }}}}")
    following = {"number": f"{{{{ 3 if ansible_failed_result.changed else {number} + 1 }}}}"}
    run = {
        "name": "Run",
        "when": "not storage_group_state.ready | default(false)",
        "block": [control("POST", "/faults", f"[{fault}]"), role()],
        "rescue": [{"name": "Control DELETE /faults", "ansible.builtin.set_fact": following}],
    }
    outcome = stage.play([*[run] * 24, state(4, 0)], storage_group_try_key=False)
    assert outcome.status == 0, outcome.output
    faults = [request for request in outcome.requests if "fault" in request["note"]]
    assert {f"{one['method']} {one['path'].rpartition('/')[2]}" for one in faults} == {
        f"{one['method']} {one['path'].rpartition('/')[2]}" for one in outcome.requests
    }, "each request has failed at least once"
    assert len(faults) == 23
    assert made(outcome.requests) == dict.fromkeys(OBJECTS, 1)
    (account,) = stage.control.contract()["upload_accounts"]
    assert [key["key"] for key in account["keys"]["g2o"]] == [stage.key_file.read_text(encoding="utf-8").strip()]


def test_lost_responses_and_a_key_that_does_not_work_yet(stage: Stage) -> None:
    for method in ("POST", "PUT"):
        stage.control.add_faults({**LOST, "action": f"config:{method} *", "times": None})
    stage.control.add_faults({**REFUSED, "action": "stat", "status": 403})
    outcome = stage.play([role("First"), state(3, 1), role("Second"), state(4, 0)])
    assert outcome.status == 0, outcome.output
    assert made(outcome.requests) == dict.fromkeys(OBJECTS, 1)
    assert [one["status"] for one in outcome.requests if one["action"] == "stat"] == [403, 404]
    assert outcome.output.count("sees whether the key works. stat of /1000001/www was answered with 403") == 1
    assert outcome.output.count("The response to a change was lost") == 1, "Ansible shows the same warning once"


def test_a_run_that_is_killed_before_whatever_task_is_made_up_for(stage: Stage) -> None:
    """From the first task that sends something on."""
    to_go, seen = stage.player.work / "tasks to go", []
    for number in range(2, 100):
        to_go.write_text(str(number), encoding="utf-8")
        outcome = stage.play([role(), state(4, 0)])
        seen += outcome.requests
        if outcome.status == 0:
            break
        assert outcome.status == -9, outcome.output
    assert number > 10, "each task of the role"
    assert made(seen) == dict.fromkeys(OBJECTS, 1)


def test_what_nobody_can_build_upon_is_refused(stage: Stage) -> None:
    """The CP code is not said where there are several; the deletion of the storage group was asked for."""
    zones = [{"zoneName": "europe"}, {"zoneName": "us"}]
    groups = [
        {"storageGroupName": "two", "domainPrefix": "two", "zones": zones, "cpcodes": [{"cpcodeId": 7}, {"cpcodeId": 8}]},
        {"storageGroupName": "going", "domainPrefix": "going", "zones": zones, "cpcodes": [{"cpcodeId": 9}], "markedBy": "me"},
    ]
    stage.control.load_contract({"cp_codes": [7, 8, 9, 10], "storage_groups": groups})
    two = {"storage_group_name": "two", "storage_group_domain_prefix": "two"}
    several = stage.play([role()], **two)
    assert several.status == 2
    assert "The storage group two has the CP codes 7, 8. Set storage_group_cp_code" in " ".join(several.output.split())
    going = stage.play([role()], storage_group_name="going", storage_group_domain_prefix="going")
    assert going.status == 2
    assert "The deletion of the storage group going waits for a second person" in " ".join(going.output.split())
    assert made([*several.requests, *going.requests]) == dict.fromkeys(OBJECTS, 0)
    given = stage.play([role(), state(4, 0)], **two, storage_group_cp_code=8)
    assert given.status == 0, given.output
    (account,) = stage.control.contract()["upload_accounts"]
    assert [row["cpcodeId"] for row in account["accessConfig"]["cpcodes"]] == [8]
