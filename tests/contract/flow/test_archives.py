# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Archives with an index, under every knob in every setting: the same plans, the same tree, and a second run that sends nothing.

The one exception is a service that adds no index (``zip_index: none``): there the archive is sent again by every run, and a
proof fails by name.
"""

from __future__ import annotations

import os
import typing as t
import zipfile
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import result
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    FileOptions,
    Options,
    SymlinkOptions,
    SyncOptions,
)
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from netstorage_emulator.control import Running

MTIME = 1_500_000_000
READS = {"stat", "dir", "list", "download"}
NO_INDEX = Setting("zip_index", "none")
Record = dict[str, t.Any]


class Story:
    """An archive that is sent, sent again after each kind of change, and found to be there."""

    def __init__(self, account: Account, place: bytes, work: Path, emulator: Running, patience: Patience) -> None:
        self.emulator, self.patience, self.work, self.place = emulator, patience, work, place.decode()
        self.common = Common(account.host, account.account, account.key, root=self.place, protocol="http")
        self.record: Record = {}

    def tell(self) -> Record:
        self.step("new", self.file("a.zip", a="one", b="two"))
        self.step("another content of the same length", self.file("a.zip", a="one", b="too"))
        self.step("one member less", self.file("a.zip", a="one"))
        self.step("one member more", self.file("a.zip", a="one", c="three"))
        self.step("made anew", self.file("a.zip", a="one", c="three"), changes=False)
        self.step("younger", self.file("a.zip", mtime=MTIME + 60, a="one", c="three"), changes=False)
        self.step("without an index", self.file("b.zip", index_zip=False, a="one"))
        self.step("with one after all", self.file("b.zip", a="one"))
        self.step("a link", SymlinkOptions(self.common, "c.zip", "a.zip", replace="file"))
        self.step("an archive for the link", self.file("c.zip", a="link"))
        self.archive("site/d/album.zip", d="d")
        self.archive("site/plain.zip", p="p")
        self.step("a tree", self.sync())
        self.archive("site/d/album.zip", d="e")
        self.step("a tree with another archive", self.sync(verify="full", verify_wait=2.0))
        self.step("by time, which is trusted", self.sync(compare="size_mtime"), changes=False)
        self.archive("site/d/album.zip", MTIME + 60, d="f")
        self.step("by time, which differs", self.sync(compare="size_mtime"))
        return self.record

    def file(self, name: str, index_zip: bool = True, mtime: int = MTIME, **members: str) -> FileOptions:
        return FileOptions(self.common, name, source=self.archive(name, mtime, **members), index_zip=index_zip)

    def sync(self, **more: t.Any) -> SyncOptions:
        return SyncOptions(self.common, str(self.work / "site"), "site", index_zip=["album.zip"], **more)

    def archive(self, name: str, mtime: int = MTIME, **members: str) -> str:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in members.items():
                archive.writestr(zipfile.ZipInfo(member), text)
        os.utime(path, (mtime, mtime))
        return str(path)

    def step(self, name: str, options: Options, changes: bool = True) -> None:
        planned = result(run(options, check=True, diff=True))
        done = result(run(options, check=False, diff=False))
        self.patience.settle()
        again = result(run(options, check=False, diff=False))
        self.patience.settle()
        assert "failure" not in done, done
        assert planned["plan"] == done["plan"]
        assert done["changed"] is changes, name
        tree = self.emulator.control.tree(self.place + "/")
        self.record[name] = {
            "plan": [(step["step"], step["path"].removeprefix(self.place), step["why"]) for step in done["plan"]["steps"]],
            "again": [(step["step"], step["why"]) for step in again["plan"]["steps"]],
            "sent by the check": sum(count for action, count in planned["api_calls"].items() if action not in READS),
            "tree": [(entry["key"].removeprefix(self.place), entry["type"]) for entry in tree],
        }


@pytest.fixture
def story(api: RawClient, place: bytes, emulator: Running, tmp_path: Path) -> t.Callable[[Setting | None], Story]:
    def begun(setting: Setting | None) -> Story:
        folder = place + (b"/turned" if setting else b"/default")
        work = tmp_path / ("turned" if setting else "default")
        work.mkdir()
        for path in (place, folder):
            api.mkdir(path)
        return Story(api.account, folder, work, emulator, Patience(emulator, setting))

    return begun


@pytest.fixture(scope="module")
def known() -> list[Record]:
    """Stories that have been told, for ``usual``."""
    return []


@pytest.fixture
def usual(known: list[Record], story: t.Callable[[Setting | None], Story]) -> Record:
    """How it goes by default: told once by each process."""
    if not known:
        known.append(story(None).tell())
    return known[0]


@pytest.mark.parametrize("setting", [one for one in settings() if one != NO_INDEX], ids=str)
def test_every_setting_tells_the_same_story_of_archives(
    usual: Record, story: t.Callable[[Setting | None], Story], setting: Setting
) -> None:
    found = story(setting).tell()
    for name, step in usual.items():
        assert found[name] == step, name


def test_the_story_of_archives_is_the_one_expected(story: t.Callable[[Setting | None], Story]) -> None:
    record = story(None).tell()
    assert [step["again"] for step in record.values()] == [[]] * len(record)
    assert [step["sent by the check"] for step in record.values()] == [0] * len(record)
    whys = {name: [(kind, why) for kind, path, why in step["plan"] if path.endswith(".zip")] for name, step in record.items()}
    assert whys == {
        "new": [("upload", "absent")],
        "another content of the same length": [("upload", "content differs")],
        "one member less": [("upload", "content differs")],
        "one member more": [("upload", "size differs")],
        "made anew": [],
        "younger": [],
        "without an index": [("upload", "absent")],
        "with one after all": [("upload", "not indexed")],
        "a link": [("symlink", "absent")],
        "an archive for the link": [("replace", "type differs")],
        "a tree": [("upload", "absent")] * 2,
        "a tree with another archive": [("upload", "content differs")],
        "by time, which is trusted": [],
        "by time, which differs": [("upload", "content differs")],
    }
    assert record["by time, which differs"]["tree"] == [
        ("/", "dir"), ("/a.zip", "file"), ("/b.zip", "file"), ("/c.zip", "file"), ("/site/", "dir"), ("/site/d/", "dir"),
        ("/site/d/album.zip", "file"), ("/site/plain.zip", "file"),
    ]  # fmt: skip


def test_what_is_stored_is_an_archive_that_is_larger(api: RawClient, story: t.Callable[[Setting | None], Story]) -> None:
    told = story(None)
    options = told.file("a.zip", a="one")
    run(options, check=False, diff=False)
    stored = api.call("download", f"{told.place}/a.zip".encode()).body
    (told.work / "back.zip").write_bytes(stored)
    with zipfile.ZipFile(told.work / "back.zip") as archive:
        assert archive.read("a") == b"one"
    assert len(stored) > Path(str(options.source)).stat().st_size


def test_an_archive_for_a_link_where_nothing_is_replaced(story: t.Callable[[Setting | None], Story], emulator: Running) -> None:
    """The service indexes names that end in .zip only, and so does that under which it waits."""
    emulator.control.set_knobs(rename_existing=409)
    told = story(None)
    told.step("a link", SymlinkOptions(told.common, "c.zip", "a.zip"))
    told.step("an archive", told.file("c.zip", a="link"))
    assert told.record["an archive"]["again"] == []


def test_a_service_without_the_feature(story: t.Callable[[Setting | None], Story]) -> None:
    """The archive is there as it was sent. That is seen, and tried again; nobody is told that all is well."""
    told = story(NO_INDEX)
    options = told.file("a.zip", a="one")
    assert [result(run(options, check=False, diff=False))["plan"]["steps"][-1]["why"] for _run in range(3)] == [
        "absent", "not indexed", "not indexed",
    ]  # fmt: skip
    told.archive("site/d/album.zip", d="d")
    for verify in ("listing", "full"):
        proved = result(run(told.sync(verify=verify, verify_wait=0), check=False, diff=False))
        assert "so it has no index" in proved["failed_paths"][0]["why"]
        assert proved["changed_paths"] == [f"{told.place}/site/d/album.zip"]


@pytest.mark.parametrize("content", [b"not really a zip", b"", b"PK\5\6" + bytes(18)])
def test_what_is_no_archive(story: t.Callable[[Setting | None], Story], emulator: Running, content: bytes) -> None:
    told = story(None)
    before = emulator.control.tree(told.place)
    for name in ("site/album.zip", "a.zip"):
        (told.work / name).parent.mkdir(exist_ok=True)
        (told.work / name).write_bytes(content)
    with pytest.raises(BadSource, match="zip archive"):
        run(FileOptions(told.common, "a.zip", source=str(told.work / "a.zip"), index_zip=True), check=False, diff=False)
    with pytest.raises(BadSource, match="zip archive"):
        run(told.sync(), check=False, diff=False)
    assert emulator.control.tree(told.place) == before


def test_other_names_get_no_index(story: t.Callable[[Setting | None], Story], emulator: Running) -> None:
    told = story(None)
    before = emulator.control.tree(told.place)
    told.archive("site/a.jar", a="a")
    with pytest.raises(BadOptions, match=r"does not end in \.zip"):
        run(told.file("a.jar", a="a"), check=False, diff=False)
    options = SyncOptions(told.common, str(told.work / "site"), "site", index_zip=["*.jar"])
    with pytest.raises(BadOptions, match=r"a\.jar matches index_zip and does not end in \.zip"):
        run(options, check=False, diff=False)
    assert emulator.control.tree(told.place) == before
