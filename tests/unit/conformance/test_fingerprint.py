# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget, the pages that are seen, and the fingerprint."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance import fingerprint
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.budget import Budget, CountedPool, Spent
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.pages import Pages, pages_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.scenes import Finding, Reply
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Broken
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.xml_parser import Row
from netstorage_emulator.profile_file import described


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def spent(budget: Budget) -> int:
    for number in range(1000):
        try:
            budget.spend()
        except Spent:
            return number
    raise AssertionError("there is no end of it")


def test_what_removes_objects_is_kept_back_until_they_are_removed() -> None:
    budget = Budget(Ticks(), 100, 60.0)
    budget.made = 8
    assert spent(budget) == 100 - 8 * 5 // 4 - 12
    budget.keeps = False
    assert spent(budget) == 8 * 5 // 4 + 12
    assert budget.sent == 100


def test_a_question_that_does_not_fit_is_refused_before_it_is_asked() -> None:
    budget = Budget(Ticks(), 100, 60.0)
    assert (budget.refuses(88), budget.refuses(89), budget.refuses(80, 9)) == ("", *["the budget of 100 requests"] * 2)
    assert budget.sent == 0


def test_after_the_time_only_what_cleans_up_is_sent() -> None:
    ticks = Ticks()
    budget = Budget(ticks, 100, 60.0)
    ticks.now = 60.0
    assert budget.refuses(1) == "the 60 seconds of a run"
    with pytest.raises(Spent):
        budget.spend()
    budget.keeps = False
    budget.spend()


@pytest.mark.parametrize("leaves", [False, True])
def test_a_request_that_fails_counts_and_none_is_sent_beyond_the_budget(leaves: bool) -> None:
    budget = Budget(Ticks(), 14, 60.0)
    pool = CountedPool(Endpoint("127.0.0.1:9", protocol="http", use_proxy=False), lambda: None, budget)

    def ask() -> t.Any:
        return pool.send_and_leave("PUT", "/1", {}, b"") if leaves else pool.exchange("GET", "/1", {})

    for _number in range(2):
        with pytest.raises(Broken):
            ask()
    with pytest.raises(Spent):
        ask()
    assert budget.sent == 2


def page(count: int, more: bool) -> Reply:
    rows = tuple(Row(Kind.FILE, b"%d" % number, 1, None, 1, None, False) for number in range(count))
    return Reply(200, rows, b"x" if more else None)


@pytest.mark.parametrize(("usual", "largest", "seen"), [
    ((30, False), (30, False), Pages(None, None, 30)), ((3, True), (30, False), Pages(3, None, 30)),
    ((3, True), (3, True), Pages(None, 3, 3)), ((2, True), (3, True), Pages(2, 3, 3)), ((1, True), (1, True), Pages(None, 1, 1)),
])
def test_how_long_pages_are(usual: tuple[int, bool], largest: tuple[int, bool], seen: Pages) -> None:
    assert pages_of(page(*usual), page(*largest)) == seen


FINDINGS = [
    Finding("rename_existing", "rename onto a file or a symlink", True, 409, "", ("a: nothing", "b: file of 5 bytes"), 12),
    Finding("replay", "a request that is repeated", True, None, "not known: not answered (failed with 503)", (), 9),
    Finding("page_size", "the rows of a page", True, None, "known in part", ("list: at least 3", "dir: 1"), 4, "1000/1"),
    Finding("client_left", "an upload whose client leaves", False, "carried out", "", ("w: file of 5 bytes",), 4),
]


def test_a_profile_has_what_was_found_and_why_the_rest_was_not() -> None:
    profile = fingerprint.profile(FINDINGS)
    assert described(json.loads(json.dumps(profile))) == {"rename_existing": 409, "page_size": "1000/1"}
    assert set(profile["not_known"]) == {"replay", "page_size"}


def test_the_form_has_a_row_for_each_question() -> None:
    form = fingerprint.form(FINDINGS, 99, True)
    rows = [line for line in form.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(FINDINGS)
    assert "| `rename_existing` | rename onto a file or a symlink | `409` | a: nothing; b: file of 5 bytes |" in rows
    assert "| client left | an upload whose client leaves | carried out | w: file of 5 bytes |" in rows
    assert "2 of 4 questions are answered.\nIt took 99 requests." in form
    assert all(what in form for what, _why in fingerprint.NOT_ASKED)


def test_what_only_read_says_so() -> None:
    assert "It took 20 requests, which only read." in fingerprint.form(FINDINGS, 20, False)
