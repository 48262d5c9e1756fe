# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A service for each worker, and a player for each file of tests or each test.

A file stays on one worker, because its tests look at runs that they share.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.integration.playing import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Service, serving
from xdist.scheduler import LoadFileScheduling


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> LoadFileScheduling:
    return LoadFileScheduling(config, log)


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
