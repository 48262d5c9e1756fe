# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_conformance: finds out how a service answers the open questions of docs/usage-api.md#unknowns.

What only reads comes first. Then everything is written below one directory, looked at and removed. Every request of a run goes
over one pool, which counts them: there is no way around the budget.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t
from random import SystemRandom

from .._http.endpoint import Endpoint
from .._http.socket_waits import CancelCheck
from .._model.errors import BadOptions, NetStorageError, PartlyDone, Stopped
from .._model.paths import is_cp_code_root, segments, shown
from .._queries.base import Answer
from .._tasks.location import config_of, place_of
from .._tasks.options import ConformanceOptions
from .._threads.cancellation import Cancellation
from .._usage_api.client import Client
from . import fingerprint, pages
from .account import Account, found
from .asker import Asker
from .budget import MOST, SECONDS, Budget, CountedPool, Spent
from .clocks import Bracket
from .questions import CARRIED_OUT, QUESTIONS, SCENES
from .rounds import UNLIKE, Stage
from .scenes import Finding
from .scratch import Scratch
from .service_clock import ServiceClock
from .timed import Timed

_CONNECTIONS = 2
_LONGEST_IDLE = 20.0  # seconds without a byte, whatever idle_timeout says: a run has two minutes
_SERVERS = ("AkamaiNetStorage", "Apache")
_MOST_RETRIES = 5  # whatever max_retries says: the budget is 300 requests
_ONLY_READ = "not asked: nothing was written"
_CLOCK = (
    ("clock_skew", "how far the clock of the service is from the local one"),
    ("clock_window", "how old a signature may be"),
)
_LAG, _RMDIR = "how long reads show an old state", "how long rmdir sees a deleted child"
_QUICK = "whether quick-delete is on, and when it is done"
_STATUS = "the status of a change that worked"
WRITTEN = (("propagation", _LAG), ("rmdir_lag", _RMDIR), ("quick_delete", _QUICK), ("success_status", _STATUS))


class Pace(t.NamedTuple):
    """How long a run may be, and how patient it is.

    margin    seconds that a look comes later than an old state was seen
    requests  at most
    seconds   after which nothing more is asked
    """

    margin: float = 1.0
    requests: int = MOST
    seconds: float = SECONDS


ORDINARY = Pace()


def conform(options: ConformanceOptions, check: bool, cancellation: Cancellation, pace: Pace = ORDINARY) -> Answer:
    """Ask, remove what was written, and tell what was found.

    Raises:
        NetStorageError: nothing was asked, such as of a directory that is not empty.
        Stopped: the run was cancelled. What it has written is still there; the next run removes it.
    """
    place = place_of(options.common, options.path, is_directory=True)
    if is_cp_code_root(place.path):
        hint = "Write a directory of its own, such as conformance. It need not be there."
        raise BadOptions(f"path: {shown(place.path)} is a whole CP code", path=place.path, hint=hint)
    config = config_of(options.common, _CONNECTIONS, place)
    config = dataclasses.replace(
        config, idle_timeout=min(config.idle_timeout, _LONGEST_IDLE), max_retries=min(config.max_retries, _MOST_RETRIES)
    )
    budget = Budget(time.monotonic, pace.requests, pace.seconds)
    pools: list[CountedPool] = []

    def transport(endpoint: Endpoint, check_cancelled: CancelCheck) -> CountedPool:
        pools.append(CountedPool(endpoint, check_cancelled, budget))
        return pools[-1]

    with Client(config, cancellation=cancellation, transport=transport) as client:
        asker = Asker(client, pools[0], budget, SystemRandom())
        run = _Run(asker, Scratch(client, place.path), options.write and not check, pace)
        run.go()
    values = {"account": options.common.account, "host": place.host, "path": shown(place.path), **run.values()}
    return Answer(values, [*run.notes, *client.notes])


class _Run:
    """One run.

    notes  what is reported beside what was found
    """

    def __init__(self, asker: Asker, scratch: Scratch, writes: bool, pace: Pace) -> None:
        self._asker, self._scratch, self._writes, self._pace = asker, scratch, writes, pace
        self._findings: dict[str, Finding] = {}
        self._wrote = False
        self.notes: list[str] = []

    def go(self) -> None:
        """All of it. Raises as ``conform``."""
        is_left = self._scratch.refuse()
        if is_left and self._writes:
            self._remove_old()
        elif is_left:
            self.notes.append(f"An earlier run has left {shown(self._scratch.work)}. A run with write: true removes it.")
        path = self._scratch.path
        for finding in Account(self._asker, path, b"/" + segments(path)[0]).questions():
            self._findings[finding.name] = finding
        if self._writes:
            self._write()
        self._fill()
        self._findings["server"] = self._server()
        clock = ServiceClock(self._asker, path)
        for (name, asked), ask in zip(_CLOCK, (clock.skew, clock.window)):
            self._findings[name] = found(self._asker, name, asked, ask)

    def values(self) -> dict[str, t.Any]:
        """The result."""
        findings = sorted(self._findings.values(), key=lambda one: (not one.is_knob, one.name))
        sent = self._asker.budget.sent
        return {
            "changed": self._wrote,
            "summary": fingerprint.summary(findings),
            "answers": fingerprint.told(findings),
            "not_asked": [f"{what}: {why}" for what, why in fingerprint.NOT_ASKED],
            "profile": fingerprint.profile(findings),
            "form": fingerprint.form(findings, sent, self._wrote),
            "requests_sent": sent,
            "left": self._scratch.left,
        }

    # -- what writes

    def _remove_old(self) -> None:
        """What a run that was killed has left. It may take all requests; then the next run goes on."""
        self._wrote = True
        try:
            self._scratch.sweep(self._pace.margin)
        except Spent:
            hint = "Run it again: it goes on."
            raise PartlyDone("An earlier run has left so much that it could not be removed with one budget", hint=hint) from None

    def _write(self) -> None:
        try:
            self._wrote = True
            self._scratch.begin()
        except Stopped:
            raise
        except (NetStorageError, Spent) as error:
            self.notes.append(f"Nothing could be written: {error}")
            self._fill("not asked: the directory could not be made")
            self._clean(self._pace.margin)
            return
        pause = self._ask_written()
        self._clean(pause)

    def _ask_written(self) -> float:
        """Returns the seconds after which a look meets no old state."""
        work = self._scratch.work
        timed = Timed(self._asker, work)
        lag = self._timed("propagation", _LAG, timed.propagation)
        if lag is None:
            self._fill(f"not asked: {_LAG} is not known")
            return self._pace.margin
        timed.pause = pause = 2 * lag.high + self._pace.margin
        self._timed("rmdir_lag", _RMDIR, timed.rmdir_lag)
        self._timed("quick_delete", _QUICK, lambda: timed.quick_delete(lag))
        without = frozenset({"list"} if self._findings["list_refused"].answer not in ("no", None) else ())
        stage = Stage(self._asker, work, pause, without)
        stage.play(SCENES, QUESTIONS)
        for finding in (*map(stage.finding, QUESTIONS), *pages.findings(self._asker, work, without)):
            known = self._findings.get(finding.name)
            if known is None or known.answer is None or finding.answer is not None:
                self._findings[finding.name] = finding
        self._findings["success_status"] = self._success_status()
        if self._findings["client_left"].answer != CARRIED_OUT:
            self._asker.lost = max([self._asker.lost, *self._asker.left])
        return pause

    def _timed(self, name: str, asked: str, measure: t.Callable[[], tuple[t.Any, str]]) -> Bracket | None:
        """A measurement, which is None where it came to nothing."""
        before = self._asker.budget.sent
        refused = self._asker.budget.refuses(8, 2)
        try:
            measured, why = (None, f"not asked: {refused}") if refused else measure()
        except Spent as spent:
            measured, why = None, f"not asked to the end: {spent}"
        bracket = measured if isinstance(measured, Bracket) else None
        answer, seen = (measured, ()) if bracket is None else (bracket.milliseconds(), (bracket.told(),))
        if bracket is not None and bracket.is_late:
            answer, why = None, "not known: the first look came too late"
        self._findings[name] = Finding(name, asked, True, answer, why, seen, self._asker.budget.sent - before)
        return bracket

    def _server(self) -> Finding:
        """Which store it is: its name for itself where that is a known one."""
        servers = self._asker.servers
        named = {server: known for server in servers for known in _SERVERS if server.lower().startswith(known.lower())}
        found = set(named.values()) if len(named) == len(servers) else set()
        answer = next(iter(found)) if len(found) == 1 else None
        why = "" if answer else UNLIKE if servers else "not known: no read was answered with XML"
        return Finding("server", "the Server header of its responses", False, answer, why)

    def _success_status(self) -> Finding:
        done = self._asker.done
        answer = next(iter(done)) if len(done) == 1 and done <= {200, 204} else None
        why = "" if answer else UNLIKE if done else "not known: no change was carried out"
        return Finding("success_status", _STATUS, True, answer, why, tuple(map(str, sorted(done))))

    def _clean(self, pause: float) -> None:
        """Remove what was made, and once more what the service has carried out late."""
        asker, budget, client = self._asker, self._asker.budget, self._asker.client
        budget.keeps = False
        try:
            self._scratch.remove(asker.made, pause)
            seconds = asker.lost + client.config.settle + abs(client.clock_skew or 0.0) - time.time()
            if asker.lost and client.config.settle and seconds > 0:
                self.notes.append(
                    f"A response was lost, so {seconds:.0f} seconds had to pass until the service could no longer carry out the "
                    "request (option settle)"
                )
                asker.sleep(seconds)
                self._scratch.sweep(pause)
            client.pending.settled()
        except Stopped:
            raise
        except (NetStorageError, Spent) as error:
            self._scratch.left = max(1, self._scratch.left)
            self.notes.append(f"Not all was removed: {error}")
        budget.made, budget.keeps = 0, True
        if self._scratch.left:
            where = shown(self._scratch.work)
            self.notes.append(f"Something is left in {where}; the next run with write: true removes it, or remove it by hand.")

    def _fill(self, why: str = _ONLY_READ) -> None:
        """The questions that were not asked."""
        for name, asked in (*WRITTEN, *pages.ASKED):
            self._findings.setdefault(name, Finding(name, asked, True, None, why))
        for one in QUESTIONS:
            self._findings.setdefault(one.name, Finding(one.name, one.asked, one.is_knob, None, why))
