# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole shared tree, sent by one program and looked at by the other."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.bench import budget
from ansible_collections.edgeops.netstorage.tests.interop.peer_tree import directories, entries
from ansible_collections.edgeops.netstorage.tests.interop.rclone import REMOTE, WHOLE, Rclone
from ansible_collections.edgeops.netstorage.tests.interop.store import Store, sync_task

SITE = REMOTE + "site"


def test_ns_sync_plans_nothing_after_rclone_sync(store: Store, tree: Path) -> None:
    """Names, sizes, digests, targets and directories: all read as rclone meant them."""
    store.rclone.run("sync", *WHOLE, tree, SITE)
    stored = store.entries("site")
    store.calls()

    result, deleting = store.play(sync_task(tree), sync_task(tree, delete=True))

    assert not result["changed"], result["plan"]["steps"]
    assert not deleting["changed"], deleting["plan"]["steps"]
    assert sum(result["api_calls"].values()) <= budget.no_op(f"{store.folder}/site", len(stored))
    assert not store.changes()


def test_rclone_agrees_after_ns_sync(store: Store, tree: Path) -> None:
    """check --download and lsf -R, by dir and by list alike; every directory is there; nothing is left to sync."""
    assert store.sync(tree)["changed"]

    rclone = store.rclone
    rclone.run("check", "--links", "--download", tree, SITE)
    for listing in ((), ("--fast-list",)):
        rclone.run("check", "--links", *listing, tree, SITE)
        assert rclone.listed("site", *listing) == entries(tree), listing
        assert rclone.listed("site", "--dirs-only", *listing) == directories(tree), listing
    _sees_each_directory(rclone, tree)
    store.calls()
    rclone.run("sync", *WHOLE, tree, SITE)
    rclone.run("sync", *WHOLE, "--fast-list", "--checksum", tree, SITE)
    assert not store.changes()
    explicit = {name for name, row in store.entries("site").items() if row["type"] == "dir"}
    assert explicit == set(directories(tree)), "each one is an object of its own"


def _sees_each_directory(rclone: Rclone, tree: Path) -> None:
    """Asked for by itself: rclone says "directory not found" for what it does not see. The way to the tree as well."""
    assert rclone.run("lsf", REMOTE) == "site/\n"
    for folder in ("site", "site/empty directory", "site/empty directory/in here", "site/siblings/dir", "site/links/sub"):
        rclone.run("lsf", REMOTE + folder)
    signs = sorted(path.name for path in (tree / "folders").iterdir())
    for name in signs[::7]:
        assert rclone.run("lsf", f"{SITE}/folders/{name}") == f"{name}\n"
    assert rclone.run("lsf", f"{SITE}/not there", status=3) == ""
