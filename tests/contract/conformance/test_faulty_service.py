# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that fails now and then: what it did not answer is not known, and nothing is known wrongly."""

from __future__ import annotations

import time

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import (
    DEFAULTS,
    Expected,
    answers_in,
    combination,
    conforming,
    faults,
    sent_since,
)
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running


@pytest.mark.parametrize(("seed", "chance"), [(2508, 0.004)])
def test_requests_that_fail_turn_into_no_wrong_answer(
    emulator: Running, account: Account, place: bytes, seed: int, chance: float
) -> None:
    chosen = combination(seed)
    emulator.control.set_knobs(**chosen)
    emulator.control.rehearse(faults(seed, chance))
    since = emulator.control.journal_length()
    found = conforming(account, place)
    emulator.control.clear_faults()
    assert Expected(chosen).wrong(found, may_be_unknown=True) == []
    assert sent_since(emulator, since) == found.values["requests_sent"] <= 300
    time.sleep(0.1)  # what came late has come
    assert found.values["left"] or not emulator.control.tree(place[1:]), "what is left is told"


def test_a_change_that_is_carried_out_late_is_removed_too(emulator: Running, account: Account, place: bytes) -> None:
    """The run does not end before the service can carry out nothing any more (option settle)."""
    begun = time.monotonic()
    emulator.control.add_faults({"kind": "late", "how": "accepted", "ms": 2500, "action": "upload", "path": "*/rename/*"})
    found = conforming(account, place, settle=3.0)
    assert Expected(DEFAULTS).wrong(found) == []
    assert time.monotonic() - begun >= 3.0
    assert (found.values["left"], emulator.control.tree(place[1:])) == (0, [])


def test_a_status_that_what_is_there_contradicts_is_no_answer(emulator: Running, account: Account, place: bytes) -> None:
    """A rename that is refused in words and carried out all the same is like nothing that is thought of."""
    emulator.control.add_faults({"kind": "status", "status": 409, "action": "rename", "done": True, "times": None})
    answer = answers_in(conforming(account, place))["rename_existing"]
    assert answer["answer"] is None
    assert answer["why"].startswith("answered, and like none")
    seen = dict(one.split(": ") for one in answer["seen"])
    assert seen["rename onto a file"].startswith("409") and (seen["a"], seen["b"]) == ("nothing", "file of 5 bytes")


def test_a_page_of_a_portal_is_no_answer(emulator: Running, account: Account, place: bytes) -> None:
    body = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
    emulator.control.add_faults({
        "kind": "status", "status": 200, "action": "symlink", "times": None, "body": body,
        "headers": {"Content-Type": "text/html", "Server": "SomeProxy/1.0"},
    })  # fmt: skip
    answers = answers_in(conforming(account, place))
    assert {one["answer"] for one in answers.values() if one["question"] in ("symlink_existing", "follow_links")} == {None}
    assert answers["symlink_existing"]["why"] == "not known: symlink l was not answered (answered with 200, not by the service)"
