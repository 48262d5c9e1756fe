# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-playbook`` alone is killed, so its worker and the module behind it live on: they notice, and delete nothing."""

from __future__ import annotations

import os
import random
import signal
import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.service import Request, described
from ansible_collections.edgeops.netstorage.tests.soak import site
from ansible_collections.edgeops.netstorage.tests.soak.invariants import PHASES, Moment, name_of, where
from ansible_collections.edgeops.netstorage.tests.soak.kills import converge, interrupted, on_testbeds, seeds
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran
from ansible_collections.edgeops.netstorage.tests.soak.testbed import Testbed, moment_of

RUNS = 30
_AT_ONCE = 0.15  # seconds in which a request that had been decided upon may still begin
_NOTICED = 3.0  # seconds after which a phase that goes on must have noticed: it looks up twice a second
_WHAT = "ansible-playbook alone killed (SIGKILL); what lives on deletes nothing"


def stage(seed: int, scale: float, progress: Progress) -> Row:
    return on_testbeds("orphans", _WHAT, attempt, PHASES, seeds(seed, RUNS, scale), progress)


def attempt(testbed: Testbed, seed: int) -> Ran:
    """One kill, what the orphans still do, and the run after it."""
    chance = random.Random(f"orphans {seed}")
    way, knobs = ("here", "module")[seed % 2], chance.choice(site.KNOBS)
    play, since = interrupted(testbed, way, knobs, chance)
    killed, lives = time.time(), play.process.poll() is None
    if lives:
        os.kill(play.process.pid, signal.SIGKILL)
    at_kill = testbed.service.emulator.control.journal(since)
    play.end()
    testbed.silence()
    now, requests = testbed.tree(), testbed.service.emulator.control.journal(since)
    moment = Moment(now, described(site.first_tree()), testbed.wanted, knobs)
    moment.check(requests)
    if lives:
        _deletes_nothing_more(requests, killed, moment.doomed())
        assert moment_of(requests[-1]) < killed + _NOTICED if requests else True, "the orphan went on for too long"
    converge(testbed, way, third=False)
    return Ran(where(at_kill, now, testbed.wanted), int(lives))


def _deletes_nothing_more(requests: t.Sequence[Request], killed: float, doomed: set[str]) -> None:
    """Of what is extraneous. Where the deletes had begun they may go on until the next look upwards, and no longer."""
    begun = [_begun(request) for request in requests if _deletes(request, doomed)]
    had_begun = any(moment <= killed + _AT_ONCE for moment in begun)
    late = [moment - killed for moment in begun if moment > killed + (_NOTICED if had_begun else _AT_ONCE)]
    assert not late, f"{len(late)} deletes were sent although nobody waited any more, the last {late[-1]:.2f} s after the kill"


def _deletes(request: Request, doomed: set[str]) -> bool:
    name = name_of(request)
    return request["action"] in ("delete", "rmdir") and (name in doomed or f"{name}/" in doomed)


def _begun(request: Request) -> float:
    return moment_of(request) - float(request["ms"]) / 1000
