# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content that came out of a vault is sent, and shown by no diff unless the task asks for it; nor is what it replaces."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import HERE, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import digest

SECRETS = ("the-new-secret", "the-old-secret")
FILES = ("file.txt", "variable.txt", "text.txt", "dictionary.json", "bytes.txt")
HIDDEN = ("A vaulted file", *(f"A vaulted variable{more}" for more in ("", " in a text", " in a dictionary", " in base64")))
NOTE = "content that came out of a vault is not shown; set show_vaulted: true to show it"


def encrypted(work: Path, *arguments: str) -> str:
    """What ansible-vault prints."""
    command = [str(Path(sys.executable).with_name("ansible-vault")), *arguments, "--vault-password-file", "vault-password"]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def prepare(work: Path) -> None:
    """The vaulted files and variables."""
    (work / "vault-password").write_text("open-sesame")
    for name, text in (("vaulted.txt", SECRETS[0]), ("shown.txt", "new terms")):
        (work / name).write_text(text + "\n")
        encrypted(work, "encrypt", name)
    (work / "vaulted.yml").write_text(encrypted(work, "encrypt_string", SECRETS[0], "--name", "password"))
    (work / "hosts").write_text(
        "far ansible_connection=recording\n"
        "localhost ansible_connection=local\n"
        "[all:vars]\nansible_python_interpreter='{{ ansible_playbook_python }}'\n"
    )
    (work / "recorded").mkdir()


HOSTS = (pytest.param("localhost", marks=every_core("vault", "display", ways=[IN_PROCESS])), "far")


@pytest.fixture(scope="module", params=HOSTS)
def played(request: pytest.FixtureRequest, stage: Player) -> dict[str, Outcome]:
    """Shown in check mode, and by a real run that then finds nothing more to do. Older versions are on the service."""
    if not (stage.work / "hosts").exists():
        prepare(stage.work)
    stage.service.reset()
    stage.service.load({f"site/{name}": f"{SECRETS[1]}\n" for name in FILES})
    stage.service.load({"site/shown.txt": "old terms\n", "site/else.txt": "what was there\n"})
    variables: dict[str, t.Any] = {"place": request.param}
    environment = {
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "controller_plugins/connection"),
        "RECORDING_FOLDER": str(stage.work / "recorded"),
    }
    options = ("--inventory", "hosts", "--vault-password-file", "vault-password", "--diff", "-vvv")
    runs = {"check": ("--check",), "real": (), "again": ()}
    return {
        run: stage.play("vaulted.yml", *options, *more, variables=variables, environment=environment)
        for run, more in runs.items()
    }


@pytest.mark.parametrize("run", ["check", "real", "again"])
def test_no_secret_is_shown(played: dict[str, Outcome], run: str) -> None:
    outcome = played[run]
    assert outcome.status == 0, outcome.output[-3000:]
    for secret in SECRETS:
        assert secret not in outcome.output
        assert secret not in str(outcome.results)
    for task in HIDDEN:
        result = outcome.results[task]
        assert result["changed"] is (run != "again")
        if run != "again":
            assert [set(item) for item in result["diff"]] == [{"prepared"}] * 2
            assert result["diff"][1]["prepared"] == f"({NOTE})\n"
            assert "content differs" in result["diff"][0]["prepared"] or "size differs" in result["diff"][0]["prepared"]


@pytest.mark.parametrize("run", ["check", "real"])
def test_what_it_replaces_is_not_even_downloaded(played: dict[str, Outcome], run: str) -> None:
    for task in HIDDEN:
        assert "download" not in played[run].results[task]["api_calls"]


def test_what_a_task_asks_for_and_what_is_no_secret_is_shown(played: dict[str, Outcome]) -> None:
    output = played["check"].output
    for line in ("-old terms\n", "+new terms\n", "-what was there\n", "+nothing to hide\n", "+$ANSIBLE_VAULT;1.1;AES256\n"):
        assert line in output, output[-3000:]


def test_it_is_sent_all_the_same(stage: Player, played: dict[str, Outcome]) -> None:
    assert played["real"].status == 0
    tree = stage.service.tree()
    assert tree["site/file.txt"] == digest(f"{SECRETS[0]}\n")
    assert tree["site/variable.txt"] == digest(SECRETS[0])
    assert tree["site/dictionary.json"] == digest(f'{{"user": "me", "passwords": ["{SECRETS[0]}"]}}')
