# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookups ns_content and ns_stat in playbooks: where the connection comes from, what they give, and the key in nothing."""

from __future__ import annotations

import hashlib
import importlib
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.doc_fragments.connection import ModuleDocFragment as Modules
from ansible_collections.edgeops.netstorage.plugins.doc_fragments.lookup_connection import ModuleDocFragment as Lookups
from ansible_collections.edgeops.netstorage.tests.integration.cores import every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import PLAYBOOKS, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, DIR, KEY, MTIME, Link, changes

pytestmark = every_core("lookups")

SITE = {
    "site/": DIR,
    "site/version.txt": "2026-11 grün",
    "site/latin.txt": "gr\xfcn".encode("latin-1"),
    "site/current": Link("version.txt"),
    "site/settings.json": '{"season": "winter"}',
}
PLUGINS = ("ns_content", "ns_stat")


@pytest.fixture(scope="module")
def played(stage: Player) -> Outcome:
    stage.service.reset()
    stage.service.load(SITE)
    variables = {
        "emulator_https_host": f"localhost:{stage.service.emulator.https_port}",
        "emulator_authority": str(stage.service.authority),
    }
    outcome = stage.play("lookups.yml", "-vvv", variables=variables)
    assert outcome.status == 0, outcome.output
    assert changes(outcome.requests) == []
    return outcome


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("A text", "2026-11 grün"),
        ("Texts, one of them through a link", ["2026-11 grün", "2026-11 grün", "none"]),
        ("Nothing instead of a text", "<>"),
        ("Another encoding", "grün"),
        ("Bytes that are no text", ["grn", "gr\ufffdn"]),
        ("Settings", "winter"),
        ("A condition", "it is there"),
        ("Another connection", 13),
        ("A failure that is none of the play's", "nothing"),
    ],
)
def test_what_they_give(played: Outcome, task: str, expected: t.Any) -> None:
    given = played.results[task]["msg"]
    assert given == expected or given == str(expected)


def test_ns_stat_describes_the_file_that_stands_there(played: Outcome) -> None:
    assert played.results["What stands there"]["msg"] == {
        "path": "/123456/site/version.txt",
        "kind": "file",
        "size": 13,
        "md5": hashlib.md5("2026-11 grün".encode()).hexdigest(),
        "mtime": MTIME,
        "target": None,
        "directory": None,
        "files": None,
        "bytes": None,
    }


def test_kinds_and_sums(played: Outcome) -> None:
    given = [result["msg"] for result in played.results["Kinds and sums"]["results"]]
    assert given == [
        ["/123456/site", "directory", 4, 13 + 4 + 20],
        ["/123456/site/current", "symlink", None, None],
        ["/123456/site/nothing", "absent", None, None],
    ]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("A text that is not there", "There is no file site/nothing"),
        ("A text that is too large", "more than max_size"),
        ("A text that is none", "is not utf-8 (at byte 2)"),
        ("A wrong key", "the key is not this account's HTTP API key"),
        ("The key in the path", "The key is part of path"),
    ],
)
def test_a_lookup_that_fails_says_why(played: Outcome, task: str, said: str) -> None:
    assert played.became[task] == "failed"
    assert said in played.results[task]["msg"]


def test_nobody_sees_the_key(played: Outcome) -> None:
    assert KEY not in played.output
    assert "a-key-that-nobody-should-see" not in played.output


def configured(player: Player, **more: str) -> dict[str, str]:
    """An ansible.cfg with all but the key, which comes from the environment."""
    lines = {"host": player.service.emulator.host_port, "root": "/123456/site", "account": ACCOUNT, "protocol": "http", **more}
    file = player.work / "ansible.cfg"
    file.write_text("[netstorage]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    return {"ANSIBLE_CONFIG": str(file)}


def test_the_connection_from_elsewhere(player: Player) -> None:
    player.service.load(SITE)
    environment = {**configured(player, max_retries="1", use_proxy="false"), "NETSTORAGE_KEY": KEY}
    outcome = player.play("lookups_elsewhere.yml", environment=environment)
    assert outcome.status == 0, outcome.output
    assert outcome.results["A text"]["msg"] == "2026-11 grün"
    assert outcome.results["What stands there"]["msg"] == "/123456/site/version.txt"


def test_the_notes_of_a_lookup_are_warnings(player: Player) -> None:
    """As those of a module are."""
    player.service.load(SITE)
    player.service.emulator.control.add_faults({"status": 429, "times": 1, "action": "stat", "path": "*"})
    outcome = player.play("lookups_elsewhere.yml", environment={**configured(player), "NETSTORAGE_KEY": KEY})
    assert outcome.status == 0, outcome.output
    (_before, after) = " ".join(outcome.output.split()).split("[WARNING]: ")
    assert after.startswith("The service throttled requests (429 or 423); they were repeated after a wait.")


def test_a_key_in_ansible_cfg_is_none(player: Player) -> None:
    outcome = player.play("lookups_elsewhere.yml", environment=configured(player, key=KEY))
    assert "key is not given. Set the variable netstorage_key or NETSTORAGE_KEY" in outcome.results["A text"]["msg"]


@pytest.mark.parametrize("name", ["host", "account", "key"])
def test_what_is_needed(player: Player, name: str) -> None:
    needed = {"host": "127.0.0.1:9", "account": ACCOUNT, "key": KEY}
    given = {f"NETSTORAGE_{other.upper()}": value for other, value in needed.items() if other != name}
    outcome = player.play("lookups_elsewhere.yml", environment=given)
    assert f"{name} is not given" in outcome.results["A text"]["msg"]
    assert outcome.requests == []


# -- documentation


@pytest.mark.parametrize("name", PLUGINS)
def test_the_examples_of_a_lookup_work(player: Player, name: str) -> None:
    player.service.load(
        {
            "current/version.txt": "1", "config/settings.json": "{}", "legal/terms.txt": b"gr\xfcn", "legal/licences.txt": "",
            "releases/2026-10/a": "1", "releases/2026-11/a": "2",
        }
    )  # fmt: skip
    if name == "ns_stat":
        player.service.load({"current": Link("releases/2026-11")})
    plugin = importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.lookup.{name}")
    tasks = yaml.safe_load(plugin.EXAMPLES)
    shown = tasks[0].pop("vars")
    assert shown == {
        "netstorage_host": "example-nsu.akamaihd.net", "netstorage_root": "/123456", "netstorage_account": "deploy",
        "netstorage_key": "{{ vaulted_key }}",
    }  # fmt: skip
    connection = {
        "netstorage_host": player.service.emulator.host_port, "netstorage_root": "/123456", "netstorage_account": ACCOUNT,
        "netstorage_key": KEY, "netstorage_protocol": "http",
    }  # fmt: skip
    outcome = player.play(player.write("examples.yml", tasks, vars=connection))
    assert outcome.status == 0, outcome.output
    assert set(outcome.results) == {task["name"] for task in tasks}


def test_the_connection_options_are_those_of_the_modules() -> None:
    ours, theirs = (yaml.safe_load(fragment.DOCUMENTATION)["options"] for fragment in (Lookups, Modules))
    assert set(ours) == set(theirs) - {"diff_limit", "directories", "settle"}
    for name, option in ours.items():
        assert (option.get("default"), option.get("choices")) == (theirs[name].get("default"), theirs[name].get("choices"))
        assert option["vars"] == [{"name": f"netstorage_{name}"}]
        assert option.get("ini", []) == ([] if name == "key" else [{"section": "netstorage", "key": name}])
        for variable in option.get("env", []):
            assert f"E({variable['name']})" in str(theirs[name]["description"])


@pytest.mark.parametrize("name", PLUGINS)
def test_every_option_is_played(name: str) -> None:
    plugin = importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.lookup.{name}")
    own, shared = (yaml.safe_load(text)["options"] for text in (plugin.DOCUMENTATION, Lookups.DOCUMENTATION))
    text = (PLAYBOOKS / "lookups.yml").read_text(encoding="utf-8")
    assert [option for option in sorted({*own, *shared} - {"_terms"}) if f"{option}=" not in text] == []
