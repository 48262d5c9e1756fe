# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service for each worker, and a player for each file of tests or each test.

A file stays on one worker where its tests look at runs that they share.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Service, serving
from xdist.scheduler import LoadFileScheduling

COMPILED_MODULES = Path(__file__).resolve().parents[1] / "compiled_modules"
INDEPENDENT = {
    "test_drift.py", "test_emulator_role.py", "test_examples.py", "test_failures.py", "test_guides.py", "test_hostile_names.py",
    "test_mirror.py", "test_pipelines.py", "test_progress_lines.py", "test_purging_roles.py", "test_release.py",
    "test_role_pages.py", "test_secrecy.py", "test_sources.py", "test_stopped.py", "test_storage_group.py", "test_two_runs.py",
}  # fmt: skip
"""Files of few long tests that share no run: one worker would still be busy with them when the others have ended."""


class Scheduling(LoadFileScheduling):
    """Files with the most tests come first, and single tests at the end."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return nodeid if Path(file).name in INDEPENDENT else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _compiled_modules() -> t.Iterator[None]:
    """Whatever tests start as a module need not be compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(COMPILED_MODULES), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture(scope="module")
def stage(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Player:
    """For runs that the tests of a file share."""
    return Player(service, tmp_path_factory.mktemp("stage"))


@pytest.fixture
def player(service: Service, tmp_path: Path) -> Player:
    """For the runs of one test, on an empty service."""
    service.reset()
    return Player(service, tmp_path)
