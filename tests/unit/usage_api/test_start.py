# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is imported when: a task that takes a moment must not spend it on libraries that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import requests.utils
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import connector

MAKE = """
import sys
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api import client
client.Client(client.ClientConfig("h.example", "a", "a-key-of-twenty-signs", protocol=sys.argv[1]))
print(*[name for name in ("requests", "urllib3", "http.client", "email.parser", "concurrent.futures") if name in sys.modules])
"""


def imported(protocol: str, **environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", MAKE, protocol]
    run = subprocess.run(command, env={**kept, "PYTHONPATH": paths, **environment}, capture_output=True, check=True, text=True)
    return run.stdout.split()


@pytest.mark.parametrize("protocol", ["http", "https"])
def test_nothing_slow_is_imported(protocol: str) -> None:
    assert imported(protocol) == []
    assert imported(protocol, NO_PROXY="localhost") == []


def test_proxies_are_left_to_the_library_that_knows_them() -> None:
    assert "requests" in imported("https", HTTPS_PROXY="http://127.0.0.1:9")


def test_the_bundle_is_that_of_requests() -> None:
    assert connector._bundle_of_requests() == requests.utils.DEFAULT_CA_BUNDLE_PATH
