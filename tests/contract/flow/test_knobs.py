# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks under every knob in every setting: the same results, the same tree, and a second run that sends nothing.

Emulator only. The flow is called as a module calls it, in this process; that the modules do so is shown by the playbooks
of ``tests/integration``.
"""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    FileOptions,
    Options,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.deviations import (
    GAPS,
    OTHER_PLANS,
    gaps_under,
    other_plans_under,
    untold_under,
)
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from netstorage_emulator.control import Running
from netstorage_emulator.knobs import PROFILES

MTIME = 1_500_000_000
READS = {"stat", "dir", "list", "download"}
GAP = "was missing for the time of one request"
Record = dict[str, t.Any]
_DIGESTS = re.compile(r", md5 [0-9a-f]+ → [0-9a-f]+")


class Story:
    """A site that is deployed, changed, published and removed. Each step is planned, carried out, and planned again."""

    def __init__(self, account: Account, place: bytes, work: Path, emulator: Running, patience: Patience) -> None:
        self.emulator, self.patience, self.work, self.place = emulator, patience, work, place.decode()
        self.common = Common(account.host, account.account, account.key, root=self.place, protocol="http")
        self.record: Record = {}

    def tell(self) -> Record:
        self.local("site/index.html", "<h1>one</h1>")
        self.local("site/css/site.css", "body {}")
        self.local("site/css-old.txt", "sorted between css and css/")
        self.local("site/a b/c+d%20.txt", "odd")
        (self.work / "site/empty").mkdir()
        self.link("site/latest", "index.html")
        self.step("directory", DirectoryOptions(self.common, "spool/in"))
        self.step("sync", self.sync())
        self.step("file", FileOptions(self.common, "notes/a.txt", source=self.local("a.txt", "first")))
        self.step("link", SymlinkOptions(self.common, "current", "site", allow_dangling=False))
        self.changes()
        self.step("another file", FileOptions(self.common, "notes/a.txt", source=self.local("a.txt", "second")))
        self.step("another link", SymlinkOptions(self.common, "current", "notes", allow_dangling=False))
        self.step("a file for the link", FileOptions(self.common, "current", source=self.local("current", "no link")))
        self.step("a link for the file", SymlinkOptions(self.common, "current", "site", replace="file"))
        self.renames()
        self.removals()
        return self.record

    def changes(self) -> None:
        self.local("site/css/site.css", "body {margin: 0}")
        self.local("site/new/page.html", "<h1>new</h1>")
        (self.work / "site/a b/c+d%20.txt").unlink()
        (self.work / "site/a b").rmdir()
        (self.work / "site/css-old.txt").unlink()
        self.link("site/css-old.txt", "css/site.css")
        (self.work / "site/latest").unlink()
        self.local("site/latest", "a file now")
        self.local("site/empty/full.txt", "full")
        self.step("changes", self.sync())

    def renames(self) -> None:
        self.step("another name", RenameOptions(self.common, "notes/a.txt", "notes/b.txt"))
        self.step("a third file", FileOptions(self.common, "notes/a.txt", source=self.local("a.txt", "third")))
        self.step("a name that is taken", RenameOptions(self.common, "notes/a.txt", "notes/b.txt"))
        self.step("a name that a link has", RenameOptions(self.common, "notes/b.txt", "current"))
        self.step("another place", RenameOptions(self.common, "site", "archive/site"))
        self.step("a site where one was", self.sync())
        self.step("a place that is taken", RenameOptions(self.common, "archive/site", "site"))

    def removals(self) -> None:
        self.step("no file", FileOptions(self.common, "current", state="absent"))
        self.step("no archive", DirectoryOptions(self.common, "archive", state="absent"))
        self.step("no directory", DirectoryOptions(self.common, "spool/in", state="absent"))
        self.step("no site", DirectoryOptions(self.common, "site", state="absent", recurse=True))

    def sync(self) -> SyncOptions:
        return SyncOptions(self.common, str(self.work / "site"), "site", delete=True, max_delete="100 %", mtime=MTIME)

    def step(self, name: str, options: Options) -> None:
        planned = result(run(options, check=True, diff=True))
        done = result(run(options, check=False, diff=False))
        self.patience.settle()
        again = result(run(options, check=False, diff=False))
        self.patience.settle()
        assert "failure" not in done, done
        assert planned["plan"] == done["plan"]
        self.record[name] = {
            "plan": [self.plain(step) for step in done["plan"]["steps"]],
            "changed": (planned["changed"], done["changed"], again["changed"]),
            "sent by the check and by the second run": self.changing(planned) + self.changing(again),
            "shown": "".join(item.get("prepared", "") for item in planned.get("diff", [])).replace(self.place, ""),
            "tree": self.tree(),
            "gaps": sum(GAP in note for note in done.get("notes", ())),
        }

    def changing(self, values: Record) -> int:
        return sum(count for action, count in values["api_calls"].items() if action not in READS)

    def plain(self, step: Record) -> tuple[str, str, str]:
        return step["step"], step["path"].removeprefix(self.place), step["why"]

    def tree(self) -> list[tuple[t.Any, ...]]:
        entries = self.emulator.control.tree(self.place + "/")
        rows = [(e["key"].removeprefix(self.place), e["type"], e.get("md5"), e.get("target")) for e in entries]
        return [row for row in rows if row[0] != "/"]

    def local(self, name: str, text: str) -> str:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (MTIME, MTIME))
        return str(path)

    def link(self, name: str, target: str) -> None:
        (self.work / name).symlink_to(target)


def with_gaps(record: Record, chosen: t.Collection[Setting]) -> Record:
    """The story as it goes under these settings: the only difference that there may be (``deviations.py``)."""
    return {name: {**step, "gaps": gaps_under(chosen).get(name, 0)} for name, step in record.items()}


def comparable(record: Record, chosen: t.Collection[Setting]) -> Record:
    """Without what may be otherwise: where no digest is listed, the lines of a plan have it only where it was asked for; and some
    steps have another plan (``deviations.py``)."""
    if any("md5" in untold_under(setting) for setting in chosen):
        record = {name: {**step, "shown": _DIGESTS.sub("", step["shown"])} for name, step in record.items()}
    others = other_plans_under(chosen)
    return {name: {**step, "plan": None, "shown": None} if name in others else step for name, step in record.items()}


@pytest.fixture
def told(api: RawClient, place: bytes, emulator: Running, tmp_path: Path) -> t.Callable[[Setting | None], Record]:
    def tell(setting: Setting | None) -> Record:
        name = "turned" if setting else "default"
        work = tmp_path / name
        work.mkdir()
        folder = place + b"/" + name.encode()
        for path in (place, folder):
            api.mkdir(path)
        return Story(api.account, folder, work, emulator, Patience(emulator, setting)).tell()

    return tell


@pytest.fixture(scope="module")
def known() -> list[Record]:
    """Stories that have been told, for ``usual``."""
    return []


@pytest.fixture
def usual(known: list[Record], told: t.Callable[[Setting | None], Record]) -> Record:
    """How it goes by default: told once by each process."""
    if not known:
        known.append(told(None))
    return known[0]


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_every_setting_tells_the_same_story_of_changes(
    usual: Record, told: t.Callable[[Setting | None], Record], setting: Setting
) -> None:
    expected = comparable(with_gaps(usual, [setting]), [setting])
    found = comparable(told(setting), [setting])
    assert list(found) == list(expected)
    for name, step in expected.items():
        assert found[name] == step, name


@pytest.mark.parametrize("chosen", [row.settings for row in (*GAPS, *OTHER_PLANS) if len(row.settings) > 1])
def test_settings_that_make_a_difference_together(
    usual: Record, told: t.Callable[[Setting | None], Record], emulator: Running, chosen: frozenset[Setting]
) -> None:
    first, *others = chosen
    emulator.control.set_knobs(**{other.knob: other.value for other in others})
    found = told(first)
    assert comparable(found, chosen) == comparable(with_gaps(usual, chosen), chosen)
    for name in other_plans_under(chosen):
        assert found[name]["plan"] != usual[name]["plan"]


def test_the_profile_of_recorded_settings_tells_the_same_story(
    usual: Record, told: t.Callable[[Setting | None], Record], emulator: Running
) -> None:
    (first, value), *others = PROFILES["wire"].items()
    emulator.control.set_knobs(**dict(others))
    assert told(Setting(first, value)) == usual


@pytest.mark.parametrize("form", ["name", "path"])
def test_a_tree_that_is_walked_page_by_page(
    usual: Record, told: t.Callable[[Setting | None], Record], emulator: Running, form: str
) -> None:
    """With ``dir``, two rows to a page, whatever its resume value is."""
    emulator.control.set_knobs(page_size="unlimited/2", dir_resume=form)
    assert told(Setting("list_refused", 501)) == usual


def test_the_story_of_changes_is_the_one_expected(told: t.Callable[[Setting | None], Record]) -> None:
    """What it is, so that nothing can be equally wrong everywhere."""
    record = told(None)
    for name, step in record.items():
        assert step["changed"] == (True, True, False), name
        assert step["sent by the check and by the second run"] == 0, name
    assert [key for key, *_rest in record["sync"]["tree"]] == [
        "/site/",
        "/site/a b/",
        "/site/a b/c+d%20.txt",
        "/site/css-old.txt",
        "/site/css/",
        "/site/css/site.css",
        "/site/empty/",
        "/site/index.html",
        "/site/latest",
        "/spool/",
        "/spool/in/",
    ]
    kinds = {key: kind for key, kind, *_rest in record["changes"]["tree"]}
    assert kinds["/site/css-old.txt"] == "symlink"
    assert kinds["/site/latest"] == "file"
    assert "/site/a b/" not in kinds
    assert [step for step, _path, _why in record["changes"]["plan"]].count("replace") == 2
    assert [key for key, *_rest in record["no site"]["tree"]] == ["/notes/", "/spool/"]
