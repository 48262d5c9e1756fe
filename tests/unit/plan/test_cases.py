# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner, case by case. A case with steps and an error is a guard, with the damage that it holds off."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.guards import guard_place, guard_plan
from ansible_collections.edgeops.netstorage.tests.unit.plan.case_reader import (
    Case,
    all_cases,
    base_of,
    lines_of,
    noted,
    plan_of,
    policy_in,
    rules_in,
)

CASES = dict(all_cases())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_case_has_its_plan_or_its_error(case: Case) -> None:
    error = None
    plan = None
    try:
        plan = plan_of(case)
        guard_place(base_of(case), rules_in(case))
        guard_plan(plan, policy_in(case), rules_in(case))
    except NetStorageError as raised:
        error = raised
    assert (error.code if error else None) == case.get("error"), error
    if plan is None:
        assert "steps" not in case
        return
    if "steps" in case:
        assert lines_of(plan) == (case["steps"] or [])
    counts = case.get("counts") or {}
    assert {name: getattr(plan.counts, name) for name in counts} == counts
    assert case.get("note", "") in noted(plan)


def test_there_are_many_and_no_two_have_one_name() -> None:
    assert len(CASES) >= 70
    assert len(CASES) == len(list(all_cases()))
