# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/assumptions.md has the table of ``assumptions.py``, and the numbers in it are those of a run."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.fingerprint import NOT_ASKED
from ansible_collections.edgeops.netstorage.plugins.module_utils._conformance.questions import QUESTIONS, SCENES
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.tests.contract.conformance import assumptions
from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import answers_in
from netstorage_emulator.knobs import TABLE

DOCS = Path(__file__).parents[3] / "docs"


def table_in(page: str, heading: str) -> str:
    section = (DOCS / page).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line for line in section.splitlines() if line.startswith("|"))


def test_the_page_has_a_row_for_each_knob() -> None:
    assert table_in("assumptions.md", "What the emulator assumes") == assumptions.table()
    assert set(assumptions.KNOWN) == {knob.name for knob in TABLE}


def test_what_was_recorded_is_known_from_the_wire_or_from_a_client() -> None:
    recorded = {knob.name for knob in TABLE if knob.recorded is not None}
    assert recorded
    assert [name for name in recorded if not {"W:", "C:"} & set(assumptions.KNOWN[name].split())] == []


def test_questions_take_as_many_requests_as_the_page_says(usual: Answer) -> None:
    took = {name: one["requests"] for name, one in answers_in(usual).items()}
    assert {name: took[name] for name in assumptions.ALONE} == assumptions.ALONE
    scenes = {scene.name: scene.requests for scene in SCENES}
    assert {one.name: took[one.name] for one in QUESTIONS} == {one.name: scenes[one.scene] for one in QUESTIONS}
    assert took["clock_window"] == 4
    assert took["clock_skew"] <= 14


def test_the_page_of_a_run_lists_what_it_does_not_ask() -> None:
    lines = table_in("conformance.md", "What no run finds out").splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert rows[2:] == list(NOT_ASKED)
