# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the documentation, as they stand there, but for where the service is."""

from __future__ import annotations

import hashlib
import importlib
import io
import typing as t
import zipfile

import pytest
import yaml
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link, changes

MODULES = ("ns_file", "ns_directory", "ns_rename", "ns_prune", "ns_symlink", "ns_sync", "ns_fetch", "ns_info", "ns_find")
ONLY_READS = ("ns_fetch", "ns_find")  # of the service


def archive() -> bytes:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as packed:
            packed.writestr("page.html", "<h1>page</h1>")
        return stream.getvalue()


LOCAL: dict[str, str | bytes] = {
    "index.html": "<h1>front</h1>",
    "site/index.html": "<h1>site</h1>",
    "site/icon.svg": "<svg/>",
    "site/app.js.map": "map",
    "build/app.zip": "not really a zip",
    "album.zip": archive(),
    "albums/2026.zip": archive(),
    "pages/index.html.j2": "{% extends 'layouts/page.html' %}",
    "pages/layouts/page.html": "<h1>The {{ season }} season</h1>",
    "legal/terms.txt": "terms",
    "build/site/index.html": "<h1>built</h1>",
}
THERE = {
    "site/old.html": "old",
    "site/index.html": "an older one",
    "site/icon.svg": "<svg old/>",
    "site/uploads/1.png": "of others",
    "site/app.css.map": "map",
    "releases/2026-01/": DIR,
    "releases/2026-01/index.html": "old",
    "releases/2026-11/index.html": "new",
    "current": Link("releases/2026-10"),
    "downloads/latest.txt": "a file",
    "downloads/guide-draft.pdf": "a guide",
    "spool/data.bin": "exactly this",
    "incoming/a.jpg": "a",
    "media/b.jpg": "b",
    "archive/2019/x": "x",
}
CONNECTION = {"host": "example-nsu.akamaihd.net", "root": "/123456", "account": "deploy", "key": "{{ netstorage_key }}"}


def examples(module: str, work: str) -> list[Result]:
    """The tasks, without the connection that the first one shows, and with our folder for the build host's."""
    found = importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.modules.{module}")
    tasks: list[Result] = yaml.safe_load(found.EXAMPLES.replace("/srv/build", f"{work}/build"))
    for number, task in enumerate(tasks):
        options = task.get(f"edgeops.netstorage.{module}", {})  # an example may go on with what it has found
        shown = {name: options.pop(name) for name in CONNECTION if name in options}
        assert shown == (CONNECTION if number == 0 else {}), task["name"]
    return tasks


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_work(player: Player, module: str) -> None:
    player.service.load(THERE)
    build(player.work, LOCAL)
    inventory = player.work / "hosts"
    interpreter = "ansible_python_interpreter='{{ ansible_playbook_python }}'"
    inventory.write_text(
        f"localhost ansible_connection=local {interpreter}\nbuild.example.com ansible_connection=local {interpreter}\n"
    )
    tasks = examples(module, str(player.work))
    playbook = player.write("examples.yml", tasks)
    variables: dict[str, t.Any] = {"app_sha256": hashlib.sha256(b"not really a zip").hexdigest()}
    for options in (("--check", "--diff"), ()):
        outcome = player.play(playbook, "--inventory", str(inventory), *options, variables=variables)
        assert outcome.status == 0, outcome.output
        assert set(outcome.results) == {task["name"] for task in tasks}
        assert bool(changes(outcome.requests)) is (not options and module not in ONLY_READS)
