# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one program removes is gone for the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.interop.peer_tree import entries
from ansible_collections.edgeops.netstorage.tests.interop.rclone import REMOTE, WHOLE
from ansible_collections.edgeops.netstorage.tests.interop.store import Store

SITE = REMOTE + "site"


def test_deletes_of_rclone_are_repaired_by_ns_sync(store: Store, small: Path) -> None:
    """Only what is missing is sent again."""
    store.sync(small)
    store.rclone.run("deletefile", f"{SITE}/a b/c+d.txt")
    store.rclone.run("deletefile", "--links", f"{SITE}/css/link.rclonelink")
    store.rclone.run("rmdir", f"{SITE}/empty")

    result = store.sync(small)

    done = {(step["step"], step["path"].removeprefix(store.folder)) for step in result["plan"]["steps"]}
    assert done == {("upload", "/site/a b/c+d.txt"), ("symlink", "/site/css/link"), ("mkdir", "/site/empty/")}
    store.rclone.run("check", "--links", "--download", small, SITE)


@pytest.mark.parametrize("sender", ["rclone", "ns_sync"])
def test_deletes_of_ns_sync_are_seen_by_rclone(store: Store, small: Path, sender: str) -> None:
    """Files, links and directories, whoever had sent them."""
    if sender == "rclone":
        store.rclone.run("sync", *WHOLE, small, SITE)
    else:
        store.sync(small)
    shutil.rmtree(small / "a b")
    (small / "css" / "link").unlink()
    (small / "empty").rmdir()

    result = store.sync(small, delete=True, max_delete="100%")

    assert result["plan"]["summary"]["deletes"] == 5
    assert store.rclone.listed("site") == store.rclone.listed("site", "--fast-list") == entries(small)
    store.calls()
    store.rclone.run("sync", *WHOLE, small, SITE)
    assert not store.changes()


def test_deletes_by_rclone_sync_are_seen_by_ns_sync(store: Store, small: Path) -> None:
    store.sync(small)
    shutil.rmtree(small / "a b")
    store.rclone.run("sync", *WHOLE, small, SITE)
    result = store.sync(small, delete=True)
    assert not result["changed"], result["plan"]["steps"]


@pytest.mark.parametrize("quick_delete", ["off", "now"])
def test_after_rclone_purge_everything_is_new(store: Store, small: Path, quick_delete: str) -> None:
    """With quick-delete, and one by one where the service refuses it."""
    store.control.set_knobs(quick_delete=quick_delete)
    store.sync(small)
    count = len(entries(small)) + 1
    store.rclone.run("purge", SITE)
    assert store.entries("site") == {}
    result = store.sync(small)
    assert result["plan"]["summary"]["creates"] == count
    store.rclone.run("check", "--links", "--download", small, SITE)


def test_directories_removed_by_ns_directory_are_gone_for_rclone(store: Store, small: Path) -> None:
    store.rclone.run("sync", *WHOLE, small, SITE)
    task = {"edgeops.netstorage.ns_directory": {"path": "site", "state": "absent", "recurse": True}}
    assert [result["changed"] for result in store.play(task, task)] == [True, False]
    assert store.rclone.run("lsf", SITE, status=3) == ""
    assert store.rclone.run("lsf", REMOTE) == ""
