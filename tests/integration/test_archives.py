# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives that the service adds an index to, played on the controller and over a connection."""

from __future__ import annotations

import base64
import typing as t
import zipfile
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import HERE, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import changes, digest

INDEXED = ("An archive", "An archive out of a variable", "A tree with archives")


def packed(path: Path, **members: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


def pack(work: Path, text: str) -> None:
    album = packed(work / "album.zip", page=text)
    (work / "album.b64").write_text(base64.b64encode(album.read_bytes()).decode())
    packed(work / "albums/d/a.zip", page=text)
    (work / "albums/index.html").write_text("<h1>Albums</h1>")


@pytest.fixture(scope="module", params=["localhost", "far"])
def played(request: pytest.FixtureRequest, stage: Player) -> dict[str, Outcome]:
    """Four runs, and one more with another text of the same length in the archives. Then what is wrong with one."""
    stage.service.reset()
    (stage.work / "recorded").mkdir(exist_ok=True)
    (stage.work / "hosts").write_text(
        "far ansible_connection=recording\nlocalhost ansible_connection=local\n"
        "[all:vars]\nansible_python_interpreter='{{ ansible_playbook_python }}'\n"
    )
    environment = {
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "controller_plugins/connection"),
        "RECORDING_FOLDER": str(stage.work / "recorded"),
    }
    runs: dict[str, tuple[tuple[str, ...], str]] = {
        "check": (("--check",), "one"), "diff": (("--check", "--diff"), "one"), "real": ((), "one"), "again": ((), "one"),
        "other": ((), "two"), "other again": ((), "two"),
    }  # fmt: skip
    told = {}
    for run, (options, text) in runs.items():
        pack(stage.work, text)
        variables: dict[str, t.Any] = {"place": request.param}
        told[run] = stage.play("archives.yml", "-i", "hosts", *options, variables=variables, environment=environment)
        assert told[run].status == 0, told[run].output[-3000:]
    return told


@pytest.mark.parametrize("run", ["check", "diff", "again", "other again"])
def test_nothing_is_sent(played: dict[str, Outcome], run: str) -> None:
    assert changes(played[run].requests) == []
    assert [result["changed"] for result in played[run].results.values()] == [run in ("check", "diff")] * 4


def test_archives_are_sent_and_looked_into(stage: Player, played: dict[str, Outcome]) -> None:
    for run, why in (("real", "absent"), ("other", "content differs")):
        for task in INDEXED:
            steps = played[run].results[task]["plan"]["steps"]
            assert [step["why"] for step in steps if step["path"].endswith(".zip")] == [why]
    assert played["again"].results["An archive"]["api_calls"]["download"] == 1
    assert "download" not in played["again"].results["An archive of which no index is wanted"]["api_calls"]
    tree, sent = stage.service.tree(), digest((stage.work / "album.zip").read_bytes())
    assert tree["one/plain.zip"] == sent
    assert sent not in (tree["one/album.zip"], tree["one/content.zip"])


@pytest.mark.parametrize(("path", "content", "code", "text"), [
    ("a.jar", b"", "bad_options", "does not end in .zip"),
    ("a.zip", b"not really a zip", "bad_source", "is not a zip archive"),
])  # fmt: skip
def test_what_gets_no_index(player: Player, path: str, content: bytes, code: str, text: str) -> None:
    outcome = player.task("ns_file", path=path, content_b64=base64.b64encode(content).decode(), index_zip=True)
    assert outcome.result["failure"]["code"] == code
    assert text in outcome.result["msg"]
    assert changes(outcome.requests) == []
