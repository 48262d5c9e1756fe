# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measurement of shards does what it says, with a tree of few files. No time is judged."""

from __future__ import annotations

from ansible_collections.edgeops.netstorage.tests.bench.shards import PLANNED, SENT, measure


def test_every_number_of_shards_has_a_row() -> None:
    sent, planned, load = measure([1, 2], 20, 1.0, 4, 20).split("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in sent.splitlines()]
    assert rows[0] == list(SENT)
    assert [row[0] for row in rows[2:]] == ["1", "2"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in planned.splitlines()]
    assert rows[0] == list(PLANNED)
    assert [(row[0], row[1]) for row in rows[2:]] == [("20", "1/1"), ("20", "1/8")]
    assert (int(rows[2][4]), int(rows[3][4]) < 20) == (22, True)  # two are directories
    assert load.startswith("Load of the last minute: ")
