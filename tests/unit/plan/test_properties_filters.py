# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters mean the same on both sides: what takes no part is neither sent nor changed nor deleted.

The local side is the walk of a real directory, the remote side the planner; a second, slow reading of the patterns judges
both.
"""

from __future__ import annotations

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Plan, StepKind
from ansible_collections.edgeops.netstorage.tests.unit.plan.example_count import examples
from ansible_collections.edgeops.netstorage.tests.unit.plan.odd_worlds import (
    WideRules,
    deployed,
    few_patterns,
    local_trees,
    odd_worlds,
    on_disk,
    plan_at,
    some_patterns,
    stores,
    tree_at,
)
from ansible_collections.edgeops.netstorage.tests.unit.plan.oracle import Oracle
from ansible_collections.edgeops.netstorage.tests.unit.plan.worlds import BASE, Store, World
from hypothesis import given
from hypothesis import strategies as st


def keys_of(plan: Plan) -> set[bytes]:
    return {step.key[len(BASE) + 1 :] for step in plan.steps}


def plan_of(local: Store, store: Store, rules: WideRules) -> Plan:
    with on_disk(local) as root:
        return plan_at(root, store, rules)


def flat(local: Store) -> set[bytes]:
    return {name + b"/" if thing.kind == "dir" else name for name, thing in local.items()}


def without_links(store: Store) -> Store:
    """So that nothing stands in the way of a directory."""
    return {key: thing for key, thing in store.items() if thing.kind != "link"}


@examples(100)
@given(local_trees(with_gaps=False), st.builds(WideRules, include=few_patterns, exclude=few_patterns))
def test_the_walk_sends_what_the_filter_takes(local: Store, rules: WideRules) -> None:
    """And of what it does not take only directories, for the sake of what is below them."""
    with on_disk(local) as root:
        found = list(tree_at(root, rules).entries())
    taken = {key for key in flat(local) if rules.takes(key)}
    assert {entry.key for entry in found} >= taken
    for entry in found:
        assert entry.key in taken or any(key.startswith(entry.key) for key in taken)
        assert entry.key in taken or (isinstance(entry, Entry) and entry.kind is Kind.DIRECTORY)


@examples(100)
@given(stores(), st.builds(WideRules, include=few_patterns, exclude=few_patterns, unusual_names=st.just(True)))
def test_what_is_only_there_goes_if_the_filter_takes_it(store: Store, rules: WideRules) -> None:
    """With an empty source: exactly the files that take part are deleted, and no directory that holds another one."""
    store = without_links(store)
    gone = keys_of(plan_of({}, store, rules))
    assert {key for key in gone if not key.endswith(b"/")} == {
        key for key in store if not key.endswith(b"/") and rules.takes(key)
    }
    for key in gone:
        assert rules.takes(key)
        assert not any(other.startswith(key) for other in store if other not in gone)


@examples(150)
@given(odd_worlds(delete=True))
def test_nothing_that_takes_no_part_is_touched(world: World) -> None:
    oracle = Oracle(world)
    if oracle.refused:
        return
    touched = keys_of(plan_of(world.local, world.store, t.cast(WideRules, world.rules)))
    for key in [*world.store, *oracle.implicit]:
        if not world.rules.takes(key) and key not in oracle.wanted:
            assert key not in touched
        assert not (key in touched and world.rules.protects(key)), "what is protected takes part and is never touched"


@examples(100)
@given(local_trees(with_gaps=False), stores(), some_patterns)
def test_an_excluded_local_file_changes_nothing(local: Store, store: Store, exclude: tuple[str, ...]) -> None:
    """The plan is the same whether or not what is excluded lies here."""
    store, rules = without_links(store), WideRules(exclude=exclude, delete=True)
    names = {name for name, thing in local.items() if not rules.takes(name + b"/" if thing.kind == "dir" else name)}
    rest = {name: thing for name, thing in local.items() if name not in names}
    assert plan_of(local, store, rules) == plan_of(rest, store, rules)


@examples(100)
@given(local_trees(with_gaps=False), some_patterns, few_patterns, st.booleans())
def test_a_filter_on_a_deployed_tree_makes_no_step(
    local: Store, exclude: tuple[str, ...], include: tuple[str, ...], delete: bool
) -> None:
    """Whatever is filtered: were a name taken on one side only, it would be created or deleted."""
    rules = WideRules(include=include, exclude=exclude, delete=delete)
    assert plan_of(local, deployed(local), rules).steps == ()


@examples(100)
@given(local_trees(with_gaps=False), some_patterns)
def test_two_halves_make_the_whole(local: Store, patterns: tuple[str, ...]) -> None:
    """What an exclude leaves out is what the same include takes: between them every file is sent once."""
    sent = [
        {key for key in keys_of(plan_of(local, {}, rules)) if not key.endswith(b"/")}
        for rules in (WideRules(include=patterns), WideRules(exclude=patterns), WideRules())
    ]
    both, whole = sent[:2], sent[2]
    if patterns:
        assert both[0] | both[1] == whole
        assert not both[0] & both[1]


@examples(60)
@given(odd_worlds(links="skip", delete=True))
def test_a_skipped_link_shields_what_is_below_its_name(world: World) -> None:
    plan = plan_of(world.local, {**world.store}, t.cast(WideRules, world.rules)) if not Oracle(world).refused else None
    if plan is None:
        return
    shields = [
        name for name, thing in world.local.items()
        if thing.kind == "gap" and not thing.unknown and world.rules.takes(name)
    ]  # fmt: skip
    for key in keys_of(plan):
        assert not any(key == name or key.startswith(name + b"/") for name in shields)
    assert not any(step.kind is StepKind.SYMLINK for step in plan.steps)
