# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a small upload costs in processor time, by HTTP client. The case ``http``, which has neither tree nor budget.

Processor time, because it is what is left of a request when waiting is done by many connections at once, and because it does not
depend on the server, which is a process of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import hashlib
import itertools
import statistics
import tempfile
import time
import typing as t
from pathlib import Path

import trustme
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.request import ACTION_HEADER, action_header
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.signing import sign
from ansible_collections.edgeops.netstorage.tests.bench.case_runs import ACCOUNT, CP_CODE, KEY, WrongResult
from ansible_collections.edgeops.netstorage.tests.bench.http_clients import CLIENTS, OURS, Place, Send, Upload
from ansible_collections.edgeops.netstorage.tests.bench.table import markdown
from ansible_collections.edgeops.netstorage.tests.bench.trees import MTIME, Tree
from netstorage_emulator.control import running

NAME = "http"
TITLE = "processor time of an upload of 1 KiB over _http, http.client, urllib3 and requests"
REQUESTS = 500  # of each client in each round
_TREE = Tree(files=REQUESTS, size=1024, folders=1)
_HEADINGS = ("protocol", "client", "rounds", "median ms", "least to most", "of ours")
_nonces = itertools.count(1)


@dataclasses.dataclass
class Cost:
    """One client over one protocol: the milliseconds of user and system time that a request took, by round."""

    protocol: str
    client: str
    milliseconds: list[float] = dataclasses.field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)


def measure_costs(rounds: int, requests: int = REQUESTS) -> list[Cost]:
    """The clients take turns, and another one begins each round."""
    with tempfile.TemporaryDirectory(prefix="netstorage-bench-") as folder, contextlib.ExitStack() as stack:
        costs = []
        places = stack.enter_context(_places(Path(folder)))
        for place in places:
            members = [(Cost(place.protocol, name), stack.enter_context(opened(place))) for name, opened in CLIENTS.items()]
            costs += [cost for cost, _send in members]
            for turn in range(-1, rounds):  # the round before the first is for connections and imports
                first = turn % len(members)
                for cost, send in members[first:] + members[:first]:
                    spent = _spent(cost, send, requests if turn >= 0 else 1)
                    cost.milliseconds += [spent] if turn >= 0 else []
    return costs


@contextlib.contextmanager
def _places(folder: Path) -> t.Iterator[list[Place]]:
    """One emulator, over http and https."""
    authority = trustme.CA()
    trusted, certificate = folder / "ca.pem", folder / "certificate.pem"
    authority.cert_pem.write_to_path(str(trusted))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], certificate=certificate) as emulator:
        ports = {"http": emulator.port, "https": emulator.https_port}
        yield [Place(protocol, f"{emulator.host}:{port}", str(trusted)) for protocol, port in ports.items()]


def _spent(cost: Cost, send: Send, requests: int) -> float:
    """Milliseconds for each request. They are signed before, as signing is the same for all."""
    uploads = [_signed(number) for number in range(requests)]
    gc.collect()
    begun = time.process_time()
    statuses = [send(upload) for upload in uploads]
    spent = time.process_time() - begun
    if set(statuses) != {200}:
        raise WrongResult(f"{cost.client} over {cost.protocol}: the uploads were answered with {sorted(set(statuses))}")
    return spent * 1000 / requests


def _signed(number: int) -> Upload:
    """An upload as the collection's client writes it."""
    target, body = f"/{CP_CODE}/bench/site/{_TREE.name(number)}", _TREE.content(number)
    parameters = (("mtime", MTIME), ("size", len(body)), ("sha256", hashlib.sha256(body).hexdigest()))
    action = action_header("upload", parameters)
    signature = sign(KEY, ACCOUNT, target, action, int(time.time()), str(next(_nonces)))
    return Upload(target, {ACTION_HEADER: action, **signature, "Content-Length": str(len(body))}, body)


def costs_table(costs: t.Sequence[Cost]) -> str:
    return markdown([_HEADINGS, *(_row(cost, _ours(cost, costs)) for cost in costs)], texts=2)


def cost_values(costs: t.Sequence[Cost]) -> list[dict[str, t.Any]]:
    """Everything, for other programs."""
    return [{**dataclasses.asdict(cost), "median": cost.median} for cost in costs]


def _ours(cost: Cost, costs: t.Sequence[Cost]) -> float:
    return next(one.median for one in costs if (one.protocol, one.client) == (cost.protocol, OURS))


def _row(cost: Cost, ours: float) -> tuple[str, ...]:
    span = f"{min(cost.milliseconds):.3f} to {max(cost.milliseconds):.3f}"
    return cost.protocol, cost.client, str(len(cost.milliseconds)), f"{cost.median:.3f}", span, f"{cost.median / ours:.1f}"
