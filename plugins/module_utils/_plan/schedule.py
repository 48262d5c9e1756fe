# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan that is being drafted, by phase and wave."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .steps import Kept, Phase, Step, StepKind, Steps

_DEEPEST = 1_000_000


def wave_of_delete(entry: Entry, links_over: int = 0) -> int:
    """Links first, those below another link after it: nothing below a link that is deleted goes while the link still exists.
    Then files, then directories from the deepest up."""
    if entry.kind is Kind.DIRECTORY:
        return 2 * _DEEPEST - entry.name.count(b"/")
    return links_over if entry.kind is Kind.SYMLINK else _DEEPEST


class Schedule:
    """Sorts steps into the order of their execution; within a wave in key order."""

    def __init__(self, base: bytes, brings: StepKind = StepKind.UPLOAD) -> None:
        self._base, self._brings = base, brings
        self._schedule: dict[tuple[Phase, int], list[Kept]] = {}

    def __len__(self) -> int:
        """How many steps there are by now. For any thread: the list is made at once."""
        return sum(map(len, list(self._schedule.values())))

    def add(self, step: Step) -> None:
        place = (step.phase, step.wave)
        wave = self._schedule.get(place)
        if wave is None:
            self._schedule[place] = [Steps.kept(step)]
        else:
            wave.append(Steps.kept(step))

    def forget_delete(self, name: bytes) -> None:
        """The object of this name is deleted for another reason, and earlier."""
        for _place, steps in self._of(Phase.DELETES):
            steps[:] = [step for step in steps if step.kind is not StepKind.DELETE or step.entry.name != name]

    def keep_for_downloads(self, waiting: t.Mapping[bytes, t.Sequence[bytes]]) -> None:
        """Temporary files (by the name of the file that they will become) that a download continues are not deleted."""
        brought = (kept for (phase, _wave), steps in self._schedule.items() if phase < Phase.DELETES for kept in steps)
        names = [_name(kept) for kept in brought if not isinstance(kept, Step) or kept.sends]
        for name in names:
            for left_over in waiting.get(name, ()):
                self.forget_delete(left_over)

    def put_off(self, links: t.Collection[bytes]) -> None:
        """Wanted links that must wait until the deletes are done."""
        for place, steps in self._of(Phase.LINKS):
            late = [step for step in steps if _is_one_of(step.entry, links)]
            self._schedule[place] = [step for step in steps if not _is_one_of(step.entry, links)]
            for step in late:
                self.add(step._replace(phase=Phase.LATE_LINKS, wave=0))

    def drop_from(self, phase: Phase) -> int:
        """Leave out this phase and all later ones; the number of steps that were in them."""
        late = [place for place in self._schedule if place[0] >= phase]
        return sum(len(self._schedule.pop(place)) for place in late)

    def in_order(self) -> Steps:
        waves: list[tuple[Phase, int, list[Kept]]] = []
        for phase, wave in sorted(self._schedule):
            kept = self._schedule[phase, wave]
            if kept and _entry(kept[0]).kind is Kind.DIRECTORY:
                kept.sort(key=_key)
            else:
                kept.sort(key=_name)  # for all else the name is the key, so that no key is computed for a million steps
            waves.append((phase, wave, kept))
        return Steps(self._base, waves, self._brings)

    def _of(self, phase: Phase) -> list[tuple[tuple[Phase, int], list[Step]]]:
        """The waves of a phase that has no new files in it."""
        return [(place, t.cast("list[Step]", steps)) for place, steps in self._schedule.items() if place[0] is phase]


def _entry(kept: Kept) -> Entry:
    return kept.entry if isinstance(kept, Step) else kept


def _is_one_of(entry: Entry, links: t.Collection[bytes]) -> bool:
    return entry.kind is Kind.SYMLINK and entry.name in links


def _key(kept: Kept) -> bytes:
    return kept.key


def _name(kept: Kept) -> bytes:
    return _entry(kept).name
