# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_prune beside the emulator: what goes, what stays, what was sent for it, and what is refused before that."""

from __future__ import annotations

import dataclasses
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks import prune
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import PruneOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Record = dict[str, t.Any]

TREE = {
    "a.css": "a",
    "a.css.map": "a",
    "d/": None,
    "d/b.js": "b",
    "d/b.js.map": "b",
    "d/maps/": None,
    "d/maps/x.map": "x",
    "i/only.map": "i",
    "l.map": "-> a.css",
}
RELEASES = {f"r/{number}/{name}": "x" for number in range(1, 7) for name in ("index.html", "css/a.css")}


def options(scene: Scene, path: str = "", **more: t.Any) -> PruneOptions:
    where = f"s/{path}" if path else "s"
    links = [f"s/{link}" for link in more.pop("protect_targets", [])]
    return PruneOptions(scene.common, where, protect_targets=links, **{"parallel": 1, "max_delete": None, **more})


def pruned(scene: Scene, path: str = "", **more: t.Any) -> Record:
    """The result of a run that must work, shown before and repeated after, with what was sent for it."""
    given = options(scene, path, **more)
    shown = run(given, check=True, diff=True)
    assert scene.changes() == []
    outcome = run(given, check=False, diff=False)
    assert outcome.error is None, outcome.error
    values = result(outcome)
    assert result(shown)["plan"] == values["plan"]
    values["sent"] = scene.changes()
    assert not run(given, check=False, diff=False).changed
    assert scene.changes() == []
    return values


def refused(scene: Scene, path: str = "", **more: t.Any) -> NetStorageError:
    """The error of a run that is refused, in check mode too, before anything is deleted."""
    errors = []
    for check in (True, False):
        try:
            outcome = run(options(scene, path, **more), check=check, diff=True)
        except NetStorageError as error:
            errors.append(error)
        else:
            assert outcome.error is not None and not outcome.done
            errors.append(outcome.error)
    assert scene.changes() == []
    assert str(errors[0]) == str(errors[1])
    assert errors[0].hint
    return errors[0]


# -- what matches


def test_files_that_match_go_and_directories_stay(scene: Scene) -> None:
    """An implicit directory is no object, and vanishes with its last one."""
    scene.there(TREE)
    values = pruned(scene, patterns=["*.map"])
    assert values["sent"] == ["delete a.css.map", "delete d/b.js.map", "delete d/maps/x.map", "delete i/only.map"]
    assert scene.tree() == ["a.css", "d/", "d/b.js", "d/maps/", "l.map -> a.css"]
    assert (values["matched"], values["plan"]["summary"]["deletes"]) == (4, 4)
    assert {step["why"] for step in values["plan"]["steps"]} == {"matches"}
    assert values["api_calls"]["list"] == 1


@pytest.mark.parametrize(
    ("criteria", "gone"),
    [
        ({"file_type": "link"}, ["l.map"]),
        ({"patterns": ["*.map"], "file_type": "any", "excludes": ["x*", "only*"]}, ["a.css.map", "d/b.js.map", "l.map"]),
        ({"patterns": ["maps"], "file_type": "directory"}, ["d/maps/", "d/maps/x.map"]),
        ({"patterns": ["d"], "file_type": "directory"}, ["d/", "d/b.js", "d/b.js.map", "d/maps/", "d/maps/x.map"]),
        ({"patterns": ["i"], "file_type": "directory"}, ["i/only.map"]),
        ({"patterns": ["*.map"], "recurse": False}, ["a.css.map"]),
        ({"patterns": ["d"], "file_type": "directory", "recurse": False},
         ["d/", "d/b.js", "d/b.js.map", "d/maps/", "d/maps/x.map"]),
        ({"patterns": ["*.map"], "protect": ["/d/"]}, ["a.css.map", "i/only.map"]),
        ({"patterns": ["d"], "file_type": "directory", "protect": ["*.js"]}, ["d/b.js.map", "d/maps/", "d/maps/x.map"]),
        ({"excludes": ["*.map"]}, ["a.css", "d/b.js"]),
        ({"size": "-1b", "patterns": ["*.css"]}, ["a.css"]),
        ({"patterns": [r".*\.js$"], "use_regex": True}, ["d/b.js"]),
    ],
)  # fmt: skip
def test_each_criterion_says_what_goes(scene: Scene, criteria: Record, gone: list[str]) -> None:
    scene.there(TREE)
    before = scene.tree()
    pruned(scene, **criteria)
    assert sorted(line.partition(" -> ")[0] for line in set(before) - set(scene.tree())) == sorted(gone)


def test_a_directory_goes_by_age_only_if_all_in_it_is_old(scene: Scene) -> None:
    old = int(time.time()) - 10 * 86_400
    scene.there({"n/": None, "o/": None, "n/a": "a", "n/b": "b", "o/a": "a", "o/s/b": "b"}, mtime=old)
    scene.there({"n/new": "x"}, mtime=int(time.time()))
    values = pruned(scene, file_type="directory", age="1w")
    assert scene.tree() == ["n/", "n/a", "n/b", "n/new"]
    assert values["matched"] == 1


def test_a_name_that_two_share_goes_by_its_kind(scene: Scene) -> None:
    scene.there({"x": "file", "x/": None, "x/y": "y", "x-": "z"})
    pruned(scene, patterns=["x"], file_type="directory")
    assert scene.tree() == ["x", "x-"]


def test_what_lies_behind_a_link_is_left_alone(scene: Scene) -> None:
    """A delete there might go where the link leads."""
    scene.there({"l": "-> d", "l/a.map": "a", "d/b.map": "b"})
    values = pruned(scene, patterns=["*.map"])
    assert scene.tree() == ["l -> d", "l/a.map"]
    assert any("behind" in note for note in values["notes"])


def test_nothing_there_is_nothing_to_do(scene: Scene) -> None:
    values = pruned(scene, "nowhere", patterns=["*"])
    assert (values["changed"], values["matched"]) == (False, 0)


def test_many_go_with_one_list(scene: Scene) -> None:
    scene.there({f"{number:04}.{'map' if number % 2 else 'js'}": "x" for number in range(2400)})
    outcome = run(options(scene, patterns=["*.map"], max_delete="50 %", parallel=16), check=False, diff=False)
    values = result(outcome)
    assert (values["matched"], values["plan"]["summary"]["deletes"], outcome.error) == (1200, 1200, None)
    assert len(scene.tree()) == 1200


def test_what_matched_nothing_is_told(scene: Scene) -> None:
    scene.there({"a.MAP": "a", "b.js": "b"})
    values = pruned(scene, patterns=["*.map", "*.js"], protect=["B.js", "*.css", "a.*"])
    assert values["unmatched_patterns"] == {"patterns": ["*.map"], "protect": ["B.js", "*.css"]}
    assert len([note for note in values["notes"] if "would match but for" in note]) == 2


# -- the newest


@pytest.mark.parametrize(
    ("criteria", "left", "kept"),
    [
        ({"keep": 2}, ["5", "6"], ["6", "5"]),
        ({"keep": 2, "patterns": ["[123]"]}, ["2", "3", "4", "5", "6"], ["3", "2"]),
        ({"keep": 9}, ["1", "2", "3", "4", "5", "6"], ["6", "5", "4", "3", "2", "1"]),
        ({"keep": 1, "protect": ["/4/"]}, ["4", "6"], ["6"]),
        ({"keep": 1, "protect_targets": ["now"]}, ["3", "6"], ["6"]),
        ({"keep": 1, "protect_targets": ["deep", "now"]}, ["2", "3", "6"], ["6"]),
        ({"keep": 1, "protect_targets": ["chain"]}, ["3", "6"], ["6"]),
        ({"keep": 1, "protect_targets": ["through"]}, ["3", "6"], ["6"]),
        ({"keep": 4, "protect_targets": ["now"]}, ["3", "4", "5", "6"], ["6", "5", "4", "3"]),
    ],
)
def test_the_newest_stay_and_what_is_live(scene: Scene, criteria: Record, left: list[str], kept: list[str]) -> None:
    scene.there({**RELEASES, "now": "-> r/3", "deep": "-> r/2/css/a.css", "chain": "-> now", "through": "-> now/css"})
    values = pruned(scene, "r", **criteria)
    assert sorted({line.split("/")[1] for line in scene.tree() if line.startswith("r/")}) == left
    assert values["kept"] == kept
    assert values["going"] == sorted({"1", "2", "3", "4", "5", "6"} - set(left))
    assert {step["why"] for step in values["plan"]["steps"]} <= {"more than are kept"}
    assert values["api_calls"]["dir"] == 1
    looked_into = ["4"] if "protect" in criteria else []
    assert values["api_calls"].get("list", 0) == 6 - len(left) + len(looked_into)  # what stays otherwise is not listed
    if "protect_targets" in criteria:
        assert all("/r/" in target for target in values["live"].values())


def test_the_newest_by_time_and_what_has_none(scene: Scene) -> None:
    for age, name in enumerate(["c", "a", "d", "b"]):
        scene.there({name: name}, mtime=1_700_000_000 - age)
    scene.there({"implicit/x": "x"})
    values = pruned(scene, keep=2, order="mtime")
    assert scene.tree() == ["a", "c", "implicit/x"]
    assert values["kept"] == ["c", "a"]
    assert any("implicit" in note and "no time" in note for note in values["notes"])


def test_a_share_is_one_of_everything_below_the_path(scene: Scene) -> None:
    scene.there(RELEASES | {"r/6/big/" + str(number): "x" for number in range(40)})
    error = refused(scene, "r", keep=1, max_delete="10 %")
    assert (error.code, "10 of 5") == ("max_delete", error.message[error.message.index("10 of"):][:7])
    assert pruned(scene, "r", keep=1, max_delete="20 %")["api_calls"]["du"] == 1


def test_all_of_it_is_no_share_that_must_be_known(scene: Scene) -> None:
    scene.there(RELEASES)
    values = pruned(scene, "r", patterns=["[1-6]"], file_type="directory", recurse=False, max_delete="100 %")
    assert (values["going"], scene.tree()) == (["1", "2", "3", "4", "5", "6"], [])
    assert "du" not in values["api_calls"]


def test_what_goes_in_part_is_named(scene: Scene) -> None:
    scene.there(TREE)
    values = pruned(scene, patterns=["d", "i", "nowhere"], file_type="directory", recurse=False, protect=["*.js"])
    assert values["going"] == ["d", "i"]
    assert "d/b.js" in scene.tree()


# -- refusals


@pytest.mark.parametrize("link", ["nowhere", "d", "d/b.js"])
def test_who_does_not_know_what_is_live_deletes_nothing(scene: Scene, link: str) -> None:
    scene.there(TREE)
    error = refused(scene, patterns=["*.map"], protect_targets=[link])
    assert error.code == "protect_targets"
    assert "is not a symlink" in error.message


def test_a_link_that_is_missing_matters_only_where_something_would_go(scene: Scene) -> None:
    scene.there({"a": "a"})
    assert not run(options(scene, patterns=["*.map"], protect_targets=["nowhere"]), check=False, diff=False).changed


def test_what_becomes_live_meanwhile_stays(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run switches right after the first delete."""
    scene.there({**RELEASES, "now": "-> r/6"})
    monkeypatch.setattr(prune, "_FRESH", -1.0)
    delete = Client.delete

    def flipped(client: Client, path: bytes) -> object:
        scene.there({"now": "-> r/2"})
        return delete(client, path)

    monkeypatch.setattr(Client, "delete", flipped)
    outcome = run(options(scene, "r", keep=1, protect_targets=["now"]), check=False, diff=False)
    assert outcome.error is not None
    assert {failed.error.code for failed in outcome.failed} == {"protect_targets"}
    assert [line for line in scene.tree() if line.startswith("r/2")] == ["r/2/css/a.css", "r/2/index.html"]


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ({}, "None of patterns"),
        ({"patterns": [], "age": ""}, "None of patterns"),
        ({"keep": 0}, "keep is 0"),
        ({"keep": -1}, "keep is -1"),
        ({"patterns": ["a/b"]}, "has a slash"),
        ({"age": "soon"}, "age: 'soon'"),
    ],
)
def test_what_says_nothing_is_refused(scene: Scene, criteria: Record, said: str) -> None:
    assert said in refused(scene, **criteria).message


def test_a_whole_cp_code_must_be_meant(scene: Scene) -> None:
    root = str(scene.common.root).split("/")[1]
    given = PruneOptions(dataclasses.replace(scene.common, root=None), f"/{root}", patterns=["*.map"])
    with pytest.raises(NetStorageError) as told:
        run(given, check=True, diff=False)
    assert told.value.code == "allow_root"


def test_a_link_or_a_file_in_its_place_is_an_error(scene: Scene) -> None:
    scene.there({"f": "f", "l": "-> f"})
    assert refused(scene, "f", patterns=["*"]).code == "not_a_directory"
    assert refused(scene, "l", patterns=["*"]).code == "link_in_the_way"
