# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any bytes at all for an answer: a sound page or a typed error, in bounded time. ``make soak`` does it for longer."""

from __future__ import annotations

from ansible_collections.edgeops.netstorage.tests.fuzz.answers import CORPUS, TRACED, page_in, target
from ansible_collections.edgeops.netstorage.tests.fuzz.guided import fuzz


def test_no_answer_crashes_the_client() -> None:
    known = fuzz(target, CORPUS, TRACED, seconds=0, seed=0)
    report = fuzz(target, CORPUS, TRACED, seconds=4, seed=1)
    assert report.crashes == [], report
    assert len(report.lines) > len(known.lines) > 150, "the corpus gets into the rows, and the fuzzer further than that"


def test_the_corpus_has_pages_and_errors() -> None:
    found = [page_in(file.read_bytes(), 7, "list") for file in CORPUS.iterdir()]
    assert any(not isinstance(one, str) and one.rows for one in found)
    assert {"no page", "no answer"} <= {one for one in found if isinstance(one, str)}
