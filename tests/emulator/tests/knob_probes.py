# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the knobs of changing actions do, as functions that ``test_knobs.py`` calls with each setting; and their register."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import (
    Client,
)
from netstorage_emulator.control import Control

Probe = Callable[[Client, Control], None]
PROBES: dict[tuple[str, object], Probe] = {}
DUPLICATE = "url_to_vn: Illegal duplicate /\n"


def probes(name: str, *settings: object) -> Callable[[Callable[[Client, Control, object], None]], None]:
    """Register one function for several settings; the setting is turned on before it is called."""
    def register(function: Callable[[Client, Control, object], None]) -> None:
        for setting in settings:
            def probe(client: Client, control: Control, setting: object = setting) -> None:
                control.set_knobs(**{name: setting})
                function(client, control, setting)
            PROBES[name, setting] = probe
    return register


def keys(control: Control) -> list[str]:
    return [entry["key"] for entry in control.tree()]


@probes("path_check", "do_not_check", "disallow", "disallow_on_upload", "canonical")
def path_check(client: Client, control: Control, setting: object) -> None:
    expected = {"do_not_check": (200, 404), "disallow": (403, 403), "disallow_on_upload": (403, 404),
                "canonical": (200, 200)}[str(setting)]
    control.load([{"key": "/123456/y", "content": "x"}])
    uploaded, seen = client.put("/123456/a//b", b"1"), client.get("/123456//y", "stat")
    assert (uploaded.status, seen.status) == expected
    for answer in (uploaded, seen):
        assert answer.status != 403 or answer.text == DUPLICATE
    if setting == "canonical":
        assert keys(control) == ["/123456/a/b", "/123456/y"]
    renamed = client.post("/123456/y", "rename&destination=%2F123456%2Fa%2F%2Fz")
    assert renamed.status == (400 if str(setting).startswith("dis") else 200)
    assert renamed.status != 400 or renamed.text == f"Error processing destination: {DUPLICATE}"
    improper = 403 if str(setting).startswith("dis") else 200
    assert client.put("/123456/../b", b"").status == improper
    assert client.put("/123456/trailing/", b"").status == improper
    assert client.post("/123456/fine/", "mkdir").status == 200


@probes("success_status", 200, 204)
def success_status(client: Client, control: Control, setting: object) -> None:
    texts = {200: b"successful\n", 204: b""}
    assert client.put("/123456/a", b"1").status == setting
    for path, action in (("/123456/d", "mkdir"), ("/123456/l", "symlink&target=a"), ("/123456/a", "mtime&mtime=1")):
        answer = client.post(path, action)
        assert (answer.status, answer.body) == (setting, texts[int(str(setting))])
    assert client.post("/123456/a", "rename&destination=/123456/b").status == setting
    assert client.post("/123456/b", "delete").status == setting
    assert client.post("/123456/d", "rmdir").status == setting
    assert client.get("/123456/l", "stat").status == 200


@probes("verify_failure", 409, 400, 412, 422)
def verify_failure(client: Client, control: Control, setting: object) -> None:
    assert client.put("/123456/a", b"1", "&size=2").status == setting
    assert client.put("/123456/a", b"1", "&md5=00").status == setting
    assert control.tree() == []


@probes("rmdir_nonempty", 409, 403, 412)
def rmdir_nonempty(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/d/a", "content": ""}])
    answer = client.post("/123456/d", "rmdir")
    assert (answer.status, answer.text) == (setting, "Directory not empty\n")


@probes("rename_existing", "replace", 409)
def rename_existing(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/a", "content": "a"}, {"key": "/123456/b", "content": "b"}])
    assert client.post("/123456/a", "rename&destination=/123456/b").status == (200 if setting == "replace" else 409)
    assert keys(control) == (["/123456/b"] if setting == "replace" else ["/123456/a", "/123456/b"])
    assert client.get("/123456/b", "download").body == (b"a" if setting == "replace" else b"b")


@probes("symlink_existing", "replace", 409)
def symlink_existing(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/a", "content": "a"}, {"key": "/123456/b", "type": "symlink", "target": "c"}])
    for path in ("/123456/a", "/123456/b"):
        assert client.post(path, "symlink&target=new").status == (200 if setting == "replace" else 409)
    targets = [entry.get("target") for entry in control.tree()]
    assert targets == (["new", "new"] if setting == "replace" else [None, "c"])


@probes("delete_nonempty_dir", "demote", 409)
def delete_nonempty_dir(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/d/a", "content": ""},
                  {"key": "/123456/e/", "type": "dir"}])
    assert client.post("/123456/d/", "delete").status == (200 if setting == "demote" else 409)
    assert client.post("/123456/e/", "delete").status == 200
    assert keys(control) == (["/123456/d/a"] if setting == "demote" else ["/123456/d/", "/123456/d/a"])


@probes("delete_dir_noslash", 404, "as_with_slash")
def delete_dir_noslash(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}])
    assert client.post("/123456/d", "delete").status == (404 if setting == 404 else 200)


@probes("follow_links", "follow", 404)
def follow_links(client: Client, control: Control, setting: object) -> None:
    links = {"rel": "a.txt", "abs": "/123456/d/a.txt", "up": "../d/a.txt", "chain": "rel", "loop": "loop2",
             "loop2": "loop", "dangling": "no", "out": "../../777/x", "directory": "../d"}
    control.load([{"key": f"/123456/d/{name}", "type": "symlink", "target": target} for name, target in links.items()])
    control.load([{"key": "/123456/d/a.txt", "content": "there"}])
    for name in links:
        answer = client.get(f"/123456/d/{name}", "download")
        works = setting == "follow" and name in ("rel", "abs", "up", "chain")
        assert (answer.status, answer.body) == ((200, b"there") if works else (404, b"Not found\n")), name


@probes("mtime_non_files", "works", 404)
def mtime_non_files(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/l", "type": "symlink", "target": "c"},
                  {"key": "/123456/f", "content": ""}])
    for path in ("/123456/d/", "/123456/l"):
        assert client.post(path, "mtime&mtime=5").status == (200 if setting == "works" else 404)
    assert client.post("/123456/f", "mtime&mtime=5").status == 200


@probes("mkdir_existing", "keep", "refresh", 409)
def mkdir_existing(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir", "mtime": 5}, {"key": "/123456/e/f", "content": ""}])
    assert client.post("/123456/d", "mkdir").status == (409 if setting == 409 else 200)
    assert (control.tree()[0]["mtime"] == 5) == (setting != "refresh")
    assert client.post("/123456/e", "mkdir").status == 200


@probes("replay", "identical", "time_and_id", "accept")
def replay(client: Client, control: Control, setting: object) -> None:
    now, unique = int(time.time()), f"replay-{setting}-{time.time_ns()}"
    first = client.get("/123456", "dir", when=now, unique=unique)
    same = client.get("/123456", "dir", when=now, unique=unique)
    other = client.get("/123456", "du", when=now, unique=unique)
    assert first.status == 200
    assert same.status == (200 if setting == "accept" else 403)
    assert other.status == (403 if setting == "time_and_id" else 200)
