# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How other tools lose their users' data: the three losses of ``community.aws.s3_sync`` and the traps of its neighbours.

The traps are numbered in these two files alone; here are those about what is deleted, overwritten or missing for a moment (1 to
6, 16 to 20), in ``test_traps_telling`` those about what is told (7 to 15, 21 and 22). Each test says its trap and the tool that
has or had it.

Two of them are traps of releases, which the modules hold off before the role does (``tests/integration/test_release.py``):

* 18, prune deletes the release ``current`` points at: what ``protect`` names outlives any sync.
* 19, ``current`` is removed before it is made again: ``ns_symlink`` flips without a moment without the link.
"""

from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource, ListingIncomplete
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    DirectoryOptions,
    FileOptions,
    Options,
    SymlinkOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

# -- the three data losses of s3_sync


def test_s3_sync_loss_a_an_excluded_file_that_is_on_both_sides_is_kept(scene: Scene) -> None:
    """(a) an *excluded* file that exists on both sides is deleted remotely (filters apply to the source only)."""
    scene.there({"a": "a", "config.local": "theirs", "old": "old"})
    scene.here({"a": "a", "config.local": "ours"})
    assert scene.sync(delete=True, exclude=["*.local"]) == ["delete old"]
    assert scene.tree() == ["a", "config.local"]


def test_s3_sync_loss_b_siblings_with_the_same_beginning_are_kept(scene: Scene) -> None:
    """(b) ``key_prefix: site`` also deletes ``site2/...`` and ``sitemap.xml`` (prefix compared without the slash)."""
    scene.there({"s2/f": "f", "s-old/": None, "sitemap.xml": "map", "s": "a file of the very name"}, below="")
    scene.there({"a": "a", "old": "old"})
    scene.here({"a": "a"})
    assert scene.sync(delete=True) == ["delete old"]
    assert scene.tree(below="") == ["s", "s-old/", "s/", "s/a", "s2/f", "sitemap.xml"]


@pytest.mark.parametrize("check", [True, False])
def test_s3_sync_loss_c_a_missing_source_deletes_nothing(scene: Scene, check: bool) -> None:
    """(c) a ``file_root`` that does not exist walks to an empty list and, with ``delete: true``, removes everything."""
    scene.there({"a": "a", "b": "b"})
    scene.source.rmdir()
    with pytest.raises(BadSource, match="does not exist"):
        scene.run(delete=True, check=check)
    assert scene.sent() == [], "not even a look"


# -- traps


def test_trap_01_an_excluded_file_that_is_only_there_is_kept(scene: Scene) -> None:
    """1. Excluded-but-present remote file deleted (s3_sync)."""
    scene.there({"a": "a", "uploads/photo.jpg": "photo", "deep/uploads/x": "x", "old": "old"})
    scene.here({"a": "a"})
    assert scene.sync(delete=True, exclude=["uploads/"]) == ["delete old"]


def test_trap_01_what_no_include_names_is_kept(scene: Scene) -> None:
    scene.there({"a.png": "a", "old.png": "old", "old.txt": "theirs"})
    scene.here({"a.png": "a", "new.txt": "new"})
    assert scene.sync(delete=True, include=["*.png"]) == ["delete old.png"]


def test_trap_02_a_name_that_holds_the_root_again_is_mapped_right(scene: Scene) -> None:
    """2. String ``replace`` of the root maps ``/data/backup/data/x`` wrongly (fsspec ``rsync``)."""
    inner = str(scene.source).strip("/")
    scene.here({"s/s/s": "s", f"{inner}/x": "x"})
    scene.sync()
    folders = inner.split("/")
    above = ["/".join(folders[: depth + 1]) + "/" for depth in range(len(folders))]
    assert scene.tree() == sorted([*above, f"{inner}/x", "s/", "s/s/", "s/s/s"])


def test_trap_03_an_empty_source_deletes_nothing_unless_it_is_meant(scene: Scene) -> None:
    """3. Missing/empty source + delete = wipe (s3_sync, gsutil#234)."""
    scene.there({"a": "a", "b": "b"})
    for options in ({}, {"exclude": ["*.css"]}):
        scene.here({"x.css": "x"} if options else {})
        outcome = scene.run(delete=True, **options)
        assert outcome.error is not None and outcome.error.code == "empty_source"
    assert scene.changes() == []
    assert scene.sync(delete=True, allow_empty_source=True, exclude=["*.css"]) == ["delete a", "delete b"]


@pytest.mark.parametrize("status", [403, 404, 500])
def test_trap_04_a_listing_that_broke_off_is_no_absence(scene: Scene, status: int) -> None:
    """4. Partial listing treated as absence (gsutil#234). Here: what was not listed would be sent again, or be deleted."""
    scene.control.set_knobs(page_size=2)
    tree = {name: name for name in "abcdef"}
    scene.there(tree)
    scene.here({**tree, "z": "z"})
    scene.control.add_faults({"action": "list", "skip": 1, "times": 9, "status": status})
    with pytest.raises(ListingIncomplete):
        scene.run(delete=True)
    assert scene.changes() == []


def test_trap_04_a_source_that_cannot_be_read_is_no_absence(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on the local side: nothing is deleted, what can be sent is sent, and the task fails."""
    scene.there({"d/x": "x", "old": "old"})
    scene.here({"d/x": "x", "new": "new"})
    scandir = os.scandir

    def scan(path: t.Any) -> t.Any:
        if os.fspath(path).endswith(b"/d"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    outcome = scene.run(delete=True)
    assert outcome.error is not None and outcome.error.code == "local_unknown"
    assert not any(change.startswith(("delete", "rmdir")) for change in scene.changes())
    assert scene.tree() == ["d/", "d/x", "new", "old"]


@pytest.mark.parametrize(("name", "action"), [("old", "delete"), ("dir", "rmdir")])
def test_trap_05_a_delete_that_is_refused_is_a_failure(scene: Scene, name: str, action: str) -> None:
    """5. Delete reply errors ignored (s3_sync): its keys are reported as removed."""
    scene.there({"a": "a", "old": "old", "other": "other", "dir/": None})
    scene.here({"a": "a"})
    scene.control.add_faults({"action": action, "path": f"*/s/{name}", "status": 403, "times": 9})
    outcome = scene.run(delete=True)
    values = result(outcome)
    assert outcome.error is not None and outcome.error.code == "partly_done"
    (failed,) = values["failed_paths"]
    assert (failed["path"].rstrip("/").rpartition("/")[2], failed["status"]) == (name, 403)
    assert not any(path.rstrip("/").endswith(f"/{name}") for path in values["done"])
    assert name in [key.rstrip("/") for key in scene.tree()]


def _everything(scene: Scene) -> list[Options]:
    local = scene.source / "a"
    return [
        FileOptions(scene.common, "s/a", source=str(local)),
        FileOptions(scene.common, "s/same", source=str(scene.source / "same"), mtime=5),
        FileOptions(scene.common, "s/old", state="absent"),
        DirectoryOptions(scene.common, "s/d/e"),
        DirectoryOptions(scene.common, "s/gone", state="absent", recurse=True),
        SymlinkOptions(scene.common, "s/link", "a"),
        SymlinkOptions(scene.common, "s/old-link", state="absent"),
        scene.options(delete=True, mtime=5, replace_links=True),
    ]


def test_trap_06_check_mode_writes_nothing(scene: Scene) -> None:
    """6. Check mode that writes (s3_object tags; copy remote_src history): counted on the server, module by module."""
    scene.there({"a": "old", "same": "same", "old": "old", "gone/x": "x", "link": "-> b", "old-link": "-> b", "w": "-> b"})
    scene.here({"a": "new", "same": "same", "w/x": "x"})
    before = scene.tree()
    for options in _everything(scene):
        for diff in (False, True):
            assert scene.run(options, check=True, diff=diff).changed, options
            assert scene.changes() == []
    assert scene.tree() == before
    for options in _everything(scene):
        assert scene.run(options).changed, options
        assert scene.changes() != []


@pytest.mark.parametrize("status", [400, 403, 500])
def test_trap_16_a_failed_overwrite_leaves_the_live_object(scene: Scene, status: int) -> None:
    """16. Failed overwrite removes the live object (rclone's netstorage backend)."""
    scene.there({"a": "live", "old": "old"})
    scene.here({"a": "new content"})
    scene.control.add_faults({"action": "upload", "status": status, "times": 9})
    assert scene.run(delete=True).error is not None
    assert {change.split()[0] for change in scene.changes()} == {"upload"}
    assert scene.run(check=True).plan.steps[0].before.size == len("live")  # type: ignore[union-attr]


def test_trap_16_a_failed_change_of_kind_leaves_the_live_object(scene: Scene) -> None:
    scene.there({"x": "-> y"})
    scene.here({"x": "a file"})
    scene.control.add_faults({"action": "rename", "status": 403, "times": 9})
    assert scene.run().error is not None
    assert scene.tree() == ["x -> y"], "and what was beside it is cleared away"


@pytest.mark.parametrize(("options", "tripped"), [({"max_delete": "2"}, "max_delete"), ({"max_replace": "0"}, "max_replace")])
def test_trap_17_a_cap_trips_before_the_first_write(scene: Scene, options: dict[str, t.Any], tripped: str) -> None:
    """17. Cap trips after N deletions already happened (rclone --max-delete)."""
    scene.there({"a": "old", "x": "x", "y": "y", "z": "z"})
    scene.here({"a": "new", "new": "new"})
    for check in (True, False):
        outcome = scene.run(delete=True, check=check, **options)
        assert outcome.error is not None and outcome.error.code == tripped
        assert "3 deletes" in str(outcome.error)
    assert scene.changes() == []


def test_trap_18_what_is_protected_outlives_a_sync(scene: Scene) -> None:
    """18. Prune deletes the release ``current`` points at (Ansistrano): ``protect`` holds in any sync."""
    scene.there({"releases/1/f": "f", "releases/2/f": "f", "current": "-> releases/1"})
    scene.here({"releases/3/f": "f"})
    assert scene.sync(delete=True, protect=["releases/1/", "current"]) == [
        "mkdir releases", "mkdir releases/3", "upload releases/3/f", "delete releases/2/f",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("knobs", "sent"),
    [
        ({}, ["symlink current"]),
        ({"symlink_existing": 409}, ["symlink current 409", "symlink .current.new-*", "rename .current.new-*"]),
    ],
)
def test_trap_19_a_flip_leaves_no_moment_without_the_link(scene: Scene, knobs: dict[str, t.Any], sent: list[str]) -> None:
    """19. Removing ``current`` before re-creating it (Ansistrano): nothing is deleted where the service can replace."""
    scene.control.set_knobs(**knobs)
    scene.there({"current": "-> releases/1"})
    scene.run(SymlinkOptions(scene.common, "s/current", "releases/2"))
    assert scene.changes() == sent
    scene.here({"current": "-> releases/3"})
    assert scene.sync() == sent
    assert scene.tree() == ["current -> releases/3"]


def test_trap_19_where_the_service_cannot_replace_the_gap_is_told(scene: Scene) -> None:
    """The service has taken the new link once, under a temporary name, before the old one goes."""
    scene.control.set_knobs(symlink_existing=409, rename_existing=409)
    scene.there({"current": "-> releases/1"})
    outcome = scene.run(SymlinkOptions(scene.common, "s/current", "releases/2"))
    assert scene.changes() == [
        "symlink current 409", "symlink .current.new-*", "rename .current.new-* 409", "delete .current.new-*",
        "rename current", "symlink current", "delete .current.old-*",
    ]  # fmt: skip
    assert scene.tree() == ["current -> releases/2"]
    assert any("was missing for the time of one request" in note for note in outcome.notes)


@pytest.mark.parametrize("parallel", [1, 16])
def test_trap_20_deletes_and_pages_wait_for_all_assets(scene: Scene, parallel: int) -> None:
    """20. Deletes interleaved with uploads break live sessions (Avarok atlas#771); pages before assets (mdn/yari#3315)."""
    names = [f"{number}.js" for number in range(10)]
    scene.there({"index.html": "old", **{f"old-{name}": "old" for name in names}})
    scene.here({"index.html": "new", **dict.fromkeys(names, "new")})
    sent = scene.sync(delete=True, parallel=parallel)
    assert [change.split()[0] for change in sent] == ["upload"] * 11 + ["delete"] * 10
    assert sent[10] == "upload index.html"
