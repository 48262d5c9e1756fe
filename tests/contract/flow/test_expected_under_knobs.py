# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reviewed plan where the service behaves in other ways: the same outcome, or the same refusal."""

from __future__ import annotations

import os
import typing as t
import zipfile

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import basename
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.temp_names import temporary
from ansible_collections.edgeops.netstorage.tests.contract.flow.reviewed_scene import HERE, THERE, Reviewed, differences
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME


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
