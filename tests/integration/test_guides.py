# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides print what they say: each page that has commands is followed from its first to its last, and compared.

ansible-core 2.18 words errors and warnings in another way, so there the counts of each play are compared, and nothing else.
"""

from __future__ import annotations

import re

import pytest
from ansible.release import __version__
from ansible_collections.edgeops.netstorage.tests.integration.guides import DOCS, Command, Reader
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player

FOLLOWED = sorted(file.name for file in DOCS.glob("*.md") if "<!-- run -->" in file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_guide_prints_what_it_shows(player: Player, name: str) -> None:
    shown, ran = Reader(player).follow((DOCS / name).read_text(encoding="utf-8"))
    if __version__.startswith("2.18."):
        shown, ran = counts(shown), counts(ran)
    assert list(map(str, ran)) == list(map(str, shown)), f"tests/integration/guides.py writes what is printed into {name}"


def counts(printed: list[Command]) -> list[Command]:
    return [Command(one.line, "\n".join(re.findall(r"^\S+ +: ok=.*", one.output, flags=re.M))) for one in printed]
