# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that rclone respells: control characters become U+24xx there, bytes that are no UTF-8 are quoted. ns_sync sends
them as they are, finds them again, and removes them; rclone reads them without breaking."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.interop.rclone import REMOTE
from ansible_collections.edgeops.netstorage.tests.interop.store import Store

NAMES = (b"tab\there", b"new\nline", b"bell\x07", b"escape\x1b[31m", b"delete\x7f", b"latin-\xe9", b"\xff\xfe", b"c1\xc2\x85")


def test_ns_sync_keeps_odd_names(store: Store, tmp_path: Path) -> None:
    tree = os.fsencode(tmp_path / "odd")
    for name in NAMES:
        folder = os.path.join(tree, b"in " + name)
        os.makedirs(folder)
        for place in (tree, folder):
            Path(os.fsdecode(os.path.join(place, name))).write_bytes(b"content of " + name)
        os.symlink(name, os.path.join(folder, b"link to " + name))

    source = tmp_path / "odd"
    assert store.sync(source, unusual_names="allow")["plan"]["summary"]["creates"] == len(NAMES) * 4 + 2
    stored = {os.fsencode(name) for name in store.entries("site")}
    assert {name for name in stored if b"/" not in name} == set(NAMES)
    again = store.sync(source, delete=True, unusual_names="allow")
    assert not again["changed"], again["plan"]["steps"]
    assert len(store.rclone.listed("site")) >= len(NAMES)

    for name in NAMES:
        os.unlink(os.path.join(tree, name))
    assert store.sync(source, delete=True, unusual_names="allow")["plan"]["summary"]["deletes"] == len(NAMES)
    assert not [name for name in store.entries("site") if "/" not in name]


def test_ns_sync_takes_over_what_rclone_respelled(store: Store, tmp_path: Path) -> None:
    """After rclone the control characters are pictures: other names, and with delete they are cleared away."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "tab\there").write_text("x", encoding="utf-8")
    (tree / "plain").write_text("x", encoding="utf-8")
    store.rclone.run("sync", tree, REMOTE + "site")
    assert "tab\u2409here" in store.entries("site")

    result = store.sync(tree, delete=True, unusual_names="allow")

    assert {(step["step"], step["path"].rpartition("/")[2]) for step in result["plan"]["steps"]} == {
        ("upload", "tab\\x09here"),
        ("delete", "tab\u2409here"),
    }
    assert set(store.entries("site")) == {"tab\there", "plain"}
