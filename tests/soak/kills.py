# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-playbook`` and all that it has started is killed at a random moment, then run again: as if nothing had been.

The process group alone is not all: from ansible-core 2.19 on each worker leads a session of its own. SIGTERM is handed on to
it by Ansible; SIGKILL is not, so here it goes to every process of the play. The kill of ``ansible-playbook`` alone is the
stage ``orphans``.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.service import described
from ansible_collections.edgeops.netstorage.tests.soak import site
from ansible_collections.edgeops.netstorage.tests.soak.invariants import PHASES, Moment, same_tree, where, without_fences
from ansible_collections.edgeops.netstorage.tests.soak.processes import signal_all
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row, how_many
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran, Series
from ansible_collections.edgeops.netstorage.tests.soak.testbed import (
    LINKS,
    LISTING,
    Play,
    Testbed,
    Undisturbed,
    changing,
    ready_testbeds,
)

RUNS = 200
_MARGIN = 1.1  # a kill may come when all is over
_THIRD_RUN = 10  # every so many runs the play is played a third time
_WHAT = "the whole play killed (SIGKILL, SIGTERM), run again"

Kill = t.Callable[[Play], None]
Run = t.Callable[[Testbed, int], Ran]


def stage(seed: int, scale: float, progress: Progress) -> Row:
    return on_testbeds("kills", _WHAT, attempt, PHASES, seeds(seed, RUNS, scale), progress)


def seeds(first: int, at_full_scale: int, scale: float) -> range:
    return range(first, first + how_many(at_full_scale, scale))


def on_testbeds(stage_name: str, what: str, run: Run, ends: t.Sequence[str], of: range, progress: Progress) -> Row:
    """A run for each seed, two at a time. ``ends``: where a run can have come to, in the order of the table."""
    with ready_testbeds(min(2, len(of))) as ready:
        return Series(stage_name, what, ready, run, ends).run(of, progress)


def attempt(testbed: Testbed, seed: int) -> Ran:
    """One kill, and the run after it."""
    chance = random.Random(f"kills {seed}")
    way, knobs = ("here", "module")[seed % 2], chance.choice(site.KNOBS)
    play, since = interrupted(testbed, way, knobs, chance)
    lives = play.process.poll() is None
    deadly(chance)(play)
    play.end()
    testbed.silence()
    now, requests = testbed.tree(), testbed.service.emulator.control.journal(since)
    Moment(now, described(site.first_tree()), testbed.wanted, knobs).check(requests)
    converge(testbed, way, third=seed % _THIRD_RUN == 0)
    return Ran(where(requests, now, testbed.wanted), int(lives))


def interrupted(testbed: Testbed, way: str, knobs: site.Knobs, chance: random.Random) -> tuple[Play, int]:
    """A play that has come to a random moment, and the number of its first request."""
    undisturbed = testbed.undisturbed(way, knobs)
    since = testbed.set_stage(knobs)
    play = testbed.begin(way)
    wait(testbed, play, undisturbed, chance)
    return play, since


def wait(testbed: Testbed, play: Play, undisturbed: Undisturbed, chance: random.Random) -> None:
    """A random time from the start of the play, from the listing of its sync, or from the first of its links, which are short."""
    since, length = chance.choice([((), undisturbed.seconds), (LISTING, undisturbed.syncing), (LINKS, undisturbed.linking)])
    if since:
        testbed.wait_for(play, since)
    time.sleep(_MARGIN * chance.random() * length)


def deadly(chance: random.Random) -> Kill:
    """SIGKILL for all, SIGTERM for all, or SIGTERM for the process group."""
    return chance.choice([_kill_all, _kill_all, _end_all, _end_group])


def _kill_all(play: Play) -> None:
    signal_all(play.mark, signal.SIGKILL)


def _end_all(play: Play) -> None:
    signal_all(play.mark, signal.SIGTERM)


def _end_group(play: Play) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(play.process.pid, signal.SIGTERM)


def converge(testbed: Testbed, way: str, third: bool) -> None:
    """The same play again, to its end. Then nothing is left of the first one, and nothing to do for a third."""
    outcome, _requests = testbed.play(way)
    assert outcome.status == 0, f"the run after it failed: {outcome.output[-3000:]}"
    same_tree(without_fences(testbed.tree()), testbed.wanted)
    if third:
        outcome, requests = testbed.play(way)
        assert outcome.status == 0, f"the third run failed: {outcome.output[-3000:]}"
        assert not changing(requests), f"the third run changed something: {changing(requests)[:3]}"
