# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A git repository with a site, of which NetStorage is to be the mirror."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
SITE = {"index.html": "<h1>front</h1>", "css/site.css": "body {}", "news/index.html": "news", "news/1.html": "first"}
HOOK = """
- name: Keep what was handed over
  ansible.builtin.copy:
    content: "{{ handed | to_json }}"
    dest: "{{ mirror_purge_tasks | dirname }}/purged.json"
    mode: "0600"
  vars:
    handed:
      urls: "{{ mirror_purge_urls }}"
      complete: "{{ mirror_purge_complete }}"
      paths: "{{ mirror_result.changed_paths }}"
"""


def git(folder: Path, *arguments: str) -> str:
    """Deaf to the settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = ("-c", "user.name=Skerry", "-c", "user.email=skerry@example.com")
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


class Checkout:
    """A git repository with a site, and the playbooks played with it."""

    def __init__(self, player: Player) -> None:
        self.player, self.service = player, player.service
        self.folder = player.work / "checkout"
        self.site = self.folder / "site"
        self.surroundings: dict[str, str] = {}
        build(self.site, SITE)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("The site")
        (player.work / "purge.yml").write_text(HOOK, encoding="utf-8")

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, content: str) -> None:
        build(self.site, {name: content})

    def play(self, playbook: str, *options: str, **variables: t.Any) -> Outcome:
        given = {"mirror_src": str(self.site), "mirror_path": "www", "mirror_report": str(self.player.work / "plan.md")}
        surroundings = {**self.connection(), **self.surroundings}
        return self.player.play(PLAYBOOKS / playbook, *options, variables={**given, **variables}, environment=surroundings)

    def connection(self) -> dict[str, str]:
        """As a pipeline hands it over."""
        return {
            "NETSTORAGE_HOST": self.service.emulator.host_port,
            "NETSTORAGE_ROOT": "/123456",
            "NETSTORAGE_ACCOUNT": ACCOUNT,
            "NETSTORAGE_KEY": KEY,
            "NETSTORAGE_PROTOCOL": "http",
        }

    def deployed(self, *options: str, **variables: t.Any) -> Outcome:
        outcome = self.play("mirror.yml", *options, **variables)
        assert outcome.status == 0, outcome.output
        return outcome

    def report(self) -> str:
        return (self.player.work / "plan.md").read_text(encoding="utf-8")

    def marker(self) -> str | None:
        """The digest of the marker, as the service has it."""
        return t.cast("str | None", self.service.tree().get("www.revision.json"))

    def hooked(self) -> dict[str, t.Any]:
        return dict(json.loads((self.player.work / "purged.json").read_text(encoding="utf-8")))

    def purging(self) -> dict[str, t.Any]:
        return {
            "mirror_purge_tasks": str(self.player.work / "purge.yml"),
            "mirror_purge_url": "www.example.com",
            "mirror_purge_base": "/123456/www",
        }
