# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that take patterns: what can match nothing is refused before the first packet, and what matched nothing is told."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import PUBLISH_LAST
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.find import find
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    FetchOptions,
    FindOptions,
    Options,
    PruneOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

OF_SYNC = ("include", "exclude", "protect", "immutable", "publish_last", "index_zip", "templates", "refuse")
OF_FETCH = ("include", "exclude", "protect")
REFUSED = ["./uploads/", "../uploads/", "a//b", "*.{png,jpg}", "[draft", "draft\\", "!a", "# a", "[[:letter:]]", "[b-a]", "a\nb"]


class Patterned(t.NamedTuple):
    """A scene with a site of a few files on both sides."""

    scene: Scene
    here: Path

    def fetch(self, **more: t.Any) -> FetchOptions:
        return FetchOptions(self.scene.common, "s", str(self.here), parallel=1, max_delete=None, adopt=True, **more)

    def sync(self, **more: t.Any) -> Options:
        return self.scene.options(**more)

    def find(self, **more: t.Any) -> dict[str, t.Any]:
        answer = find(FindOptions(self.scene.common, "s", recurse=True, file_type="any", **more), Cancellation())
        return {**answer.values, "notes": answer.notes}


def told(options: Options) -> tuple[dict[str, list[str]], list[str]]:
    """What a run in check mode and a real one say of unmatched patterns, and the notes."""
    outcomes = [run(options, check=check, diff=False) for check in (True, False)]
    results = [result(outcome) for outcome in outcomes]
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert results[0]["unmatched_patterns"] == results[1]["unmatched_patterns"]
    return results[1]["unmatched_patterns"], outcomes[1].notes


@pytest.fixture
def site(scene: Scene, tmp_path: Path) -> Patterned:
    scene.here({"index.html": "new", "css/a.css": "a", "css/a.css.map": "m", "same": "same"})
    scene.there({"index.html": "old", "same": "same", "uploads/": None, "uploads/u": "u", "a.PNG": "p"})
    return Patterned(scene, tmp_path / "fetched")


@pytest.mark.parametrize("pattern", REFUSED)
@pytest.mark.parametrize("option", OF_SYNC)
def test_a_sync_refuses_what_can_match_nothing(site: Patterned, option: str, pattern: str) -> None:
    with pytest.raises(BadOptions, match=f"^{option}: "):
        run(site.sync(**{option: ["x", pattern]}), check=False, diff=False)
    assert site.scene.sent() == []


@pytest.mark.parametrize("pattern", REFUSED)
@pytest.mark.parametrize("option", OF_FETCH)
def test_a_fetch_refuses_what_can_match_nothing(site: Patterned, option: str, pattern: str) -> None:
    with pytest.raises(BadOptions, match=f"^{option}: "):
        run(site.fetch(**{option: ["x", pattern]}), check=False, diff=False)
    assert site.scene.sent() == []


@pytest.mark.parametrize("pattern", REFUSED)
@pytest.mark.parametrize("option", ["protect", "patterns", "excludes"])
def test_a_prune_refuses_what_can_match_nothing(site: Patterned, option: str, pattern: str) -> None:
    given = {"patterns": ["*.map"], option: ["x", pattern]}
    with pytest.raises(BadOptions, match=f"^{option}: "):
        run(PruneOptions(site.scene.common, "s", **given), check=False, diff=False)
    assert site.scene.sent() == []


@pytest.mark.parametrize("pattern", [*REFUSED, "a/b"])
@pytest.mark.parametrize("option", ["patterns", "excludes"])
def test_find_refuses_what_can_match_nothing(site: Patterned, option: str, pattern: str) -> None:
    with pytest.raises(BadOptions, match=f"^{option}: "):
        site.find(**{option: ["x", pattern]})
    assert site.scene.sent() == []


@pytest.mark.parametrize("option", OF_SYNC)
def test_a_pattern_of_a_sync_with_the_cp_code_is_refused(site: Patterned, option: str) -> None:
    place = os.fsdecode(site.scene.place)
    for begun in (f"{place}/s", f"{place}/s"[1:], str(site.scene.source)):
        with pytest.raises(BadOptions, match=f"^{option}: .* is absolute.* Write '/up.loads/'"):
            run(site.sync(**{option: [f"{begun}/up?loads/"]}), check=False, diff=False)
    with pytest.raises(BadOptions, match=f"^{option}: .* begins with the CP code"):
        run(site.sync(**{option: [f"{place}/elsewhere"]}), check=False, diff=False)
    assert site.scene.sent() == []


def test_a_pattern_of_a_prune_with_the_cp_code_is_refused(site: Patterned) -> None:
    options = PruneOptions(site.scene.common, "s", patterns=["*.map"], protect=[f"{os.fsdecode(site.scene.place)}/s/uploads/"])
    with pytest.raises(BadOptions, match=r"^protect: .* is absolute.* Write '/uploads/'"):
        run(options, check=False, diff=False)
    assert site.scene.sent() == []


@pytest.mark.parametrize("option", OF_FETCH)
def test_a_pattern_of_a_fetch_with_the_cp_code_or_dest_is_refused(site: Patterned, option: str) -> None:
    for begun in (f"{os.fsdecode(site.scene.place)}/s", str(site.here)):
        with pytest.raises(BadOptions, match=f"^{option}: .* is absolute.* Write '/uploads/'"):
            run(site.fetch(**{option: [f"{begun}/uploads/"]}), check=False, diff=False)
    assert site.scene.sent() == []


def test_a_sync_tells_what_matched_nothing(site: Patterned) -> None:
    unmatched, notes = told(
        site.sync(
            delete=True,
            include=["*.css", "*.html", "*.gone", "same", "uploads/"],
            exclude=["*.map", "tmp/"],
            protect=["same", "uploads/", "logs/"],
            immutable=["css/", "v1/"],
            publish_last=["*.html", "latest.json"],
            index_zip=["*.zip"],
            refuse=["*.never"],
        )
    )
    assert unmatched == {
        "include": ["*.gone"], "exclude": ["tmp/"], "protect": ["logs/"], "immutable": ["v1/"], "publish_last": ["latest.json"],
        "index_zip": ["*.zip"],
    }  # fmt: skip
    assert notes == []
    assert "uploads/u" in site.scene.tree()


def test_defaults_and_refuse_are_not_told(site: Patterned) -> None:
    assert told(site.sync(publish_last=list(PUBLISH_LAST), refuse=["*.never"])) == ({}, [])


@pytest.mark.parametrize(
    ("patterns", "note"),
    [
        (["*.png"], "'a.PNG' would match but for upper and lower case"),
        (["Uploads/"], "'uploads/' would match but for upper and lower case"),
        ([" uploads/"], "'uploads/' would match but for a blank"),
    ],
)
@pytest.mark.parametrize("option", ["exclude", "protect"])
def test_a_near_miss_is_a_warning(site: Patterned, option: str, patterns: list[str], note: str) -> None:
    expected = ({option: patterns}, [f"{option}: '{patterns[0]}' matched nothing; {note}"])
    assert told(site.fetch(**{option: patterns})) == expected
    assert told(site.sync(**{option: patterns})) == expected


def test_a_pattern_is_matched_by_what_another_option_decides_about(site: Patterned) -> None:
    """And by what nobody has to decide about, since nothing differs."""
    assert told(site.sync(exclude=["css/"], include=["css/", "same"], protect=["css/", "same"]))[0] == {}


def test_templates_are_told(site: Patterned) -> None:
    rendered = site.scene.source.parent / "rendered"
    rendered.mkdir()
    (rendered / "page.html").write_text("<h1>")
    (site.scene.source / "page.html.j2").write_text("<h1>")
    options = site.sync(templates=["*.j2", "*.tpl"], exclude=["page.*"], rendered=str(rendered))
    assert told(options)[0] == {"templates": ["*.tpl"]}


def test_a_failed_run_tells_too(site: Patterned) -> None:
    outcome = run(site.sync(immutable=["index.html", "x"]), check=False, diff=False)
    assert outcome.error is not None
    assert outcome.error.code == "immutable"
    assert result(outcome)["unmatched_patterns"] == {"immutable": ["x"]}


def test_a_fetch_tells_what_matched_nothing(site: Patterned) -> None:
    site.here.mkdir()
    (site.here / "own").write_text("mine")
    options = site.fetch(delete=True, include=["*.html", "own", "x"], exclude=["uploads/", "tmp/"], protect=["own", "other"])
    assert told(options) == ({"include": ["x"], "exclude": ["tmp/"], "protect": ["other"]}, [])
    assert sorted(path.name for path in site.here.iterdir()) == ["index.html", "own"]


def test_patterns_say_nothing_about_a_single_file(site: Patterned) -> None:
    options = FetchOptions(site.scene.common, "s/same", f"{site.here}/", exclude=["x", "SAME"])
    assert told(options) == ({}, [])


def test_a_name_with_an_odd_component_can_be_left_out(site: Patterned) -> None:
    site.scene.there({"../evil": "x", "d/./y": "y"})
    with pytest.raises(GuardTripped, match=r"exclude: \['/\\\.\./'\]"):
        run(site.fetch(), check=False, diff=False)
    assert told(site.fetch(exclude=[r"/\../", r"d/\./"]))[0] == {}
    assert not (site.here / "d" / "y").exists()


def test_find_tells_what_matched_nothing(site: Patterned) -> None:
    found = site.find(patterns=["*.html", "*.png", "x*"], excludes=["u", "never"])
    assert [entry["name"] for entry in found["entries"]] == ["index.html"]
    assert found["unmatched_patterns"] == {"patterns": ["*.png", "x*"], "excludes": ["never"]}
    assert found["notes"] == ["patterns: '*.png' matched nothing; 'a.PNG' would match but for upper and lower case"]
    found = site.find(patterns=[".*html$", "png$"], use_regex=True)
    assert found["unmatched_patterns"] == {"patterns": ["png$"]}
    assert site.find()["unmatched_patterns"] == {}


def test_find_looks_at_names_before_types(site: Patterned) -> None:
    answer = find(FindOptions(site.scene.common, "s", patterns=["uploads"], file_type="file", size="1t"), Cancellation())
    assert answer.values["matched"] == 0
    assert answer.values["unmatched_patterns"] == {}


@pytest.mark.parametrize("pattern", ["[^x]ndex.html", r"\index.html", "[[:lower:]]ndex.*"])
def test_find_reads_patterns_as_all_others(site: Patterned, pattern: str) -> None:
    assert [entry["name"] for entry in site.find(patterns=[pattern])["entries"]] == ["index.html"]
