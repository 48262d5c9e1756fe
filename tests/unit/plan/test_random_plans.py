# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random worlds: plan, carry out, and compare with an oracle that knows the rules only."""

from __future__ import annotations

import random
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LinkInTheWay
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.compare import Answer, Question
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.march import march, with_implicit
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.planner import Planner
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Plan, Step
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.toy_store import ToyStore
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import (
    BASE,
    Rules,
    Store,
    World,
    entry_of,
    md5_of,
    wanted_stream,
    worlds,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st


def planned(oracle: Oracle, store: Store, hashed: bool = True) -> Plan:
    """March and planner. Unhashed, the digests are answered at the very end and backwards."""
    planner = Planner(BASE, oracle.rules.policy())
    questions: list[Question] = []
    want = wanted_stream(oracle.wanted, oracle.gaps, hashed)
    have = [entry_of(key, thing) for key, thing in sorted(store.items())]
    for pair in march(want, with_implicit(have)):
        question = planner.consider(*pair)
        if question is not None:
            questions.append(question)
    for question in reversed(questions):
        planner.answer(question, Answer(md5_of(oracle.wanted[question.want.name].content)))
    return planner.finish()


def in_some_order(plan: Plan, seed: int) -> t.Iterator[Step]:
    """The steps of a wave run side by side: any order must do."""
    for _phase, wave in plan.waves():
        yield from random.Random(seed).sample(wave, len(wave))


def contents_of(world: World) -> dict[bytes, str]:
    return {name: thing.content for name, thing in world.local.items()}


@settings(max_examples=1000)
@given(worlds, st.integers(0, 9), st.booleans())
def test_a_random_world(world: World, seed: int, hashed: bool) -> None:
    oracle = Oracle(world)
    if oracle.refused:
        event("refused")
        with pytest.raises(LinkInTheWay):
            planned(oracle, world.store, hashed)
        return
    plan = planned(oracle, world.store, hashed)
    event("unknown" if oracle.unknown else f"{min(len(plan.steps), 8)} steps")
    the_order_holds(plan, oracle)
    nobody_touches_what_is_none_of_ours(plan, oracle)
    store = carried_out(plan, world, seed)
    assert store == oracle.final()
    counts = plan.counts._asdict()
    assert counts == {name: oracle.counts[name] for name in counts}
    again = Oracle(World(world.local, store, world.rules))
    assert not again.refused
    assert planned(again, store).steps == (), "the second run does nothing"


def carried_out(plan: Plan, world: World, seed: int) -> Store:
    """Whether or not links in the middle of a path are followed, the same objects are touched."""
    flat, following = (ToyStore(world.store, follows, contents_of(world)) for follows in (False, True))
    for step in in_some_order(plan, seed):
        assert following.standing_in_the_way(step) == []
        flat.apply(step)
        following.apply(step)
        assert flat.objects == following.objects
    return flat.objects


def nobody_touches_what_is_none_of_ours(plan: Plan, oracle: Oracle) -> None:
    touched = {step.key[len(BASE) + 1 :] for step in plan.steps}
    for key in oracle.store:
        if oracle.rules.protects(key) or (key not in oracle.wanted and not oracle.rules.takes(key)):
            assert key not in touched


def the_order_holds(plan: Plan, oracle: Oracle) -> None:
    order = [(step.phase, step.wave, step.key) for step in plan.steps]
    assert order == sorted(order)
    assert len({step.key for step in plan.steps}) == len(plan.steps), "no key is both written and deleted"
    assert [step for _phase, wave in plan.waves() for step in wave] == list(plan.steps)
    for step in plan.steps:
        if step.after is not None:
            assert step.phase not in (Phase.OBSTRUCTIONS, Phase.DELETES)
        waits = oracle.must_wait(step.path[len(BASE) + 1 :]) and step.after is not None
        assert (step.phase is Phase.LATE_LINKS) is waits
    assert bool(plan.unknown) is oracle.unknown
    assert not oracle.unknown or all(step.phase < Phase.DELETES for step in plan.steps)
    assert oracle.rules.delete or all(step.phase is not Phase.DELETES for step in plan.steps)


@given(worlds)
def test_a_plan_reports_each_wanted_entry_once(world: World) -> None:
    oracle = Oracle(World(world.local, world.store, Rules(delete=False)))
    if oracle.refused or oracle.unknown:
        return
    plan = planned(oracle, world.store)
    writes = [step for step in plan.steps if step.after is not None]
    assert len(writes) + plan.counts.unchanged == len(oracle.wanted)
