# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which step HTTP API keys are due for: the table in ``cases/rotation.yml``, and what holds whatever the keys are."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins.module_utils._config.rotation import (
    MOST_KEYS,
    Due,
    KeyFile,
    KeyState,
    Rules,
    Step,
    due,
)

CASES: dict[str, dict[str, t.Any]] = yaml.safe_load(
    (pathlib.Path(__file__).parent / "cases" / "rotation.yml").read_text(encoding="utf-8")
)
RULES = Rules(rotates=True, older_than=90, overlap=1, keep=2)
AGES = (0.5, 5.0, 100.0)


@pytest.mark.parametrize("name", CASES)
def test_the_step_that_is_due_is_that_of_the_table(name: str) -> None:
    case = CASES[name]
    keys = [KeyState(*key) for key in case["keys"]]
    rules = RULES._replace(**case.get("rules", {}))
    found = due(keys, case.get("pending", False), KeyFile(case.get("file", "unused")), rules)
    step, *about = case["due"]
    assert (found.step, list(found.keys), found.needs_proof) == (Step(step), about, case.get("proof", False))
    assert bool(found.why) == (found.step is Step.WAIT)


def states() -> t.Iterator[tuple[list[KeyState], bool, KeyFile, Rules]]:
    """Every set of keys in a few ages, with every state of the rest."""
    for count in range(MOST_KEYS + 1):
        for actives in itertools.product((True, False), repeat=count):
            for age in AGES:
                keys = [KeyState(str(place), active, age + count - place) for place, active in enumerate(actives)]
                for pending, file, rotates, keep in itertools.product((True, False), KeyFile, (True, False), (1, 2, 3)):
                    yield keys, pending, file, RULES._replace(rotates=rotates, keep=keep)


def test_no_step_ever_takes_the_last_key_that_works() -> None:
    for keys, pending, file, rules in states():
        found = due(keys, pending, file, rules)
        active = [key.identity for key in keys if key.is_active]
        if found.step is Step.DISABLE:
            assert found.needs_proof
            assert active[-1] not in found.keys
            assert file in (KeyFile.NEWEST, KeyFile.UNUSED), "deploys have the newest one"
        if found.step is Step.REMOVE:
            assert not set(found.keys).intersection(active)
        if found.step is Step.MAKE:
            assert len(keys) < MOST_KEYS, "a fourth one might push one out"
        if found.step is Step.SWITCH:
            assert found.keys == [active[-1]]
            assert found.needs_proof or len(active) == 1


def after(keys: list[KeyState], found: Due) -> list[KeyState]:
    """The keys of the next night."""
    off = found.keys if found.step is Step.DISABLE else ()
    left = [key._replace(is_active=key.is_active and key.identity not in off) for key in keys]
    left = [key for key in left if not (found.step is Step.REMOVE and key.identity in found.keys)]
    aged = [key._replace(age=(key.age or 0.0) + 1) for key in left]
    return [*aged, KeyState(f"new {len(aged)}", True, 0.9)] if found.step is Step.MAKE else aged


def test_nightly_runs_converge_from_anywhere() -> None:
    """After a few nights nothing is left to do, with one key that is on, young enough, and with the deploys."""
    for keys, _pending, file, rules in states():
        for _night in range(12):
            found = due(keys, False, file, rules)
            if found.step is Step.SWITCH or (found.step is Step.MAKE and not any(key.is_active for key in keys)):
                file = KeyFile.UNUSED if file is KeyFile.UNUSED else KeyFile.NEWEST
            elif found.step is Step.MAKE and file is KeyFile.NEWEST:
                file = KeyFile.OLDER
            keys = after(keys, found)
        assert due(keys, False, file, rules).step is Step.NOTHING
        if rules.rotates:
            (left,) = [key for key in keys if key.is_active]
            assert (left.age or 0.0) < rules.older_than
            assert len(keys) <= rules.keep
