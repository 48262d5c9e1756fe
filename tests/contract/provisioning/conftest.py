# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulator of the Configuration API with two API clients, of two persons. There is no real account to run these against."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.provisioning.config_scene import CONTRACT_LOADED, EDGERC, ConfigScene
from netstorage_emulator.control import Running, running


@pytest.fixture(scope="session")
def _configured(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Running]:
    edgerc = tmp_path_factory.mktemp("provisioning") / "edgerc"
    edgerc.write_text(EDGERC, encoding="utf-8")
    more = ["--config-limit", "100000"]
    with running(account="tester", key="a-key-of-the-contract-suite", cp_codes=["123456"], edgerc=edgerc, more=more) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def _usual_knobs(_configured: Running) -> dict[str, t.Any]:
    return _configured.control.knobs()


@pytest.fixture
def config(_configured: Running, _usual_knobs: dict[str, t.Any]) -> t.Iterator[ConfigScene]:
    """A contract with a few unused CP codes, without groups and accounts."""
    control = _configured.control
    control.load_contract(CONTRACT_LOADED)
    yield ConfigScene(control, _configured.api_host)
    control.set_knobs(**_usual_knobs)
    control.clear_faults()
    control.limit_config(100_000)
    control.reset_tree()
