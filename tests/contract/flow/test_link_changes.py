# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""changed_paths_file of ns_symlink beside the emulator: what visitors see changed below a link that is made, flipped, removed."""

from __future__ import annotations

import dataclasses
import os
import tracemalloc
import typing as t
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import SymlinkOptions
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Tree = t.Mapping[str, t.Optional[str]]

RELEASES: Tree = {
    "r/1/": None,
    "r/1/index.html": "one",
    "r/1/same.css": "same",
    "r/1/old-file": "sorted between old and old/",
    "r/1/old/x": "x",
    "r/1/l": "-> index.html",
    "r/1/kept": "-> index.html",
    "r/1/turned": "a file",
    "r/1/both": "a file",
    "r/2/": None,
    "r/2/index.html": "two",
    "r/2/same.css": "same",
    "r/2/new/ü y": "y",
    "r/2/l": "-> same.css",
    "r/2/kept": "-> index.html/",
    "r/2/turned": "-> index.html",
    "r/2/both/z": "a directory",
    "r/2/empty/": None,
    "r/1-other": "no part of it",
    "r/2.txt": "no part of it",
}
FLIPPED = ["current", "current/both", "current/both/z", "current/index.html", "current/l", "current/new/ü y", "current/old-file",
           "current/old/x", "current/turned"]  # fmt: skip
FIRST = ["both", "index.html", "kept", "l", "old-file", "old/x", "same.css", "turned"]
SECOND = ["both/z", "index.html", "kept", "l", "new/ü y", "same.css", "turned"]


def below(names: t.Iterable[str]) -> list[str]:
    return ["current", *(f"current/{name}" for name in names)]


class Flip:
    """``to`` makes a run with the list, whose names below the directory are in ``listed``."""

    def __init__(self, scene: Scene, place: Path) -> None:
        self.scene, self.place = scene, place

    def options(self, target: str | None, **more: t.Any) -> SymlinkOptions:
        state: t.Any = "absent" if target is None else "present"
        given = {"changed_paths_file": str(self.place), **more}
        return SymlinkOptions(self.scene.common, "s/current", target, state, **given)

    def to(self, target: str | None, **more: t.Any) -> list[str]:
        """What is listed by a run that must work; it is foreseen in check mode."""
        self.run(target, check=True, **more)
        foreseen = self.listed()
        outcome = self.run(target, **more)
        assert outcome.error is None, outcome.error
        assert self.listed() == foreseen
        return foreseen

    def run(self, target: str | None, check: bool = False, **more: t.Any) -> Outcome:
        return self.scene.run(self.options(target, **more), check=check)

    def listed(self) -> list[str]:
        prefix = self.scene.place + b"/s/"
        paths = [unquote_to_bytes(line) for line in self.place.read_bytes().splitlines()]
        assert all(path.startswith(prefix) for path in paths)
        return [os.fsdecode(path.removeprefix(prefix)) for path in paths]


@pytest.fixture
def flip(scene: Scene, tmp_path: Path) -> Flip:
    scene.there(RELEASES)
    scene.there({"current": "-> r/1"})
    return Flip(scene, tmp_path / "changed.txt")


def test_a_flip_lists_the_link_and_what_differs_below_it(scene: Scene, flip: Flip) -> None:
    assert flip.to("r/2") == FLIPPED
    assert scene.changes() == ["symlink current"]
    assert flip.to("r/2") == []
    assert result(flip.run("r/1"))["changed_paths"] == [f"{scene.common.root}/s/current"]


def test_a_link_that_is_removed_or_made_lists_all_below_it(scene: Scene, flip: Flip) -> None:
    assert flip.to(None) == below(FIRST)
    assert flip.to(None) == []
    assert flip.to("r/2") == below(SECOND)


@pytest.mark.parametrize(
    "target", ["r/1/", "{root}/s/r/1", "./r/../r/1", "r/1//", "chain/1", "way/1"], ids=lambda target: target.replace("/", "_")
)
def test_another_way_to_the_same_place_changes_nothing_below(scene: Scene, flip: Flip, target: str) -> None:
    scene.there({"chain/1": "-> ../chain/2", "chain/2": "-> ../r/1", "way": "-> r"})
    scene.there({"current": "-> r/./1"})
    assert flip.to(target.format(root=scene.common.root)) == ["current"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("r/1/index.html", "a file"),
        ("nowhere", "nothing"),
        ("nowhere/at/all", "nothing"),
        ("/", "no CP code"),
        ("../../../../../x", "no CP code"),
        ("circle/1", "round in a circle"),
        ("back", "back to the link"),
        ("current/x", "through the link itself"),
        ("long/1", "more links than are followed"),
    ],
)
def test_a_target_with_nothing_below_it(scene: Scene, flip: Flip, target: str, why: str) -> None:
    """All of the other side has changed, whichever side it is."""
    scene.there({"circle/1": "-> 2", "circle/2": "-> 1", "back": "-> current"})
    scene.there({f"long/{number}": f"-> {number + 1}" for number in range(1, 20)})
    scene.there({"long/20": "-> ../r/1"})
    assert flip.to(target) == below(FIRST), why
    assert flip.to("r/2") == below(SECOND), why


def test_chains_of_links_are_followed_to_their_directories(scene: Scene, flip: Flip) -> None:
    """In the middle of a path as well."""
    scene.there({"chain": "-> chain-2", "chain-2": f"-> {scene.common.root}/s/way/2", "way": "-> r"})
    assert flip.to("chain") == FLIPPED
    assert flip.to("way/1") == FLIPPED


@pytest.mark.parametrize("before", ["a file", None])
def test_what_stands_beside_the_link_is_seen_without_it(scene: Scene, flip: Flip, before: str | None) -> None:
    """A directory of its name."""
    flip.to(None)
    scene.there({"current/same.css": "same", "current/own": "own"})
    if before is not None:
        scene.there({"current": before})
    others = sorted({*SECOND, "own"} - {"same.css"})
    assert flip.to("r/2", replace="file") == below(others)
    assert flip.to(None) == below(others)


def test_a_link_that_takes_the_place_of_a_file(scene: Scene, flip: Flip) -> None:
    scene.there({"current": "a file"})
    assert flip.to("r/1", replace="file") == below(FIRST)


def test_a_target_that_holds_the_link_itself(scene: Scene, flip: Flip) -> None:
    """The link in it is like any other, and not followed."""
    found = flip.to(".")
    assert found[0] == "current" and "current/current" in found and "current/r/1/index.html" in found
    assert not [name for name in found if name.startswith("current/current/")]


def test_without_the_option_no_target_is_looked_at(scene: Scene, flip: Flip) -> None:
    without = result(flip.run("r/2", check=True, changed_paths_file=None))
    given = result(flip.run("r/2", check=True))
    assert without["api_calls"] == {"stat": 3}
    assert given["api_calls"] == {"stat": 3 + 1 + 2 * 4, "list": 2}
    same = result(flip.run("r/1", check=True))
    assert (same["changed"], same["api_calls"]) == (False, without["api_calls"])


def test_files_without_a_digest_count_as_different(scene: Scene, flip: Flip) -> None:
    scene.control.set_knobs(list_md5="no")
    assert flip.to("r/2") == sorted([*FLIPPED, "current/same.css"])


KNOBS = [setting for setting in settings() if setting.knob != "list_md5"]


@pytest.mark.parametrize("setting", KNOBS, ids=str)
def test_a_flip_lists_the_same_under_every_setting(scene: Scene, flip: Flip, setting: Setting) -> None:
    patience = Patience(t.cast(t.Any, scene), setting)
    scene.there({"chain": "-> r/2"})
    patience.settle()
    assert flip.to("chain") == FLIPPED
    patience.settle()
    assert flip.to(None) == below(SECOND)
    patience.settle()
    assert flip.to("r/1") == below(FIRST)


@pytest.mark.parametrize("form", ["name", "path"])
def test_a_flip_lists_the_same_walked_page_by_page(scene: Scene, flip: Flip, form: str) -> None:
    scene.control.set_knobs(list_refused=501, page_size="unlimited/1", dir_resume=form)
    assert flip.to("r/2") == FLIPPED


# -- what fails before the change


def fails(flip: Flip, target: str | None, code: str) -> NetStorageError:
    """The error of a run that changes nothing, in check mode as well; the list is empty."""
    for check in (True, False):
        flip.place.write_bytes(b"/1/of-another-run\n")
        with pytest.raises(NetStorageError) as told:
            flip.run(target, check=check)
        assert told.value.code == code, told.value
        assert flip.listed() == []
    assert flip.scene.changes() == []
    assert "current -> r/1" in flip.scene.tree()
    return told.value


@pytest.mark.parametrize("target", ["r/2", None])
@pytest.mark.parametrize("side", ["r/1", "r/2"])
@pytest.mark.parametrize("action", ["stat", "list"])
def test_a_target_out_of_reach_fails_before_the_change(
    scene: Scene, flip: Flip, target: str | None, side: str, action: str
) -> None:
    scene.control.add_faults({"action": action, "path": f"*/s/{side}*", "kind": "status", "status": 403, "times": 99})
    if target is None and side == "r/2":
        assert flip.to(target) == below(FIRST)  # it is nobody's target
    else:
        assert side in str(fails(flip, target, "auth_refused"))


def test_a_target_in_a_cp_code_of_others_fails_before_the_change(flip: Flip) -> None:
    fails(flip, "/999999/x", "auth_refused")


def test_a_listing_that_breaks_off_fails_before_the_change(scene: Scene, flip: Flip) -> None:
    scene.control.set_knobs(page_size="3/unlimited")
    scene.control.add_faults({"action": "list", "path": "*/s/r/2/*", "kind": "status", "status": 404, "times": 99, "skip": 1})
    fails(flip, "r/2", "listing_incomplete")


def test_a_link_and_a_directory_of_one_name_on_the_way(scene: Scene, flip: Flip) -> None:
    """Nobody knows which of them visitors see."""
    scene.there({"twin": "-> r/2", "twin/a": "a"})
    error = fails(flip, "twin", "link_in_the_way")
    assert "twin" in str(error) and "leave changed_paths_file out" in error.hint
    without = dataclasses.replace(flip.options("twin"), changed_paths_file=None)
    assert scene.run(without).changed


def test_a_flip_that_fails_leaves_an_empty_list(scene: Scene, flip: Flip) -> None:
    scene.control.add_faults({"action": "symlink", "kind": "status", "status": 403, "times": 99})
    outcome = flip.run("r/2")
    assert outcome.error is not None
    assert (outcome.changed, flip.listed()) == (False, [])


def test_memory_does_not_grow_with_the_trees(scene: Scene, flip: Flip) -> None:
    def peak(count: int) -> int:
        scene.there({f"{count}/{side}/{number:05}": side for side in ("a", "b") for number in range(count)})
        scene.there({"current": f"-> {count}/a"})
        tracemalloc.start()
        assert len(flip.run(f"{count}/b", check=True).plan.steps) == 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(flip.listed()) == count + 1
        return most

    scene.control.set_knobs(page_size="100/unlimited")
    peak(300)
    few, many = peak(400), peak(4000)
    assert many < few + 300_000, (few, many)
