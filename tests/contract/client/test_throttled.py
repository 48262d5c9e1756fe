# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client at a service that takes so many requests a second and no more. Emulator only."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.transport import Transport
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from netstorage_emulator.control import Running

ROWS = [
    ("own", 100, 16, 429, 400, {}, 0.85),
    ("own", 200, 64, 503, 600, {}, 0.8),
    # A wait of a second is a sixth of five seconds and more; test_pacing_throttled has the figures.
    ("own", 200, 16, 429, 1000, {"retry_after": 1}, 0.7),
    ("own", 50, 64, 503, 150, {"retry_after": 1}, 0.55),
    ("urllib3", 200, 64, 503, 600, {}, 0.8),  # once, because the limit is kept above the transport
]


ATTEMPTS = 3


@pytest.fixture
def throttled(emulator: Running) -> t.Iterator[Running]:
    yield emulator
    emulator.control.clear_throttle()


@pytest.mark.parametrize(("transport", "rate", "threads", "status", "requests", "more", "least"), ROWS, indirect=["transport"])
def test_nothing_fails_and_the_limit_is_used(
    throttled: Running,
    connection: ClientConfig,
    transport: Transport,
    place: bytes,
    rate: int,
    threads: int,
    status: int,
    requests: int,
    more: dict[str, int],
    least: float,
) -> None:
    """The best of some attempts: other tests may want the processors in the middle of one."""
    throttled.control.set_throttle(requests_per_second=rate, status=status, **more)
    reached, attempt = 0.0, 0
    while reached < least * rate and attempt < ATTEMPTS:
        attempt += 1
        patient = Client(dataclasses.replace(connection, connections=threads), transport=transport)
        with patient as client, concurrent.futures.ThreadPoolExecutor(threads) as pool:
            started = time.monotonic()
            list(pool.map(client.mkdir, [place + b"/%d-%d" % (attempt, number) for number in range(requests)]))
            reached = requests / (time.monotonic() - started)
        assert client.api_calls["mkdir"] < requests * 1.1 + 2 * threads
    assert reached >= least * rate
