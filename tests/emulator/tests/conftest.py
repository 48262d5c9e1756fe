# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One emulator in memory for all tests that do not start their own; every test begins with an empty store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.control import Control, Running, running


@pytest.fixture(scope="session")
def _shared() -> Iterator[Running]:
    other = ["--account", "limited", "--key", "another-key", "--cp-code", CP_CODE, "--restrict", f"/{CP_CODE}/site",
             "--account", "second", "--key", "third-key", "--cp-code", "777"]
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE, "654321"], more=other) as emulator:
        yield emulator


@pytest.fixture
def emulator(_shared: Running) -> Iterator[Running]:
    yield _shared
    _shared.control.reset()


@pytest.fixture
def control(emulator: Running) -> Control:
    return emulator.control


@pytest.fixture
def client(emulator: Running) -> Iterator[Client]:
    talking = Client(emulator.port)
    yield talking
    talking.close()
