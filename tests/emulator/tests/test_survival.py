# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restart keeps everything; if the process is killed, each object is stored completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import pathlib
import random
import sqlite3
import threading
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.bodies import DiskBodies
from netstorage_emulator.control import ControlError, Running, running, start

KILLS = 12


def begin(folder: pathlib.Path, data: pathlib.Path, **more: object) -> Running:
    return start(folder, ACCOUNT, KEY, [CP_CODE], data=data, **more)  # type: ignore[arg-type]


def bodies(data: pathlib.Path) -> list[pathlib.Path]:
    """The files that hold bodies: a large body has its own, small ones share one."""
    return [path for path in (data / "bodies").rglob("*") if path.is_file()]


def named_files(data: pathlib.Path) -> set[str]:
    """The files the index of a stopped emulator names."""
    with contextlib.closing(sqlite3.connect(data / "index.sqlite")) as index:
        return {body.partition("@")[0] for (body,) in index.execute("SELECT body FROM objects WHERE body IS NOT NULL")}


def test_a_restart_keeps_the_stored_tree(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "store"
    first = begin(tmp_path, data)
    client = Client(first.port)
    client.put("/123456/a", b"1")
    client.put("/123456/a", b"22", "&mtime=7")
    client.put("/123456/empty", b"")
    client.post("/123456/d", "mkdir")
    client.post("/123456/l", "symlink&target=a")
    before = first.control.tree()
    assert first.stop() == 0
    second = begin(tmp_path, data)
    assert second.control.tree() == before
    assert Client(second.port).get("/123456/a", "download").body == b"22"
    second.stop()
    assert len(bodies(data)) == 1


def test_a_planned_quick_delete_survives_a_kill(tmp_path: pathlib.Path) -> None:
    first = begin(tmp_path, tmp_path / "store", knobs={"quick_delete": 1})
    client = Client(first.port)
    client.put("/123456/d/a", b"1")
    client.post("/123456/d", "quick-delete&quick-delete=imreallyreallysure")
    first.kill()
    second = begin(tmp_path, tmp_path / "store")
    deadline = time.monotonic() + 5
    while second.control.tree() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert second.control.tree() == []
    second.stop()


def upload_until_killed(port: int, number: int, stop: threading.Event, done: dict[str, str]) -> None:
    """Uploads small and large bodies over each other; ``done`` is what was acknowledged last for each name."""
    chance = random.Random(number)
    client = Client(port)
    with contextlib.suppress(OSError):
        for count in itertools.count():
            if stop.is_set():
                break
            name = f"/123456/{number}/{count % 5}"
            body = chance.randbytes(chance.choice([0, 10, 5_000, 700_000]))
            done.pop(name, None)
            if client.put(name, body).status == 200:
                done[name] = hashlib.md5(body).hexdigest()
    client.close()


def check_whole(emulator: Running, acknowledged: dict[str, str]) -> None:
    """Every object has its body, every acknowledged upload is there unless a later one was under way."""
    client = Client(emulator.port)
    listed = emulator.control.tree()
    for entry in listed:
        answer = client.get(entry["key"], "download")
        assert answer.status == 200
        assert hashlib.md5(answer.body).hexdigest() == entry["md5"]
    present = {entry["key"]: entry["md5"] for entry in listed}
    for name, digest in acknowledged.items():
        assert present[name] == digest
    client.close()


def test_kills_during_uploads(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "store"
    chance = random.Random(1)
    acknowledged: dict[str, str] = {}
    for _kill in range(KILLS):
        emulator = begin(tmp_path, data)
        check_whole(emulator, acknowledged)
        named = [entry for entry in emulator.control.tree() if entry["size"]]
        assert len(bodies(data)) <= len(named)
        acknowledged.clear()
        stop = threading.Event()
        workers = [threading.Thread(target=upload_until_killed, args=(emulator.port, number, stop, acknowledged))
                   for number in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(0.05 + chance.random() * 0.3)
        emulator.kill()
        stop.set()
        for worker in workers:
            worker.join()
    emulator = begin(tmp_path, data)
    check_whole(emulator, acknowledged)
    emulator.stop()
    assert {path.name for path in bodies(data)} == named_files(data)


def test_one_emulator_to_a_directory(tmp_path: pathlib.Path) -> None:
    first = begin(tmp_path, tmp_path / "store")
    with pytest.raises(ControlError, match="another emulator"):
        begin(tmp_path, tmp_path / "store")
    first.stop()


def test_overwriting_and_deleting_leaves_no_bodies(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "store"
    emulator = begin(tmp_path, data)
    client = Client(emulator.port)
    for count in range(20):
        client.put("/123456/a", b"x" * count)
        client.put("/123456/b", b"x" * 300_000)
    client.post("/123456/a", "rename&destination=/123456/b")
    assert len(bodies(data)) == 1
    client.post("/123456/b", "delete")
    assert bodies(data) == []
    client.put("/123456/c", b"x" * 300_000, "&size=1")
    assert bodies(data) == []
    emulator.control.load([{"key": "/123456/z", "content": "1"}])
    emulator.control.reset_tree()
    assert bodies(data) == []
    emulator.stop()


def test_small_bodies_share_files_that_go_with_their_last_body(tmp_path: pathlib.Path) -> None:
    data = tmp_path / "store"
    emulator = begin(tmp_path, data)
    client = Client(emulator.port)
    for number in range(40):
        client.put(f"/123456/{number}", b"%02d" % number * 100_000)
    assert 2 <= len(bodies(data)) <= 4
    for number in range(1, 40):
        client.post(f"/123456/{number}", "delete")
    assert len(bodies(data)) == 1
    emulator.kill()
    again = begin(tmp_path, data)
    client = Client(again.port)
    assert client.get("/123456/0", "download").body == b"00" * 100_000
    client.put("/123456/0", b"new")
    assert len(bodies(data)) == 1
    assert client.get("/123456/0", "download").body == b"new"
    again.stop()
    assert {path.name for path in bodies(data)} == named_files(data)


def test_a_body_stays_readable_while_its_object_is_deleted(tmp_path: pathlib.Path) -> None:
    bodies_on_disk = DiskBodies(tmp_path)
    body = bodies_on_disk.keep(b"first")
    reader = bodies_on_disk.open(body)
    bodies_on_disk.drop(body)
    assert bodies(tmp_path) == []
    second = bodies_on_disk.keep(b"other")
    assert reader.read(1, 4) == b"irst"
    assert bodies_on_disk.open(second).read(0, 5) == b"other"
    reader.close()


def test_a_write_that_fails_leaves_no_trace(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies_on_disk = DiskBodies(tmp_path)
    first = bodies_on_disk.keep(b"first")
    write, answers = os.write, iter([3, 0])

    def full(descriptor: int, content: bytes) -> int:
        if not (room := next(answers)):
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, content[:room])

    with monkeypatch.context() as patched, pytest.raises(OSError, match="full"):
        patched.setattr(os, "write", full)
        bodies_on_disk.keep(b"second")
    third = bodies_on_disk.keep(b"3rd")
    assert bodies_on_disk.open(first).read(0, 5) == b"first"
    assert bodies_on_disk.open(third).read(0, 100) == b"3rd"


def test_stale_reads_keep_the_bodies_they_need(tmp_path: pathlib.Path) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "store") as emulator:
        client = Client(emulator.port)
        client.put("/123456/a", b"old")
        emulator.control.set_knobs(propagation=200)
        client.put("/123456/a", b"new!")
        assert client.get("/123456/a", "download").body == b"old"
        time.sleep(0.25)
        assert client.get("/123456/a", "download").body == b"new!"
        assert len(bodies(tmp_path / "store")) == 1
