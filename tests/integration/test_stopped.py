# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that are stopped from outside, while they send: nothing more is started, nothing is deleted, all is told."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import psutil
import pytest
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Request

FILES = 400
PATIENCE = 30.0  # seconds


KEYWORDS: dict[str, dict[str, t.Any]] = {IN_PROCESS: {}, MODULE: {"environment": {"SOME": "thing"}}}
ways = pytest.mark.parametrize("way", KEYWORDS)
"""In the task's own process, or by the module, which a variable of the task's own makes necessary."""


@pytest.fixture
def sending(player: Player) -> t.Iterator[Player]:
    """A service so slow that a task needs half a minute, and a tree for it in ``tree``; ``old`` is to be deleted."""
    tree = player.work / "tree"
    tree.mkdir()
    for number in range(FILES):
        (tree / f"{number:03}").write_text(f"{number}")
    player.service.load({"site/000": "0", "site/old": "old"})
    player.service.emulator.control.set_latency(150)
    try:
        yield player
    finally:
        player.service.emulator.control.set_latency(0)


def playbook(player: Player, **keywords: t.Any) -> Path:
    options = {"src": str(player.work / "tree"), "path": "site", "delete": True, "parallel": 2}
    return player.write("stopped.json", [{"name": "Task", "edgeops.netstorage.ns_sync": options, **keywords}])


def stopped(player: Player, way: str, cancellation: t.Callable[[subprocess.Popen[str]], None]) -> Outcome:
    """The play, stopped when it has sent a few files; its requests up to the moment when no more come."""
    control = player.service.emulator.control
    with player.service.recording() as requests:
        since = control.journal_length()
        running = player.start(playbook(player, **KEYWORDS[way]))
        wait_until(lambda: uploads(control.journal(since)) >= 5)
        cancellation(running)
        try:
            output, _nothing = running.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            # With ansible-core 2.18 the worker of an Ansible that was killed waits for ever, holding on to our pipe.
            wait_for_silence(player)
            os.killpg(running.pid, signal.SIGKILL)
            output, _nothing = running.communicate(timeout=PATIENCE)
        wait_for_silence(player)
    return player.ended(running.returncode, output, requests)


def uploads(requests: t.Iterable[Request]) -> int:
    return sum(request["action"] == "upload" for request in requests)


def wait_until(is_so: t.Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it does not come to pass"
        time.sleep(0.05)


def wait_for_silence(player: Player) -> None:
    """Until two seconds have gone by without a request."""
    control = player.service.emulator.control
    seen, since = control.journal_length(), time.monotonic()
    until = since + PATIENCE
    while time.monotonic() < since + 2:
        assert time.monotonic() < until, "requests go on and on"
        time.sleep(0.1)
        if control.journal_length() != seen:
            seen, since = control.journal_length(), time.monotonic()


def nothing_more(outcome: Outcome) -> None:
    assert 0 < uploads(outcome.requests) < FILES - 100
    assert not [request for request in outcome.requests if request["action"] in ("delete", "rmdir")]


def last_of(running: subprocess.Popen[str]) -> int:
    """The process that has no children: Ansible's worker, or the module behind it and its shells."""
    process = psutil.Process(running.pid)
    while children := process.children():
        process = children[-1]
    return process.pid


@every_core("signals")
@ways
def test_what_is_told_to_end_reports(sending: Player, way: str) -> None:
    outcome = stopped(sending, way, lambda running: os.kill(last_of(running), signal.SIGTERM))
    nothing_more(outcome)
    assert outcome.became == {"Task": "failed"}
    reported(outcome, "it was told to end by SIGTERM")
    sending.service.emulator.control.set_latency(0)
    again = sending.play(playbook(sending))
    assert (again.status, len(again.result["changed_paths"])) == (0, outcome.result["counts"]["left"])


def reported(outcome: Outcome, why: str) -> None:
    result, sent = outcome.result, uploads(outcome.requests)
    assert result["failure"]["code"] == "stopped"
    assert why in result["msg"]
    done, left = 1 + sent, (FILES - 1 - sent) + 1  # the directory was made explicit; one file was there, and one is to be deleted
    assert result["counts"] == {"done": done, "failed_paths": 0, "left": left}
    assert (len(result["done"]), len(result["left"])) == (min(done, 20), min(left, 20))


@ways
def test_a_listing_that_trickles(player: Player, way: str) -> None:
    """It would take minutes, and is given up at once."""
    (player.work / "tree").mkdir()
    (player.work / "tree" / "new").write_text("new")
    player.service.load({f"site/{number:03}": "x" for number in range(100)})
    control = player.service.emulator.control
    control.add_faults({"kind": "trickle", "bytes_per_second": 4, "action": "list"})
    since = control.journal_length()
    with player.service.recording() as requests:
        running = player.start(playbook(player, **KEYWORDS[way]))
        wait_until(lambda: control.journal_length() > since)  # stat of the way; then the listing begins
        time.sleep(1)
        begun = time.monotonic()
        os.kill(last_of(running), signal.SIGTERM)
        output, _nothing = running.communicate(timeout=PATIENCE)
    assert time.monotonic() - begun < 8
    outcome = player.ended(running.returncode, output, requests)
    assert outcome.result["failure"]["code"] == "stopped"
    assert "Stopped while the plan was made: it was told to end by SIGTERM. Nothing was changed" in outcome.result["msg"]
    assert (outcome.result["done"], outcome.result["left"]) == ([], [])


SECRET = "what-only-the-service-may-see"
DECRYPTED: dict[str, dict[str, t.Any]] = {
    "file": {"edgeops.netstorage.ns_file": {"path": "file/x", "src": "vaulted"}},
    "text": {"edgeops.netstorage.ns_file": {"path": "text/x", "content": "{{ secret }}"}},
    "templates": {
        "edgeops.netstorage.ns_sync": {"path": "templates", "src": "{{ work }}/templates", "templates": ["*.j2"]},
        "environment": {"SOME": "thing"},
    },
}


def test_what_was_decrypted_is_gone(player: Player) -> None:
    """SIGTERM for ansible-playbook, whose workers do not live to tidy up. Three hosts that do one thing each, all at once."""
    folders = {name: player.work / name.lower() for name in ("ANSIBLE_LOCAL_TEMP", "ANSIBLE_REMOTE_TEMP")}
    seal(player.work)
    for latency in (2000, 6000):  # where the machine is busy, the first host may have ended before the last one begins
        sent = uploads(told_to_end(player, latency, {name: str(folder) for name, folder in folders.items()}))
        files = [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()]
        assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
        if sent < len(DECRYPTED):
            break
    assert sent < len(DECRYPTED)


def told_to_end(player: Player, latency: int, environment: dict[str, str]) -> list[Request]:
    """The requests of a play whose three hosts were all at work when it was told to end."""
    tasks = [{"name": name, "when": f"inventory_hostname == '{name}'", **task} for name, task in DECRYPTED.items()]
    variables = {"secret": SECRET, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = player.write("decrypted.json", tasks, hosts="all", connection="local", strategy="free", vars=variables)
    options = ("--inventory", ",".join(DECRYPTED), "--vault-password-file", "vault-password")
    control = player.service.emulator.control
    control.reset_tree()
    control.set_latency(latency)
    since = control.journal_length()
    try:
        running = player.start(play, *options, environment=environment)
        wait_until(lambda: all(any(f"/{name}" in entry["path"] for entry in control.journal(since)) for name in DECRYPTED))
        os.kill(running.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.communicate(timeout=5)
        wait_for_silence(player)
    finally:
        control.set_latency(0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    requests: list[Request] = control.journal(since)
    return requests


def seal(work: Path) -> None:
    (work / "vault-password").write_text("open-sesame")
    (work / "vaulted").write_text(SECRET)
    vault = [str(Path(sys.executable).with_name("ansible-vault")), "encrypt", "--vault-password-file", "vault-password"]
    subprocess.run([*vault, "vaulted"], cwd=work, check=True, capture_output=True)
    (work / "templates").mkdir()
    (work / "templates/x.j2").write_text("{{ secret }}")


@ways
def test_control_c_stops_all_requests(sending: Player, way: str) -> None:
    """The whole process group gets it."""
    nothing_more(stopped(sending, way, lambda running: os.killpg(running.pid, signal.SIGINT)))


@ways
def test_when_ansible_is_gone(sending: Player, way: str) -> None:
    """SIGKILL for ansible-playbook alone: its worker, the shell and the module live on. They notice."""
    nothing_more(stopped(sending, way, lambda running: os.kill(running.pid, signal.SIGKILL)))


@ways
def test_the_timeout_of_a_task(sending: Player, way: str) -> None:
    """In the task's own process it is heard; a module is left alone by Ansible, and notices."""
    for seconds in (4, 8, 16):  # where the machine is busy, the task may have sent nothing yet when the first is over
        outcome = timed_out(sending, way, seconds)
        if uploads(outcome.requests):
            break
    assert outcome.status != 0
    nothing_more(outcome)
    if way == IN_PROCESS:
        reported(outcome, "it was told to end by SIGALRM")
    else:
        told = (f"{seconds} second timeout", "timed out", f"expected time frame ({seconds})")
        assert any(words in outcome.output.lower() for words in told)


def timed_out(player: Player, way: str, seconds: int) -> Outcome:
    """The play, ended by Ansible; its requests up to the moment when no more come."""
    with player.service.recording() as requests:
        running = player.start(playbook(player, timeout=seconds, **KEYWORDS[way]))
        output, _nothing = running.communicate(timeout=PATIENCE)
        wait_for_silence(player)
    return player.ended(running.returncode, output, requests)
