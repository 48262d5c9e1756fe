# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of every plan, property by property: a tree on a disk, any store, any policy.

``test_random_plans`` puts the planner alone through its paces; here the walk of a real directory belongs to it, and so do
names that are no text.
"""

from __future__ import annotations

import dataclasses
import os
import random
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Withheld
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LinkInTheWay
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.policy import Policy
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Phase, Plan, Step, StepKind
from ansible_collections.edgeops.netstorage.tests.unit.model import naive_patterns
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from ansible_collections.edgeops.netstorage.tests.unit.plan.odd_worlds import (
    SEGMENTS,
    WideRules,
    any_names,
    deployed,
    immutable_changes,
    local_trees,
    odd_worlds,
    on_disk,
    plan_at,
    tree_at,
)
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.toy_store import ToyStore
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import BASE, Store, World
from hypothesis import assume, event, given
from hypothesis import strategies as st


def plan_of(world: World, store: Store | None = None) -> Plan:
    """The plan, or for a world that must be refused the next example."""
    with on_disk(world.local) as root:
        if Oracle(world).refused:
            with pytest.raises(LinkInTheWay):
                plan_at(root, world.store, t.cast(WideRules, world.rules))
            event("refused")
            assume(False)
        return plan_at(root, world.store if store is None else store, t.cast(WideRules, world.rules))


def applied(plan: Plan, world: World, seed: int) -> Store:
    """The store after the steps, those of one wave in any order."""
    contents = {name: thing.content for name, thing in world.local.items()}
    store = ToyStore(world.store, follows=bool(seed % 2), contents=contents)
    for _phase, wave in plan.waves():
        for step in random.Random(seed).sample(wave, len(wave)):
            store.apply(step)
    return store.objects


def name_of(step: Step) -> bytes:
    return step.path[len(BASE) + 1 :]


def key_of(step: Step) -> bytes:
    return step.key[len(BASE) + 1 :]


seeds = st.integers(0, 9)


@examples(250)
@given(odd_worlds(), seeds)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(world: World, seed: int) -> None:
    after = applied(plan_of(world), world, seed)
    assert plan_of(World(world.local, after, world.rules)).steps == ()


@examples(250)
@given(odd_worlds(), seeds)
def test_what_comes_of_a_plan_is_what_the_rules_say(world: World, seed: int) -> None:
    plan = plan_of(world)
    oracle = Oracle(world)
    assert applied(plan, world, seed) == oracle.final()
    counts = plan.counts._asdict()
    assert counts == {name: oracle.counts[name] for name in counts}


@examples(250)
@given(odd_worlds())
def test_no_key_is_both_written_and_deleted(world: World) -> None:
    """Nor touched twice. What obstructs a directory is a link; the directory is another key."""
    plan = plan_of(world)
    written = [key_of(step) for step in plan.steps if step.after is not None]
    deleted = [key_of(step) for step in plan.steps if step.after is None]
    assert not set(written) & set(deleted)
    assert len(set(written + deleted)) == len(plan.steps)


@examples(100)
@given(local_trees(named=any_names), st.sampled_from(["preserve", "skip"]))
def test_the_walk_comes_in_flat_byte_order(local: Store, links: str) -> None:
    """Directories, links, FIFOs and names of any bytes: the keys come as a flat store would sort them, and all of them."""
    with on_disk(local) as root:
        keys = [entry.key for entry in tree_at(root, WideRules(links=links)).entries()]
    assert keys == sorted(keys)
    assert set(keys) == {name + b"/" if thing.kind == "dir" else name for name, thing in local.items()}


@examples(100)
@given(local_trees(named=any_names))
def test_followed_links_come_as_what_they_lead_to(local: Store) -> None:
    """In flat byte order too. A link that leads nowhere or round in a circle, and a FIFO, is a region that is unknown."""
    with on_disk(local) as root:
        entries = list(tree_at(root, WideRules(links="follow")).entries())
        expected, unknown = followed(root)
    keys = [entry.key for entry in entries if isinstance(entry, Entry)]
    assert keys == sorted(keys)
    assert set(keys) == expected
    assert {entry.key for entry in entries if isinstance(entry, Withheld)} == unknown


def followed(root: bytes) -> tuple[set[bytes], set[bytes]]:
    """Keys of what is there for somebody who does not see links, and of what nobody can see."""
    keys, unknown, waiting = set[bytes](), set[bytes](), [(b"", [os.path.realpath(root)])]
    while waiting:
        prefix, above = waiting.pop()
        for name in os.listdir(os.path.join(root, prefix)):
            path = os.path.join(root, prefix, name)
            real = os.path.realpath(path)
            if os.path.isdir(path):
                keys.add(prefix + name + b"/")
                unknown |= {prefix + name + b"/"} if real in above else set()
                waiting += [(prefix + name + b"/", [*above, real])] if real not in above else []
            else:
                (keys if os.path.isfile(path) else unknown).add(prefix + name)
    return keys, unknown


def test_the_names_are_odd_enough() -> None:
    """Some sort around the slash, and some as text not as they do as bytes: a walk that sorts so goes wrong with them."""
    assert {b"a", b"a-", b"a.h", b"a0"} < set(SEGMENTS)  # "-" and "." sort before the slash, "0" after it
    assert sorted(SEGMENTS) != sorted(SEGMENTS, key=os.fsdecode)


@examples(250)
@given(odd_worlds(delete=True))
def test_a_plan_comes_in_its_phases(world: World) -> None:
    """Sorted; nothing is removed before the deletes but obstructions, and nothing written after them but late links."""
    plan = plan_of(world)
    order = [(step.phase, step.wave, step.key) for step in plan.steps]
    assert order == sorted(order)
    for step in plan.steps:
        removes = step.after is None
        assert removes is (step.phase in (Phase.OBSTRUCTIONS, Phase.DELETES))
        assert (step.kind is StepKind.MKDIR) is (step.phase is Phase.DIRECTORIES)
        assert step.phase is not Phase.LATE_LINKS or step.entry.target is not None
    doomed = [key_of(step) for step in plan.steps if step.phase is Phase.DELETES]
    for place, key in enumerate(doomed):
        if key.endswith(b"/"):
            assert not any(later.startswith(key) for later in doomed[place + 1 :]), "a directory goes after its content"


@examples(250)
@given(odd_worlds())
def test_entry_points_come_in_the_waves_of_publish_last(world: World) -> None:
    for step in plan_of(world).steps:
        if step.kind is not StepKind.UPLOAD:
            continue
        matched = [wave for wave, text in enumerate(world.rules.last) if naive_patterns.matches(text, name_of(step))]
        expected = (Phase.ENTRY_POINTS, matched[0]) if matched else (Phase.ASSETS, 0)
        assert (step.phase, step.wave) == expected


@examples(250)
@given(odd_worlds(immutable=("a", "*.h", "b/"), protect=("a/b", "c")))
def test_immutable_names_are_told_where_they_would_change(world: World) -> None:
    """What ``protect`` keeps does not change. A link that waits for deletes is told even where unknown regions hold it back."""
    plan, oracle = plan_of(world), Oracle(world)
    late = {name for name in plan.immutable if oracle.unknown and oracle.must_wait(name)}
    assert set(plan.immutable) - late == immutable_changes(world)


# -- both values of every option

VALUES: dict[str, t.Sequence[t.Any]] = {
    "compare": ["checksum", "size_mtime", "size"],
    "mtime": ["preserve", "now", 5],
    "explicit": [True, False],
    "delete": [True, False],
    "keep_existing": [True, False],
    "replace_links": [True, False],
    "unusual_names": [True, False],
    "include": [("a/", "*.h"), ()],
    "exclude": [("b", "a/b"), ()],
    "protect": [("a", "b/"), ()],
    "immutable": [("a", "b/"), ()],
    "last": [("*.h", "a"), ()],
    "links": ["preserve", "skip"],
}
# The rest of a policy belongs to the modules with one entry, to renames, fetches and archives, and to the way to the tree.
ELSEWHERE = {
    "ancestors", "brings", "delete_because", "fences_until", "index_zip", "may_replace", "move", "replaced_with", "whole",
}  # fmt: skip


@pytest.mark.parametrize(("option", "value"), [(option, value) for option, values in VALUES.items() for value in values])
def test_each_value_of_each_option(option: str, value: t.Any) -> None:
    @examples(25)
    @given(odd_worlds(**{option: value}), seeds)
    def holds(world: World, seed: int) -> None:
        after = applied(plan_of(world), world, seed)
        assert after == Oracle(world).final()
        assert plan_of(World(world.local, after, world.rules)).steps == ()

    holds()


def test_no_option_is_forgotten() -> None:
    names = {field.name for field in dataclasses.fields(Policy)} - {"filter"} - ELSEWHERE
    assert set(VALUES) == names | {"include", "exclude", "links"}


@examples(100)
@given(odd_worlds(with_gaps=False, links="preserve"))
def test_where_both_sides_are_alike_no_option_makes_a_step(world: World) -> None:
    """But a time that is part of the wanted state."""
    store = deployed(world.local)
    steps = plan_of(World(world.local, store, world.rules)).steps
    assert all(step.kind is StepKind.MTIME for step in steps)
    assert not steps or isinstance(world.rules.mtime, int)
