# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every knob of the emulator in every setting that the tests go through (docs/usage-api.md#unknowns)."""

from __future__ import annotations

import time
import typing as t

from netstorage_emulator.control import Running
from netstorage_emulator.knobs import TABLE, Knob

STALE_MS = 150
"""How long the emulator is behind, for the knobs that are about being behind."""

_NUMBERS: dict[str, tuple[int | str, ...]] = {
    "page_size": (1, 2, "3/1", "unlimited/2"),
    "max_page": (1, 3),
    "quick_delete": (1,),
    "propagation": (STALE_MS,),
    "rmdir_lag": (STALE_MS,),
    "clock_skew": (-25, 25),
    "clock_window": (90,),
}


class Setting(t.NamedTuple):
    """One knob in one setting."""

    knob: str
    value: int | str

    def __str__(self) -> str:
        return f"{self.knob}={self.value}"


def settings() -> list[Setting]:
    """All of them, the defaults left out. A new knob with a free number must be given numbers above."""
    return [Setting(knob.name, value) for knob in TABLE for value in _values(knob) if value != knob.default]


def _values(knob: Knob) -> tuple[int | str, ...]:
    free = bool(knob.number)
    assert free == (knob.name in _NUMBERS), f"{knob.name} needs numbers to be tried with"
    return (*knob.settings, *_NUMBERS.get(knob.name, ()))


class Patience:
    """Waits until the emulator has caught up, where it is told to be behind: nobody can read a state that is not there."""

    def __init__(self, emulator: Running, setting: Setting | None) -> None:
        if setting is not None:
            emulator.control.set_knobs(**{setting.knob: setting.value})
        self._knob = setting.knob if setting is not None else ""

    def settle(self) -> None:
        """Between a change and a look at it."""
        if self._knob == "propagation":
            time.sleep(STALE_MS / 1000 + 0.05)

    def sleep(self, seconds: float) -> None:
        """For the client's own waiting, which is real only where the emulator needs time."""
        if self._knob in ("propagation", "rmdir_lag"):
            time.sleep(seconds)
