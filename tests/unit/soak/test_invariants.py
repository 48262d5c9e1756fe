# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of the kill tests: a judge who never convicts proves nothing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.service import DIR, Link
from ansible_collections.edgeops.netstorage.tests.soak.growth import Use, grown
from ansible_collections.edgeops.netstorage.tests.soak.invariants import Facts, Moment, deletes_come_last, same_tree, where

SITE = "www/site/"
OLD: Facts = {"www/beside": "b", SITE: DIR, f"{SITE}same": "s", f"{SITE}page": "1", f"{SITE}link": Link("1"), f"{SITE}turns": "f",
              f"{SITE}gone": "g"}  # fmt: skip
NEW: Facts = {"www/beside": "b", SITE: DIR, f"{SITE}same": "s", f"{SITE}page": "2", f"{SITE}link": Link("2"),
              f"{SITE}turns": Link("x"), f"{SITE}fresh": "n"}  # fmt: skip
TEMPORARY = f"{SITE}.page.new-0123456789ab"


def judged(change: t.Mapping[str, t.Any], start: Facts | None = None, knobs: t.Mapping[str, t.Any] | None = None) -> None:
    now = {name: fact for name, fact in {**(OLD if start is None else start), **change}.items() if fact is not None}
    Moment(now, OLD, NEW, dict(knobs or {})).check([])


@pytest.mark.parametrize(
    "change",
    [{}, {f"{SITE}page": "2"}, {f"{SITE}fresh": "n"}, {f"{SITE}turns": None}, {f"{SITE}link": Link("2")}, {TEMPORARY: "2"}],
)
def test_what_may_be_on_the_way(change: dict[str, t.Any]) -> None:
    judged(change)


def test_the_end_and_the_deletes_before_it() -> None:
    judged({}, NEW)
    judged({f"{SITE}gone": "g"}, NEW)


@pytest.mark.parametrize(
    "change",
    [
        {"www/beside": "other"}, {"www/beside": None}, {f"{SITE}same": None}, {f"{SITE}page": None}, {f"{SITE}page": "half"},
        {f"{SITE}foreign": "x"}, {f"{SITE}link": None}, {TEMPORARY: "half"}, {f"{SITE}.same.new-0123456789ab": "s"},
        {f"{SITE}.other.new-0123456789ab": "2"}, {f"{SITE}turns": DIR},
    ],
)  # fmt: skip
def test_what_may_not_be(change: dict[str, t.Any]) -> None:
    with pytest.raises(AssertionError, match="neither as before nor as wanted"):
        judged(change)


def test_a_link_may_be_missing_where_the_service_does_not_replace_one() -> None:
    judged({f"{SITE}link": None}, knobs={"symlink_existing": 409})


def test_nothing_that_is_to_stay_is_deleted_where_the_service_replaces() -> None:
    with pytest.raises(AssertionError, match=f"deleted although it is to stay: {SITE}page"):
        Moment(OLD, OLD, NEW, {}).check([request("delete", "page")])
    Moment(OLD, OLD, NEW, {"rename_existing": 409}).check([request("delete", "page")])


@pytest.mark.parametrize("missing", ["page", "link", "turns", "fresh"])
def test_nothing_is_deleted_before_everything_is_sent(missing: str) -> None:
    with pytest.raises(AssertionError, match=f"not yet sent: {SITE}{missing}"):
        judged({f"{SITE}{missing}": OLD.get(f"{SITE}{missing}")}, NEW)


def request(action: str, name: str) -> dict[str, t.Any]:
    return {"action": action, "path": f"/123456/{SITE}{name}"}


def test_the_order_of_the_journal() -> None:
    orderly = [request("upload", "a%20b"), request("delete", "gone"), request("rmdir", "old"), request("symlink", "late")]
    deletes_come_last(orderly, {f"{SITE}gone", f"{SITE}old/"})
    for early in ("gone", "old"):
        with pytest.raises(AssertionError, match="came after the delete"):
            deletes_come_last([request("delete", early), request("upload", "a")], {f"{SITE}gone", f"{SITE}old/"})
    deletes_come_last([request("delete", "page"), request("rename", "page")], {f"{SITE}gone"})


def test_trees_that_differ_are_told() -> None:
    same_tree(dict(NEW), NEW)
    for other in (OLD, {**NEW, TEMPORARY: "2"}):
        with pytest.raises(AssertionError, match="differ from an undisturbed run"):
            same_tree(other, NEW)


@pytest.mark.parametrize(
    ("requests", "place"),
    [
        ([], "before the first request"), ([{"action": "stat", "path": "/123456/www/spool"}], "tasks before"),
        ([request("stat", "")], "looking"), ([request("mkdir", "a")], "directories"), ([request("upload", "a")], "uploads"),
        ([request("upload", ".page.new-0123456789ab")], "links"), ([request("delete", "gone")], "deletes"),
    ],
)  # fmt: skip
def test_where_a_kill_fell(requests: list[dict[str, t.Any]], place: str) -> None:
    assert where(requests, OLD, NEW) == place


def test_where_it_fell_when_the_site_was_there() -> None:
    assert where([request("stat", "")], {**NEW, "www/current": Link("old")}, NEW) == "tasks behind"
    assert where([request("stat", "")], NEW, NEW) == "at the end"


def test_growth_of_memory_or_open_files_is_told() -> None:
    steady = [Use(100.0, 20)] * 60
    assert grown(steady).complaint("it") == ""
    more = [*steady[:40], *[Use(119.0, 20)] * 20]
    assert grown(more).complaint("it") == "it: the memory grew from 100 to 119 MiB"
    files = [*steady[:40], *[Use(100.0, 31)] * 20]
    assert grown(files).complaint("it") == "it: the open files grew from 20 to 31"
