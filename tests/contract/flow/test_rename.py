# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_rename beside the emulator: what stands there afterwards, what was sent for it, and what is refused before that."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import RenameOptions
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

Tree = t.Mapping[str, t.Optional[str]]
Record = dict[str, t.Any]

TREE: Tree = {
    "old/": None,
    "old/a": "a",
    "old/b/c": "c",
    "old/b/d/": None,
    "old/b/d/e": "e",
    "old/empty/": None,
    "old/l": "-> a",
    "other": "other",
}
MOVED = ["new/", "new/a", "new/b/", "new/b/c", "new/b/d/", "new/b/d/e", "new/empty/", "new/l -> a", "other"]


def options(scene: Scene, path: str, dest: str, **more: t.Any) -> RenameOptions:
    return RenameOptions(scene.common, f"s/{path}", f"s/{dest}", **{"parallel": 1, **more})


def renamed(scene: Scene, path: str, dest: str, **more: t.Any) -> Record:
    """The result of a run that must work, shown before and repeated after, with what was sent for it."""
    given = options(scene, path, dest, **more)
    shown = run(given, check=True, diff=True)
    assert scene.changes() == []
    outcome = run(given, check=False, diff=False)
    assert outcome.error is None, outcome.error
    values = result(outcome)
    assert result(shown)["plan"] == values["plan"]
    assert result(shown)["changed_paths"] == values["changed_paths"]
    values["sent"] = scene.changes()
    again = run(given, check=False, diff=False)
    assert not again.changed
    assert scene.changes() == []
    values["lines"] = shown.diff[0]["prepared"].splitlines() if shown.diff else []
    return values


def refused(scene: Scene, path: str, dest: str, **more: t.Any) -> NetStorageError:
    """The error of a run that is refused, in check mode too, before anything is sent that changes something."""
    errors = []
    for check in (True, False):
        try:
            outcome = run(options(scene, path, dest, **more), check=check, diff=True)
        except NetStorageError as error:
            errors.append(error)
        else:
            assert outcome.error is not None
            errors.append(outcome.error)
            assert not outcome.done
    assert scene.changes() == []
    assert str(errors[0]) == str(errors[1])
    assert errors[0].hint
    return errors[0]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


# -- files and links


def test_a_file_takes_one_request(scene: Scene) -> None:
    scene.there({"a": "a"})
    values = renamed(scene, "a", "b", md5=md5("a").upper())
    assert values["sent"] == ["rename a"]
    assert scene.tree() == ["b"]
    assert values["lines"] == ["~ rename a -> b (absent, 1 bytes)"]
    root = scene.common.root
    assert values["changed_paths"] == [f"{root}/s/a", f"{root}/s/b"]
    assert (values["path"], values["dest"]) == (f"{root}/s/a", f"{root}/s/b")
    assert (values["size"], values["md5"]) == (1, md5("a"))
    assert values["api_calls"] == {"stat": 4, "rename": 1}  # path, dest, and the two directories above them
    assert values["plan"]["steps"][0]["source"] == f"{root}/s/a"
    assert values["plan"]["summary"]["changes"] == 1 and values["plan"]["summary"]["bytes"] == 0


def test_directories_on_the_way_are_made_unless_they_are_left(scene: Scene) -> None:
    scene.there({"a": "a", "b": "b"})
    assert renamed(scene, "a", "x/y/a")["sent"] == ["mkdir x", "mkdir x/y", "rename a"]
    scene.common = dataclasses.replace(scene.common, directories="leave")
    assert renamed(scene, "b", "z/b")["sent"] == ["rename b"]
    assert scene.tree() == ["x/", "x/y/", "x/y/a", "z/b"]


def test_a_link_and_where_it_leads_then(scene: Scene) -> None:
    scene.there({"l": "-> a", "a": "a", "d/": None})
    values = renamed(scene, "l", "d/l")
    assert scene.tree() == ["a", "d/", "d/l -> a"]
    assert values["target"] == "a"
    assert any("lead elsewhere" in note for note in values["notes"])
    assert "notes" not in renamed(scene, "d/l", "d/m")


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize(("old", "new"), [("a", "b"), ("a", "-> t"), ("-> t", "b"), ("-> t", "-> u")])
def test_a_rename_replaces_what_has_the_new_name(scene: Scene, old: str, new: str, stubborn: bool) -> None:
    """Of any kind, and the same where the service does not rename onto an existing name."""
    scene.control.set_knobs(rename_existing=409 if stubborn else "replace")
    scene.there({"x": new, "y": old, "z": "z"})
    values = renamed(scene, "x", "y")
    assert scene.tree() == ([f"y {new}", "z"] if new.startswith("->") else ["y", "z"])
    gap = ["rename x 409", "rename y", "rename x", "delete .y.old-*"]
    assert values["sent"] == (gap if stubborn else ["rename x"])
    assert any("for the time of one request" in note for note in values.get("notes", ())) is stubborn


def test_a_refusal_that_was_carried_out_all_the_same(scene: Scene) -> None:
    """Nothing is deleted at the new place: it is the only copy by now."""
    scene.there({"x": "new", "y": "old"})
    scene.control.add_faults({"action": "rename", "kind": "status", "status": 409, "done": True})
    outcome = run(options(scene, "x", "y", md5=md5("new")), check=False, diff=False)
    assert outcome.error is None, outcome.error
    assert scene.changes() == ["rename x 409"]
    assert not run(options(scene, "x", "y", md5=md5("new")), check=False, diff=False).changed


def test_a_file_that_is_kept_and_one_that_fails(scene: Scene) -> None:
    scene.there({"a": "a", "b": "b"})
    values = renamed(scene, "a", "b", on_existing="keep")
    assert (values["changed"], values["sent"], scene.tree()) == (False, [], ["a", "b"])
    assert any("are kept" in note for note in values["notes"])
    error = refused(scene, "a", "b", on_existing="fail")
    assert error.code == "exists" and "1 changes" in error.message
    assert scene.tree() == ["a", "b"]


@pytest.mark.parametrize("on_existing", ["replace", "keep", "fail"])
def test_the_same_at_both_ends_is_no_conflict(scene: Scene, on_existing: str) -> None:
    scene.there({"a": "a", "b": "a"})
    assert renamed(scene, "a", "b", on_existing=on_existing)["sent"] == ["delete a"]
    assert scene.tree() == ["b"]


def test_what_was_the_same_is_looked_at_once_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import flow

    scene.there({"a": "a", "b": "a"})
    execute = flow.execute

    def meanwhile(*given: t.Any) -> t.Any:
        scene.there({"b": "changed"})
        return execute(*given)

    monkeypatch.setattr(flow, "execute", meanwhile)
    outcome = run(options(scene, "a", "b"), check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "conflict"
    assert scene.tree() == ["a", "b"]


def test_a_name_beside_a_directory(scene: Scene) -> None:
    scene.there({"a": "a", "d/": None, "d/x": "x"})
    values = renamed(scene, "a", "d")
    assert any("nothing moves into it" in note for note in values["notes"])
    assert scene.tree() == ["d", "d/", "d/x"]


# -- what is meant


def test_gone_and_there_is_done_before(scene: Scene) -> None:
    scene.there({"b": "b", "d/e": "e"})
    assert not renamed(scene, "a", "b")["changed"]
    assert not renamed(scene, "a", "b", md5=md5("b"))["changed"]
    assert refused(scene, "a", "b", md5=md5("x")).code == "md5"
    assert refused(scene, "a", "d", md5=md5("x")).code == "md5"
    assert refused(scene, "a", "b", file_type="directory").code == "not_found"
    assert refused(scene, "a", "d", file_type="file").code == "not_found"
    assert refused(scene, "a", "c").code == "not_found"


def test_another_file_than_the_one_that_is_meant(scene: Scene) -> None:
    scene.there({"a": "a", "l": "-> a"})
    error = refused(scene, "a", "b", md5=md5("b"))
    assert error.code == "md5" and md5("a") in error.message
    assert refused(scene, "l", "b", md5=md5("a")).code == "md5"


def test_file_type_decides_between_twins_to_rename(scene: Scene) -> None:
    scene.there({"x": "file", "x/": None, "x/y": "y"})
    assert refused(scene, "x", "z").code == "ambiguous"
    assert renamed(scene, "x", "z", file_type="file")["sent"] == ["rename x"]
    assert scene.tree() == ["x/", "x/y", "z"]
    renamed(scene, "x", "z", file_type="directory")
    assert scene.tree() == ["z", "z/", "z/y"]


@pytest.mark.parametrize(
    ("path", "dest", "more"),
    [
        ("/123456/a", "/777777/a", {}),
        ("/123456", "/123456/a", {}),
        ("/123456/a", "/123456", {}),
        ("a", "a", {}),
        ("a", "a/b", {}),
        ("a/b", "a", {}),
        ("a", "b/", {}),
        ("a", "", {}),
        ("a", "../b", {}),
        ("a", "b", {"parallel": 0}),
        ("a", "b", {"md5": "0"}),
        ("a", "b", {"md5": "0" * 32, "file_type": "directory"}),
    ],
)
def test_wrong_options_of_rename_send_no_request(scene: Scene, path: str, dest: str, more: Record) -> None:
    common = dataclasses.replace(scene.common, root=None if path.startswith("/") else scene.common.root)
    scene.sent()
    with pytest.raises(NetStorageError) as error:
        run(RenameOptions(common, path, dest, **more), check=False, diff=False)
    assert error.value.code == "bad_options"
    assert scene.sent() == []


# -- directories


def test_a_tree_is_renamed_file_by_file(scene: Scene) -> None:
    scene.there(TREE)
    values = renamed(scene, "old", "new")
    assert scene.tree() == MOVED
    assert values["sent"] == [
        *(f"mkdir {name}" for name in ("new", "new/b", "new/b/d", "new/empty")),
        *(f"rename old/{name}" for name in ("a", "b/c", "b/d/e", "l")),
        *(f"rmdir old/{name}" for name in ("b/d", "empty")),
        "rmdir old",
    ]  # fmt: skip
    assert values["lines"][4] == "~ rename old/a -> new/a (absent, 1 bytes)"
    assert values["lines"][-1] == "- rmdir old/ (emptied by the renames)"
    assert values["changed_paths"][:2] == [f"{scene.common.root}/s/old/a", f"{scene.common.root}/s/new/a"]
    assert "notes" not in values


def test_nothing_goes_before_every_directory_is_there(scene: Scene) -> None:
    """An implicit directory vanishes with its last object, and the next run would not make it explicit."""
    scene.there({"old/a/b": "b", "old/c": "c"})
    scene.control.add_faults({"action": "mkdir", "path": "*/new/a*", "status": 503, "times": None})
    outcome = run(options(scene, "old", "new", parallel=16), check=False, diff=False)
    assert outcome.error is not None
    assert scene.tree() == ["new/", "old/a/b", "old/c"]
    scene.control.clear_faults()
    scene.sent()
    renamed(scene, "old", "new")
    assert scene.tree() == ["new/", "new/a/", "new/a/b", "new/c"]


def test_only_what_was_explicit_is_made_where_directories_are_left(scene: Scene) -> None:
    scene.there({name: what for name, what in TREE.items() if name != "old/"})
    scene.common = dataclasses.replace(scene.common, directories="leave")
    renamed(scene, "old", "x/new")
    moved = [name for name in MOVED if name not in ("new/", "new/b/", "other")]
    assert scene.tree() == ["other", *(f"x/{name}" for name in moved)]


def test_into_a_directory_that_has_something(scene: Scene) -> None:
    scene.there({**TREE, "new/a": "another", "new/z": "z", "new/l": "-> a"})
    values = renamed(scene, "old", "new")
    assert scene.tree() == sorted([*MOVED, "new/z"])
    assert "delete old/l" in values["sent"]


def test_what_is_kept_keeps_its_directories(scene: Scene) -> None:
    scene.there({**TREE, "new/b/c": "another"})
    values = renamed(scene, "old", "new", on_existing="keep")
    kept = ["old/", "old/b/c"]
    assert scene.tree() == sorted([*MOVED, *kept])
    assert any(note.startswith("1 stay") for note in values["notes"])


def test_a_destination_that_must_not_be_there(scene: Scene) -> None:
    scene.there({**TREE, "new/b/c": "another"})
    error = refused(scene, "old", "new", on_existing="fail")
    assert error.code == "exists" and "plan: 2 creates, 6 changes" in error.message


@pytest.mark.parametrize(
    "knobs", [{"list_refused": 405}, {"list_order": "per_directory"}, {"page_size": "1/1"}, {"list_empty_explicit": 404}]
)
def test_however_it_is_listed(scene: Scene, knobs: Record) -> None:
    scene.control.set_knobs(**knobs)
    scene.there({**TREE, "old-1": "x", "old/b-1": "x", "new/y": "y", "new/b/": None})
    renamed(scene, "old", "new")
    assert scene.tree() == sorted([*MOVED, "new/b-1", "new/y", "old-1"])


def test_a_rename_keeps_odd_names(scene: Scene) -> None:
    scene.there({"old/a b&c=d%20+": "x", "old/\u00e9": "x", "old/x\\y": "x"})
    renamed(scene, "old", "new \u00fc")
    assert len([name for name in scene.tree() if name.startswith("new \u00fc/")]) == 4


def test_unusual_names_are_renamed_only_if_allowed(scene: Scene) -> None:
    scene.there({"old/..": "x", "old/b": "b"})
    assert refused(scene, "old", "new").code == "unusual_names"
    scene.common = dataclasses.replace(scene.common, unusual_names="allow")
    renamed(scene, "old", "new")
    assert scene.tree() == ["new/", "new/..", "new/b"]


# -- links in the way


@pytest.mark.parametrize(
    "there",
    [
        {"old": "-> far", "old/a": "a"},
        {"old/a": "a", "old/d": "-> far", "old/d/x": "x"},
        {"old/a": "a", "new": "-> far"},
        {"old/d/a": "a", "new/d": "-> far"},
    ],
)
def test_a_rename_never_goes_through_a_link(scene: Scene, there: Tree) -> None:
    scene.there({**there, "far/": None})
    assert refused(scene, "old", "new", file_type="directory").code == "link_in_the_way"


def test_never_below_a_link(scene: Scene) -> None:
    scene.there({"l": "-> far", "far/a": "a", "b": "b", "l/a": "a"})
    assert refused(scene, "l/a", "c").code == "link_in_the_way"
    assert refused(scene, "b", "l/c").code == "link_in_the_way"


def test_links_within_the_tree_come_along_and_others_are_told(scene: Scene) -> None:
    scene.there({"old/a": "a", "old/d/l": "-> ../a", "old/m": "-> ../other", "old/n": f"-> {scene.common.root}/s/old/a",
                 "old/o": f"-> {scene.common.root}/s/other", "other": "x"})  # fmt: skip
    beside = renamed(scene, "old", "new")["notes"]
    assert any(note.startswith("1 symlinks keep") for note in beside)  # n: what it names is no longer there
    deeper = renamed(scene, "new", "deep/er/new")["notes"]
    assert any(note.startswith("1 symlinks keep") for note in deeper)  # m
