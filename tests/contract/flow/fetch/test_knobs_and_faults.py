# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_fetch beside every open question about the service, and beside faults: the same tree arrives, or nothing is lost."""

from __future__ import annotations

import collections
import dataclasses
import random
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.outcome import Outcome
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.tests.contract.flow.fetch.fetch_scene import FetchScene, Local
from ansible_collections.edgeops.netstorage.tests.contract.knob_settings import Patience, Setting, settings
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene
from ansible_collections.edgeops.netstorage.tests.matrix.faults import Fault, faults, is_a_lie, spelled
from ansible_collections.edgeops.netstorage.tests.matrix.trial import Quick
from netstorage_emulator.control import Running

THERE: dict[str, str | None] = {
    "index.html": "new", "same": "same", "css/site.css": "body {}", "css-old": "between", "a b/c+d%20": "odd", "empty/": None,
    "latest": "-> css/site.css", "large": "0123456789abcdef" * 8_192,
}  # fmt: skip
HERE = {"index.html": "old", "same": "same", "old/a": "a", "old/b/c": "c", "latest": "a file", "large": "another"}
WANTED: Local = {
    **{name: what for name, what in THERE.items() if what is not None}, "css/": None, "a b/": None, "empty/": None,
}  # fmt: skip
SEED = 5
SAMPLE = 60


def prepare(fetching: FetchScene) -> Local:
    for name, text in HERE.items():
        fetching.write(name, text)
    return fetching.tree()


@pytest.mark.parametrize("setting", settings(), ids=str)
def test_every_setting_brings_the_same_tree(fetching: FetchScene, emulator: Running, setting: Setting) -> None:
    fetching.scene.there(THERE)
    prepare(fetching)
    patience = Patience(emulator, setting)
    patience.settle()
    steps = fetching.fetch(delete=True)
    assert fetching.tree() == WANTED
    assert collections.Counter(step.split()[1] for step in steps) == {
        "mkdir": 3, "download": 5, "replace": 1, "delete": 2, "rmdir": 2,
    }  # fmt: skip


def attempt(fetching: FetchScene, fault: Fault, number: int) -> list[str]:
    """What is wrong; empty where nothing is."""
    control, place = fetching.scene.control, fetching.scene.place.decode()
    before, problems = prepare(fetching), []
    for check in (True, False):
        control.rehearse({"seed": number, "faults": [{"path": f"{place}*", **fault}]})
        ended = _run(fetching, check)
        control.clear_faults()
        if check and fetching.tree() != before:
            problems.append("check mode changed something")
    after = fetching.tree()
    for name, what in after.items():
        if ".new-" not in name and what not in (before.get(name, ""), WANTED.get(name, "")):
            problems.append(f"{name} is neither old nor new")
    if isinstance(ended, Outcome) and ended.error is None and after != WANTED and not is_a_lie(fault):
        problems.append("success, and not all of it is here")
    if (isinstance(ended, NetStorageError) or ended.error is not None) and set(before) - set(after):
        problems.append(f"failed, and deleted: {set(before) - set(after)}")
    lost = {"index.html", "same", "latest", "large"} - set(after)
    problems += [f"{name} is lost" for name in lost]
    again = _run(fetching, check=False)
    if isinstance(again, NetStorageError) or again.error is not None or fetching.tree() != WANTED:
        problems.append(f"the next run does not repair it: {again} {fetching.tree()}")
    return problems


def _run(fetching: FetchScene, check: bool) -> Outcome | NetStorageError:
    try:
        return run(fetching.options(delete=True, parallel=4), check=check, diff=check, cancellation=Quick())
    except NetStorageError as error:
        return error


def test_nothing_is_lost_beside_faults(emulator: Running, scene: Scene, tmp_path: Path) -> None:
    """A seeded sample of all faults of the requests that a fetch sends."""
    scene.there(THERE)
    scene.common = dataclasses.replace(scene.common, idle_timeout=0.3, max_retries=2)
    sent = {"stat": 1, "list": 1, "du": 1, "download": 6}
    every = list(enumerate(faults(sent, random.Random(SEED))))
    wrong: dict[str, t.Any] = {}
    for number, fault in random.Random(SEED).sample(every, min(SAMPLE, len(every))):
        work = tmp_path / str(number)
        work.mkdir()
        problems = attempt(FetchScene(scene, work), fault, number)
        if problems:
            wrong[f"{number} {spelled(fault)}"] = problems
    assert not wrong
