# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One switch for a question that nobody can answer: its name, its settings, and which of them was seen."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int


class UnknownSetting(ValueError):
    """A knob that does not exist, or a setting that this knob does not have."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One switch. ``settings`` are its words (numbers as digits); ``number`` describes a free number it takes too.

    ``recorded`` is the setting that answers of the real service show, and ``evidence`` where, by the short names of
    docs/usage-api.md#sources. Nothing where no recording tells, as for most.
    """

    name: str
    default: Value
    settings: tuple[Value, ...]
    question: str
    number: str = ""
    lowest: int = 0
    highest: int = 10**9
    per_cp_code: bool = False
    pair: bool = False
    recorded: Value | None = None
    evidence: str = ""

    def parse(self, given: object) -> Value:
        """The setting as it is kept: digits become a number."""
        text = str(given).strip().lower()
        if self.pair and "/" in text:
            return "/".join(str(self._single(part)) for part in text.split("/", 1))
        return self._single(text)

    def _single(self, text: str) -> Value:
        is_number = text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20
        value: Value = int(text) if is_number else text
        if value in self.settings:
            return value
        if self.number and isinstance(value, int) and self.lowest <= value <= self.highest:
            return value
        words = [str(setting) for setting in self.settings] + ([f"{self.number} up to {self.highest}"] if self.number else [])
        raise UnknownSetting(f"knob {self.name}: {text!r} is not one of {', '.join(words)}")
