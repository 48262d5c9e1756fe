# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The story of the contract suite under every knob in every setting, and under random pairs of settings of two knobs."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import random
import time
import typing as t
from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.edgeops.netstorage.tests.contract.flow.test_knobs import Record, Story, comparable, with_gaps
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import STALE_MS, Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account, RawClient
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row, how_many
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran, Series
from netstorage_emulator.control import Running, running

ACCOUNT, KEY, ROOT = "knobs", "an-emulated-key-of-some-length", b"/123456"
PAIRS = 150
_SINGLE = 1_000_000_000  # seeds from here on are the single settings, in their order
_WHAT = "every setting of every knob, and random pairs of them: the same story"


class Waiting(Patience):
    """For two settings at once."""

    def __init__(self, emulator: Running, chosen: t.Sequence[Setting]) -> None:
        super().__init__(emulator, None)
        self._knobs = {setting.knob for setting in chosen}
        emulator.control.set_knobs(**{setting.knob: setting.value for setting in chosen})

    def settle(self) -> None:
        if "propagation" in self._knobs:
            time.sleep(STALE_MS / 1000 + 0.05)


@dataclasses.dataclass
class Teller:
    """Tells the story, each time in a folder of its own, and knows how it goes with the knobs as they are."""

    emulator: Running
    folder: Path

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._usual = self.emulator.control.knobs()
        self.expected = self.told(())

    def told(self, chosen: t.Sequence[Setting]) -> Record:
        name = f"story-{next(self._numbers)}"
        account = Account(self.emulator.host_port, ACCOUNT, KEY, ROOT, "http")
        place, work = ROOT + b"/" + name.encode(), self.folder / name
        work.mkdir()
        with contextlib.closing(RawClient(account)) as api:
            api.mkdir(place)
        try:
            return Story(account, place, work, self.emulator, Waiting(self.emulator, chosen)).tell()
        finally:
            self.emulator.control.set_knobs(**self._usual)
            self.emulator.control.reset_tree()


def stage(seed: int, scale: float, progress: Progress) -> Row:
    alone = scale == 0 or seed >= _SINGLE  # one story is told again
    singles = range(_SINGLE, _SINGLE + (0 if alone else how_many(len(settings()), min(scale, 1))))
    pairs = range(seed, seed + how_many(PAIRS, scale))
    with TemporaryDirectory(prefix="netstorage-soak-") as folder, _emulator() as emulator:
        row = Series("knobs", _WHAT, [Teller(emulator, Path(folder))], attempt).run([*singles, *pairs], progress)
    return dataclasses.replace(row, note=f"{len(singles)} settings, {len(pairs)} pairs", injected=len(singles) + 2 * len(pairs))


@contextlib.contextmanager
def _emulator() -> t.Iterator[Running]:
    with running(account=ACCOUNT, key=KEY, cp_codes=[ROOT[1:].decode()]) as emulator:
        yield emulator


def attempt(teller: Teller, seed: int) -> Ran:
    chosen = chosen_by(seed)
    found = comparable(teller.told(chosen), chosen)
    expected = comparable(with_gaps(teller.expected, chosen), chosen)
    differing = [name for name, step in expected.items() if found.get(name) != step]
    told = " and ".join(map(str, chosen))
    assert not differing, f"with {told} another story: {_difference(expected, found, differing[0])}"
    return Ran()


def chosen_by(seed: int) -> tuple[Setting, ...]:
    """One setting, or two of different knobs."""
    every = settings()
    if seed >= _SINGLE:
        return (every[seed - _SINGLE],)
    chance = random.Random(f"knobs {seed}")
    first = chance.choice(every)
    return first, chance.choice([setting for setting in every if setting.knob != first.knob])


def _difference(expected: Record, found: Record, step: str) -> str:
    names = [name for name, value in expected[step].items() if found.get(step, {}).get(name) != value]
    values = [f"{name}: {found.get(step, {}).get(name)} instead of {expected[step][name]}" for name in names]
    return f"in the step {step!r}, {'; '.join(values)}"[:2000]
