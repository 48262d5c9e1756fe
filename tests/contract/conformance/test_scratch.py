# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scratch directory: what is refused, what is removed, and what another run is left with that was stopped."""

from __future__ import annotations

import json

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.scratch import WORK
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError, PartlyDone, Stopped
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import QUICK, answers_in, conforming
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from netstorage_emulator.control import Running


class Stopping(Cancellation):
    """Ends a run at one of the moments at which a run looks whether it is to end."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def reason(self) -> str | None:
        self._looks -= 1
        if self._looks <= 0:
            self.cancel("it is enough")
        return super().reason()


def keys_below(emulator: Running, place: bytes) -> list[str]:
    return [row["key"].lstrip("/") for row in emulator.control.tree(place[1:])]


def changes_since(emulator: Running, since: int) -> list[str]:
    return [entry["action"] for entry in emulator.control.journal(since) if entry["method"] != "GET"]


@pytest.mark.parametrize("name", ["a", "a/b", f"{WORK.decode()}", f"{WORK.decode()}-2/x"])
def test_a_directory_that_is_not_empty_is_refused(
    emulator: Running, account: Account, api: RawClient, place: bytes, name: str
) -> None:
    """Also where what is in it has the name of what a run makes, but is a file."""
    api.put(place + f"/{name}".encode(), b"content of somebody")
    since, before = emulator.control.journal_length(), keys_below(emulator, place)
    with pytest.raises(NetStorageError, match=r"is not empty") as caught:
        conforming(account, place)
    assert caught.value.code == "not_empty"
    assert (changes_since(emulator, since), keys_below(emulator, place)) == ([], before)


def test_what_somebody_has_put_beside_what_is_left_is_not_touched(
    emulator: Running, account: Account, api: RawClient, place: bytes
) -> None:
    api.put(place + b"/" + WORK + b"/rename/a", b"first")
    api.put(place + b"/zebra", b"content of somebody")
    before = keys_below(emulator, place)
    with pytest.raises(NetStorageError, match=r"zebra is in it"):
        conforming(account, place)
    assert keys_below(emulator, place) == before


@pytest.mark.parametrize(("path", "code"), [(b"", "bad_options"), (b"/file", "not_a_directory"), (b"/link", "link_in_the_way")])
def test_what_is_no_directory_of_its_own_is_refused(
    emulator: Running, account: Account, api: RawClient, place: bytes, path: bytes, code: str
) -> None:
    api.put(place + b"/file", b"x")
    api.symlink(place + b"/link", b"elsewhere")
    since = emulator.control.journal_length()
    with pytest.raises(NetStorageError) as caught:
        conforming(account, place + path if path else account.root)
    assert (caught.value.code, changes_since(emulator, since)) == (code, [])


def test_a_run_that_was_stopped_is_cleaned_up_by_the_next(emulator: Running, account: Account, place: bytes) -> None:
    """Nothing more is sent once it is to end. What it has left is in one directory; the next run removes it, and finds
    everything. The scratch directory itself is then one that was there."""
    with pytest.raises(Stopped):
        conforming(account, place, cancellation=Stopping(looks=120))
    left = keys_below(emulator, place)
    assert left and all(key.startswith(f"{place.decode()[1:]}/{WORK.decode()}/") for key in left[1:])
    noted = conforming(account, place, write=False)
    assert keys_below(emulator, place) == left, "what only reads removes nothing"
    assert f"An earlier run has left {place.decode()}/{WORK.decode()}" in noted.notes[0]
    found = conforming(account, place)
    assert (found.values["left"], keys_below(emulator, place)) == (0, left[:1])
    assert answers_in(found)["rename_existing"]["answer"] == "replace"


def test_more_than_one_budget_is_removed_by_several_runs(emulator: Running, account: Account, place: bytes) -> None:
    keys = [f"{place.decode()[1:]}/{WORK.decode()}/x{number:03}" for number in range(70)]
    emulator.control.load([{"key": key, "type": "file", "content": "x"} for key in keys])
    since = emulator.control.journal_length()
    with pytest.raises(PartlyDone, match=r"Run it again: it goes on"):
        conforming(account, place, pace=QUICK._replace(requests=60))
    assert len(emulator.control.journal(since)) <= 60
    assert 0 < len(keys_below(emulator, place)) < 35
    found = conforming(account, place, pace=QUICK._replace(requests=60))
    assert (found.values["left"], keys_below(emulator, place)) == (0, [])


@pytest.mark.parametrize("requests", [25, 140])
def test_a_budget_is_never_exceeded(emulator: Running, account: Account, place: bytes, requests: int) -> None:
    """What does not fit is not asked, and nothing is left: what removes it is kept back."""
    since = emulator.control.journal_length()
    found = conforming(account, place, pace=QUICK._replace(requests=requests))
    assert len(emulator.control.journal(since)) == found.values["requests_sent"] <= requests
    assert (found.values["left"], keys_below(emulator, place), found.notes) == (0, [], [])
    unknown = {one["why"] for one in found.values["answers"] if one["answer"] is None}
    assert f"not asked: the budget of {requests} requests" in unknown
    assert {why.partition(":")[0] for why in unknown} <= {"not asked", "not asked to the end", "not known"}


def test_nothing_is_asked_when_the_time_is_over(emulator: Running, account: Account, place: bytes) -> None:
    """But what was made is removed."""
    found = conforming(account, place, pace=QUICK._replace(seconds=0.5))
    whys = json.dumps([one["why"] for one in found.values["answers"]])
    assert "the 0.5 seconds of a run" in whys
    assert (found.values["left"], keys_below(emulator, place)) == (0, [])
