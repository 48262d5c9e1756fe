# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused of a tree that several hosts share, and by whom: before the first write of each of them."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.flow.reviewed_scene import Reviewed, differences
from ansible_collections.edgeops.netstorage.tests.contract.flow.shard_scene import HERE, THERE, Shards, Tree, refused
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

# -- other sources


OTHERS: dict[str, Tree] = {
    "a file more": {"more.css": "more"},
    "another size": {"d1/1.css": "other style"},
    "another content of the same size": {"d1/1.css": "style X"},
    "a link that leads elsewhere": {"latest": "-> d2"},
    "a file for a link": {"latest": "d1"},
    "an empty directory more": {"d1/more/": None},
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_source_on_the_late_host(scene: Scene, case: str) -> None:
    scene.here(HERE)
    scene.there(THERE)
    shards = Shards(scene, 2)
    parts = shards.early()
    scene.sent()
    other = {**HERE, **OTHERS[case]}
    if "latest" in OTHERS[case]:
        (scene.source / "latest").unlink()
    scene.here(other)
    late = shards.late(parts)
    refused(late, "shards", "The source is not the same on all hosts: that of the shares 1, 2 differs from the one here")
    assert scene.changes() == []


def test_times_are_no_difference(scene: Scene) -> None:
    """Each host has a checkout of its own."""
    scene.here(HERE)
    parts = Shards(scene, 2).early()
    for file in scene.source.rglob("*.css"):
        file.touch()
    assert Shards(scene, 2).late(parts).error is None


def test_shares_of_another_place_or_of_check_mode(scene: Scene) -> None:
    scene.here(HERE)
    shards = Shards(scene, 2)
    foreseen, elsewhere = shards.early(check=True), shards.early(path="other", check=True)
    scene.sent()
    with pytest.raises(GuardTripped, match="The share 1/2 was only planned, in check mode") as told:
        shards.late(foreseen)
    assert told.value.code == "shards"
    with pytest.raises(GuardTripped, match=r"/other, and this task about .*/s"):
        shards.late(elsewhere, check=True)
    assert scene.sent() == []
    scene.there({name: what for name, what in HERE.items() if what != "-> d1"})
    assert shards.late(shards.early(), check=True).error is None


# -- the guards see the whole plan


def of_each_host(scene: Scene, **options: t.Any) -> list[t.Any]:
    """What each of three hosts says of its early task, of which nothing may be written."""
    outcomes = Shards(scene, 3, **options).early()
    assert scene.changes() == []
    return outcomes


GUARDS: dict[str, dict[str, t.Any]] = {
    "max_delete": {"max_delete": "3"},
    "max_replace": {"max_replace": "7"},
    "immutable": {"immutable": ["/d1/index.html", "3.css"]},
    "refuse": {"refuse": ["/d1/1.css"]},
    "adopt": {"adopt": False, "exclude": ["same.js", "*.css", "*.html", "latest"]},
    "empty_source": {"exclude": ["*.css", "*.js", "*.html", "*.m3u8", "latest", "now"]},
}


@pytest.mark.parametrize("code", GUARDS)
def test_every_host_refuses_what_one_alone_would_refuse(scene: Scene, code: str) -> None:
    """Whosever share it is in. The plan that it shows is the whole one."""
    scene.here(HERE)
    scene.there(THERE)
    alone = run(scene.options(delete=True, **GUARDS[code]), check=True, diff=False)
    assert alone.error is not None
    for outcome in of_each_host(scene, **GUARDS[code]):
        refused(outcome, code)
        assert outcome.error.message.partition(" (plan")[0] == alone.error.message.partition(" (plan")[0]
        report = result(outcome)["shard"]
        assert (report["complete"], report["done"], report["planned"]) == (False, 0, report["left"])
        if code == "max_delete":
            assert result(outcome)["plan"]["steps"] == result(alone)["plan"]["steps"]


NAMES = {
    "unusual_names": "d1/line\nend.css", "rclonelink": "d1/now.rclonelink", "look_alikes": "d1/e\u0301.css", "refuse": "d1/a.key",
}  # fmt: skip


@pytest.mark.parametrize("code", NAMES)
def test_every_host_refuses_a_name_of_whosever_share(scene: Scene, code: str) -> None:
    """A new file of another host has no step, unless a guard may refuse its name. It counts all the same."""
    scene.there({"d1/\u00e9.css": "é"})
    scene.here({**{name: what for name, what in HERE.items() if not str(what).startswith("-> ")}, NAMES[code]: "new"})
    alone = run(scene.options(delete=True), check=True, diff=False)
    assert alone.error is not None
    for outcome in of_each_host(scene):
        refused(outcome, code)
        assert outcome.error.message == alone.error.message
        assert result(outcome)["plan"]["summary"] == result(alone)["plan"]["summary"]
        assert result(outcome)["plan"]["truncated"]
        assert len(outcome.plan.steps) < len(alone.plan.steps)


def test_secret_content_is_refused_by_whom_it_belongs_to(scene: Scene) -> None:
    """It is never sent, and the late task does not begin."""
    scene.here({**HERE, "d1/notes.txt": "$ANSIBLE_VAULT;1.1;AES256"})
    parts = Shards(scene, 3).early()
    assert [part.error.code for part in parts if part.error is not None] == ["refuse"]
    assert not [change for change in scene.changes() if "notes" in change]
    with pytest.raises(GuardTripped, match="is not done"):
        Shards(scene, 3).late(parts)


def test_a_link_where_a_directory_must_be(scene: Scene) -> None:
    """No host may upload through it while another one takes it away. One host alone does both, in order."""
    scene.there({"x": "-> y", "y/f": "y"})
    scene.here({"x/f": "new", "a": "a", "y/f": "y"})
    for outcome in of_each_host(scene, replace_links=True):
        refused(outcome, "shard_obstructions", "1 symlinks stand where directories must be: ")
    part = run(scene.options(replace_links=True, delete=True, phases="early"), check=False, diff=False)
    assert part.error is None, part.error
    assert scene.changes() == ["delete x", "mkdir x", "mkdir y", "upload a", "upload x/f"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shard": "1/2"}, "shard goes with phases: early only"),
        ({"phases": "late", "shard": "1/2"}, "shard goes with phases: early only"),
        ({"phases": "early", "shards": [{}]}, "shards goes with phases: late only"),
        ({"phases": "late", "shards": []}, "shards is empty"),
        *(({"phases": "early", "shard": text}, "is no share") for text in ("0/2", "3/2", "1/257", "1", "a/b", "1/2 ", "")),
        ({"phases": "early", "shard": "1/2", "templates": ["*.j2"], "rendered": "/"}, "templates and shard contradict"),
        ({"phases": "late", "expect_digest": f"sha256:{'0' * 64}"}, "expect_digest without expect_plan goes with phases: all"),
    ],
)
def test_options_that_contradict_each_other(scene: Scene, options: dict[str, t.Any], words: str) -> None:
    with pytest.raises(BadOptions, match=words):
        scene.run(**options)
    assert scene.sent() == []


# -- a reviewed plan


def test_hosts_carry_out_together_what_was_reviewed(reviewed: Reviewed) -> None:
    """In check mode as well; and a play that was broken off is finished under the same document."""
    scene = reviewed.scene
    scene.here(HERE)
    scene.there(THERE)
    steps = reviewed.review()["steps"]
    shards = Shards(scene, 3, expect_plan=str(reviewed.document))
    shards.play(check=True)
    assert scene.changes() == []
    scene.control.add_faults({"action": "upload", "path": "*/s/d1/1.css", "status": 409})
    broken_off = shards.early()
    assert [part.error.code for part in broken_off if part.error is not None] == ["partly_done"]
    parts, late = shards.play()
    done = [step for part in (*broken_off, *parts, late) for step in part.done]
    assert len(done) == len(steps)
    assert all(not part.changed for part in shards.play()[0])


def test_each_host_answers_for_its_share_of_what_was_reviewed(reviewed: Reviewed) -> None:
    """What is neither in its plan nor done is missed by its owner alone, and what nobody reviewed is refused by its owner."""
    scene = reviewed.scene
    scene.here(HERE)
    scene.there(THERE)
    reviewed.review()
    shards = Shards(scene, 3, expect_plan=str(reviewed.document))
    scene.here({**without("d1/1.css"), "d4/4.css": "not reviewed"})
    named = [one for part in shards.early() if part.error is not None for one in differences(part)]
    assert sorted(named) == [("after_differs", "d4/4.css"), ("not_done", "d1/1.css")]
    assert not [change for change in scene.changes() if "d4/4.css" in change]


def test_the_late_host_answers_for_everything_that_was_reviewed(reviewed: Reviewed) -> None:
    scene = reviewed.scene
    scene.here(HERE)
    scene.there(THERE)
    reviewed.review()
    shards = Shards(scene, 3, expect_plan=str(reviewed.document))
    parts = shards.early()
    scene.changes()
    scene.control.load([{"key": f"{scene.place.decode()}/s/d1/1.css", "type": "file", "content": "style X"}])
    scene.here(without("d2/index.html"))
    assert differences(shards.late(None)) == [("not_done", "d1/1.css"), ("not_done", "d2/index.html")]
    assert scene.changes() == []
    assert [part.error for part in parts] == [None] * 3


def without(name: str) -> Tree:
    return {other: what for other, what in HERE.items() if other != name}


def test_the_document_of_a_share_has_its_steps(scene: Scene, tmp_path: Path) -> None:
    """It may be given to that host as the reviewed plan; to one that does everything, it lacks the steps of the others."""
    scene.here(HERE)
    scene.there(THERE)
    documents = [tmp_path / f"plan{index}.json" for index in (1, 2)]
    shards = Shards(scene, 2)
    for index, document in enumerate(documents, 1):
        outcome = run(shards.options(index, plan_file=str(document)), check=True, diff=False)
        assert outcome.error is None, outcome.error
    alone = run(scene.options(delete=True, expect_plan=str(documents[0])), check=False, diff=False)
    refused(alone, "expect_plan", "no step for it")
    for index, document in enumerate(documents, 1):
        outcome = run(shards.options(index, expect_plan=str(document)), check=False, diff=False)
        assert outcome.error is None, outcome.error


def test_the_document_of_a_refused_share_has_the_whole_plan(scene: Scene, tmp_path: Path) -> None:
    scene.here(HERE)
    scene.there(THERE)
    document, whole = tmp_path / "plan.json", tmp_path / "whole.json"
    refused(run(Shards(scene, 2).options(1, plan_file=str(document), max_delete="3"), check=True, diff=False), "max_delete")
    run(scene.options(delete=True, plan_file=str(whole), max_delete="3"), check=True, diff=False)
    mine, theirs = (deletes_in(json.loads(file.read_bytes())) for file in (document, whole))
    assert mine == theirs
    assert len(mine) == 5


def deletes_in(document: dict[str, t.Any]) -> list[str]:
    return [step["key"] for step in document["steps"] if step["phase"] == "deletes"]
