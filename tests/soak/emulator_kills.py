# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service is killed at a random moment and comes back on the same port, with what it had stored.

The play either gets through, because its requests are repeated, or it fails and tells the truth about what is done and what is
left: half of the runs may not repeat a request, so that there are some. Run again it converges.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import time
import typing as t

from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY, ROOT, described
from ansible_collections.edgeops.netstorage.tests.soak import site
from ansible_collections.edgeops.netstorage.tests.soak.invariants import Facts, Moment, same_tree, without_fences
from ansible_collections.edgeops.netstorage.tests.soak.kills import converge, on_testbeds, seeds, wait
from ansible_collections.edgeops.netstorage.tests.soak.rows import Progress, Row
from ansible_collections.edgeops.netstorage.tests.soak.series import Ran
from ansible_collections.edgeops.netstorage.tests.soak.testbed import CP_CODE, LATENCY_MS, Testbed
from netstorage_emulator.control import Running, start

RUNS = 30
_ENDS = ("the play got through", "it failed and told the truth")
_WHAT = "the emulator killed and restarted on its port and data"


def stage(seed: int, scale: float, progress: Progress) -> Row:
    return on_testbeds("emulator-kills", _WHAT, attempt, _ENDS, seeds(seed, RUNS, scale), progress)


def attempt(testbed: Testbed, seed: int) -> Ran:
    """One kill of the service, what the play says, and the run after it."""
    chance = random.Random(f"emulator-kills {seed}")
    way, knobs, impatient = ("here", "module")[seed % 2], chance.choice(site.KNOBS), chance.random() < 0.5
    undisturbed = testbed.undisturbed(way, knobs)
    with _on_disk(testbed) as start_again:
        testbed.set_stage(knobs)
        play = testbed.begin(way, impatient)
        wait(testbed, play, undisturbed, chance)
        lives = play.process.poll() is None
        testbed.service.emulator.kill()
        time.sleep(chance.uniform(0.2, 1.0))
        start_again(knobs)
        outcome = testbed.finish(play)
        testbed.silence()
        now, wanted, old = testbed.tree(), testbed.wanted, described(site.first_tree())
        if outcome.status == 0:
            same_tree(without_fences(now), wanted)
        else:
            _told_the_truth(outcome, Moment(now, old, wanted, knobs))
        converge(testbed, way, third=False)
    return Ran(_ENDS[outcome.status != 0], int(lives))


@contextlib.contextmanager
def _on_disk(testbed: Testbed) -> t.Iterator[t.Callable[[t.Mapping[str, t.Any]], None]]:
    """An emulator of this run's own, and what starts another one in its place."""
    usual, folder = testbed.service.emulator, testbed.folder / "on-disk"
    folder.mkdir()

    def started(port: int, knobs: t.Mapping[str, t.Any]) -> Running:
        return start(folder, ACCOUNT, KEY, [CP_CODE], data=folder / "data", port=port, knobs=knobs, latency_ms=LATENCY_MS)

    def start_again(knobs: t.Mapping[str, t.Any]) -> None:
        testbed.service.emulator = started(testbed.service.emulator.port, knobs)

    try:
        testbed.service.emulator = started(0, {})
        yield start_again
    finally:
        if testbed.service.emulator is not usual:
            testbed.service.emulator.stop()
        testbed.service.emulator = usual
        shutil.rmtree(folder, ignore_errors=True)


def _told_the_truth(outcome: Outcome, moment: Moment) -> None:
    """The task that failed says what is done, what failed and what is left, and so it is on the service."""
    moment.check([])
    failed = [name for name, became in outcome.became.items() if became != "ok"]
    assert len(failed) == 1, f"not one task failed, but {failed}: {outcome.output[-3000:]}"
    result = outcome.results[failed[0]]
    assert "failure" in result, f"{failed[0]} failed without saying why: {result}"
    for key in result["done"]:
        assert _fact(moment.now, key) == _fact(moment.new, key), f"{key} is told to be done, and is not: {_told(result)}"
    for key in result["left"]:
        assert _fact(moment.now, key) == _fact(moment.old, key), f"{key} is told to be left, and is not: {_told(result)}"
    paths = [*result["done"], *result["left"], *(failure["path"] for failure in result["failed_paths"])]
    assert len(set(paths)) == len(paths), f"something is told twice: {_told(result)}"


def _fact(tree: Facts, key: str) -> object:
    return tree.get(key.removeprefix(f"{ROOT}/"))


def _told(result: Result) -> str:
    return f"{result['failure']}, failed {result['failed_paths'][:3]}, {len(result['done'])} done, {len(result['left'])} left"
