# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents of plans that are written, given back, and held against what happens between the comparison and a step."""

from __future__ import annotations

import base64
import errno
import os
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, BadSource, LocalFailed
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run import documented_review
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.flow.reviewed_scene import HERE, THERE, Reviewed, differences
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME


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

    write = documented_review.DocumentedReview.write

    def swapped(self: t.Any, *arguments: t.Any) -> None:
        write(self, *arguments)
        path = reviewed.scene.source / "a"
        path.write_text("evil")
        os.utime(path, (MTIME, MTIME))

    monkeypatch.setattr(documented_review.DocumentedReview, "write", swapped)
    outcome = reviewed.apply()
    assert [failed.error.code for failed in outcome.failed] == ["source_changed"]
    assert "upload a" not in reviewed.scene.changes()


@pytest.mark.parametrize("path", ["index.html", "gone", "now"])
def test_what_somebody_wrote_meanwhile_is_not_taken_away(reviewed: Reviewed, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The object changes after the plan is compared, and before its step is carried out."""
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)
    reviewed.review()

    write = documented_review.DocumentedReview.write

    def swapped(self: t.Any, *arguments: t.Any) -> None:
        write(self, *arguments)
        reviewed.scene.there({path: "-> elsewhere" if path == "now" else "by hand"})

    monkeypatch.setattr(documented_review.DocumentedReview, "write", swapped)
    outcome = reviewed.apply()
    assert [(failed.step.entry.name.decode(), failed.error.code) for failed in outcome.failed] == [(path, "before_differs")]
    assert not [line for line in reviewed.scene.changes() if line.split(" ")[1] == path]


def test_without_these_options_nothing_more_is_asked_or_hashed(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed.scene.here(HERE)
    reviewed.scene.there(THERE)

    def with_pins(*_arguments: object) -> t.NoReturn:
        raise AssertionError

    monkeypatch.setattr(documented_review, "with_pins", with_pins)
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


PNG, SVG = b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def test_texts_and_changed_images_are_in_the_document_with_a_diff(reviewed: Reviewed) -> None:
    key = reviewed.scene.common.key
    reviewed.scene.here({"a.txt": "new\n", "icon.svg": SVG.decode(), "no.png": "no image", "key.svg": f"<svg>{key}</svg>"})
    (reviewed.scene.source / "new.png").write_bytes(PNG)
    (reviewed.scene.source / "large.png").write_bytes(PNG + bytes(256 * 1024))
    reviewed.scene.there({"a.txt": "old\n", "icon.svg": "<svg>old</svg>", "gone.gif": "GIF89a"})
    run(reviewed.scene.options(plan_file=str(reviewed.document), delete=True), check=True, diff=True)
    document = reviewed.read()
    base = document["path"] + "/"
    texts = {one["key"].removeprefix(base): (one["before"], one["after"]) for one in document["texts"]}
    assert texts["a.txt"] == ("old\n", "new\n")
    images = {one["key"].removeprefix(base): (one["before"], one["after"]) for one in document["images"]}
    assert images == {
        "gone.gif": ("data:image/gif;base64,R0lGODlh", None),
        "icon.svg": (url("svg+xml", b"<svg>old</svg>"), url("svg+xml", SVG)),
        "new.png": (None, url("png", PNG)),
    }
    reviewed.review()
    assert (reviewed.read()["texts"], reviewed.read()["images"]) == ([], [])


def url(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize("works", [0, 1])
def test_a_disk_that_is_full_fails_the_run_and_hides_nothing(
    reviewed: Reviewed, works: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document is written before the first change, and with the outcome at the end; each may fail."""
    reviewed.scene.here({"a": "a"})
    replace, calls = os.replace, []

    def full(source: t.Any, target: t.Any, **more: t.Any) -> None:
        calls.append(target)
        if len(calls) > works:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target, **more)

    monkeypatch.setattr(os, "replace", full)
    options = reviewed.scene.options(plan_file=str(reviewed.document))
    if works:
        outcome = run(options, check=False, diff=False)
        assert (outcome.error and outcome.error.code, len(outcome.done), outcome.changed) == ("local_failed", 1, True)
        assert (reviewed.scene.tree(), reviewed.read()["outcome"]) == (["a"], None)
    else:
        with pytest.raises(LocalFailed, match="No space left"):
            run(options, check=False, diff=False)
        assert reviewed.scene.changes() == []
    assert os.listdir(reviewed.document.parent) == (["plan.json", "source"] if works else ["source"])


@pytest.mark.parametrize(("fault", "state"), [({}, "done"), ({"action": "upload", "status": 409}, "failed")])
def test_the_outcome_tells_how_the_run_ended(reviewed: Reviewed, fault: dict[str, t.Any], state: str) -> None:
    reviewed.scene.here({"a": "a"})
    if fault:
        reviewed.scene.control.add_faults(fault)
    run(reviewed.scene.options(plan_file=str(reviewed.document)), check=False, diff=False)
    outcome = reviewed.read()["outcome"]
    assert (outcome["state"], outcome["done"], len(outcome["failed"])) == (state, int(not fault), int(bool(fault)))
    assert (outcome["error"] is None) is not bool(fault)


def test_a_refused_run_tells_so_in_its_document(reviewed: Reviewed) -> None:
    reviewed.scene.here({})
    reviewed.scene.there({"a": "a"})
    run(reviewed.scene.options(plan_file=str(reviewed.document), delete=True), check=False, diff=False)
    assert (reviewed.read()["outcome"]["state"], reviewed.read()["outcome"]["left"]) == ("refused", 1)
