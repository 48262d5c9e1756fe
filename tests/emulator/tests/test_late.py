# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault ``late``: the connection is lost, and the operation is carried out afterwards, on what is there then."""

from __future__ import annotations

import hashlib
import os
import pathlib
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.after_faults import LARGE, keys, nobody_is_left, notes, until
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, running
from netstorage_emulator.fault_kinds import CHANGES

MS = 250  # long enough for a look at the store before it, on a machine that is busy with other tests
HOW = ("delayed", "accepted")
MTIME = 1_500_000_000
# What stands before and after each change of /123456/f: (action and parameters, before, after).
CHANGED: dict[str, tuple[str, list[str], list[str]]] = {
    "upload": ("upload&mtime=5", [], ["/123456/f 5"]),
    "mkdir": ("mkdir", [], ["/123456/f/"]),
    "rmdir": ("rmdir", ["/123456/f/"], []),
    "delete": ("delete", ["/123456/f"], []),
    "quick-delete": ("quick-delete&quick-delete=imreallyreallysure", ["/123456/f/", "/123456/f/a"], []),
    "rename": ("rename&destination=/123456/g", ["/123456/f"], [f"/123456/g {MTIME}"]),
    "symlink": ("symlink&target=x&mtime=5", [], ["/123456/f -> x"]),
    "mtime": ("mtime&mtime=7", ["/123456/f"], ["/123456/f 7"]),
}


def load(control: Control, *paths: str) -> None:
    control.load([{"key": key, "type": "dir" if key.endswith("/") else "file", "mtime": MTIME} for key in paths])


def tree(control: Control) -> list[str]:
    """Keys, links with their targets, files with their times."""
    return [f"{row['key']} -> {row['target']}" if row["type"] == "symlink" else
            f"{row['key']} {row['mtime']}" if row["type"] == "file" else row["key"] for row in control.tree()]


def late(control: Control, how: str, **more: t.Any) -> None:
    control.add_faults({"kind": "late", "how": how, "ms": MS, **more})


def lose(client: Client, action: str, path: str = "/123456/f", body: bytes | None = None, **more: t.Any) -> None:
    """One request whose connection is reset before any answer."""
    with pytest.raises(ConnectionResetError):
        client.ask("PUT", path, action, body, **more)
    client.close()


def carried_out(control: Control) -> bool:
    return until(lambda: control.counts()["waiting"] == 0)


def test_every_change_is_here() -> None:
    assert tuple(CHANGED) == CHANGES


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("action", CHANGED)
def test_it_is_done_after_the_connection_is_lost(client: Client, control: Control, action: str, how: str) -> None:
    asked, before, after = CHANGED[action]
    control.set_knobs(quick_delete="now")
    load(control, *before)
    late(control, how)
    since, was = control.journal_length(), tree(control)
    lose(client, asked, body=b"x" if action == "upload" else None)
    assert (tree(control), control.counts()["waiting"]) == (was, 1)
    control.clear_faults()
    assert carried_out(control)
    assert tree(control) == after
    first, second = control.journal(since)
    assert (first["note"], second["note"]) == (f"fault: late {how}, pending", f"late {how}, done")
    for name in ("action", "path", "method", "account"):
        assert second[name] == (first[name] or ACCOUNT), "before it has come, nobody knows whose it is"
    assert (first["status"], second["status"], first["bytes_in"], second["bytes_in"]) == (0, 0, int(action == "upload"), 0)
    assert second["ms"] >= first["ms"] + MS * 0.9
    assert nobody_is_left(control)


@pytest.mark.parametrize("how", HOW)
def test_it_meets_what_stands_there_then(client: Client, control: Control, how: str) -> None:
    """The delete of the old object takes the new one."""
    load(control, "/123456/f")
    late(control, how)
    lose(client, "delete")
    assert client.post("/123456/f", "delete").status == 200
    assert client.put("/123456/f", b"new").status == 200
    assert carried_out(control)
    assert keys(control) == []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("setting", "left"), [("plain", ["x", "x/1", "y/1"]), ("followed", ["x"])])
def test_links_in_its_path_are_followed_then(client: Client, control: Control, how: str, setting: str, left: list[str]) -> None:
    control.set_knobs(links_in_path=setting)
    load(control, "/123456/x/1", "/123456/y/1")
    late(control, how)
    lose(client, "delete", "/123456/x/1")
    assert client.post("/123456/x/1", "delete").status == 200
    assert client.post("/123456/x", "symlink&target=y").status == 200
    if setting == "plain":
        load(control, "/123456/x/1")
        left = ["x", "y/1"]
    assert carried_out(control)
    assert keys(control) == [f"/123456/{name}" for name in left]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("action", "knob"), [("rename&destination=/123456/g", "rename_existing"),
                                              ("symlink&target=x", "symlink_existing")])
def test_a_service_that_replaces_nothing_refuses_it_then(client: Client, control: Control, how: str, action: str,
                                                         knob: str) -> None:
    control.set_knobs(**{knob: 409})
    load(control, *(["/123456/f"] if knob == "rename_existing" else []))
    since = control.journal_length()
    late(control, how)
    lose(client, action)
    load(control, "/123456/f", "/123456/g")
    assert carried_out(control)
    assert tree(control) == [f"/123456/f {MTIME}", f"/123456/g {MTIME}"]
    assert notes(control, since)[-1] == f"late {how}, answered 409"


@pytest.mark.parametrize("action", CHANGED)
def test_only_what_was_accepted_may_be_older_than_the_window(client: Client, control: Control, action: str) -> None:
    asked, before, after = CHANGED[action]
    control.set_knobs(quick_delete="now")
    load(control, *before)
    was, since, body = tree(control), control.journal_length(), b"x" if action == "upload" else None
    late(control, "delayed")
    lose(client, asked, body=body)
    control.set_knobs(clock_skew=100)
    assert carried_out(control)
    assert (tree(control), notes(control, since)[-1]) == (was, "late delayed, answered 403; time outside the clock window")
    control.set_knobs(clock_skew=0)
    late(control, "accepted")
    lose(client, asked, body=body)
    control.set_knobs(clock_skew=100)
    assert carried_out(control)
    assert (tree(control), notes(control, since)[-1]) == (after, "late accepted, done")


def test_whose_it_is_is_looked_at_when_it_comes(client: Client, control: Control) -> None:
    """``accepted`` is refused at once and never waits, ``delayed`` then."""
    load(control, "/123456/f")
    since = control.journal_length()
    late(control, "accepted")
    lose(client, "delete", key="wrong")
    assert control.counts()["waiting"] == 0
    late(control, "delayed")
    lose(client, "delete", key="wrong")
    assert carried_out(control)
    assert keys(control) == ["/123456/f"]
    assert notes(control, since) == ["fault: late accepted, answered 403; wrong signature", "fault: late delayed, pending",
                                     "late delayed, answered 403; wrong signature"]


@pytest.mark.parametrize("how", HOW)
def test_a_late_upload_that_does_not_verify_is_not_stored(client: Client, control: Control, how: str) -> None:
    since = control.journal_length()
    late(control, how)
    lose(client, f"upload&sha256={hashlib.sha256(b'y').hexdigest()}", body=b"x")
    assert carried_out(control)
    assert keys(control) == []
    assert notes(control, since)[-1] == f"late {how}, answered 409; verification"


@pytest.mark.parametrize("how", HOW)
def test_trailers_are_kept(client: Client, control: Control, how: str) -> None:
    """They are signed like the head: what was accepted in time is not too old later."""
    action = f"version=1&action=upload&sha256={hashlib.sha256(b'hello').hexdigest()}&mtime=7"
    trailers = client.head("PUT", "/123456/f", action).decode().split("\r\n")[2:5]
    late(control, how)
    with pytest.raises(ConnectionResetError):
        client.chunked("/123456/f", "upload&sha256=atend&mtime=atend", [b"hel", b"lo"],
                       dict(line.split(": ", 1) for line in trailers))
    client.close()
    if how == "accepted":
        control.set_knobs(clock_skew=100)
    assert carried_out(control)
    assert tree(control) == ["/123456/f 7"]


@pytest.mark.parametrize("how", HOW)
def test_a_large_body_waits_on_the_disk_and_goes_with_what_is_dropped(tmp_path: pathlib.Path, how: str) -> None:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path) as emulator:
        control, client = emulator.control, Client(emulator.port)
        late(control, how)
        lose(client, "upload", body=LARGE)
        assert carried_out(control)
        assert client.get("/123456/f", "download").body == LARGE
        control.reset_tree()
        late(control, how, ms=10_000_000)
        lose(client, "upload", body=LARGE)
        assert len(os.listdir(tmp_path / "bodies")) == 1
        control.reset_tree()
        assert (control.counts()["waiting"], os.listdir(tmp_path / "bodies")) == (0, [])
        late(control, how, ms=10_000_000)
        lose(client, "upload", body=LARGE)
        assert emulator.stop() == 0
        assert os.listdir(tmp_path / "bodies") == []


def test_what_is_dropped_is_never_done(client: Client, control: Control) -> None:
    since = control.journal_length()
    late(control, "accepted")
    lose(client, "mkdir")
    control.reset_tree()
    time.sleep(2 * MS / 1000)
    assert keys(control) == []
    assert notes(control, since) == ["fault: late accepted, pending"]


def test_reads_are_never_late(client: Client, control: Control) -> None:
    late(control, "delayed", times=None)
    assert client.get("/123456", "dir").status == 200
    assert control.faults()["faults"][0]["matched"] == 0
