# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulator with the APIs that are signed with EdgeGrid, and its API client. There is no real account to run these against."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import ACCESS, EDGERC, SECRET, TOKEN, PurgeScene
from netstorage_emulator.control import Running, running


@pytest.fixture(scope="session")
def _apis(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Running]:
    edgerc = tmp_path_factory.mktemp("edgegrid") / "edgerc"
    edgerc.write_text(EDGERC, encoding="utf-8")
    more = ["--purge-host", "www.example.com", "--purge-cp-code", "123456"]
    with running(account="tester", key="a-key-of-the-contract-suite", cp_codes=["123456"], edgerc=edgerc, more=more) as emulator:
        yield emulator


@pytest.fixture
def apis(_apis: Running) -> t.Iterator[Running]:
    """Knobs, faults and limits are as they were afterwards, and no purge is remembered."""
    before = _apis.control.knobs()
    _apis.control.set_knobs(purge_seconds=0)
    yield _apis
    _apis.control.set_knobs(**before)
    _apis.control.clear_faults()
    _apis.control.limit_purges()
    _apis.control.forget_purges()


@pytest.fixture
def settings(apis: Running) -> ApiSettings:
    return ApiSettings(apis.api_host, TOKEN, ACCESS, SECRET, api_protocol="http", max_retries=2, idle_timeout=5.0)


@pytest.fixture
def purging(apis: Running, settings: ApiSettings) -> PurgeScene:
    return PurgeScene(apis.control, settings)
