# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ns_sync: every kind of tree, four times."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playing import Player
from ansible_collections.edgeops.netstorage.tests.integration.runs import RUNS, TWO_RUNS, Case, Ran, play_all, verify
from ansible_collections.edgeops.netstorage.tests.integration.service import MTIME, Link, Request, changes
from ansible_collections.edgeops.netstorage.tests.integration.sync_cases import CASES, REFUSED


@pytest.fixture(scope="module")
def ran(stage: Player) -> dict[str, Ran]:
    return play_all(stage, "sync.yml", CASES)


@pytest.fixture(scope="module")
def refused(stage: Player) -> dict[str, Ran]:
    links = {"refused-path-link": Link("elsewhere")}
    return play_all(stage, "sync_refusals.yml", REFUSED, TWO_RUNS, besides=links)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sync(case: Case, run: str, ran: dict[str, Ran]) -> None:
    verify(case, run, ran)


@pytest.mark.parametrize("run", TWO_RUNS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case: Case, run: str, refused: dict[str, Ran]) -> None:
    verify(case, run, refused)


def summary(ran: t.Mapping[str, Ran], task: str, run: str = "real") -> dict[str, int]:
    return dict(ran[run].outcome.results[task]["plan"]["summary"])


def sent(ran: t.Mapping[str, Ran], folder: str) -> list[Request]:
    requests = ran["real"].outcome.requests
    return [request for request in requests if f"{request['path']}/".startswith(f"/123456/{folder}/")]


def test_the_summary_counts(ran: dict[str, Ran]) -> None:
    assert summary(ran, "A tree where nothing is") == {
        "creates": 11, "changes": 0, "deletes": 0, "unchanged": 0, "protected": 0, "shadowed": 0, "bytes": 46,
    }  # fmt: skip
    assert summary(ran, "A tree that is there")["unchanged"] == 11 - 1
    assert summary(ran, "A tree with protected content")["protected"] == 3 + 2  # the two implicit directories count too
    assert summary(ran, "A tree beside twins")["shadowed"] > 0


def test_the_phases_follow_each_other(ran: dict[str, Ran]) -> None:
    """Read from the journal: directories, assets, entry points, links; and deletes at the very end."""
    order = [change.removeprefix("mkdir ") for change in changes(sent(ran, "first"))]
    kinds = [change.split()[0] for change in changes(sent(ran, "first"))]
    assert kinds == ["mkdir"] * 5 + ["upload"] * 5 + ["symlink"]
    entry_points = [place for place, change in enumerate(order) if change.endswith(".html")]
    assert entry_points == [8, 9]
    kinds = [change.split()[0] for change in changes(sent(ran, "delete"))]
    assert kinds == ["delete"] * 3 + ["rmdir"] * 2


def test_entry_points_are_sent_in_the_order_of_their_patterns(ran: dict[str, Ran]) -> None:
    names = [change.rpartition("/")[2] for change in changes(sent(ran, "publish-last"))]
    assert sorted(names[:2]) == ["x.mp4", "z.js"]
    assert sorted(names[2:4]) == ["a.html", "c.html"]
    assert names[4:] == ["latest.json"]


def test_a_link_is_gone_before_what_takes_its_place_comes(ran: dict[str, Ran]) -> None:
    assert [change.split()[0] for change in changes(sent(ran, "replace-links"))] == ["delete", "mkdir", "upload"]


def test_times_travel_with_uploads(ran: dict[str, Ran]) -> None:
    times = ran["real"].times
    assert times["first/index.html"] == MTIME
    assert times["epoch/a"] == times["epoch/b"] == 1234567890


def test_what_is_left_alone_is_told(ran: dict[str, Ran], refused: dict[str, Ran]) -> None:
    """A refusal says in its message what it would have done; nothing else is printed as done."""
    assert ran["again"].outcome.output.count("changed=0") == 1
    assert refused["real"].outcome.output.count("changed=0") == 1
