# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content on the controller goes away with its process, by whatever signal that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._private_files import named

HOLDER = """
import os, signal, sys
from ansible import constants
constants.DEFAULT_LOCAL_TMP = sys.argv[1]
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.signals import cancelled_by_signals
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._private_files import held, named, private_folder
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # who started the tests may have had some of them ignored
with held(b"the-secret") as memory, named(b"the-secret"), private_folder("ns_templates-") as folder:
    os.makedirs(folder + "/a/b")
    open(folder + "/a/b/c", "w").write("the-secret")
    def wait():
        print(memory, flush=True)
        sys.stdin.readline()
    if sys.argv[2] == "flow":
        with cancelled_by_signals() as cancellation:
            wait()
            signal.raise_signal(signal.SIGTERM)  # the first is heard, and the run goes on to its end
            assert cancellation.reason()
            wait()
    else:
        wait()
"""


def holding(folder: Path, within: str = "") -> subprocess.Popen[str]:
    """A process that holds content in all ways, and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), within], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("/proc/")
    assert len(secret_of(folder)) == 2
    return process


def secret_of(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and "the-secret" in path.read_text()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with holding(tmp_path) as process:
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_nor_does_a_second_one_that_ends_the_flow_at_once(tmp_path: Path) -> None:
    with holding(tmp_path, "flow") as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()
        assert len(secret_of(tmp_path)) == 2
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_on_another_thread_nobody_listens_to_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategy may play tasks on threads."""
    monkeypatch.setattr("ansible.constants.DEFAULT_LOCAL_TMP", str(tmp_path))
    read: list[bytes] = []

    def work() -> None:
        with named(b"content") as path:
            read.append(Path(path).read_bytes())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert read == [b"content"] and list(tmp_path.iterdir()) == []
