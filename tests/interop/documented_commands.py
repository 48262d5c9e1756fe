# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page for people who come from elsewhere, as what it claims: sections, each with commands and the tasks that do the same."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

import yaml

PAGE = Path(__file__).resolve().parents[2] / "docs/coming-from-rclone.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Section:
    """One comparison of the page."""

    title: str
    commands: str
    tasks: tuple[dict[str, t.Any], ...]


def sections(language: str) -> list[Section]:
    """Those whose commands are in this language: ``console`` for rclone, ``python`` for the kits."""
    found = []
    for text in re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title = text.partition("\n")[0]
        blocks = _BLOCK.findall(text)
        assert [name for name, _text in blocks] in (["console", "yaml"], ["python", "yaml"]), title
        (kind, commands), (_yaml, tasks) = blocks
        if kind == language:
            found.append(Section(title, commands, tuple(yaml.safe_load(tasks))))
    return found


def words() -> str:
    return PAGE.read_text(encoding="utf-8")
