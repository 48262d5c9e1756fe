# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of ns_sync in which something fails: what goes on, what does not start, what is said, and what the next run does."""

from __future__ import annotations

import dataclasses
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import socket_waits
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import FileContent
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import shown
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Step
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, SyncOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.upload_source import TreeSource, UploadSource
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running

FILES = 40


@pytest.fixture
def site(account: Account, place: bytes, tmp_path: Path, emulator: Running) -> SyncOptions:
    """40 assets, a page and a link to send, and one file that is there to be deleted. No retries, one at a time."""
    folder = tmp_path / "source"
    (folder / "a").mkdir(parents=True)
    for number in range(FILES):
        (folder / f"a/{number:02}.txt").write_text(f"{number}")
    (folder / "index.html").write_text("page")
    (folder / "link").symlink_to("index.html")
    emulator.control.load([{"key": f"{place.decode()}/site/old.txt", "content": "old"}])
    common = Common(
        account.host, account.account, account.key, root=place.decode(), protocol=account.protocol, max_retries=0
    )
    return SyncOptions(common, str(folder), "site", delete=True, max_delete=None, adopt=True, parallel=1)


def told(outcome: Outcome) -> dict[str, t.Any]:
    """Counts of the three lists, which name every step of the plan once."""
    lists = [outcome.done, [failed.step for failed in outcome.failed], outcome.left]
    assert sorted(step.key for steps in lists for step in steps) == sorted(step.key for step in outcome.plan.steps)
    values = result(outcome)
    assert values["counts"] == dict(zip(("done", "failed_paths", "left"), map(len, lists), strict=True))
    return {"done": len(lists[0]), "failed": [shown(failed.step.key) for failed in outcome.failed], "left": len(lists[2])}


def sent(emulator: Running, since: int) -> list[str]:
    return [f"{entry['action']} {entry['path'].rpartition('/')[2]}" for entry in emulator.control.journal(since)]


def heal(emulator: Running, options: SyncOptions, undone: int) -> None:
    """The next run does only what is left."""
    emulator.control.clear_faults()
    again = run(options, check=False, diff=False)
    assert again.error is None, str(again.error)
    assert len(again.plan.steps) == undone
    assert not run(options, check=True, diff=False).changed


@pytest.mark.parametrize("parallel", [1, 16])
def test_a_failing_file_does_not_stop_its_siblings_and_nothing_is_deleted(
    emulator: Running, site: SyncOptions, parallel: int
) -> None:
    site = dataclasses.replace(site, parallel=parallel)
    emulator.control.add_faults({"action": "upload", "path": "*/a/07.txt", "status": 409})
    outcome = run(site, check=False, diff=False)
    steps = len(outcome.plan.steps)
    told_of = told(outcome)
    assert told_of["failed"] == [f"/{site.common.root.strip('/')}/site/a/07.txt"]
    assert told_of["left"] == 3  # the page, the link, the delete
    assert told_of["done"] == steps - 4
    values = result(outcome)
    assert values["failed_paths"][0]["status"] == 409
    assert outcome.error is not None and outcome.error.code == "partly_done"
    assert len(values["changed_paths"]) == FILES - 1
    heal(emulator, site, 4)


def test_on_error_stop_starts_nothing_more(emulator: Running, site: SyncOptions) -> None:
    emulator.control.add_faults({"action": "upload", "path": "*/a/07.txt", "status": 409})
    outcome = run(dataclasses.replace(site, on_error="stop"), check=False, diff=False)
    told_of = told(outcome)
    assert (len(told_of["failed"]), told_of["left"]) == (1, FILES - 8 + 3)
    heal(emulator, site, FILES - 8 + 4)


def test_no_asset_follows_a_directory_that_cannot_be_made(emulator: Running, site: SyncOptions) -> None:
    emulator.control.add_faults({"action": "mkdir", "path": "*/a", "status": 409})
    outcome = run(site, check=False, diff=False)
    assert told(outcome)["left"] == FILES + 3
    heal(emulator, site, FILES + 4)


@pytest.mark.parametrize("parallel", [1, 16])
def test_a_service_that_is_down_is_not_asked_for_every_file(emulator: Running, site: SyncOptions, parallel: int) -> None:
    emulator.control.add_faults(
        {"path": "*/a/*", "status": 500, "times": 9999},
        {"action": "stat", "skip": 2, "status": 500, "times": 9999},  # the first two belong to the plan
    )
    outcome = run(dataclasses.replace(site, parallel=parallel), check=False, diff=False)
    failed = len(told(outcome)["failed"])
    assert 8 <= failed < FILES
    assert "the service no longer responds" in str(outcome.error)


def test_a_service_that_refuses_some_files_is_asked_for_all(emulator: Running, site: SyncOptions) -> None:
    emulator.control.add_faults({"action": "upload", "path": "*/a/*", "status": 500, "times": 9999})
    outcome = run(site, check=False, diff=False)
    assert len(told(outcome)["failed"]) == FILES


def test_a_file_that_changes_while_it_is_sent_is_named(
    emulator: Running, site: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = TreeSource.content

    def changing(self: TreeSource, step: Step, *how: bool) -> FileContent:
        if step.path.endswith(b"/a/07.txt"):
            Path(site.src, "a/07.txt").write_text("another size")
        return content(self, step, *how)

    monkeypatch.setattr(TreeSource, "content", changing)
    outcome = run(site, check=False, diff=False)
    values = result(outcome)
    assert [entry["path"].rpartition("/")[2] for entry in values["failed_paths"]] == ["07.txt"]
    assert "changed while it was being read" in values["failed_paths"][0]["why"]
    assert told(outcome)["left"] == 3


class Telling(Cancellation):
    """Tells itself to stop when so many questions were asked."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after, self._asked, self._guard = after, 0, threading.Lock()

    def reason(self) -> str | None:
        with self._guard:
            self._asked += 1
            if self._asked == self._after:
                self.cancel("it was told to end by SIGTERM")
        return super().reason()


@pytest.mark.parametrize("parallel", [1, 16])
@pytest.mark.parametrize("after", [20, 45, 70])
def test_a_run_that_is_told_to_end_says_what_is_done(emulator: Running, site: SyncOptions, after: int, parallel: int) -> None:
    site = dataclasses.replace(site, parallel=parallel)
    since = emulator.control.journal_length()
    outcome = run(site, check=False, diff=False, cancellation=Telling(after))
    told_of = told(outcome)
    assert outcome.error is not None and outcome.error.code == "stopped"
    assert "told to end by SIGTERM" in str(outcome.error)
    assert (told_of["failed"], told_of["left"] > 3) == ([], True)
    writes = [request for request in sent(emulator, since) if request.split()[0] not in ("stat", "list", "dir")]
    assert len(writes) == told_of["done"]  # nothing was sent that is not told of
    assert not [request for request in writes if request.startswith(("delete", "rmdir"))]
    heal(emulator, site, told_of["left"])


def test_an_upload_whose_answer_a_stop_did_not_wait_for_has_failed(
    emulator: Running, site: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was done, and nobody knows: so it is not among those that were not started."""
    monkeypatch.setattr(socket_waits, "_GRACE", 0.3)
    emulator.control.add_faults({"kind": "hang", "action": "upload", "path": "*/a/07.txt", "done": True})
    cancellation, begun = Cancellation(), time.monotonic()

    def tell_when_stored() -> None:
        while not emulator.control.tree(f"{site.common.root.strip('/')}/site/a/07.txt") and time.monotonic() < begun + 20:
            time.sleep(0.05)
        cancellation.cancel("enough")

    teller = threading.Thread(target=tell_when_stored)
    teller.start()
    outcome = run(site, check=False, diff=False, cancellation=cancellation)
    teller.join()
    assert time.monotonic() - begun < 20
    told_of = told(outcome)
    assert told_of["failed"] == [f"/{site.common.root.strip('/')}/site/a/07.txt"]
    assert told_of["done"] and told_of["left"]
    assert outcome.error is not None and "Given up: enough" in str(outcome.error)


def test_an_orphan_deletes_nothing(emulator: Running, site: SyncOptions) -> None:
    """The process that started the task ends while files are sent: that is noticed before the deletes at the latest."""

    class Family:
        is_orphaned = False

        def is_alive(self) -> bool:
            return "upload index.html" not in sent(emulator, since)

    since = emulator.control.journal_length()
    outcome = run(site, check=False, diff=False, cancellation=Cancellation(t.cast(t.Any, Family())))
    assert "has ended" in str(outcome.error)
    assert not [request for request in sent(emulator, since) if request.startswith("delete")]


@pytest.mark.parametrize("verify", ["listing", "full"])
def test_what_was_sent_is_proved_by_one_listing_before_anything_is_deleted(
    emulator: Running, site: SyncOptions, verify: str
) -> None:
    since = emulator.control.journal_length()
    outcome = run(dataclasses.replace(site, verify=verify), check=False, diff=False)
    assert outcome.error is None, str(outcome.error)
    actions = [request.split()[0] for request in sent(emulator, since)]
    assert (actions.count("list"), actions.count("download")) == (2, FILES + 1 if verify == "full" else 0)
    assert actions[-1] == "delete"
    since = emulator.control.journal_length()
    run(dataclasses.replace(site, verify=verify), check=False, diff=False)
    assert [request.split()[0] for request in sent(emulator, since)].count("list") == 1  # nothing sent, nothing to prove


def test_replicas_get_time_to_agree(emulator: Running, site: SyncOptions) -> None:
    emulator.control.set_knobs(propagation=1500)
    outcome = run(dataclasses.replace(site, verify="listing", delete=False), check=False, diff=False)
    assert outcome.error is None, str(outcome.error)


def test_what_does_not_show_in_time_is_not_proved_and_nothing_is_deleted(emulator: Running, site: SyncOptions) -> None:
    emulator.control.set_knobs(propagation=5000)
    since = emulator.control.journal_length()
    outcome = run(dataclasses.replace(site, verify="listing", verify_wait=0.5), check=False, diff=False)
    values = result(outcome)
    assert (values["counts"]["failed_paths"], len(values["failed_paths"])) == (FILES + 2, 20)
    assert "could not be verified: it is not in the listing" in values["failed_paths"][0]["why"]
    assert len(values["changed_paths"]) == FILES + 2
    assert not [request for request in sent(emulator, since) if request.startswith("delete")]


def test_a_listing_that_is_broken_off_is_put_away_at_once(
    site: SyncOptions, emulator: Running, place: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps the error kept the listing and its thread too, until a garbage collector came across them in the middle of
    the start of another thread, and both waited for ever."""

    def answer(*_given: object) -> str:
        raise BadSource("It cannot be read")

    emulator.control.load([{"key": f"{place.decode()}/site/a/{number:02}.txt", "content": f"{number}"} for number in range(5)])
    emulator.control.set_knobs(page_size=1)
    monkeypatch.setattr(UploadSource, "answer", answer)
    before = threading.active_count()
    with pytest.raises(BadSource) as kept:
        run(site, check=True, diff=False)
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() == before, kept
