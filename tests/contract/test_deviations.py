# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is excused stands in one place: the tables of ``deviations.py``, and ``docs/knobs.md`` shows just these."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.deviations import (
    CLIENT,
    EXCUSES,
    GAPS,
    OTHER_PLANS,
    UNTOLD,
    markdown,
    tables,
)
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import settings
from netstorage_emulator.fault_kinds import BY_NAME

PAGE = Path(__file__).parents[2] / "docs" / "knobs.md"


@pytest.mark.parametrize("heading", tables())
def test_the_page_of_knobs_shows_the_table(heading: str) -> None:
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    shown = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert shown == markdown(tables()[heading])


def test_each_exception_is_about_something_that_exists() -> None:
    named = {setting for row in (*CLIENT, *UNTOLD, *GAPS, *OTHER_PLANS) for setting in row.settings}
    assert named <= set(settings())
    assert {excuse.kind for excuse in EXCUSES} <= set(BY_NAME)
