# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured: runs, the runs of one program, a whole case."""

from __future__ import annotations

import dataclasses
import json
import statistics
import typing as t

from ansible_collections.edgeops.netstorage.tests.bench.cases import CROWDED_ABOVE, Case
from ansible_collections.edgeops.netstorage.tests.bench.process_usage import Ended


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of one program, its requests and bytes as the emulator counted them.

    admitted       requests that the throttle let through; without one, all
    throttled      requests that it refused; they are in ``requests`` too
    busy_seconds   from the first request to the last answer
    emulator_cpu   user and system time of the emulator, in seconds
    """

    ended: Ended
    requests: dict[str, int]
    bytes_in: int
    bytes_out: int
    peak_concurrency: int
    connections: int
    admitted: int
    throttled: int
    busy_seconds: float
    emulator_cpu: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.requests.values())

    @property
    def flow_seconds(self) -> float | None:
        """What the module alone says of itself."""
        if not self.ended.output.startswith("{"):
            return None
        return float(json.loads(self.ended.output)["seconds"])


@dataclasses.dataclass
class Measured:
    """All runs of one program in one case. ``failed``: what the program said when it ended badly, after which it rested."""

    program: str
    ours: bool = False
    peer: bool = False
    rate: float | None = None
    runs: list[Run] = dataclasses.field(default_factory=list)
    failed: str = ""

    @property
    def seconds(self) -> list[float]:
        return [run.ended.seconds for run in self.runs]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def flow(self) -> float | None:
        """The median of the seconds in the flow of the module alone."""
        flows = [run.flow_seconds for run in self.runs if run.flow_seconds is not None]
        return statistics.median(flows) if flows else None

    @property
    def start_up(self) -> float | None:
        """The start of Python, imports and the end: what the process took beside its flow."""
        beside = [run.ended.seconds - run.flow_seconds for run in self.runs if run.flow_seconds is not None]
        return statistics.median(beside) if beside else None

    @property
    def emulator_share(self) -> float | None:
        """How busy the emulator was from the first request to the last response, of one processor; the median."""
        shares = [run.emulator_cpu / run.busy_seconds for run in self.runs if run.busy_seconds]
        return statistics.median(shares) if shares else None

    @property
    def peak_mib(self) -> float | None:
        peaks = [run.ended.peak_mib for run in self.runs if run.ended.peak_mib is not None]
        return max(peaks, default=None)


@dataclasses.dataclass
class Report:
    """One case. ``over_budget`` names the runs of ours that sent too many requests."""

    case: Case
    measured: list[Measured]
    over_budget: list[str] = dataclasses.field(default_factory=list)
    emulator_mib: float | None = None

    def of(self, program: str) -> Measured | None:
        """A program that ran in this case."""
        return next((one for one in self.measured if one.program == program and one.runs), None)

    @property
    def best_peer(self) -> float | None:
        return min((one.median for one in self.measured if one.peer and one.runs and not one.failed), default=None)

    @property
    def failures(self) -> list[str]:
        return [f"{self.case.name}, {one.program}: {one.failed}" for one in self.measured if one.failed]


class Limit(t.NamedTuple):
    """The time that no program can beat with so many requests, and how it comes about."""

    seconds: float
    terms: str


def limit(case: Case, requests: int, rate: float | None = None) -> Limit | None:
    """Waiting alone: requests x latency / connections. With a rate, of the program or of the throttle, that if it is more.

    None where nothing has to be waited for.
    """
    connections = min(case.connections, CROWDED_ABOVE) if case.crowded_ms else case.connections
    waiting = requests * case.latency_ms / 1000 / connections
    found = Limit(waiting, f"{requests:,} requests x {case.latency_ms:g} ms / {connections} connections")
    rates = [one for one in (rate, case.throttle) if one]
    if rates and requests / min(rates) > waiting:
        found = Limit(requests / min(rates), f"{requests:,} requests / {min(rates):g} a second")
    return found if found.seconds else None


def share_of_throttle(case: Case, run: Run) -> float | None:
    """Which part of what the throttle allows was used: requests admitted / seconds / rate. A burst can make it more than 1."""
    if not case.throttle or not run.busy_seconds:
        return None
    return run.admitted / run.busy_seconds / case.throttle
