# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only reads, beside a service that misbehaves: the true answer or a named failure, and never a wrong "absent".

A sample of all faults. Where the service tells in a complete answer what is not so (``is_a_lie``), no client can know it; then
it is only asked for that nothing else goes wrong.
"""

from __future__ import annotations

import collections
import dataclasses
import random
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.tests.contract.queries.query_cases import QUERIES, SITE, Query
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.matrix.faults import Fault, faults, is_a_lie, spelled
from ansible_collections.edgeops.netstorage.tests.matrix.trial import BUDGET, IDLE, RETRIES, Quick

SEED = 5
SAMPLE = 14


def attempt(scene: Scene, query: Query, fault: Fault, number: int, expected: t.Any) -> list[str]:
    """What is wrong; empty where nothing is."""
    scene.control.rehearse({"seed": number, "faults": [{"path": f"{scene.place.decode()}*", **fault}]})
    begun, problems = time.monotonic(), []
    try:
        found = query.ask(scene, Quick())
    except NetStorageError as error:
        found = error
    if time.monotonic() - begun > BUDGET:
        problems.append("it took too long")
    scene.control.clear_faults()
    if fault["kind"] == "refuse":
        time.sleep(fault["ms"] / 1000)  # no connection is taken before that
    if not isinstance(found, NetStorageError) and found != expected and not is_a_lie(fault):
        problems.append(f"the answer was {found}")
    if any(request.changes for request in scene.sent()):
        problems.append("something was changed")
    return problems


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_the_truth_or_a_failure(scene: Scene, query: Query) -> None:
    scene.common = dataclasses.replace(scene.common, idle_timeout=IDLE, max_retries=RETRIES)
    scene.control.set_knobs(**query.knobs)
    scene.there(SITE)
    scene.sent()
    expected = query.ask(scene, Quick())
    sent = collections.Counter(request.action for request in scene.sent())
    every = list(faults(sent, random.Random(f"{SEED}/{query.name}")))
    sample = random.Random(f"{SEED}/{query.name}").sample(list(enumerate(every)), SAMPLE)
    wrong = {
        spelled(fault): problems
        for number, fault in sample
        if (problems := attempt(scene, query, fault, number, expected))
    }
    assert not wrong
