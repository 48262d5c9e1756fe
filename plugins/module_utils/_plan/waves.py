# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This room is private to edgeops.netstorage: nothing here is a promise to other collections.

"""The steps of a plan that is being drafted, by phase and wave."""

from __future__ import annotations

import typing as t

from .._model.entries import Entry, Kind
from .steps import Phase, Step, StepKind


class Waves:
    """Steps come in any order and leave in that of their execution; within a wave in key order."""

    def __init__(self) -> None:
        self._waves: dict[tuple[Phase, int], list[Step]] = {}

    def add(self, step: Step) -> None:
        place = (step.phase, step.wave)
        wave = self._waves.get(place)
        if wave is None:
            self._waves[place] = [step]
        else:
            wave.append(step)

    def forget_delete(self, name: bytes) -> None:
        """The object of this name goes for another reason, and earlier."""
        for (phase, _wave), steps in self._waves.items():
            if phase is Phase.DELETES:
                steps[:] = [step for step in steps if step.kind is not StepKind.DELETE or step.entry.name != name]

    def put_off(self, links: t.Collection[bytes]) -> None:
        """Wanted links that must wait until the deletes are done."""
        for (phase, _wave), steps in list(self._waves.items()):
            waiting = [step for step in steps if step.after is not None and _is_one_of(step.after, links)]
            if waiting and phase is not Phase.LATE_LINKS:
                steps[:] = [step for step in steps if step.after is None or not _is_one_of(step.after, links)]
                self._waves.setdefault((Phase.LATE_LINKS, 0), []).extend(
                    step._replace(phase=Phase.LATE_LINKS, wave=0) for step in waiting
                )

    def drop_from(self, phase: Phase) -> int:
        """Leave out this phase and all later ones; the number of steps that were in them."""
        late = [place for place in self._waves if place[0] >= phase]
        return sum(len(self._waves.pop(place)) for place in late)

    def in_order(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        for place in sorted(self._waves):
            wave = self._waves[place]
            if wave and wave[0].entry.kind is Kind.DIRECTORY:
                wave.sort(key=_key)
            else:
                wave.sort(key=_name)  # for all else the name is the key, and it is there already: no memory for a million keys
            steps += wave
        return tuple(steps)


def _is_one_of(entry: Entry, links: t.Collection[bytes]) -> bool:
    return entry.kind is Kind.SYMLINK and entry.name in links


def _key(step: Step) -> bytes:
    return step.key


def _name(step: Step) -> bytes:
    return step.entry.name
