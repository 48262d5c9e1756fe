# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any bytes of a server are read as http.client reads them, or refused, or a row of a table says why not. ``make soak`` does it
for longer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.deviations import markdown
from ansible_collections.edgeops.netstorage.tests.fuzz import answers
from ansible_collections.edgeops.netstorage.tests.fuzz.differential import (
    DELIBERATE,
    TRACED,
    Deliberate,
    Exchange,
    difference,
    here,
    in_pieces,
    table,
    target,
    there,
)
from ansible_collections.edgeops.netstorage.tests.fuzz.guided import fuzz
from ansible_collections.edgeops.netstorage.tests.fuzz.response_grammar import Grammar, response

PAGE = Path(__file__).parents[3] / "ARCHITECTURE.md"


def test_any_bytes_are_read_alike_or_refused() -> None:
    report = fuzz(target, answers.CORPUS, (), seconds=60, seed=1, most=8_000, grown=response)
    assert report.crashes == [], report
    assert report.executions == 8_000


def test_every_corner_is_reached() -> None:
    report = fuzz(target, answers.CORPUS, TRACED, seconds=60, seed=2, most=300, grown=response)
    assert report.crashes == [], report
    assert len(report.lines) > 110


def test_what_is_sound_is_not_refused() -> None:
    chance = random.Random(2)
    grammar = Grammar(chance)
    for _time in range(400):
        exchange = Exchange(chance.choice(("GET", "PUT", "HEAD")), grammar.sound())
        mine = in_pieces(exchange, chance)
        assert mine is not None, exchange
        assert difference(exchange, mine, DELIBERATE) is None


def test_much_that_is_odd_is_read_all_the_same() -> None:
    chance = random.Random(3)
    read = sum(here(Exchange("GET", response(chance))) is not None for _time in range(400))
    assert 100 < read < 300


@pytest.mark.parametrize("row", DELIBERATE, ids=lambda row: row.what)
def test_each_deliberate_difference_is_one(row: Deliberate) -> None:
    mine, others = here(row.example), [one for one in DELIBERATE if one is not row]
    assert mine is not None, "a refusal needs no row"
    assert there(row.example) is not None
    assert difference(row.example, mine, ()) is not None
    assert difference(row.example, mine, others) is not None, "another row says it already"
    assert difference(row.example, mine, [row]) is None, "it is about this and nothing else"


def test_the_architecture_page_shows_the_table() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("\n## HTTP responses\n")[2].partition("\n## ")[0]
    shown = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert shown == markdown(table())
