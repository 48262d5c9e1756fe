# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cancellation and the processes above: who may tell a run to end, and how it notices that nobody waits for it any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible import signals
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.signals import cancelled_by_signals
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute import executor
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._plan.steps import Counts, Phase, Plan, Step, StepKind, Why
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads import process_tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.process_tree import ProcessTree

LOOKER = """
import os, sys, time
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.process_tree import ProcessTree
family = ProcessTree.of_this_process()
print("lives" if family.is_alive() else "orphaned", flush=True)
sys.stdin.readline()
for _turn in range(100):
    if not family.is_alive():
        break
    time.sleep(0.05)
print("lives" if family.is_alive() else "orphaned", flush=True)
"""


def test_nobody_has_told_anything() -> None:
    assert Cancellation().reason() is None
    assert Cancellation().check_parents() is None


def test_the_first_reason_counts() -> None:
    cancellation = Cancellation()
    cancellation.cancel("one")
    cancellation.cancel("another")
    assert cancellation.reason() == "one"


def test_a_sleep_ends_when_the_run_does() -> None:
    cancellation = Cancellation()
    threading.Timer(0.2, cancellation.cancel, ["enough"]).start()
    begun = time.monotonic()
    cancellation.sleep(30)
    assert time.monotonic() - begun < 10


def test_a_sleep_lasts_as_long_as_asked() -> None:
    begun = time.monotonic()
    Cancellation().sleep(0.25)
    assert time.monotonic() - begun >= 0.25


def test_what_has_begun_is_finished_by_the_thread_that_began_it() -> None:
    cancellation = Cancellation()
    cancellation.cancel("enough")
    elsewhere: list[str | None] = []
    with cancellation.shielded():
        with cancellation.shielded():
            assert cancellation.reason() is None
        assert cancellation.reason() is None
        thread = threading.Thread(target=lambda: elsewhere.append(cancellation.reason()))
        thread.start()
        thread.join()
    assert (elsewhere, cancellation.reason()) == (["enough"], "enough")


def test_the_ancestors_are_looked_at_now_and_then() -> None:
    class Family(ProcessTree):
        looks = 0

        def is_alive(self) -> bool:
            self.looks += 1
            return self.looks < 3

    now, family = [0.0], Family([1, 2])
    cancellation = Cancellation(family, clock=lambda: now[0])
    for _request in range(100):
        assert cancellation.reason() is None
    assert family.looks == 0
    now[0] = 0.6
    assert cancellation.reason() is None and cancellation.reason() is None
    assert family.looks == 1
    assert cancellation.check_parents() is None  # before a phase: at once
    now[0] = 1.2
    assert cancellation.reason() == "the process that started this task has ended"


def test_who_was_orphaned_before_it_began_sends_nothing_at_all() -> None:
    """A worker that Ansible has left behind may take seconds to start a task, and then not even looks."""
    assert Cancellation(ProcessTree([1, 2], is_orphaned=True)).reason() == "the process that started this task has ended"


def playing(command: str) -> subprocess.Popen[str]:
    """What looks like ansible-playbook, and below it what looks like its worker, which runs the command in a shell."""
    worker = 'exec -a ansible-playbook bash -c "$COMMAND"'
    environment = {**os.environ, "LOOKER": LOOKER, "COMMAND": f"{command} ; true", "WORKER": worker}
    return subprocess.Popen(
        ["bash", "-c", "exec -a ansible-playbook bash -c 'bash -c \"$WORKER\" ; true'"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip


_LOOK = f'"{sys.executable}" -c "$LOOKER"'


def answer(starter: subprocess.Popen[str]) -> str:
    assert starter.stdout is not None
    return starter.stdout.readline().strip()


def go_on(starter: subprocess.Popen[str]) -> None:
    assert starter.stdin is not None
    starter.stdin.write("\n")
    starter.stdin.flush()


@pytest.mark.parametrize("command", [_LOOK, f"sh -c '{_LOOK} ; true'"])
def test_a_process_notices_that_its_starter_is_gone(command: str) -> None:
    """Also through a shell that goes on waiting for it, as Ansible's does."""
    with playing(command) as starter:
        assert answer(starter) == "lives"
        starter.kill()
        starter.wait()
        go_on(starter)
        assert answer(starter) == "orphaned"


def test_a_process_notices_that_its_starter_was_gone_before_it_began() -> None:
    """Ansible's worker takes a while to prepare a task, and starts it all the same."""
    with playing(f"echo preparing ; read line ; {_LOOK}") as starter:
        assert answer(starter) == "preparing"
        starter.kill()
        starter.wait()
        go_on(starter)
        assert answer(starter) == "orphaned"
        go_on(starter)
        assert answer(starter) == "orphaned"


_PLAYBOOK = b"/usr/bin/python3\0/usr/bin/ansible-playbook\0site.yml"


@pytest.mark.parametrize(
    ("own", "above", "lives"),
    [
        (b"python\0AnsiballZ_ns_sync.py", [b"sh\0-c\0python && sleep 0", _PLAYBOOK, _PLAYBOOK, b"-bash"], True),
        (b"python\0AnsiballZ_ns_sync.py", [b"sh\0-c\0python && sleep 0", _PLAYBOOK, b"/sbin/init"], False),
        (b"python\0AnsiballZ_ns_sync.py", [b"sh\0-c\0python && sleep 0", _PLAYBOOK, _PLAYBOOK], True),
        (_PLAYBOOK, [_PLAYBOOK, b"-bash", b"/sbin/init"], True),
        (_PLAYBOOK, [b"tini\0--\0ansible-playbook\0site.yml"], False),
        (b"ansible\0all", [b"systemd\0--user", b"/sbin/init"], False),
        (b"python3\0-m\0ansible\0playbook", [b"python3\0-m\0ansible\0playbook", b"-bash"], True),
        (b"python\0AnsiballZ_ns_sync.py", [b"sh", b"python\0/tmp/async_wrapper.py\0j1", b"/sbin/init"], True),
        (b"python\0-m\0pytest", [b"python\0/bin/ansible-test\0units", b"-bash"], True),
        (b"python\0deploy.py", [b"bash\0ansible-deploy.sh", b"-bash"], True),
        (_PLAYBOOK, [b"", b""], True),
    ],
    ids=["module", "orphaned", "process 1 is Ansible", "here", "here, in a container", "here, at a session", "python -m", "async",
         "a test", "a script", "nothing to be seen"],
)  # fmt: skip
def test_a_worker_without_ansible(monkeypatch: pytest.MonkeyPatch, own: bytes, above: list[bytes], lives: bool) -> None:
    """The last of those above is process 1."""
    pids = [os.getpid(), *range(900 + len(above) - 1, 900, -1), 1]
    told = dict(zip(pids, [own, *above], strict=True))
    monkeypatch.setattr(os, "getppid", lambda: pids[1])
    monkeypatch.setattr(process_tree, "_parent", dict(zip(pids, [*pids[1:], 0], strict=True)).get)
    monkeypatch.setattr(process_tree, "_command", lambda pid: told.get(pid, b""))
    assert ProcessTree.of_this_process().is_alive() is lives


def test_only_those_up_to_ansible_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell above may end, while Ansible goes on in the background."""
    mine, shell = os.getpid(), os.getppid()
    above = {shell: 30, 30: 20, 20: 10, 10: 5, 5: 1}
    commands = {30: b"/usr/bin/python\0/usr/bin/ansible-playbook\0", 20: b"python\0ansible-playbook", 10: b"bash", 5: b"login"}
    monkeypatch.setattr(process_tree, "_parent", above.get)
    monkeypatch.setattr(process_tree, "_command", lambda pid: commands.get(pid, b""))
    family = ProcessTree.of_this_process()
    assert family._pids == (mine, shell, 30, 20)
    above[20] = 1
    assert family.is_alive()
    above[30] = 1
    assert not family.is_alive()


@pytest.mark.parametrize(
    ("commands", "watched"),
    [
        # A module on a target: shells, and the session of sshd.
        ([b"sh\0-c\0/home/u/.ansible/tmp/AnsiballZ_x.py", b"sshd: user@notty", b"sshd: user [priv]"], 2),
        # A module on the controller: a shell, the worker, ansible-playbook; and a login over ssh that may end (nohup).
        ([b"python\0/bin/ansible-playbook", b"python\0/bin/ansible-playbook", b"-bash", b"sshd: u@pts/0"], 2),
        # The task's own process: ansible-playbook is its parent.
        ([b"-bash", b"sshd: u@pts/0", b"sshd: u [priv]"], 0),
        # An async job ends at its wrapper.
        ([b"python\0/home/u/.ansible/tmp/async_wrapper.py", b"init"], 1),
    ],
    ids=["target", "controller", "own", "async"],
)
def test_processes_up_to_ansible_are_watched(monkeypatch: pytest.MonkeyPatch, commands: list[bytes], watched: int) -> None:
    parent = os.getppid()
    chain = [parent, *range(900, 900 - len(commands), -1)]
    above = dict(zip(chain, [*chain[1:], 1], strict=True))
    told = dict(zip(chain[1:], commands, strict=True))
    told[parent] = b"python\0ansible-playbook" if not watched else b"sh\0-c\0python && sleep 0"
    monkeypatch.setattr(process_tree, "_parent", above.get)
    monkeypatch.setattr(process_tree, "_command", lambda pid: told.get(pid, b""))
    assert ProcessTree.of_this_process()._pids == (os.getpid(), *chain[: 1 + watched])


def test_without_proc_the_parent_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "_parent", lambda pid: None)
    family = ProcessTree.of_this_process()
    assert family._pids == (os.getpid(), os.getppid())
    assert family.is_alive()
    assert not ProcessTree([os.getpid(), os.getppid() + 1]).is_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_tell_and_are_put_back(number: signal.Signals) -> None:
    given = signal.signal(number, signal.default_int_handler)  # whatever started the tests may ignore it, as nohup does
    try:
        with cancelled_by_signals() as cancellation:
            os.kill(os.getpid(), number)
            assert cancellation.reason() == f"it was told to end by {number.name}"
            assert signal.getsignal(number) is signal.SIG_DFL  # a second one ends the process
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, given)


def test_the_items_of_a_loop_look_up_once_and_a_fork_looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """They run in one process, one after the other."""
    found: list[ProcessTree] = []

    def look() -> ProcessTree:
        found.append(ProcessTree([os.getpid(), os.getppid()]))
        return found[-1]

    monkeypatch.setattr(ProcessTree, "of_this_process", look)
    signals._process_tree.cache_clear()
    for _item in range(2):
        with cancelled_by_signals():
            pass
    assert len(found) == 1
    monkeypatch.setattr(os, "getpid", lambda: 2)
    with cancelled_by_signals():
        pass
    assert [tree._pids[0] for tree in found[1:]] == [2]
    signals._process_tree.cache_clear()


def test_what_is_ignored_stays_ignored() -> None:
    """``nohup ansible-playbook ... &``"""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with cancelled_by_signals() as cancellation:
            os.kill(os.getpid(), signal.SIGHUP)
            assert cancellation.reason() is None
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_any_second_signal_ends_the_process() -> None:
    given = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a script ignores it
    try:
        with cancelled_by_signals():
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, given)


class Crew:
    """In place of the hands of a run: when both are at work and the main thread waits, one of them gets a signal."""

    parallel = 2

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation, self._both = cancellation, threading.Barrier(2)
        self.heard: list[str | None] = []

    def attempt(self, _step: Step) -> None:
        if self._both.wait(5) == 0:
            time.sleep(0.3)
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        until = time.monotonic() + 5
        while self._cancellation.reason() is None and time.monotonic() < until:
            time.sleep(0.01)
        self.heard.append(self._cancellation.reason())

    def leave(self) -> str:
        return ""


def test_a_signal_that_the_system_gives_to_another_thread_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers run in the main thread, which nobody wakes up then: it must not wait without an end."""
    steps = [
        Step(StepKind.UPLOAD, b"/1", None, Entry(b"%d" % n, Kind.FILE, 1), Why.ABSENT, Phase.ASSETS) for n in range(6)
    ]
    task = types.SimpleNamespace(parallel=2, on_error="continue", verify="none", verify_wait=0, listed=None)
    with cancelled_by_signals() as cancellation:
        crew = Crew(cancellation)
        monkeypatch.setattr(executor, "RemoteSteps", lambda *_given: crew)
        client = types.SimpleNamespace(pending=types.SimpleNamespace(told=lambda: ""))
        plan = Plan(b"/1", steps, Counts())
        carried = executor.execute(t.cast(t.Any, client), t.cast(t.Any, task), plan, cancellation, t.cast(t.Any, None))
    assert crew.heard == ["it was told to end by SIGTERM"] * 2
    assert (len(carried.done), len(carried.left), carried.lost) == (2, 4, crew.heard[0])
