# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call of the client and what it took; ``measured_call.py HOST VERB`` prints it as JSON, from a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time
import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._http.connection_pool import ConnectionPool
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.xml_parser import reader
from ansible_collections.edgeops.netstorage.tests.contract.upload_content import Bytes
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation

PATH = b"/123456/site"


def disk_usage(connection: ClientConfig) -> None:
    """The client has no such verb, but reads its answers."""
    with ConnectionPool(connection.endpoint).exchange("GET", "/123456/site", {}) as answer:
        reader("du")(answer)


def verbs(client: Client, connection: ClientConfig) -> dict[str, t.Callable[[], object]]:
    return {
        "stat": lambda: client.stat(PATH),
        "dir": lambda: list(client.children(PATH)),
        "list": lambda: list(client.listing(PATH)),
        "du": lambda: disk_usage(connection),
        "download": lambda: client.download(PATH, 1000),
        "digest": lambda: client.digest(PATH, 1000),
        "upload": lambda: client.upload(PATH, Bytes(b"abc"), 5),
        "delete": lambda: client.delete(PATH),
    }


def peak() -> int:
    """The most memory that this process has had so far, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def measure_call(host: str, verb: str) -> dict[str, t.Any]:
    """Error (its class and its message), seconds by the clock, those of work, and the memory that the process has grown by."""
    connection = ClientConfig(host, "tester", "a-key-of-the-hostile-suite", protocol="http", idle_timeout=20, max_retries=1)
    error = message = ""
    with Client(connection, cancellation=FakeCancellation()) as client:
        call = verbs(client, connection)[verb]
        before, begun, worked = peak(), time.monotonic(), time.process_time()
        try:
            call()
        except NetStorageError as raised:
            error, message = type(raised).__name__, str(raised)
        took, work, grown = time.monotonic() - begun, time.process_time() - worked, peak() - before
    return {"error": error, "message": message, "seconds": took, "work": work, "grown": grown}


if __name__ == "__main__":
    print(json.dumps(measure_call(*sys.argv[1:])))
