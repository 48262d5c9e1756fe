# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A reviewed plan: what it lets through, what it refuses before the first change, and how a broken-off deploy is finished."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import time
import typing as t
import zipfile
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import basename
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import temporary
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME, Scene

Tree = dict[str, t.Optional[str]]


@dataclasses.dataclass
class Reviewed:
    """A scene whose plan is written to a document, and applied later."""

    scene: Scene
    document: Path
    options: dict[str, t.Any] = dataclasses.field(default_factory=lambda: {"delete": True})

    def review(self) -> dict[str, t.Any]:
        outcome = run(self.scene.options(plan_file=str(self.document), **self.options), check=True, diff=False)
        assert self.scene.changes() == []
        return self.read() if outcome.error is None else {**self.read(), "error": outcome.error}

    def apply(self, **more: t.Any) -> Outcome:
        given = {"expect_plan": str(self.document), **self.options, **more}
        return run(self.scene.options(**given), check=False, diff=False)

    def read(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.document.read_bytes()))


@pytest.fixture
def reviewed(scene: Scene, tmp_path: Path) -> Reviewed:
    return Reviewed(scene, tmp_path / "plan.json")


def differences(outcome: Outcome) -> list[tuple[str, str]]:
    """The kind of each difference, and the name that it is about."""
    assert outcome.error is not None
    failure = outcome.error.failure()
    assert failure["code"] == "expect_plan"
    assert failure["differences_total"] == len(failure["differences"])
    return [(one["what"], one["path"].rpartition("/s/")[2]) for one in failure["differences"]]


HERE: Tree = {"index.html": "new", "css/a.css": "a", "same": "same", "now": "-> css"}
THERE: Tree = {"index.html": "old", "gone": "gone", "same": "same", "now": "-> old", "old/x": "x"}

ACCEPTED: dict[str, tuple[Tree, Tree, Tree, Tree]] = {
    # what is here and there at the review; what comes there before it is applied, and here
    "nothing to do": ({"a": "a"}, {"a": "a"}, {}, {}),
    "all kinds of steps": (HERE, THERE, {}, {}),
    "somebody sent the same bytes": (HERE, THERE, {"index.html": "new", "css/a.css": "a"}, {}),
    "somebody flipped the link already": (HERE, THERE, {"now": "-> css"}, {}),
    "an implicit directory came": ({"d/": None, "d/a": "a"}, {"x": "x"}, {"d/a": "a"}, {}),
    "an unchanged neighbour came on both sides": ({"a": "a", "b": "b"}, {"a": "x"}, {"n": "n"}, {"n": "n"}),
    "names that are no text": ({"a\udcff": "1", "line\u2028end": "2"}, {"b\udcfe": "3"}, {}, {}),
    "a file and a directory of one name": ({"x": "x"}, {"x/y": "y", "x/": None}, {}, {}),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_plan_that_is_still_the_reviewed_one_is_applied(reviewed: Reviewed, case: str) -> None:
    here, there, comes_there, comes_here = ACCEPTED[case]
    reviewed.scene.here(here)
    reviewed.scene.there(there)
    document = reviewed.review()
    reviewed.scene.there(comes_there)
    if comes_here:
        reviewed.scene.here({**here, **comes_here})
    before = reviewed.scene.tree()
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    assert outcome.changed == bool(document["steps"]) or before == reviewed.scene.tree()
    again = reviewed.apply()
    assert again.error is None, again.error
    assert not again.changed


REFUSED: dict[str, tuple[Tree, Tree, list[tuple[str, str]]]] = {
    # what comes here and there between review and deploy, and the differences that are named
    "a file came here": ({"more": "more"}, {}, [("not_reviewed", "more")]),
    "a file changed here": ({"css/a.css": "other"}, {}, [("after_differs", "css/a.css")]),
    "a file of the same size changed here": ({"css/a.css": "b"}, {}, [("after_differs", "css/a.css")]),
    "a file changed there": ({}, {"index.html": "by hand"}, [("before_differs", "index.html")]),
    "an object came there": ({}, {"css/a.css": "other"}, [("before_differs", "css/a.css")]),
    "what is to be deleted changed there": ({}, {"gone": "by hand"}, [("before_differs", "gone")]),
    "something to delete came there": ({}, {"extra": "extra"}, [("not_reviewed", "extra")]),
    "a link leads elsewhere there": ({}, {"now": "-> elsewhere"}, [("before_differs", "now")]),
    "a link became a file here": ({"now": "file"}, {}, [("kind_differs", "now")]),
    "a link leads elsewhere here": ({"now": "-> old"}, {}, [("not_done", "now")]),
    "the source went back": ({"index.html": "old"}, {}, [("not_done", "index.html")]),
}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_another_plan_is_refused_before_the_first_change(reviewed: Reviewed, case: str, check: bool) -> None:
    here, there, named = REFUSED[case]
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    reviewed.review()
    reviewed.scene.here({**HERE, **here})
    reviewed.scene.there(there)
    outcome = run(reviewed.scene.options(expect_plan=str(reviewed.document), delete=True), check=check, diff=False)
    assert differences(outcome) == named
    assert not outcome.changed
    assert len(outcome.left) == len(outcome.plan.steps)
    assert reviewed.scene.changes() == []


def test_an_empty_plan_that_was_reviewed_lets_nothing_through(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.scene.there({"a": "a"})
    assert reviewed.review()["steps"] == []
    reviewed.scene.here({"a": "b"})
    assert differences(reviewed.apply()) == [("not_reviewed", "a")]
    assert reviewed.scene.changes() == []


def test_a_reviewed_delete_of_what_is_gone_counts_as_done(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.scene.there({"a": "a", "b": "b", "c": "c"})
    reviewed.review()
    assert run(reviewed.scene.options(delete=True, exclude=["c"]), check=False, diff=False).error is None
    assert reviewed.scene.changes() == ["delete b"]
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    assert reviewed.scene.changes() == ["delete c"]


def test_a_deploy_that_was_broken_off_is_finished_under_the_same_plan(reviewed: Reviewed) -> None:
    reviewed.scene.here({**HERE, "z.css": "z"})
    reviewed.scene.there(THERE)
    steps = len(reviewed.review()["steps"])
    reviewed.scene.control.add_faults({"action": "upload", "path": "*/s/z.css", "status": 409})
    first = reviewed.apply(on_error="continue")
    assert first.error is not None
    assert first.done
    assert first.left
    reviewed.scene.control.clear_faults()
    second = reviewed.apply()
    assert second.error is None, second.error
    assert len(second.done) == steps - len(first.done)
    assert not reviewed.apply().changed


def test_times_alone_are_reviewed_as_well(reviewed: Reviewed) -> None:
    reviewed.options["mtime"] = MTIME + 5
    reviewed.scene.here({"a": "a", "b": "b"})
    reviewed.scene.there({"a": "a"})
    steps = [(step["step"], step["after"]["mtime"]) for step in reviewed.review()["steps"]]
    assert steps == [("upload", MTIME + 5), ("mtime", MTIME + 5)] or steps == [("mtime", MTIME + 5), ("upload", MTIME + 5)]
    reviewed.options["mtime"] = MTIME + 6
    assert {what for what, _name in differences(reviewed.apply())} == {"policy", "after_differs"}
    reviewed.options["mtime"] = MTIME + 5
    assert reviewed.apply().error is None
    assert not reviewed.apply().changed


def test_the_time_of_a_run_is_no_part_of_the_plan(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.options["mtime"] = "now"
    reviewed.scene.here({"a": "a"})
    digest = reviewed.review()["digest"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert reviewed.review()["digest"] == digest
    assert reviewed.apply().error is None


def test_the_digest_is_the_same_from_another_folder_and_account(reviewed: Reviewed, tmp_path: Path) -> None:
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    digest = reviewed.review()["digest"]
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(reviewed.scene.source, elsewhere, symlinks=True, copy_function=shutil.copyfile)
    options = dataclasses.replace(reviewed.scene.options(delete=True, expect_digest=digest), src=str(elsewhere))
    common = dataclasses.replace(options.common, host=options.common.host.upper(), max_retries=5)
    assert run(dataclasses.replace(options, common=common), check=True, diff=True).error is None


@pytest.mark.parametrize("change", [{"delete": False}, {"exclude": ["*.map"]}, {"protect": ["x"]}, {"links": "skip"}])
def test_another_policy_is_another_plan(reviewed: Reviewed, change: dict[str, t.Any]) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    reviewed.options.update(change)
    assert "policy" in {what for what, _name in differences(reviewed.apply())}
    assert reviewed.scene.changes() == []


def test_the_spelling_of_a_pattern_is_no_difference(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.options["exclude"] = ["x/y", "z "]
    reviewed.review()
    reviewed.options["exclude"] = ["/x/y", "z"]
    assert reviewed.apply().error is None


def test_what_does_not_decide_about_the_plan_may_differ(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    assert reviewed.apply(parallel=4, verify="listing", on_error="stop", compare="size").error is None


def test_an_approval_ends(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.scene.here({"a": "a"})
    reviewed.review()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_401)
    assert [what for what, _name in differences(reviewed.apply())] == ["expired"]
    assert reviewed.scene.changes() == []
    assert reviewed.apply(expect_within=0).error is None


def test_a_plan_that_a_guard_refused_is_written_and_cannot_be_applied(reviewed: Reviewed) -> None:
    reviewed.scene.here({})
    reviewed.scene.there({"a": "a"})
    document = reviewed.review()
    assert document["guard"]["code"] == "empty_source"
    assert [step["step"] for step in document["steps"]] == ["delete"]
    assert [what for what, _name in differences(reviewed.apply(allow_empty_source=True))] == ["refused_then"]
    assert reviewed.scene.changes() == []


def test_a_digest_alone_lets_its_plan_through(reviewed: Reviewed) -> None:
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    digest = reviewed.review()["digest"]
    refused = reviewed.apply(expect_plan=None, expect_digest="sha256:" + "0" * 64)
    assert differences(refused) == [("digest", "")]
    assert "expect_plan" in str(refused.error)
    assert reviewed.scene.changes() == []
    assert reviewed.apply(expect_plan=None, expect_digest=digest).error is None
    assert differences(reviewed.apply(expect_plan=None, expect_digest=digest)) == [("digest", "")]


def test_a_document_and_its_digest_may_be_given_together(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a"})
    digest = reviewed.review()["digest"]
    with pytest.raises(BadSource, match="has the digest"):
        reviewed.apply(expect_digest="sha256:" + "0" * 64)
    assert reviewed.scene.sent() == []
    assert reviewed.apply(expect_digest=digest).error is None


def test_the_document_tells_what_became_of_the_plan(reviewed: Reviewed) -> None:
    reviewed.scene.here({"a": "a", "b": "b"})
    reviewed.apply(expect_plan=None, plan_file=str(reviewed.document))
    outcome = reviewed.read()["outcome"]
    assert (outcome["state"], outcome["done"], outcome["left"], outcome["error"]) == ("done", 2, 0, None)
    assert outcome["api_calls"]["upload"] == 2
    assert [step["after"]["sha256"][:4] for step in reviewed.read()["steps"]] == ["ca97", "3e23"]


def test_a_document_that_cannot_be_written_stops_the_run(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.scene.here({"a": "a"})
    with pytest.raises(BadOptions, match="does not exist"):
        reviewed.apply(expect_plan=None, plan_file=str(reviewed.document / "below"))
    with pytest.raises(BadOptions, match="would be sent"):
        reviewed.apply(expect_plan=None, plan_file=str(reviewed.scene.source / "plan.json"))
    with pytest.raises(BadOptions, match="same file"):
        reviewed.apply(plan_file=str(reviewed.document))
    assert reviewed.scene.sent() == []


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "0" * 63, "sha256:" + "G" * 64, "0" * 64])
def test_a_text_that_is_no_digest_is_refused(reviewed: Reviewed, digest: str) -> None:
    with pytest.raises(BadOptions, match="expect_digest"):
        reviewed.apply(expect_plan=None, expect_digest=digest)


def test_other_bytes_cannot_be_sent_under_a_reviewed_plan(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file changes after the plan is compared, and before it is sent; its size and time stay."""
    reviewed.scene.here({"a": "good", "b": "b"})
    reviewed.review()
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import plan_review

    write = plan_review.PlanReview.write

    def swapped(self: t.Any, *arguments: t.Any) -> None:
        write(self, *arguments)
        path = reviewed.scene.source / "a"
        path.write_text("evil")
        os.utime(path, (MTIME, MTIME))

    monkeypatch.setattr(plan_review.PlanReview, "write", swapped)
    outcome = reviewed.apply()
    assert [failed.error.code for failed in outcome.failed] == ["source_changed"]
    assert "upload a" not in reviewed.scene.changes()


@pytest.mark.parametrize("path", ["index.html", "gone", "now"])
def test_what_somebody_wrote_meanwhile_is_not_taken_away(reviewed: Reviewed, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The object changes after the plan is compared, and before its step is carried out."""
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    reviewed.review()
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import plan_review

    write = plan_review.PlanReview.write

    def swapped(self: t.Any, *arguments: t.Any) -> None:
        write(self, *arguments)
        reviewed.scene.there({path: "-> elsewhere" if path == "now" else "by hand"})

    monkeypatch.setattr(plan_review.PlanReview, "write", swapped)
    outcome = reviewed.apply()
    assert [(failed.step.entry.name.decode(), failed.error.code) for failed in outcome.failed] == [(path, "before_differs")]
    assert not [line for line in reviewed.scene.changes() if line.split(" ")[1] == path]


def test_without_these_options_nothing_more_is_asked_or_hashed(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import plan_review

    def pinned(*_arguments: object) -> t.NoReturn:
        raise AssertionError

    monkeypatch.setattr(plan_review, "pinned", pinned)
    assert "digest" not in result(reviewed.apply(expect_plan=None))["plan"]


def test_the_key_of_the_account_is_masked_in_the_document(reviewed: Reviewed) -> None:
    key = reviewed.scene.common.key
    reviewed.scene.here({f"name-{key}": "x", "l": f"-> to-{key}", "text": f"a {key} b", "bytes\udcff" + key: "y"})
    run(reviewed.scene.options(plan_file=str(reviewed.document)), check=True, diff=True)
    document = reviewed.document.read_text()
    assert key not in document
    assert reviewed.read()["masked"]
    with pytest.raises(BadSource, match="does not have all names"):
        reviewed.apply()
    assert run(reviewed.scene.options(expect_digest=reviewed.read()["digest"]), check=False, diff=False).error is None


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_a_reviewed_plan_is_applied_under_every_knob(reviewed: Reviewed, setting: Setting) -> None:
    patience = Patience(t.cast(t.Any, reviewed.scene), setting)
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    patience.settle()
    reviewed.review()
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    patience.settle()
    again = reviewed.apply()
    assert again.error is None, again.error
    assert not again.changed


@pytest.mark.parametrize("knobs", [{}, {"list_md5": "no"}, {"list_md5": "no", "etag": "none"}])
@pytest.mark.parametrize("change", ["here", "there"])
def test_a_change_of_the_same_size_is_seen_without_listed_digests(
    reviewed: Reviewed, knobs: dict[str, t.Any], change: str
) -> None:
    reviewed.scene.control.set_knobs(**knobs)
    reviewed.scene.here({"a": "new one"})
    reviewed.scene.there({"a": "old one"}, mtime=MTIME - 9)
    reviewed.review()
    if change == "here":
        reviewed.scene.here({"a": "new two"})
    else:
        reviewed.scene.there({"a": "by hand"}, mtime=MTIME + 9)
    expected = "after_differs" if change == "here" else "before_differs"
    assert differences(reviewed.apply()) == [(expected, "a")]
    assert reviewed.scene.changes() == []


@pytest.mark.parametrize("index", ["comment", "behind"])
def test_an_archive_with_its_index_counts_as_done(reviewed: Reviewed, index: str) -> None:
    reviewed.scene.control.set_knobs(zip_index=index)
    reviewed.options["index_zip"] = ["*.zip"]
    reviewed.scene.here({"other": "other"})
    with zipfile.ZipFile(reviewed.scene.source / "a.zip", "w") as archive:
        archive.writestr("member", "content" * 100)
    reviewed.review()
    assert reviewed.apply().error is None
    again = reviewed.apply()
    assert again.error is None, again.error
    assert not again.changed


@pytest.mark.parametrize("content", ["reviewed", "unknown"])
def test_what_a_killed_run_left_goes_only_if_its_content_was_reviewed(reviewed: Reviewed, content: str) -> None:
    reviewed.scene.here({"a": "reviewed"})
    reviewed.scene.there({"a": "old"})
    reviewed.review()
    left_over = os.fsdecode(basename(temporary(reviewed.scene.place + b"/s/a", Kind.FILE)))
    reviewed.scene.there({left_over: content})
    outcome = reviewed.apply()
    assert outcome.error is None, outcome.error
    assert reviewed.scene.tree() == sorted(["a", *([left_over] if content == "unknown" else [])])
    assert any("temporary objects" in note for note in outcome.notes) is (content == "unknown")
