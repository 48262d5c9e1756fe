# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order things happen, read from the emulator's journal: what a visitor of a live site would see of a deployment.

One request at a time unless a test says otherwise, so the journal is the order of the plan. Names are relative to the
destination, which exists. ``Scene.sync`` also holds that check mode sends nothing and that a second run has nothing to do.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LinkInTheWay
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

# -- phases


def test_directories_are_made_before_the_files_below_them(scene: Scene) -> None:
    scene.here({"d/e/f": "f", "a": "a", "g/": None})
    assert scene.sync() == ["mkdir d", "mkdir d/e", "mkdir g", "upload a", "upload d/e/f"]


def test_the_way_to_the_destination_comes_first(scene: Scene) -> None:
    scene.here({"f": "f"})
    scene.run(path="s/deep/er")
    assert scene.changes() == ["mkdir deep", "mkdir deep/er", "upload deep/er/f"]


def test_an_implicit_directory_is_made_explicit_before_the_files_below_it(scene: Scene) -> None:
    scene.there({"d/old": "old"})
    scene.here({"d/f": "f"})
    assert scene.sync() == ["mkdir d", "upload d/f"]


@pytest.mark.parametrize("parallel", [1, 8])
def test_every_directory_and_asset_is_there_before_the_first_entry_point(scene: Scene, parallel: int) -> None:
    """With more hands a directory and the files below it may be under way together; the pages still wait for all of them."""
    folders = [f"d{number}" for number in range(6)]
    scene.here({f"{folder}/{name}": name for folder in folders for name in ("index.html", "a.css")})
    sent = scene.sync(parallel=parallel)
    pages = [change for change in sent if change.endswith(".html")]
    assert sent[-6:] == pages if parallel == 1 else sorted(sent[-6:]) == sorted(pages)
    assert {change.split()[0] for change in sent[:6]} <= {"mkdir", "upload"}
    if parallel == 1:
        assert sent[:6] == [f"mkdir {folder}" for folder in folders]
    for folder in folders:
        assert sent.index(f"mkdir {folder}") < sent.index(f"upload {folder}/index.html")
    assert len(sent) == 18


@pytest.mark.parametrize("parallel", [1, 8])
def test_entry_points_come_after_assets_in_the_waves_of_publish_last(scene: Scene, parallel: int) -> None:
    scene.here({name: name for name in ("a.mpd", "b.html", "c.m3u8", "d.html", "e.css", "z.js")})
    sent = scene.sync(publish_last=["*.m3u8", "*.html", "*.mpd"], parallel=parallel)
    waves = [sent[:2], sent[2:3], sent[3:5], sent[5:]]
    assert [sorted(wave) for wave in waves] == [
        ["upload e.css", "upload z.js"], ["upload c.m3u8"], ["upload b.html", "upload d.html"], ["upload a.mpd"],
    ]  # fmt: skip


def test_a_corrected_time_comes_before_the_entry_points(scene: Scene) -> None:
    scene.there({"a.css": "a", "b.html": "old"})
    scene.here({"a.css": "a", "b.html": "new"})
    assert scene.sync(mtime=1_234_567_890) == ["mtime a.css", "upload b.html"]


def test_links_come_after_all_files(scene: Scene) -> None:
    scene.here({"current": "-> z", "a.html": "a", "z": "z"})
    assert scene.sync() == ["upload z", "upload a.html", "symlink current"]


@pytest.mark.parametrize("parallel", [1, 8])
def test_deletes_come_after_everything(scene: Scene, parallel: int) -> None:
    scene.there({"0-old": "old", "a": "old", "link": "-> a", "zz": "old", "0-dir/": None})
    scene.here({"a": "new", "d/f": "f", "index.html": "page", "link": "-> d"})
    sent = scene.sync(delete=True, parallel=parallel)
    assert sorted(sent[:2] + sent[2:3]) == ["mkdir d", "upload a", "upload d/f"]
    assert sent[3:5] == ["upload index.html", "symlink link"]
    assert sorted(sent[5:7]) == ["delete 0-old", "delete zz"]
    assert sent[7:] == ["rmdir 0-dir"]


def test_directories_go_after_their_files_and_the_deepest_first(scene: Scene) -> None:
    scene.there({"a": "a", "d/": None, "d/e/": None, "d/e/f/": None, "d/e/f/x": "x", "d/y": "y", "d-": "-", "k/": None})
    scene.here({"a": "a"})
    assert scene.sync(delete=True) == [
        "delete d-", "delete d/e/f/x", "delete d/y", "rmdir d/e/f", "rmdir d/e", "rmdir d", "rmdir k",
    ]  # fmt: skip


def test_a_directory_stays_where_something_in_it_stays(scene: Scene) -> None:
    scene.there({"a": "a", "d/": None, "d/e/": None, "d/e/keep": "k", "d/x": "x"})
    scene.here({"a": "a"})
    assert scene.sync(delete=True, exclude=["keep"]) == ["delete d/x"]


@pytest.mark.parametrize("parallel", [1, 8])
def test_a_link_goes_before_what_is_kept_behind_it(scene: Scene, parallel: int) -> None:
    """On a service that follows links in paths, the deletes would else lead to what the link points to."""
    scene.control.set_knobs(links_in_path="followed")
    scene.there({"live/": None, "live/f": "live", "x": "-> live", "x/f": "one", "x/l": "-> ../live", "x/l/f": "two"})
    scene.here({"live/f": "live"})
    sent = scene.sync(delete=True, parallel=parallel)
    assert sent[:2] == ["delete x", "delete x/l"]
    assert sorted(sent[2:]) == ["delete x/f", "delete x/l/f"]
    assert scene.tree() == ["live/", "live/f"]


@pytest.mark.parametrize(
    ("failing", "sent"),
    [
        ("a.css", ["upload a.css 400", "upload b.css"]),
        ("i.html", ["upload a.css", "upload b.css", "upload i.html 400"]),
        ("link", ["upload a.css", "upload b.css", "upload i.html", "symlink link 400"]),
    ],
)
def test_nothing_starts_after_a_wave_with_a_failure(scene: Scene, failing: str, sent: list[str]) -> None:
    """Its siblings are finished; later waves, and the deletes first of all, are left."""
    scene.there({"old": "old"})
    scene.here({"a.css": "a", "b.css": "b", "i.html": "page", "link": "-> a.css"})
    scene.control.add_faults({"path": f"*/s/{failing}", "status": 400, "times": 9})
    outcome = scene.run(delete=True)
    assert outcome.error is not None
    assert scene.changes() == sent
    assert outcome.left[-1].path.endswith(b"/old")


# -- changes of kind


def test_a_file_becomes_a_link(scene: Scene) -> None:
    """In one request, after the files; with nothing deleted there is no moment without it."""
    scene.there({"x": "x"})
    scene.here({"x": "-> y.html", "y.html": "y"})
    assert scene.sync() == ["upload y.html", "symlink x"]


def test_a_link_becomes_a_file(scene: Scene) -> None:
    """Beside it, and then over it: an upload onto a link might go through it to what it points to."""
    scene.control.set_knobs(upload_onto_symlink="write_through")
    scene.there({"x": "-> y", "y": "y"})
    scene.here({"x": "x", "y": "y", "z.html": "z"})
    assert scene.sync() == ["upload z.html", "upload .x.new-*", "rename .x.new-*"]
    assert scene.tree() == ["x", "y", "z.html"]


@pytest.mark.parametrize("parallel", [1, 8])
def test_a_file_becomes_a_directory(scene: Scene, parallel: int) -> None:
    """They stand side by side until the file, which is no longer wanted, goes with the deletes."""
    scene.there({"x": "old"})
    scene.here({"x/f": "f"})
    sent = scene.sync(delete=True, parallel=parallel)
    assert sorted(sent[:2]) == ["mkdir x", "upload x/f"] and sent[2:] == ["delete x"]


def test_a_directory_becomes_a_file(scene: Scene) -> None:
    scene.there({"x/": None, "x/d/": None, "x/d/f": "f"})
    scene.here({"x": "new"})
    assert scene.sync(delete=True) == ["upload x", "delete x/d/f", "rmdir x/d", "rmdir x"]


@pytest.mark.parametrize("links_in_path", ["plain", "followed"])
def test_a_directory_becomes_a_link(scene: Scene, links_in_path: str) -> None:
    """The link comes late: before, the deletes would lead through it and take away what it points to."""
    scene.control.set_knobs(links_in_path=links_in_path)
    scene.there({"x/": None, "x/f": "f"})
    scene.here({"x": "-> y", "y/f": "f", "other": "-> y"})
    sent = scene.sync(delete=True)
    assert sent == ["mkdir y", "upload y/f", "symlink other", "delete x/f", "rmdir x", "symlink x"]
    assert scene.tree() == ["other -> y", "x -> y", "y/", "y/f"]


def test_an_implicit_directory_becomes_a_link(scene: Scene) -> None:
    scene.there({"x/f": "f"})
    scene.here({"x": "-> y", "y/f": "f"})
    assert scene.sync(delete=True) == ["mkdir y", "upload y/f", "delete x/f", "symlink x"]


def test_a_directory_that_stays_is_not_hidden_behind_a_link(scene: Scene) -> None:
    """Without delete nothing waits; the directory stays where it is and is counted as shadowed."""
    scene.there({"x/": None, "x/f": "f"})
    scene.here({"x": "-> y", "y/f": "f"})
    assert scene.sync() == ["mkdir y", "upload y/f", "symlink x"]
    assert scene.tree() == ["x -> y", "x/", "x/f", "y/", "y/f"]


@pytest.mark.parametrize("links_in_path", ["plain", "followed"])
def test_a_link_becomes_a_directory(scene: Scene, links_in_path: str) -> None:
    """The obstruction goes before anything is written below it; what it pointed to is never written to."""
    scene.control.set_knobs(links_in_path=links_in_path)
    scene.there({"x": "-> y", "y/f": "y"})
    scene.here({"x/f": "new", "a": "a"})
    assert scene.sync(replace_links=True) == ["delete x", "mkdir x", "upload a", "upload x/f"]
    assert scene.tree() == ["a", "x/", "x/f", "y/f"]


def test_obstructions_behind_each_other_go_from_the_top(scene: Scene) -> None:
    scene.control.set_knobs(links_in_path="followed")
    scene.there({"y/f": "y", "x": "-> y", "x/d": "-> ../y"})
    scene.here({"x/d/f": "new"})
    assert scene.sync(replace_links=True) == ["delete x", "delete x/d", "mkdir x", "mkdir x/d", "upload x/d/f"]


@pytest.mark.parametrize("options", [{}, {"delete": True}, {"replace_links": True, "protect": ["x"]}])
def test_an_obstruction_that_may_not_go_stops_everything(scene: Scene, options: dict[str, t.Any]) -> None:
    scene.there({"x": "-> y", "y/f": "y", "old": "old"})
    scene.here({"x/f": "new", "a": "a"})
    for check in (True, False):
        with pytest.raises(LinkInTheWay):
            scene.run(check=check, **options)
    assert scene.changes() == []


# -- twins: a file or link and a directory of one name


@pytest.mark.parametrize("twin", ["x", "-> y"])
def test_of_twins_the_directory_is_wanted(scene: Scene, twin: str) -> None:
    """The other one goes: a file with the deletes, a link before anything is written."""
    scene.there({"x": twin, "x/": None, "x/f": "old", "y/": None})
    scene.here({"x/f": "new", "y/": None})
    order = ["upload x/f", "delete x"] if twin == "x" else ["delete x", "upload x/f"]
    assert scene.sync(delete=True, replace_links=True) == order


def test_of_twins_the_file_is_wanted(scene: Scene) -> None:
    scene.there({"x": "old", "x/": None, "x/f": "f"})
    scene.here({"x": "new"})
    assert scene.sync(delete=True) == ["upload x", "delete x/f", "rmdir x"]


def test_twins_that_are_not_wanted_go_both(scene: Scene) -> None:
    scene.there({"a": "a", "x": "x", "x/": None, "x/f": "f"})
    scene.here({"a": "a"})
    assert scene.sync(delete=True) == ["delete x", "delete x/f", "rmdir x"]


def test_twins_stay_without_delete(scene: Scene) -> None:
    scene.there({"x": "x", "x/": None, "x/f": "f"})
    scene.here({"x": "x"})
    assert scene.sync() == []
