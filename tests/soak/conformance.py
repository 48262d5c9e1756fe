# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a conformance run finds: every setting of every knob, random combinations of all of them, and the same with requests that
fail."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import (
    DEFAULTS,
    Expected,
    Settings,
    combination,
    conforming,
    faults,
    sent_since,
)
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row, how_many
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran, Series
from netstorage_emulator.control import Running, running

NAME, KEY, ROOT = "conformance", "an-emulated-key-of-some-length", b"/123456"
COMBINATIONS, FAULTY = 100, 60
_SINGLE, _FAULTY = 1_000_000_000, 2_000_000_000  # seeds from here on are the single settings, and the runs with faults
_CHANCES = (0.002, 0.005, 0.01, 0.03)
_WHAT = "every setting of every knob, all knobs at random, and that with requests that fail: what is found is what was set"
_LATE = 0.15  # seconds after which what came late has come


@dataclasses.dataclass
class Asked:
    """An emulator, and runs in directories of their own."""

    emulator: Running

    def __post_init__(self) -> None:
        self._numbers = itertools.count()

    def wrong(self, chosen: Settings, plan: t.Mapping[str, t.Any] | None) -> str:
        """What was found wrongly; empty if nothing."""
        control, place = self.emulator.control, ROOT + f"/run-{next(self._numbers)}".encode()
        account = Account(self.emulator.host_port, NAME, KEY, ROOT, "http")
        control.set_knobs(**chosen)
        if plan is not None:
            control.rehearse(plan)
        since = control.journal_length()
        try:
            found = conforming(account, place)
        finally:
            control.clear_faults()
        complaints = Expected(chosen).wrong(found, may_be_unknown=plan is not None)
        if sent_since(self.emulator, since) > 300:
            complaints.append("more than 300 requests were sent")
        time.sleep(_LATE if plan is not None else 0)
        if control.tree(place[1:]) and not found.values["left"]:
            complaints.append("something is left, and nothing is said of it")
        control.reset_tree()
        return "; ".join(complaints)


def stage(seed: int, scale: float, progress: Progress) -> Row:
    alone = scale == 0 or seed >= _SINGLE  # one run is done again
    singles = range(_SINGLE, _SINGLE + (0 if alone else how_many(len(settings()), min(scale, 1))))
    faulty = range(_FAULTY + seed, _FAULTY + seed + (0 if alone else how_many(FAULTY, scale)))
    together = range(seed, seed + how_many(COMBINATIONS, scale))
    with contextlib.ExitStack() as stack:
        asked = [Asked(stack.enter_context(running(account=NAME, key=KEY, cp_codes=[ROOT[1:].decode()]))) for _number in range(2)]
        row = Series("conformance", _WHAT, asked, attempt).run([*singles, *together, *faulty], progress)
    note = f"{len(singles)} settings, {len(together)} combinations, {len(faulty)} with faults"
    return dataclasses.replace(row, note=note, injected=len(faulty))


def attempt(asked: Asked, seed: int) -> Ran:
    chosen, plan = chosen_by(seed)
    wrong = asked.wrong(chosen, plan)
    told = ", ".join(f"{name}={value}" for name, value in chosen.items() if value != DEFAULTS[name])
    assert not wrong, f"with {told} found {wrong}"[:2000]
    return Ran()


def chosen_by(seed: int) -> tuple[Settings, dict[str, t.Any] | None]:
    """The settings of a run, and its plan of faults where it has one."""
    if seed >= _FAULTY:
        chance = _CHANCES[seed % len(_CHANCES)]
        return combination(seed) if seed % 3 else DEFAULTS, faults(seed % 2**31, chance)
    if seed >= _SINGLE:
        one = settings()[seed - _SINGLE]
        return {**DEFAULTS, one.knob: one.value}, None
    return combination(seed), None
