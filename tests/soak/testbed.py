# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A testbed: one emulator, one folder, and the play of ``site.py``, run again and again by one seed after the other."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import itertools
import json
import os
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import CONNECTION, Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.progress_plays import quick_progress
from ansible_collections.edgeops.netstorage.tests.integration.service import ACCOUNT, KEY, READS, Request, Service
from ansible_collections.edgeops.netstorage.tests.soak import site
from ansible_collections.edgeops.netstorage.tests.soak.invariants import Facts, is_of_site, same_tree
from ansible_collections.edgeops.netstorage.tests.soak.processes import MARK, none_left
from netstorage_emulator.control import Running, start

CP_CODE = "123456"
LATENCY_MS = 12
PACE = {"tick": 0.1, "first": 0.0, "lines": 0.1, "apart": 0.0, "life": 0.1}
"""Of progress: ten lines a second. Of more, a queue that nobody empties any more would soon be full."""
_ENDING = 20.0  # seconds in which what was told to end must have ended
_SILENCE = 5.0  # seconds in which the emulator must see that its clients are gone
LISTING, LINKS = ("list",), ("symlink", "rename")
_WAYS = {"here": site.HERE, "module": site.MODULE}
_numbers = itertools.count()


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """How long a play takes as a whole; its sync from the listing on; and what follows from the first link on."""

    seconds: float
    syncing: float
    linking: float


class Testbed:
    """``around``: whether the play has tasks before and behind the sync. ``wanted``: what an undisturbed run leaves."""

    def __init__(self, emulator: Running, folder: Path, source: Path, around: bool = True) -> None:
        self.folder, self.source = folder, source
        self.service = Service(emulator, folder / "no-authority.pem")
        self.player = Player(self.service, folder)
        self._playbooks = {
            (name, impatient): self._playbook(f"{name}-{impatient}.json", site.tasks(source, way, around), impatient)
            for name, way in _WAYS.items()
            for impatient in (False, True)
        }
        self._undisturbed: dict[tuple[str, bool], Undisturbed] = {}
        self.wanted: Facts = {}
        self._home = {name: str(folder / "ansible" / name.lower()) for name in ("HOME", "LOCAL_TEMP", "REMOTE_TMP")}

    # -- runs

    def set_stage(self, knobs: site.Knobs) -> int:
        """The start of every run; the number of the first request that is to come."""
        control = self.service.emulator.control
        self.service.reset()
        self.service.load(site.first_tree())
        control.set_knobs(**knobs)
        control.set_latency(LATENCY_MS)
        return control.journal_length()

    def _playbook(self, name: str, tasks: list[dict[str, t.Any]], impatient: bool) -> Path:
        connection = {**CONNECTION, **({"max_retries": 0} if impatient else {})}
        return self.player.write(name, tasks, module_defaults={"group/edgeops.netstorage.all": connection})

    def begin(self, way: str, impatient: bool = False) -> Play:
        """``impatient``: no request is repeated. Progress is shown all the time, so that kills meet its thread."""
        mark = f"{os.getpid()}-{next(_numbers)}"
        shown = quick_progress(NETSTORAGE_PROGRESS="lines", PROGRESS_PACE=json.dumps(PACE))
        surroundings = {MARK: mark, **shown, **{f"ANSIBLE_{name}": value for name, value in self._home.items()}}
        return Play(self.player.start(self._playbooks[way, impatient], environment=surroundings), mark)

    def play(self, way: str) -> tuple[Outcome, list[Request]]:
        """To its end, and what was sent meanwhile."""
        since = self.service.emulator.control.journal_length()
        outcome = self.finish(self.begin(way))
        return outcome, self.service.emulator.control.journal(since)

    def finish(self, play: Play) -> Outcome:
        output, _nothing = play.process.communicate()
        return self.player.ended(play.process.returncode, output, [])

    def undisturbed(self, way: str, knobs: site.Knobs) -> Undisturbed:
        """Played when it is first asked for. Flips take more requests where links are not replaced, nothing else differs."""
        kind = (way, "symlink_existing" in knobs)
        if kind not in self._undisturbed:
            self.set_stage(knobs)
            begun = time.monotonic()
            outcome, requests = self.play(way)
            seconds = time.monotonic() - begun
            assert outcome.status == 0, f"the undisturbed play failed: {outcome.output[-3000:]}"
            self.wanted = self.wanted or self.tree()
            same_tree(self.tree(), self.wanted)
            synced = max(moment_of(request) for request in requests if is_of_site(request))
            listed, linked = (_first(requests, actions) for actions in (LISTING, LINKS))
            self._undisturbed[kind] = Undisturbed(seconds, synced - listed, synced - linked)
        return self._undisturbed[kind]

    def wait_for(self, play: Play, actions: t.Collection[str]) -> None:
        """Until the service has answered one of these, or the play is over. None of them comes before the sync."""
        control = self.service.emulator.control
        while play.process.poll() is None and not any(control.counts()["by_action"].get(action) for action in actions):
            time.sleep(0.005)

    # -- the service

    def tree(self) -> Facts:
        return self.service.tree()

    def silence(self) -> None:
        """Until all connections are closed: what was on its way has arrived, or never will."""
        until = time.monotonic() + _SILENCE
        while self.service.emulator.control.counts()["open_connections"]:
            assert time.monotonic() < until, "connections stay open although all clients have ended"
            time.sleep(0.01)


@dataclasses.dataclass(frozen=True)
class Play:
    """A play that is going on, and the mark of all its processes."""

    process: subprocess.Popen[str]
    mark: str

    def end(self) -> None:
        """Waits until nothing of it is left."""
        ended = none_left(self.mark, _ENDING)
        self.process.communicate(timeout=_ENDING)
        assert ended, f"something of the play still lived {_ENDING:.0f} seconds later"


def moment_of(request: Request) -> float:
    """When its answer left, in seconds since the epoch."""
    return datetime.datetime.fromisoformat(str(request["time"])).timestamp()


def _first(requests: t.Iterable[Request], actions: t.Collection[str]) -> float:
    return next(moment_of(request) for request in requests if request["action"] in actions)


def changing(requests: t.Iterable[Request]) -> list[Request]:
    return [request for request in requests if request["action"] not in READS]


@contextlib.contextmanager
def ready_testbeds(count: int, around: bool = True) -> t.Iterator[list[Testbed]]:
    """Ready to run, each with an emulator of its own."""
    with tempfile.TemporaryDirectory(prefix="netstorage-soak-") as name, contextlib.ExitStack() as emulators:
        folder = Path(name)
        source = site.build_local_tree(folder / "tree")
        found = []
        for number in range(count):
            own = folder / f"testbed-{number}"
            own.mkdir()
            emulator = start(own, ACCOUNT, KEY, [CP_CODE])
            emulators.callback(emulator.stop)
            found.append(Testbed(emulator, own, source, around))
        yield found
