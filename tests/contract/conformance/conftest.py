# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run under the defaults, for all tests that look at it."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.base import Answer
from ansible_collections.edgeops.netstorage.tests.contract.conformance.conformance_run import conforming
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running


@pytest.fixture(scope="session")
def usual(_emulator: Running | None, account: Account) -> Answer:
    """What is found where nothing is set."""
    if _emulator is None:
        pytest.skip("needs an emulator that is set to its defaults; a real account is asked by the playbook")
    return conforming(account, account.root + b"/conformance-usual")
