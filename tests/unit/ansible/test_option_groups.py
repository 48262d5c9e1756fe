# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ns_sync stand in groups, in its documentation and on its page, and each of them in one."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYNC
from ansible_collections.edgeops.netstorage.plugins.modules import ns_sync

PAGE = Path(__file__).resolve().parents[3] / "docs/sync.md"
DOCUMENTATION = yaml.safe_load(ns_sync.DOCUMENTATION)
GROUPS = {
    note.partition(" (")[0]: re.findall(r"O\((\w+)\)", note.partition(" - ")[2])
    for note in DOCUMENTATION["notes"]
    if " - " in note
}


def test_each_option_of_a_sync_is_in_one_group() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) == {name for name in SYNC.spec if not name.startswith("_")}


def test_the_page_has_the_groups_of_the_documentation() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## The options in groups\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\w[\w ]*) \|[^|]*\| (`.*`) \|$", section, flags=re.M)
    assert {name: re.findall(r"`(\w+)`", options) for name, options in rows} == GROUPS


def test_the_options_are_described_in_the_order_of_the_groups() -> None:
    own = list(DOCUMENTATION["options"])
    assert own == [name for names in GROUPS.values() for name in names if name in own]
