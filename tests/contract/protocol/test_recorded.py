# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded responses as facts: each row of ``recorded/`` against the service, and the rows against the page.

A real account is held to what has evidence; what was inferred, such as the status of an error of which only the text was seen,
holds for the emulator alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient
from ansible_collections.edgeops.netstorage.tests.contract.recorded_facts import COLUMNS, Fact, ask, columns_of, facts, normalised
from netstorage_emulator.actions import ACTIONS
from netstorage_emulator.control import Running
from netstorage_emulator.knobs import PROFILES

PAGE = (Path(__file__).parents[3] / "docs" / "usage-api.md").read_text(encoding="utf-8")
FACTS = facts()
_EVIDENCE = re.compile(r"[DWC] ([A-Za-z#]+[0-9]*)(?::[\w-]+| #[0-9]+)?")


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_response_is_as_it_was_recorded(api: RawClient, place: bytes, request: pytest.FixtureRequest, fact: Fact) -> None:
    emulator: Running | None = request.getfixturevalue("_emulator")
    if fact.knobs:
        request.getfixturevalue("emulator").control.set_knobs(**fact.knobs)
    found = columns_of(ask(api, place, fact), api.account.root)
    expected = fact.columns if emulator is not None else {n: v for n, v in fact.columns.items() if not fact.is_inferred(n)}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_response_under_the_profile_of_recorded_settings(api: RawClient, place: bytes, emulator: Running, fact: Fact) -> None:
    """No setting of ``wire`` stands against another recording."""
    emulator.control.set_knobs(**{**PROFILES["wire"], **fact.knobs})
    found = columns_of(ask(api, place, fact), api.account.root)
    assert {name: found[name] for name in fact.columns} == fact.columns


def test_every_documented_action_has_a_row_for_its_success() -> None:
    rows = re.findall(r"^\| ([a-z, -]+) \| (?:GET|PUT|POST)", section("Methods"), re.MULTILINE)
    documented = {action for row in rows for action in row.split(", ")}
    assert documented == {name.decode() for name in ACTIONS}
    assert {fact.action for fact in FACTS if 200 <= fact.status < 300} == documented
    assert {fact.action for fact in FACTS} == documented
    assert len({fact.id for fact in FACTS}) == len(FACTS)


def test_every_column_has_its_evidence() -> None:
    """Out of a source that the page names; and nothing is said of what is not known."""
    named = re.findall(r"^\| ([^|]+) \|", section("Sources"), re.MULTILINE)
    sources = {name.strip(" :") for row in named for name in row.split(",")}
    for fact in FACTS:
        assert set(fact.evidence) == set(fact.columns), fact.id
        for evidence in fact.evidence.values():
            if evidence == "I":
                continue
            for one in evidence.split(", "):
                found = _EVIDENCE.fullmatch(one)
                assert found is not None, (fact.id, one)
                assert found[1] in sources, (fact.id, one)


def test_what_was_counted_was_recorded_itself() -> None:
    for fact in FACTS:
        assert not fact.seen or set(fact.evidence.values()) == {"W VCR"}, fact.id


def test_the_page_says_the_same() -> None:
    """Its table of statuses and texts."""
    rows = re.findall(r"^\| ([0-9]{3}) \| ([a-z, -]+) \| (?:`([^`]*)`|empty)", section("Responses"), re.MULTILINE)
    assert len(rows) == 10
    said = {(action, int(status), text.replace("\\n", "")) for status, actions, text in rows for action in actions.split(", ")}
    known = {(fact.action, fact.status, (fact.body or "").rstrip("\n")) for fact in FACTS}
    assert said <= known


def test_how_a_body_is_normalised() -> None:
    listed = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<list>\n <file type="dir" name="1/s/d/"/>\n <file type="dir" name="1/s/e/"/>\n'
        ' <file type="file" name="1/s/e/f" size="5" md5="00" mtime="7"/>\n <resume start="/1/s/g"/>\n</list>\n'
    )
    assert normalised(listed, "/1/s") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<list>\n <file type="dir" name="CP/PATH/"/> …\n'
        ' <file type="file" name="CP/PATH" size="N" md5="MD5" mtime="T"/>\n <resume start="/CP/PATH"/>\n</list>\n'
    )
    shown = '<stat directory="/1/s">\n <file type="dir" name="d/" mtime="7"/>\n <resume start="e/"/>\n</stat>\n'
    assert normalised("<?xml?>\n" + shown, "/1/s") == (
        '<?xml?>\n<stat directory="/CP">\n <file type="dir" name="NAME/" mtime="T"/>\n <resume start="NAME/"/>\n</stat>\n'
    )
    assert normalised("Directory not found\n", "/1/s") == "Directory not found\n"
    assert set(COLUMNS) == {"status", "headers", "content_type", "body"}
