# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options that take patterns: what can match nothing is refused before the first packet."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, GuardTripped
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.find import find
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FetchOptions, FindOptions, Options
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
        return answer.values


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


@pytest.mark.parametrize("option", OF_FETCH)
def test_a_pattern_of_a_fetch_with_the_cp_code_or_dest_is_refused(site: Patterned, option: str) -> None:
    for begun in (f"{os.fsdecode(site.scene.place)}/s", str(site.here)):
        with pytest.raises(BadOptions, match=f"^{option}: .* is absolute.* Write '/uploads/'"):
            run(site.fetch(**{option: [f"{begun}/uploads/"]}), check=False, diff=False)
    assert site.scene.sent() == []


def test_a_name_with_an_odd_component_can_be_left_out(site: Patterned) -> None:
    site.scene.there({"../evil": "x", "d/./y": "y"})
    with pytest.raises(GuardTripped, match=r"exclude: \['/\\\.\./'\]"):
        run(site.fetch(), check=False, diff=False)
    assert run(site.fetch(exclude=[r"/\../", r"d/\./"]), check=False, diff=False).error is None
    assert not (site.here / "d" / "y").exists()


@pytest.mark.parametrize("pattern", ["[^x]ndex.html", r"\index.html", "[[:lower:]]ndex.*"])
def test_find_reads_patterns_as_all_others(site: Patterned, pattern: str) -> None:
    assert [entry["name"] for entry in site.find(patterns=[pattern])["entries"]] == ["index.html"]
