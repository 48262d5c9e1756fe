# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a call takes that meets a hostile server."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import HostileServer, Stream
from ansible_collections.edgeops.netstorage.tests.contract.hostile.measured_call import measure_call

MEASURED_CALL = Path(__file__).with_name("measured_call.py")
SECONDS = 100.0  # by the clock, for machines that are busy
WORK = 15.0  # seconds of work, far above what any call should take
MEMORY = 48 << 20  # bytes


class Measured(t.NamedTuple):
    """error     the name of its class, empty for none
    seconds   how long the call took
    work      how long of it this process had something to do
    grown     bytes of memory that it took at most
    sent      bytes that the server got rid of
    """

    error: str
    message: str
    seconds: float
    work: float
    grown: int
    sent: int
    requests: int


def call_in_subprocess(stream: Stream, verb: str) -> Measured:
    """In a process of its own, so that its memory can be told."""
    with HostileServer(stream) as server:
        command = [sys.executable, str(MEASURED_CALL), server.host, verb]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr[-2000:]
        told: dict[str, t.Any] = json.loads(done.stdout)
        return Measured(**told, sent=server.sent, requests=server.requests)


def call_in_process(stream: Stream, verb: str) -> Measured:
    """In this process, for answers that are short."""
    with HostileServer(stream) as server:
        return Measured(**measure_call(server.host, verb), sent=server.sent, requests=server.requests)


def is_bounded(measured: Measured) -> None:
    """In time and memory, and with a message that people can read."""
    assert measured.seconds < SECONDS, measured
    assert measured.work < WORK, measured
    assert measured.grown < MEMORY, measured
    assert len(measured.message) < 1000
