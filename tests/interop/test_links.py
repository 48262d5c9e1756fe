# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Symlinks made by one program and read by the other."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.interop.rclone import REMOTE, WHOLE
from ansible_collections.edgeops.netstorage.tests.interop.store import Store, sync_task

TARGETS = ("../index.html", "a b/c+d%41&y=z[?#]", "gr\u00fcn/\u65e5\u672c", "/123456/elsewhere")


def test_links_of_rclone_read_by_the_modules(store: Store, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for number, target in enumerate(TARGETS):
        (links / f"link {number}").symlink_to(target)
    store.rclone.run("sync", *WHOLE, links, REMOTE + "links")
    store.calls()

    tasks = [symlink(f"links/link {number}", target) for number, target in enumerate(TARGETS)]
    results = store.play(*tasks, symlink("links/link 0", "other"))

    assert [result["changed"] for result in results] == [False] * len(TARGETS) + [True]
    assert results[-1]["previous_target"] == TARGETS[0]


def test_links_of_the_modules_read_by_rclone(store: Store, small: Path) -> None:
    tasks = [symlink(f"made/link {number}", target) for number, target in enumerate(TARGETS)]
    store.play(*tasks, sync_task(small, "site"))

    names = [f"link {number}.rclonelink" for number in range(len(TARGETS))]
    assert store.rclone.listed("made") == names
    for name, target in zip(names, TARGETS, strict=True):
        assert store.rclone.run("cat", "--links", f"{REMOTE}made/{name}") == target
    assert store.rclone.run("cat", "--links", f"{REMOTE}site/css/link.rclonelink") == "../index.html"


def test_links_come_back_as_links(store: Store, small: Path, tmp_path: Path) -> None:
    """Down again to a local folder, by rclone."""
    store.sync(small)
    back = tmp_path / "back"
    store.rclone.run("copy", "--links", REMOTE + "site", back)
    assert (back / "css" / "link").readlink() == Path("../index.html")
    assert not store.sync(back)["changed"]


def test_a_link_retargeted_by_one_is_seen_by_the_other(store: Store, small: Path) -> None:
    store.rclone.run("sync", *WHOLE, small, REMOTE + "site")
    link = small / "css" / "link"
    link.unlink()
    link.symlink_to("../a b/c+d.txt")
    result = store.sync(small)
    assert [step["step"] for step in result["plan"]["steps"]] == ["symlink"]
    store.rclone.run("check", "--links", "--download", small, REMOTE + "site")

    link.unlink()
    link.symlink_to("site.css")
    store.rclone.run("sync", *WHOLE, small, REMOTE + "site")
    assert not store.sync(small)["changed"]


def symlink(path: str, target: str) -> dict[str, object]:
    return {"edgeops.netstorage.ns_symlink": {"path": path, "target": target}}
