# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a call takes that meets a hostile server."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.contract.hostile.hostile_server import HostileServer, Stream
from ansible_collections.edgeops.netstorage.tests.contract.hostile.probe import measured

PROBE = Path(__file__).with_name("probe.py")
SECONDS = 100.0  # by the clock, for machines that are busy
WORK = 15.0  # seconds of work, far above what any call should take
MEMORY = 48 << 20  # bytes


class Probed(t.NamedTuple):
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


def probe(stream: Stream, verb: str) -> Probed:
    """In a process of its own, so that its memory can be told."""
    with HostileServer(stream) as server:
        command = [sys.executable, str(PROBE), server.host, verb]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr[-2000:]
        told: dict[str, t.Any] = json.loads(done.stdout)
        return Probed(**told, sent=server.sent, requests=server.requests)


def ask(stream: Stream, verb: str) -> Probed:
    """In this process, for answers that are short."""
    with HostileServer(stream) as server:
        return Probed(**measured(server.host, verb), sent=server.sent, requests=server.requests)


def is_bounded(probed: Probed) -> None:
    """In time and memory, and with a message that people can read."""
    assert probed.seconds < SECONDS, probed
    assert probed.work < WORK, probed
    assert probed.grown < MEMORY, probed
    assert len(probed.message) < 1000
