# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch: trees and files that arrive, what is refused, and what it costs."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local import name_probe
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import FetchScene
from ansible_collections.edgeops.netstorage.tests.contract.scene import MTIME

SITE: dict[str, str | None] = {
    "index.html": "<h1>new</h1>", "css/site.css": "body {}", "css/deep/er/x.css": "x", "empty/": None,
    "latest": "-> css/site.css",
}  # fmt: skip
ARRIVED = {**{name: what for name, what in SITE.items() if what is not None}, "empty/": None, "css/": None, "css/deep/": None,
           "css/deep/er/": None}  # fmt: skip


def refused(fetching: FetchScene, **more: t.Any) -> str:
    """The word of the failure, in check mode as in the real run; nothing changes here, nor on the service."""
    before, words = fetching.tree(), []
    for check in (True, False):
        try:
            outcome = fetching.run(check=check, **more)
        except NetStorageError as error:
            words.append(error.code)
        else:
            assert outcome.error is not None and outcome.done == []
            words.append(outcome.error.code)
    assert fetching.tree() == before
    assert sorted(path.name for path in fetching.work.iterdir()) in (["source"], ["here", "source"])
    assert words[0] == words[1]
    return words[0]


@pytest.mark.parametrize("parallel", [1, 8])
def test_a_tree_arrives(fetching: FetchScene, parallel: int) -> None:
    fetching.scene.there(SITE)
    steps = fetching.fetch(parallel=parallel)
    assert fetching.tree() == ARRIVED
    assert sorted(steps) == sorted(
        ["+ download index.html", "+ download css/site.css", "+ download css/deep/er/x.css", "+ symlink latest",
         *(f"+ mkdir {name}" for name in ("empty", "css", "css/deep", "css/deep/er"))]
    )  # fmt: skip
    assert os.stat(fetching.here / "index.html").st_mtime == MTIME
    assert not list(fetching.work.rglob("*.new-*"))


def test_only_what_differs_is_downloaded(fetching: FetchScene) -> None:
    fetching.scene.there(SITE)
    fetching.fetch()
    fetching.write("index.html", "<h1>old</h1>")
    fetching.write("css/site.css", "body {}", mtime=MTIME + 5)
    fetching.write("mine.txt", "mine")
    fetching.scene.sent()
    real = fetching.run()
    sent = [(request.action, request.path.rpartition(b"/")[2]) for request in fetching.scene.sent()]
    assert sorted(sent) == [("download", b"index.html"), ("list", b""), ("stat", b"s")]
    assert [step.kind.value for step in real.plan.steps] == ["mtime", "download"]
    assert fetching.tree() == {**ARRIVED, "mine.txt": "mine"}
    assert list(real.changed_paths()) == [os.fsencode(fetching.here) + b"/index.html"]
    fetching.run()
    assert sorted(request.action for request in fetching.scene.sent()) == ["list", "stat"]


def test_what_is_extra_goes(fetching: FetchScene) -> None:
    fetching.scene.there(SITE)
    fetching.fetch()
    for name in ("old/a/1", "old/2", "kept/k", ".index.html"):
        fetching.write(name, "old")
    os.symlink("/etc", fetching.here / "old/away")
    steps = fetching.fetch(delete=True, protect=["kept/"])
    assert fetching.tree() == {**ARRIVED, "kept/": None, "kept/k": "old"}
    deletes = [f"- delete {name}" for name in ("old/away", ".index.html", "old/2", "old/a/1")]
    assert steps == [*deletes, "- rmdir old/a", "- rmdir old"]


def test_du_is_asked_only_before_deletes(fetching: FetchScene) -> None:
    fetching.scene.there(SITE)
    fetching.fetch(delete=True)
    fetching.write("old", "old")
    fetching.scene.sent()
    assert fetching.run(delete=True).error is None
    assert sorted(request.action for request in fetching.scene.sent()) == ["du", "list", "stat"]


def test_a_listing_that_du_contradicts_deletes_nothing(fetching: FetchScene) -> None:
    fetching.scene.there(SITE)
    fetching.fetch()
    fetching.write("old", "old")
    more = '<du directory="/x"><du-info files="99" bytes="1"/></du>'
    fetching.scene.control.add_faults({"action": "du", "status": 200, "times": None, "body": more})
    assert refused(fetching, delete=True) == "listing_differs"
    assert fetching.run().error is None


TWINS = [{"A": "a", "a": "b"}, {"X/a": "a", "x/a": "b"}, {"\u00e9": "a", "e\u0301": "b", "d/\u00c9": "c"}]


@pytest.mark.parametrize("there", TWINS)
def test_names_that_this_file_system_keeps_apart_arrive(fetching: FetchScene, there: dict[str, str | None]) -> None:
    fetching.scene.there(there)
    assert fetching.run(check=True).error is None
    assert sorted(path.name for path in fetching.work.iterdir()) == ["source"]
    fetching.fetch()
    assert {name: what for name, what in fetching.tree().items() if what is not None} == there
    assert fetching.fetch() == []


@pytest.mark.parametrize("there", TWINS)
def test_names_that_the_file_system_takes_for_one_are_refused(
    fetching: FetchScene, there: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_probe, "_exists", lambda _path: True)
    fetching.scene.there(there)
    assert refused(fetching) == "name_twins"


def test_a_place_where_nothing_can_be_tried_out_takes_all_such_names_for_one(tmp_path: pathlib.Path) -> None:
    assert name_probe.holds_both(os.fsencode(tmp_path / "not/yet"), b"a", b"A")
    assert not name_probe.holds_both(os.fsencode(tmp_path), b"x" * 300, b"X" * 300)
    assert not name_probe.holds_both(b"/proc", b"a", b"A")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("there", "here", "more", "word"), [
    ({}, {"a": "a"}, {"delete": True}, "empty_source"),
    ({"b": "b"}, {"a": "a"}, {"adopt": False}, "adopt"),
    ({"b": "b"}, {str(n): "a" for n in range(30)}, {"delete": True, "max_delete": "50 %"}, "max_delete"),
    ({"a": "b"}, {"a": "a"}, {"max_replace": "0"}, "max_replace"),
    ({"a": "a", "a/b": "b"}, {}, {}, "name_twins"),
    ({"a": "a", "x" * 256: "b"}, {}, {}, "name_too_long"),
    ({"l": "-> /etc/passwd"}, {}, {}, "unsafe_link"),
    ({"l": "-> ../x"}, {}, {}, "unsafe_link"),
    ({"d/l": "-> ../../x"}, {}, {}, "unsafe_link"),
    ({"d/l": "-> ..", "e": "-> d/l/../x"}, {}, {}, "unsafe_link"),
    ({"a/b": "b"}, {"a": "a file"}, {}, "kind_in_the_way"),
    ({"a": "b"}, {"a/b": "a directory"}, {}, "kind_in_the_way"),
    ({"a": "-> b"}, {"a/b": "a directory"}, {"delete": True}, "kind_in_the_way"),
])  # fmt: skip
def test_a_tree_that_cannot_be_stored_here_is_refused(
    fetching: FetchScene, there: dict[str, str | None], here: dict[str, str], more: dict[str, t.Any], word: str
) -> None:
    fetching.scene.there(there)
    for name, text in here.items():
        fetching.write(name, text)
    assert refused(fetching, **more) == word


@pytest.mark.parametrize("name", [
    b"../../etc/passwd", b"../x", b"a/../../x", b"/etc/passwd", b"a//b", b"./a", b"a/.", b"a/", b"..", b"d/..",
])  # fmt: skip
def test_names_that_lead_elsewhere(fetching: FetchScene, name: bytes) -> None:
    fetching.load(b"good")
    fetching.load(name)
    assert refused(fetching) == "unsafe_name"
    assert refused(fetching, delete=True) == "unsafe_name"


def test_what_is_left_out_is_not_refused(fetching: FetchScene) -> None:
    fetching.scene.there({"A": "a", "a": "b", "l": "-> /etc", "x/y": "y", "x": "x"})
    fetching.fetch(exclude=["A", "l", "x/"])
    assert fetching.tree() == {"a": "b", "x": "x"}


def test_nothing_is_written_through_a_local_link(fetching: FetchScene) -> None:
    fetching.scene.there({"d/a": "a"})
    fetching.here.mkdir()
    (fetching.work / "source/a").write_text("mine")
    os.symlink(fetching.work / "source", fetching.here / "d")
    assert refused(fetching) == "link_in_the_way"
    assert refused(fetching, delete=True) == "link_in_the_way"
    assert (fetching.work / "source/a").read_text() == "mine"


def test_a_link_that_appears_meanwhile_is_not_followed(fetching: FetchScene, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.edgeops.netstorage.plugins.module_utils._run import flow

    fetching.scene.there({"d/a": "a"})
    execute = flow.execute

    def swapped(*given: t.Any) -> t.Any:
        fetching.here.mkdir()
        os.symlink(fetching.work / "source", fetching.here / "d")
        return execute(*given)

    monkeypatch.setattr(flow, "execute", swapped)
    outcome = fetching.run()
    assert outcome.error is not None and {failed.error.code for failed in outcome.failed} == {"local_failed"}
    assert list((fetching.work / "source").iterdir()) == []


def test_dest_itself_may_be_a_link(fetching: FetchScene) -> None:
    fetching.scene.there({"a": "a"})
    (fetching.work / "real").mkdir()
    os.symlink("real", fetching.here)
    fetching.fetch()
    assert (fetching.work / "real/a").read_text() == "a"


def test_links_are_made_changed_and_replaced(fetching: FetchScene) -> None:
    fetching.scene.there({"l": "-> t", "f": "file", "d/m": "-> ../l", "t": "t"})
    fetching.here.mkdir()
    os.symlink("/etc/passwd", fetching.here / "f")
    os.symlink("old", fetching.here / "l")
    steps = fetching.fetch()
    assert "~ replace f" in steps and "~ symlink l" in steps
    assert fetching.tree() == {"l": "-> t", "f": "file", "d/": None, "d/m": "-> ../l", "t": "t"}


def test_links_may_be_left_out(fetching: FetchScene) -> None:
    fetching.scene.there({"l": "-> /etc", "a": "a"})
    fetching.write("l", "mine")
    fetching.fetch(links="skip", delete=True)
    assert fetching.tree() == {"l": "mine", "a": "a"}


def test_a_mode_is_kept_unless_one_is_given(fetching: FetchScene) -> None:
    fetching.scene.there({"a": "a", "b": "b"})
    fetching.write("a", "old").chmod(0o640)
    fetching.fetch()
    mask = os.umask(0)
    os.umask(mask)
    assert [stat.S_IMODE((fetching.here / name).stat().st_mode) for name in "ab"] == [0o640, 0o666 & ~mask]
    fetching.write("a", "older")
    fetching.fetch(mode=0o604)
    assert stat.S_IMODE((fetching.here / "a").stat().st_mode) == 0o604


@pytest.mark.parametrize(("dest", "arrives"), [("f", "f"), ("d/", "d/a.txt"), ("there", "there/a.txt"), ("x/y/f", "x/y/f")])
def test_a_fetched_file_arrives_at_or_in_dest(fetching: FetchScene, dest: str, arrives: str) -> None:
    fetching.scene.there({"a.txt": "one"})
    (fetching.here / "there").mkdir(parents=True)
    more = {"path": "s/a.txt", "dest": f"{fetching.here}/{dest}"}
    fetching.fetch(**more)
    assert (fetching.here / arrives).read_text() == "one"
    values = result(fetching.run(**more))
    assert values["dest"] == str(fetching.here / arrives)
    assert (values["size"], values["mtime"]) == (3, MTIME)
    fetching.scene.sent()
    fetching.run(**more)
    assert [request.action for request in fetching.scene.sent()] == ["stat"]


@pytest.mark.parametrize(("path", "dest", "word"), [
    ("s/nothing", "x", "not_found"), ("s/l", "x", "link_in_the_way"), ("s/twin", "x", "name_twins"),
    ("s", "/", "bad_options"), ("s", "relative", "bad_options"), ("s", "", "bad_options"), ("s", "/x\0y", "bad_options"),
    ("s", "/" + "x" * 5000, "bad_options"),
])  # fmt: skip
def test_paths_that_cannot_be_fetched(fetching: FetchScene, path: str, dest: str, word: str) -> None:
    fetching.scene.there({"l": "-> a", "a": "a", "twin": "t", "twin/x": "x"})
    assert refused(fetching, path=path, dest=f"{fetching.here}/x" if dest == "x" else dest) == word


def test_text_is_shown_old_and_new(fetching: FetchScene) -> None:
    fetching.scene.there({"a.txt": "new\n", "b.txt": "b\n"})
    fetching.write("a.txt", "old\n")
    fetching.write("gone.txt", "gone\n")
    shown = fetching.run(check=True, diff=True, delete=True)
    texts = {item["before_header"].rpartition("/")[2]: (item["before"], item["after"]) for item in shown.diff[1:]}
    assert texts == {"a.txt": ("old\n", "new\n"), "b.txt (absent)": ("", "b\n"), "gone.txt": ("gone\n", "")}


def test_something_odd_in_dest(fetching: FetchScene) -> None:
    fetching.scene.there({"a": "a"})
    fetching.here.mkdir()
    os.mkfifo(fetching.here / "pipe")
    for check in (True, False):
        with pytest.raises(NetStorageError, match="neither file"):
            fetching.run(check=check)
    assert fetching.run(exclude=["pipe"], delete=True).error is None
    assert sorted(path.name for path in fetching.here.iterdir()) == ["a", "pipe"]
