# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings that lie: markers that lead astray, rows in the wrong place, rows that come and go, and reads of an old state."""

from __future__ import annotations

import time
from urllib.parse import quote_plus

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Answer, Client, names_of, resume_of, rows_of
from netstorage_emulator.control import Control

NAMES = "abcdefgh"
END = "&end=%2F123456%2Fd0"
BASES = {"list": "/123456/d/", "dir": ""}  # what stands in front of the name in a resume value


@pytest.fixture
def seeded(client: Client, control: Control) -> Client:
    control.load([{"key": f"/123456/d/{name}", "content": name} for name in NAMES])
    control.load([{"key": "/123456/e", "content": "behind"}])
    control.set_knobs(page_size=2)
    return client


def page(client: Client, action: str, marker: str | None, way: str = "path") -> Answer:
    """The page at a marker; ``list`` is asked for it in both ways."""
    if action == "dir" or way == "start":
        start = "" if marker is None else f"&start={quote_plus(marker)}"
        return client.get("/123456/d/", action + start + (END if action == "list" else ""))
    return client.get(marker or "/123456/d/", f"list{END}")


def walk(client: Client, action: str, most: int, way: str = "path") -> list[str]:
    """The last letters of the names of so many pages at most, pages parted by blanks."""
    pages, marker = [], None
    for _count in range(most):
        answer = page(client, action, marker, way)
        if answer.status != 200:
            return [*pages, str(answer.status)]
        pages.append("".join(name.rpartition("/")[2] for name in names_of(answer)))
        marker = resume_of(answer)
        if marker is None:
            break
    return pages


@pytest.mark.parametrize("action", ["list", "dir"])
@pytest.mark.parametrize("way", ["path", "start"])
@pytest.mark.parametrize(("rule", "pages"), [
    ({"how": "repeat"}, "ab ab cd ef gh"), ({"how": "repeat", "times": None}, "ab ab ab ab ab ab"),
    ({"how": "repeat", "nth": 2}, "ab cd cd ef gh"), ({"how": "repeat", "skip": 1, "times": None}, "ab cd cd cd cd cd"),
    ({"how": "back"}, "ab cd ab cd ef gh"), ({"how": "back", "skip": 2}, "ab cd ef cd ef gh"),
    ({"how": "back", "times": None}, "ab cd ab cd ab cd"),
    ({"how": "cycle", "skip": 2}, "ab cd ef ab cd ef"), ({"how": "cycle", "times": None}, "ab cd ab cd ab cd"),
    ({"how": "gone"}, "ab 404"), ({"how": "gone", "skip": 2}, "ab cd ef 404"),
])
def test_a_marker_fault_leads_the_walk_astray(
    seeded: Client, control: Control, action: str, way: str, rule: dict[str, object], pages: str
) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "marker", **rule})
    assert walk(seeded, action, 6, way) == pages.split()
    notes = [entry["note"] for entry in control.journal(since)]
    assert f"fault: marker {rule['how']}" in notes


@pytest.mark.parametrize("action", ["list", "dir"])
def test_what_is_gone_is_gone_once(seeded: Client, control: Control, action: str) -> None:
    since = control.journal_length()
    control.add_faults({"kind": "marker", "how": "gone"})
    assert walk(seeded, action, 6) == ["ab", "404"]
    assert walk(seeded, action, 6) == ["ab", "cd", "ef", "gh"]
    assert [entry["note"] for entry in control.journal(since)].count("fault: marker gone") == 2


@pytest.mark.parametrize("action", ["list", "dir"])
def test_a_new_listing_has_no_page_before_its_first(seeded: Client, control: Control, action: str) -> None:
    control.add_faults({"kind": "marker", "how": "back", "skip": 4})
    assert walk(seeded, action, 6) == ["ab", "cd", "ef", "gh"]
    base = BASES[action]
    assert resume_of(page(seeded, action, None)) == f"{base}c"
    assert resume_of(page(seeded, action, f"{base}c")) == f"{base}a"


def test_clearing_forgets_what_is_gone(seeded: Client, control: Control) -> None:
    control.add_faults({"kind": "marker", "how": "gone"})
    marker = resume_of(page(seeded, "list", None))
    control.clear_faults()
    assert page(seeded, "list", marker).status == 200


def test_a_marker_out_of_the_range(seeded: Client, control: Control) -> None:
    control.add_faults({"kind": "marker", "how": "outside", "times": 3})
    marker = resume_of(page(seeded, "list", None)) or ""
    assert marker > "/123456/d0"
    assert page(seeded, "list", marker).status == 404
    assert not (resume_of(page(seeded, "dir", None)) or "").startswith("/123456/d/")
    assert not (resume_of(seeded.get("/123456/", "list")) or "").startswith("/123456/")


@pytest.mark.parametrize("how", ["repeat", "back", "cycle", "outside", "gone"])
def test_the_last_page_has_no_marker_to_spoil(client: Client, control: Control, how: str) -> None:
    control.load([{"key": "/123456/d/a", "content": "1"}])
    control.add_faults({"kind": "marker", "how": how})
    assert resume_of(client.get("/123456/d/", "list")) is None
    (rule,) = control.faults()["faults"]
    assert (rule["matched"], rule["injected"], rule["in_force"]) == (1, 0, True)


def test_listings_of_two_directories_have_markers_of_their_own(seeded: Client, control: Control) -> None:
    control.load([{"key": f"/123456/e/{name}", "content": name} for name in NAMES])
    control.add_faults({"kind": "marker", "how": "back", "path": "*/d/c", "times": None})
    first = resume_of(seeded.get("/123456/d/", f"list{END}"))
    other = resume_of(seeded.get("/123456/e/", "list&end=%2F123456%2Fe0"))
    assert (first, other) == ("/123456/d/c", "/123456/e/c")
    assert resume_of(seeded.get("/123456/d/c", f"list{END}")) == "/123456/d/a"
    assert resume_of(seeded.get("/123456/e/c", "list&end=%2F123456%2Fe0")) == "/123456/e/e"


@pytest.mark.parametrize("action", ["list", "dir"])
def test_disorder_reverses_one_page(seeded: Client, control: Control, action: str) -> None:
    control.set_knobs(page_size=3)
    control.add_faults({"kind": "disorder", "nth": 2})
    assert walk(seeded, action, 6) == ["abc", "fed", "gh"]


def test_one_row_is_always_in_order(seeded: Client, control: Control) -> None:
    control.set_knobs(page_size=1)
    control.add_faults({"kind": "disorder"})
    walk(seeded, "list", 20)
    assert control.faults()["faults"][0]["injected"] == 0


@pytest.mark.parametrize("action", ["list", "dir"])
def test_an_entry_vanishes_for_one_page(seeded: Client, control: Control, action: str) -> None:
    control.add_faults({"kind": "flicker", "how": "vanish", "nth": 2})
    assert walk(seeded, action, 6) == ["ab", "c", "ef", "gh"]
    assert walk(seeded, action, 6) == ["ab", "cd", "ef", "gh"]


def test_a_page_of_one_row_that_vanishes_is_empty_and_goes_on(seeded: Client, control: Control) -> None:
    control.set_knobs(page_size=1)
    control.add_faults({"kind": "flicker", "how": "vanish", "nth": 2})
    assert walk(seeded, "list", 20) == ["a", "", "c", "d", "e", "f", "g", "h"]


@pytest.mark.parametrize("action", ["list", "dir"])
@pytest.mark.parametrize("order", ["whole_key", "per_directory"])
def test_an_entry_appears_that_nobody_stored(seeded: Client, control: Control, action: str, order: str) -> None:
    control.set_knobs(list_order=order, page_size=3)
    control.add_faults({"kind": "flicker", "how": "appear"})
    answer = page(seeded, action, None)
    names = [name.rpartition("/")[2] for name in names_of(answer)]
    assert names == ["a", "b", "b!appeared", "c"]
    assert rows_of(answer)[2]["size"] == "0"
    assert resume_of(answer) == f"{BASES[action]}d"
    assert seeded.get("/123456/d/b!appeared", "stat").status == 404
    assert len(control.tree()) == len(NAMES) + 1


def test_an_entry_appears_in_its_place(client: Client, control: Control) -> None:
    control.load([{"key": "/123456/x/", "type": "dir"}, {"key": "/123456/x/a"}, {"key": "/123456/x/x x"}])
    control.add_faults({"kind": "flicker", "how": "appear", "times": None})
    assert names_of(client.get("/123456/x/", "list")) == ["123456/x/", "123456/x/a", "123456/x/a!appeared", "123456/x/x x"]
    assert names_of(client.get("/123456", "dir")) == ["x!appeared", "x"], "x is the key x/"


def test_a_stale_read_shows_the_state_before_the_change(client: Client, control: Control) -> None:
    control.add_faults({"kind": "stale", "ms": 300, "path": "/123456/a", "times": None})
    assert client.put("/123456/a", b"old").status == 200
    assert client.get("/123456/a", "stat").status == 404
    time.sleep(0.35)
    client.put("/123456/a", b"newer")
    client.put("/123456/b", b"b")
    assert client.get("/123456/a", "download").body == b"old"
    assert rows_of(client.get("/123456/a", "stat"))[0]["size"] == "3"
    assert client.get("/123456/b", "stat").status == 200, "no rule of the plan is for it"
    assert names_of(client.get("/123456/a", "list")) == ["123456/a"]
    time.sleep(0.35)
    assert client.get("/123456/a", "download").body == b"newer"
    since = control.journal_length()
    client.get("/123456/a", "stat")
    assert control.journal(since)[0]["note"] == "fault: stale"


def test_one_stale_read_among_fresh_ones(client: Client, control: Control) -> None:
    control.add_faults({"kind": "stale", "ms": 60_000, "action": "list", "nth": 2})
    client.put("/123456/a", b"1")
    found = [client.get("/123456/", "list").status for _count in range(3)]
    assert found == [200, 404, 200]
