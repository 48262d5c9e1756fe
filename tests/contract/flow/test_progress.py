# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run counts on its way, with the service as it is: stages in order, all steps, all bytes, and no request more."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.progress import Figures, Progress, Stage
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Load, Phase, Step
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FetchOptions, Options, PruneOptions
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

LARGE = "x" * 3_000_000  # sent in a dozen blocks
TREE = {"d/": None, "d/a": "a", "big": LARGE, "same": "same", "index.html": "page", "link": "-> d/a"}


class Witness(Progress):
    """Keeps what it was told.

    begun  stages and phases, in their order
    seen   the figures at every moment at which they changed
    """

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[Stage | Phase] = []
        self.seen: list[Figures] = []
        self.balance = self.most = 0

    def begin(self, stage: Stage, total: Load = Load(0, 0)) -> None:  # noqa: B008  # it never changes
        super().begin(stage, total)
        if stage is not Stage.CHANGING:
            self.begun.append(stage)

    def enter(self, phase: Phase) -> None:
        super().enter(phase)
        self.begun.append(phase)

    def add(self, size: int) -> None:
        super().add(size)
        self.seen.append(self.figures())

    def step_ended(self, step: Step) -> None:
        super().step_ended(step)
        self.seen.append(self.figures())

    def moved(self, count: int) -> None:
        super().moved(count)
        self.balance += count
        self.most = max(self.most, self.balance)
        self.seen.append(self.figures())

    def at(self, phase: Phase) -> list[Figures]:
        return [figures for figures in self.seen if figures.phase is phase]

    @property
    def stages(self) -> list[Stage | Phase]:
        """In their order, each once where it goes on."""
        return [stage for stage, _group in itertools.groupby(self.begun)]


def watched(options: Options, check: bool = False) -> Witness:
    witness = Witness()
    outcome = run(options, check=check, diff=False, progress=witness)
    assert outcome.error is None, outcome.error
    assert witness.balance == 0, "a request has ended, and its bytes still count as on the way"
    return witness


def test_a_deploy_goes_through_its_stages_and_phases(scene: Scene) -> None:
    scene.here(TREE)
    scene.there({"same": "same", "gone": "x"})
    options = scene.options(delete=True, verify="full", publish_last=["*.html"])
    witness = watched(options)
    assert witness.stages == [
        Stage.LOOKING, Stage.COMPARING, Stage.GUARDING,
        Phase.ASSETS, Phase.ENTRY_POINTS, Phase.LINKS,
        Stage.SETTLING, Stage.VERIFYING, Phase.DELETES, Stage.SETTLING,
    ]  # fmt: skip
    last = witness.at(Phase.ASSETS)[-1]
    assert (last.done, last.total, last.moved, last.size) == (2, 2, len(LARGE) + 1, len(LARGE) + 1)
    numbers = {phase: witness.at(phase)[-1].number for phase in (Phase.ENTRY_POINTS, Phase.LINKS, Phase.DELETES)}
    assert list(numbers.values()) == [3, 4, 5]
    assert witness.at(Phase.DELETES)[-1].phases == 5
    verified = [figures for figures in witness.seen if figures.stage is Stage.VERIFYING]
    assert (verified[-1].done, verified[-1].total, verified[-1].moved) == (3, 4, len(LARGE) + 5)  # a link is not read back


def test_a_large_file_counts_while_it_is_sent(scene: Scene) -> None:
    scene.here({"big": LARGE})
    on_the_way = [figures.moved for figures in watched(scene.options()).at(Phase.ASSETS)]
    assert len(set(on_the_way)) > 8
    assert max(on_the_way) == len(LARGE)


def test_what_a_broken_request_had_sent_counts_no_more(scene: Scene) -> None:
    scene.here({"big": LARGE})
    scene.control.add_faults({"status": 503, "action": "upload", "times": 1})
    witness = watched(scene.options())
    assert witness.most <= len(LARGE) + 4096
    assert witness.at(Phase.ASSETS)[-1].moved == len(LARGE)


def test_a_fetched_file_counts_what_is_there_already(scene: Scene, tmp_path: Path) -> None:
    """The connection breaks in the middle, and the rest is fetched."""
    scene.there({"big": LARGE})
    scene.control.add_faults({"kind": "truncate", "how": "closed", "action": "download", "times": 1, "bytes": 2_000_000})
    witness = watched(FetchOptions(scene.common, "s", str(tmp_path / "dest")))
    assert witness.most == len(LARGE)
    assert witness.at(Phase.ASSETS)[-1].moved == len(LARGE)


def test_a_prune_counts_its_deletes(scene: Scene) -> None:
    scene.there({f"{number}.tmp": "x" for number in range(5)})
    witness = watched(PruneOptions(scene.common, "s", patterns=["*.tmp"], recurse=True, max_delete=None))
    assert [figures.done for figures in witness.at(Phase.DELETES)] == [1, 2, 3, 4, 5]


def test_what_was_compared_is_told_while_it_goes_on(scene: Scene) -> None:
    scene.here({f"{number:03}": "new" if number % 10 else "newer" for number in range(100)})
    scene.there({f"{number:03}": "old" for number in range(100)})
    seen: list[tuple[int, int]] = []

    class Looking(Witness):
        def compare(self, compared: t.Callable[[], tuple[int, int]]) -> None:
            super().compare(compared)
            self.asked = compared

        def begin(self, stage: Stage, total: Load = Load(0, 0)) -> None:  # noqa: B008
            if stage is Stage.GUARDING:
                seen.append(self.asked())
            super().begin(stage, total)

    run(scene.options(compare="size"), check=True, diff=False, progress=Looking())
    assert seen == [(100, 10)]


def test_the_pins_of_a_reviewed_plan_are_counted(scene: Scene, tmp_path: Path) -> None:
    scene.here(TREE)
    witness = watched(scene.options(plan_file=str(tmp_path / "plan.json")), check=True)
    hashed = [figures for figures in witness.seen if figures.stage is Stage.HASHING]
    sent = len(LARGE) + 1 + 4 + 4
    assert (hashed[-1].done, hashed[-1].moved, hashed[-1].size) == (4, sent, sent)


@pytest.mark.parametrize(("pause", "told"), [("1", False), ("3", True)])
def test_a_pause_that_the_service_asks_for_is_told(scene: Scene, pause: str, told: bool) -> None:
    scene.here({"a": "a"})
    scene.control.add_faults({"status": 429, "action": "upload", "times": 1, "headers": {"Retry-After": pause}})
    pauses: list[tuple[int, float]] = []

    class Paused(Witness):
        def paused(self, status: int, seconds: float) -> None:
            super().paused(status, seconds)
            pauses.append((status, seconds))
            assert (self.figures().pause is not None) is told

    run(scene.options(), check=False, diff=False, progress=Paused())
    ((status, seconds),) = pauses
    assert (status, round(seconds)) == (429, int(pause))


def test_whoever_looks_on_costs_no_request(scene: Scene) -> None:
    scene.here(TREE)
    run(scene.options(), check=False, diff=False)
    without = [request.action for request in scene.sent()]
    scene.control.reset_tree()
    scene.there({"": None, "s/": None}, below="")
    scene.sent()
    watched(scene.options())
    assert [request.action for request in scene.sent()] == without
