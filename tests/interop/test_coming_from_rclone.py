# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the page and every task of it, in its order, on equal trees: both sides are equal after each section.

The tasks are one play, which asks the emulator what it holds after each section; then the commands run one by one.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.interop.conftest import ACCOUNT, KEY
from ansible_collections.edgeops.netstorage.tests.interop.documented_commands import Section, sections, words
from ansible_collections.edgeops.netstorage.tests.interop.play_runner import Access, Result, run_play
from ansible_collections.edgeops.netstorage.tests.interop.rclone import PROGRAM, remote_variables
from netstorage_emulator.control import Running

RCLONE, KITS = sections("console"), sections("python")
OURS, THEIRS = "/123456/ours", "/123456/theirs"
MTIME = 1_600_000_000
SITE = ("index.html", "css/site.css", "js/app.js", "js/app.js.map", "images/harbour.png", "images/map.svg", "news/index.html")
DIR = None
REMOTE: dict[str, str | None] = {
    "": DIR, "www/": DIR, "www/index.html": "an older page", "www/gone.html": "gone", "www/tmp/": DIR, "www/tmp/a.txt": "a",
    "media/": DIR, "media/2019/": DIR, "media/2019/a.jpg": "a", "media/2019/b/": DIR, "media/2019/b/c.jpg": "c",
    "media/2020/": DIR, "media/2020/d.jpg": "d", "archive/": DIR, "notes.txt": "notes",
}  # fmt: skip

Tree = dict[str, tuple[t.Any, ...]]


@dataclasses.dataclass
class Side:
    """What was seen of one side after each section: on the service, on the disk, and what was said."""

    stored: dict[str, Tree]
    kept: dict[str, Tree]
    said: dict[str, t.Any]


def local_site(folder: Path) -> None:
    for name in SITE:
        file = folder / "site" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"content of {name}\n", encoding="utf-8")
        os.utime(file, (MTIME, MTIME))
    (folder / "site" / "latest.html").symlink_to("news/index.html")


def on_the_service(rows: list[dict[str, t.Any]], folder: str) -> Tree:
    """By name. A time counts where it is not just that of the run, and links and directories have none of their own."""
    found: Tree = {}
    for row in (row for row in rows if row["key"].startswith(f"{folder}/")):
        mtime = row["mtime"] if row["type"] == "file" and abs(row["mtime"] - time.time()) > 3600 else None
        found[row["key"].removeprefix(f"{folder}/")] = (row["type"], row.get("md5"), row.get("target"), mtime)
    return found


def on_the_disk(folder: Path) -> Tree:
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = ("symlink", str(path.readlink()))
        elif path.is_file():
            mtime = int(path.stat().st_mtime)
            found[name] = ("file", path.read_text(encoding="utf-8"), mtime if abs(mtime - time.time()) > 3600 else None)
    return found


def rows_of(folder: str) -> list[dict[str, t.Any]]:
    tree = {f"{folder}/{name}": content for name, content in REMOTE.items()}
    made = [{"key": key, "type": "dir", "mtime": MTIME} for key, content in tree.items() if content is None]
    sent = {key: base64.b64encode(content.encode()).decode() for key, content in tree.items() if content is not None}
    return made + [{"key": key, "type": "file", "mtime": MTIME, "content_base64": content} for key, content in sent.items()]


def played(emulator: Running, folder: Path, root: str, page: list[Section], disk: Path) -> tuple[dict[str, t.Any], Result]:
    """What the emulator held after each section, and the results of the sections' last tasks."""
    tasks: list[Result] = []
    for number, section in enumerate(page):
        seen = f"{{{{ lookup('ansible.builtin.url', '{emulator.control.address}/tree', split_lines=False) }}}}"
        keep = {"argv": ["cp", "-a", str(folder), str(disk / str(number))]}
        tasks += [*section.tasks, {"ansible.builtin.command": keep}, {"ansible.builtin.set_fact": {"seen": seen}}]
    results = run_play(Access(emulator.host_port, ACCOUNT, KEY, root), folder, tasks)
    seen_after: dict[str, t.Any] = {}
    said: dict[str, t.Any] = {}
    for section in page:
        own, (_copied, seen_by, *results) = results[: len(section.tasks)], results[len(section.tasks) :]
        rows = seen_by["ansible_facts"]["seen"]
        seen_after[section.title] = json.loads(rows) if isinstance(rows, str) else rows
        said[section.title] = own[-1]
    return seen_after, said


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def ours(emulator: Running, work: Path) -> Side:
    """The tasks."""
    emulator.control.reset_tree()
    emulator.control.set_knobs(quick_delete="now")
    emulator.control.load(rows_of(OURS))
    folder, disk = work / "ours", work / "disk"
    folder.mkdir()
    disk.mkdir()
    local_site(folder)
    seen, said = played(emulator, folder, OURS, RCLONE, disk)
    stored = {title: on_the_service(rows, OURS) for title, rows in seen.items()}
    kept = {section.title: on_the_disk(disk / str(number)) for number, section in enumerate(RCLONE)}
    for tree in kept.values():
        tree.pop("play.yml", None)
        tree.pop("results", None)
    return Side(stored, kept, said)


@pytest.fixture(scope="module")
def theirs(emulator: Running, work: Path, ours: Side) -> Side:
    """The commands, by the real rclone, when the tasks have been played."""
    emulator.control.load(rows_of(THEIRS))
    folder = work / "theirs"
    folder.mkdir()
    local_site(folder)
    environment = {**os.environ, **remote_variables(emulator.host_port, THEIRS, ACCOUNT, KEY), "RCLONE_RETRIES": "1"}
    environment["PATH"] = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    side = Side({}, {}, {})
    for section in RCLONE:
        script = ["bash", "-euo", "pipefail", "-c", section.commands]
        done = subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{section.commands}\n{done.stderr}"
        side.stored[section.title] = on_the_service(emulator.control.tree(f"{THEIRS}/"), THEIRS)
        side.kept[section.title] = on_the_disk(folder)
        side.said[section.title] = done.stdout
    return side


@pytest.mark.parametrize("title", [section.title for section in RCLONE])
def test_both_leave_the_same(ours: Side, theirs: Side, title: str) -> None:
    assert ours.stored[title] == theirs.stored[title]
    assert ours.kept[title] == theirs.kept[title]


def names(result: Result) -> set[str]:
    return {entry["name"] for entry in result["entries"]}


def last_words(lines: str) -> set[str]:
    return {line.split()[-1] for line in lines.splitlines()}


def test_both_say_the_same(ours: Side, theirs: Side) -> None:
    we, they = ours.said, theirs.said
    sizes = {entry["name"]: str(entry["size"]) for entry in we["ls"]["entries"]}
    assert sizes == {line.split()[1]: line.split()[0] for line in they["ls"].splitlines()}
    assert names(we["lsd"]) == last_words(they["lsd"]) != set()
    assert names(we["lsf"]) == {name.rstrip("/") for name in they["lsf"].split()} != set()
    assert we["cat"]["ansible_facts"]["cat"].rstrip("\n") == they["cat"].rstrip("\n") == "Allow: /"
    size = json.loads(they["size"])
    assert (we["size"]["files"], we["size"]["bytes"]) == (size["count"], size["bytes"])
    du, counted = we["backend du"]["entries"][0], json.loads(they["backend du"])
    assert (du["files"] + 1, du["bytes"]) == (counted["Number of files"], counted["Total bytes"])


def test_looking_changes_nothing(ours: Side) -> None:
    for title in ("check", "ls", "lsd", "lsf", "size", "backend du"):
        assert not ours.said[title]["changed"], title
    assert ours.said["--dry-run"]["changed"]


# -- the kits

INDEX, IMAGES, START, FRONT = "kit/index.html", "kit/images/", "kit/start.html", "kit/front.html"
AFTER = {
    "upload": {"kit/", INDEX},
    "mkdir, kit": {"kit/", INDEX, IMAGES},
    "symlink": {"kit/", INDEX, IMAGES, START},
    "rename": {"kit/", FRONT, IMAGES, START},
    "delete, kit": {"kit/", IMAGES, START},
    "rmdir, kit": {"kit/", START},
    "quick_delete": set(),
}


@pytest.fixture(scope="module")
def kits(emulator: Running, work: Path) -> tuple[dict[str, t.Any], dict[str, t.Any], Path]:
    emulator.control.reset_tree()
    emulator.control.set_knobs(quick_delete="now")
    folder, disk = work / "kits", work / "kits-disk"
    folder.mkdir()
    disk.mkdir()
    local_site(folder)
    return (*played(emulator, folder, "/123456", KITS, disk), folder)


def test_the_methods_of_the_kits(kits: tuple[dict[str, t.Any], dict[str, t.Any], Path]) -> None:
    seen, said, folder = kits
    before: set[str] = set()
    for title, rows in seen.items():
        before = AFTER.get(title, before)
        assert {row["key"].removeprefix("/123456/") for row in rows} == before, title
    assert {row["key"]: row["mtime"] for row in seen["mtime"]}[f"/123456/{INDEX}"] == 1793491200
    found = said["stat"]["entries"][0]
    assert (found["kind"], found["mtime"], found["size"]) == ("file", 1793491200, len("content of index.html\n"))
    assert names(said["dir"]) == names(said["list"]) == {"index.html", "images", "start.html"}
    assert said["du"]["entries"][0]["bytes"] == found["size"]
    assert (folder / "downloaded.html").read_text(encoding="utf-8") == "content of index.html\n"


# -- what the page has to name


def test_every_command_and_method_is_there() -> None:
    there = {word for section in (*RCLONE, *KITS) for line in section.commands.splitlines() for word in line.split()}
    commands = {"copy", "copyto", "sync", "move", "moveto", "mkdir", "rmdir", "purge", "ls", "lsd", "lsf", "cat", "delete"}
    commands |= {"deletefile", "check", "size", "touch", "du", "symlink", "--links", "--include", "--exclude", "--dry-run"}
    assert commands - there == set()
    methods = {line.partition("(")[0].removeprefix("ns.") for section in KITS for line in section.commands.splitlines()}
    assert methods == {
        "dir", "list", "stat", "du", "download", "upload", "mkdir", "rmdir", "delete", "quick_delete", "rename", "symlink",
        "mtime",
    }  # fmt: skip
    for word in ("lsl", "--fast-list", "bisync", "mount"):
        assert word in words()


def test_rclone_is_there() -> None:
    assert shutil.which(str(PROGRAM))
