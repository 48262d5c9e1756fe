# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random pairs of trees, carried out by several hosts: together they do what one does, step for step.

The oracle and the emulator are those of ``test_random_syncs``, whose properties hold of each host as well.
"""

from __future__ import annotations

import collections
import dataclasses
import random
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome, result
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Step, StepKind
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import SyncOptions
from ansible_collections.edgeops.netstorage.tests.contract.properties.test_random_syncs import (
    SETTINGS,
    Service,
    expected_tree,
    found_tree,
    hides_below_an_empty_name,
)
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from ansible_collections.edgeops.netstorage.tests.unit.plan.odd_worlds import WideRules, odd_worlds, on_disk
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import World
from hypothesis import assume, event, given
from hypothesis import strategies as st
from netstorage_emulator.control import Running


def place_of(step: Step) -> tuple[Phase, int, bytes]:
    return step.phase, step.wave, step.key


def played(options: SyncOptions, count: int, check: bool, seed: int) -> list[Outcome]:
    """The early task on each host, in any order, and then the late one, which believes them or compares everything."""
    hosts = random.Random(seed).sample(range(1, count + 1), count)
    early = [dataclasses.replace(options, phases="early", shard=f"{host}/{count}") for host in hosts]
    parts = [run(one, check=check, diff=False) for one in early]
    shards = [result(part)["shard"] for part in parts] if seed % 2 else None
    late = run(dataclasses.replace(options, phases="late", shards=shards, verify_wait=0), check=check, diff=False)
    return [*parts, late]


@examples(100)
@given(
    odd_worlds(immutable=(), with_gaps=False),
    st.sampled_from(SETTINGS),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_what_several_hosts_do_together_is_what_one_does(
    emulator: Running, account: Account, world: World, setting: dict[str, int | str], count: int, seed: int
) -> None:
    """In check mode every step of the whole plan belongs to exactly one of them; and so it is when they carry it out."""
    assume(not Oracle(world).refused)
    assume(not hides_below_an_empty_name(world.store, setting))
    rules = t.cast(WideRules, world.rules)
    service = Service(emulator, account, setting)
    service.load(world.store)
    with on_disk(world.local) as source:
        options = service.options(source, rules, 1)
        alone = run(options, check=True, diff=False).plan
        assume(count == 1 or not any(step.phase is Phase.OBSTRUCTIONS for step in alone.steps))
        foreseen = played(options, count, True, seed)
        assert service.sent() == []
        real = played(options, count, False, seed)
        again = run(options, check=False, diff=False)
    assert [outcome.error for outcome in (*foreseen, *real)] == [None] * 2 * (count + 1)
    steps = sorted((step for outcome in foreseen for step in outcome.plan.steps), key=place_of)
    assert [place_of(step) for step in steps] == [place_of(step) for step in alone.steps]
    assert steps == list(alone.steps) or rules.mtime == "now"
    done = collections.Counter((step.kind, step.key) for outcome in real for step in outcome.done)
    assert done == collections.Counter((step.kind, step.key) for step in alone.steps)
    assert found_tree(service.tree(), rules.mtime) == expected_tree(world, service.base)
    assert again.plan.steps == ()
    event(f"{count} hosts, {min(len(steps), 8)} steps")
    event(f"mkdir: {any(step.kind is StepKind.MKDIR for step in steps)}")
