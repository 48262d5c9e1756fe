# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that takes a moment must not spend it on libraries that it does not need, nor on what the item before it has done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests.utils
import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._http import connector
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint, EndpointError

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


def context_of(**more: object) -> object:
    return connector._tls_context(Endpoint("h.example", **more))  # type: ignore[arg-type]


def test_certificates_are_read_once_by_the_items_of_a_loop(tmp_path: Path) -> None:
    """As long as the file is the same, and by whoever trusts it."""
    bundle, other = tmp_path / "ca.pem", tmp_path / "other.pem"
    for file in (bundle, other):
        trustme.CA().cert_pem.write_to_path(str(file))
    first = context_of(ca_path=str(bundle))
    assert context_of(ca_path=str(bundle)) is first
    assert context_of(ca_path=str(other)) is not first
    assert connector._verifying_context(str(bundle)) is not first  # for a proxy, with another protocol
    other.replace(bundle)
    assert context_of(ca_path=str(bundle)) is not first
    bundle.write_text("no certificate")
    with pytest.raises(EndpointError, match="cannot be read"):
        context_of(ca_path=str(bundle))
    bundle.unlink()
    with pytest.raises(EndpointError, match="cannot be read"):
        context_of(ca_path=str(bundle))


def test_who_checks_no_certificate_shares_nothing_with_who_does() -> None:
    unchecked = context_of(validate_certs=False)
    assert {context_of(validate_certs=False), context_of()} & {unchecked} == set()
