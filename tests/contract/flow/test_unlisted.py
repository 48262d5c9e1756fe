# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module on a service that lists no MD5, whatever its ETags are: what is equal is left alone, what differs is brought.

Emulator only.
"""

from __future__ import annotations

import hashlib
import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    ContentOptions,
    DescribedSource,
    FileOptions,
    RenameOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import FetchScene
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

TREE = {"index.html": "<h1>old</h1>", "css/site.css": "body {}", "empty": "", "l": "-> css"}
OTHER = {**TREE, "index.html": "<h1>new</h1>"}
ALONE = "compared by size and time alone"


def md5_of(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def notes(outcome: Outcome) -> str:
    return " ".join(outcome.notes)


@pytest.fixture(params=["md5", "opaque", "none"])
def tag(scene: Scene, request: pytest.FixtureRequest) -> str:
    scene.control.set_knobs(list_md5="no", etag=request.param)
    return str(request.param)


def downloads(scene: Scene) -> int:
    return sum(request.action == "download" for request in scene.sent())


@pytest.mark.parametrize("more", [{}, {"mtime": "now"}, {"mtime": MTIME + 5}, {"compare": "size_mtime"}])
def test_a_tree_is_sent_once_and_what_changes_again(scene: Scene, tag: str, more: dict[str, t.Any]) -> None:
    scene.here(TREE)
    scene.sync(**more)
    scene.here(OTHER)
    os.utime(scene.source / "index.html", (MTIME + 9, MTIME + 9))
    assert scene.sync(**more) == ["upload index.html"]
    assert scene.sync(**more) == []


def test_a_fresh_checkout_is_no_change(scene: Scene, tag: str) -> None:
    """The same content with another time."""
    scene.here(TREE)
    scene.sync()
    for path in scene.source.rglob("*.*"):
        os.utime(path, (MTIME + 50, MTIME + 50))
    assert scene.sync() == []
    scene.sent()
    outcome = scene.run()
    assert (outcome.changed, ALONE in notes(outcome)) == (False, tag != "md5")  # the empty file has its time
    assert downloads(scene) == (3 if tag == "md5" else 5)


def test_what_was_sent_is_known_by_its_time_where_there_is_nothing_else(scene: Scene, tag: str) -> None:
    scene.here(TREE)
    scene.sync()
    scene.sent()
    outcome = scene.run()
    assert (outcome.changed, f"3 files were {ALONE}" in notes(outcome)) == (False, tag != "md5")
    assert downloads(scene) == 3
    scene.here(OTHER)  # with the same time and size: only a digest can tell
    outcome = scene.run()
    assert (outcome.changed, ALONE in notes(outcome)) == ((True, False) if tag == "md5" else (False, True))


def test_nothing_is_asked_where_the_size_differs_or_an_md5_is_listed(scene: Scene) -> None:
    scene.here(TREE)
    scene.sync()
    scene.here({**TREE, "index.html": "longer than before"})
    scene.sent()
    scene.run(check=True)
    assert downloads(scene) == 0
    scene.control.set_knobs(list_md5="no")
    scene.run(check=True)
    assert downloads(scene) == 2


@pytest.mark.parametrize("verify", ["listing", "full"])
def test_what_is_proved(scene: Scene, tag: str, verify: str) -> None:
    scene.here(TREE)
    outcome = scene.run(verify=verify)
    assert outcome.error is None, outcome.error
    by_size = 3 if tag != "md5" and verify == "listing" else 0
    verified = result(outcome)["verified"]
    assert "one replica" in verified.pop("seen_by")
    assert verified == {"by": verify, "files": 3, "links": 1, "by_size": by_size}
    assert ("only the size could be verified" in notes(outcome)) is (by_size > 0)


@pytest.mark.parametrize("described", [False, True])
@pytest.mark.parametrize("mtime", ["preserve", "now"])
def test_one_file_is_sent_when_it_changes(scene: Scene, tag: str, described: bool, mtime: str) -> None:
    def options(text: str) -> FileOptions:
        scene.here({"a": text})
        path, data = str(scene.source / "a"), text.encode()
        source = DescribedSource(3, md5_of(text), hashlib.sha256(data).hexdigest(), MTIME, True, shipped=path)
        return FileOptions(scene.common, "s/a", source=source if described else path, mtime=mtime)

    assert scene.run(options("one")).changed
    outcome = scene.run(options("one"))
    assert (outcome.changed, outcome.error) == (False, None)
    known = tag == "md5" or mtime == "now"
    assert (result(outcome)["md5"], ALONE in notes(outcome)) == (md5_of("one") if known else None, not known)
    if known:
        assert scene.run(options("two")).changed
        assert not scene.run(options("two")).changed


def rename(scene: Scene, **more: t.Any) -> Outcome:
    return scene.run(RenameOptions(scene.common, "s/a", "s/b", **more))


def test_a_rename_that_names_the_md5(scene: Scene, tag: str) -> None:
    scene.there({"a": "one"})
    with pytest.raises(GuardTripped):
        rename(scene, md5=md5_of("two"))
    if tag != "md5":
        with pytest.raises(GuardTripped, match="the service lists none"):
            rename(scene, md5=md5_of("one"))
        return
    assert rename(scene, md5=md5_of("one")).changed
    assert not rename(scene, md5=md5_of("one")).changed
    with pytest.raises(GuardTripped):
        rename(scene, md5=md5_of("two"))


@pytest.mark.parametrize("existing", ["replace", 409])
@pytest.mark.parametrize("there", ["one", "two", "three"])
def test_a_rename_onto_another(scene: Scene, tag: str, existing: t.Any, there: str) -> None:
    """The same is not put over itself. No object is lost where nothing is known of it."""
    scene.control.set_knobs(rename_existing=existing)
    scene.there({"a": "one", "b": there})
    outcome = rename(scene, on_existing="replace")
    if outcome.error is None:
        assert scene.tree() == ["b"]
        steps = [step.kind.value for step in outcome.plan.steps]
        assert steps == (["delete"] if tag == "md5" and there == "one" else ["rename"])
        assert not rename(scene, on_existing="replace").changed
    else:
        assert (tag == "md5", existing, scene.tree()) == (False, 409, ["a", "b"])


def test_a_rename_whose_answer_is_lost(scene: Scene, tag: str) -> None:
    """It is known again by its size."""
    scene.there({"a": "one", "b": "two"})
    scene.control.add_faults({"action": "rename", "kind": "reset", "when": "before_answer"})
    outcome = rename(scene, on_existing="replace")
    assert (outcome.error, scene.tree()) == (None, ["b"])


def test_what_was_fetched_is_known_again(scene: Scene, tag: str, tmp_path: t.Any) -> None:
    fetching = FetchScene(scene, tmp_path)
    scene.there(TREE)
    fetching.fetch()
    fetching.write("css/site.css", "body {}", MTIME + 9)
    outcome = fetching.run(check=True)
    assert [step.kind.value for step in outcome.plan.steps] == ["mtime" if tag == "md5" else "download"]
    fetching.fetch()
    fetching.write("index.html", "<h1>odd</h1>")
    outcome = fetching.run()
    assert (outcome.changed, ALONE in notes(outcome)) == ((True, False) if tag == "md5" else (False, True))
    fetching.write("index.html", "<h1>odd</h1>", MTIME + 9)
    fetching.fetch()
    assert (fetching.here / "index.html").read_text() == TREE["index.html"]


def test_content_is_what_its_etag_says(scene: Scene) -> None:
    from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.content import texts

    scene.control.set_knobs(list_md5="no")
    scene.there({"a": "one"})
    scene.control.add_faults({"action": "download", "kind": "digest", "how": "body"})
    assert texts(ContentOptions(scene.common, ["s/a"], max_size=100), Cancellation()).values == {"texts": ["one"]}


def test_templates_are_sent_when_they_change(scene: Scene, tag: str) -> None:
    """What they became has no time of its own."""
    rendered = scene.source.parent / "rendered"
    rendered.mkdir()
    scene.here({"a.txt.j2": "{{ x }}", "b": "b"})
    for text, sent in (("one", 2), ("one", 0), ("two", 1), ("two", 0)):
        (rendered / "a.txt").write_text(text)
        outcome = scene.run(templates=["*.j2"], rendered=str(rendered))
        assert (len(outcome.plan.steps), outcome.error) == (sent, None)
