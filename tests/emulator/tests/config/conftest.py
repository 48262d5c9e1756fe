# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator for all tests of the Configuration API; every test begins with three unused CP codes and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.config.config_api import CODES, EDGERC, Caller
from netstorage_emulator.control import Control, Running, running


@pytest.fixture(scope="session")
def _configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    edgerc = tmp_path_factory.mktemp("config") / "edgerc"
    edgerc.write_text(EDGERC, encoding="utf-8")
    with running(account="tester", key="a-key-of-the-emulator", cp_codes=["123456"], edgerc=edgerc,
                 more=["--config-limit", "100000"]) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def _usual_knobs(_configured: Running) -> dict[str, object]:
    return _configured.control.knobs()


@pytest.fixture
def emulator(_configured: Running, _usual_knobs: dict[str, object]) -> Iterator[Running]:
    _configured.control.load_contract({"cp_codes": CODES})
    yield _configured
    control = _configured.control
    control.set_knobs(**_usual_knobs)
    control.limit_config(100_000)
    control.clear_faults()
    control.reset_tree()


@pytest.fixture
def control(emulator: Running) -> Control:
    return emulator.control


@pytest.fixture
def first(emulator: Running) -> Caller:
    return Caller(emulator)


@pytest.fixture
def second(emulator: Running) -> Caller:
    """Another person."""
    return Caller(emulator, "second")
