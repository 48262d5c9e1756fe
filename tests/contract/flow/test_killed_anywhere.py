# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that ends after each of its requests in turn, as by SIGKILL: the next one leaves what an undisturbed run leaves.

The kills of ``make soak`` fall at random, and their deploy deletes what is extraneous, so an object that has been forgotten under
a temporary name goes with the rest. Here nothing is deleted, so the next run has to know it again.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import FileOptions, Options, SymlinkOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.sender import Sender
from ansible_collections.edgeops.netstorage.tests.contract.scene import Scene

SERVICES: dict[str, dict[str, t.Any]] = {
    "replaces": {},
    "no links": {"symlink_existing": 409},
    "no renames": {"rename_existing": 409},
    "neither": {"symlink_existing": 409, "rename_existing": 409},
}
THERE = {"page": "-> other", "link": "-> old", "turned": "a file", "other": "safe"}
HERE = {"page": "a file now", "link": "-> other", "turned": "-> page"}
AFTER = ["link -> other", "other", "page", "turned -> page"]


class Killed(BaseException):
    """No mending, no suppressing and no tidying up catches this, nor does anything else get out any more."""


class Life:
    """How many more requests a run will live to send."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 1_000_000
        real = Sender.once

        def once(sender: Sender, *given: t.Any, **more: t.Any) -> t.Any:
            if self.left <= 0:
                raise Killed
            self.left -= 1
            return real(sender, *given, **more)

        monkeypatch.setattr(Sender, "once", once)

    def ends(self, options: Options, after: int) -> bool:
        """Whether the run was killed after so many requests; False where it was over by then."""
        self.left = after
        try:
            run(options, check=False, diff=False)
        except Killed:
            return True
        finally:
            self.left = 1_000_000
        return False


def tasks(scene: Scene) -> list[tuple[Options, t.Mapping[str, str], list[str]]]:
    """Options, what stands there before, what is to stand there afterwards."""
    source = scene.source / "page"
    return [
        (scene.options(), THERE, AFTER),
        (FileOptions(scene.common, "s/page", source=str(source)), {"page": "-> other", "other": "safe"}, ["other", "page"]),
        (SymlinkOptions(scene.common, "s/link", "other"), {"link": "-> old"}, ["link -> other"]),
        (SymlinkOptions(scene.common, "s/turned", "other", replace="file"), {"turned": "file"}, ["turned -> other"]),
    ]


@pytest.mark.parametrize("task", range(4), ids=["sync", "file", "link", "link for a file"])
@pytest.mark.parametrize("service", SERVICES)
def test_the_next_run_leaves_what_an_undisturbed_one_leaves(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, service: str, task: int
) -> None:
    life = Life(monkeypatch)
    scene.control.set_knobs(**SERVICES[service])
    scene.here(HERE)
    options, before, after = tasks(scene)[task]
    requests = 0
    while True:
        scene.control.reset_tree()
        scene.there({"": None, "s/": None}, below="")
        scene.there(before)
        if not life.ends(options, requests):
            break
        outcome = run(options, check=False, diff=False)
        assert outcome.error is None, f"killed after {requests} requests: {outcome.error}"
        # What had made room stays for an hour: a request of the run that was killed may still be late.
        stays = [name for name in scene.tree() if ".old-" not in name]
        assert stays == after, f"killed after {requests} requests"
        assert len(scene.tree()) <= len(after) + ("rename_existing" in SERVICES[service])
        requests += 1
    assert scene.tree() == after
    assert requests > 3
