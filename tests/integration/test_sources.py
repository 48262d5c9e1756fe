# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where sources come from: roles, vaults, spooled content, and connections over which bytes are shipped only when needed.

The connection ``recording`` runs on this machine, but is not local to Ansible, and keeps a copy of all that goes over it.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import typing as t
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.tests.fork_server.client import run_directly
from ansible_collections.edgeops.netstorage.tests.integration.cores import MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import plain_python
from netstorage_emulator.control import Running, running

ACCOUNT, KEY, CP_CODE = "deploy", "a-key-of-some-length-0123456789", "123456"
BIN = Path(sys.executable).parent
PLUGINS = Path(__file__).with_name("controller_plugins")
MARK = "this-text-is-nowhere-but-in-the-content"
VAULT_PASSWORD = "open-sesame"

Task = dict[str, t.Any]
LOCAL, RECORDING = "local", "recording"
CONNECTIONS = pytest.mark.parametrize("connection", [LOCAL, RECORDING])


@dataclasses.dataclass
class Run:
    """What a playbook run left: its status and output, a result for each task, and what went over the connection."""

    status: int
    output: str
    results: list[dict[str, t.Any]]
    shipped: list[bytes]
    modules: list[bytes]

    @property
    def last(self) -> dict[str, t.Any]:
        assert self.results, self.output
        return self.results[-1]


class Controller:
    """A folder with a playbook, from which real ansible-playbook processes are started."""

    def __init__(self, folder: Path, emulator: Running) -> None:
        self.folder, self.emulator = folder, emulator
        self.base = f"/{CP_CODE}/{uuid.uuid4().hex}"
        for name in ("home", "recorded", "local-tmp", "remote-tmp", "async"):
            (folder / name).mkdir()
        (folder / "vault-password").write_text(VAULT_PASSWORD)
        interpreter = f"ansible_python_interpreter={plain_python(folder)}"
        lines = [f"{name} ansible_connection={name} {interpreter}" for name in (LOCAL, RECORDING)]
        (folder / "hosts").write_text("\n".join(lines) + f"\nlocalhost ansible_connection=local {interpreter}\n")

    def run(self, host: str, *tasks: Task, arguments: t.Sequence[str] = (), **play: t.Any) -> Run:
        connection = {"host": self.emulator.host_port, "root": self.base, "account": ACCOUNT, "key": KEY, "protocol": "http"}
        defaults = {"group/edgeops.netstorage.all": connection}
        playbook = [{"hosts": host, "gather_facts": False, "module_defaults": defaults, "tasks": list(tasks), **play}]
        (self.folder / "play.yml").write_text(json.dumps(playbook))
        results = self.folder / "results"
        results.unlink(missing_ok=True)
        before = set((self.folder / "recorded").iterdir())
        options = ["play.yml", "-i", "hosts", "--vault-password-file", "vault-password", *arguments]
        ended = run_directly(options, self._environment(), self.folder)
        put = sorted(set((self.folder / "recorded").iterdir()) - before)
        return Run(
            ended.status,
            ended.output,
            [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else [],
            [file.read_bytes() for file in put if file.name.endswith(".content")],
            [file.read_bytes() for file in put if "AnsiballZ_ns_" in file.name],
        )

    def put(self, host: str, *arguments: str, keywords: Task | None = None, **options: t.Any) -> Run:
        task = {"edgeops.netstorage.ns_file": {"path": "site/a.txt", **options}, **(keywords or {})}
        return self.run(host, task, arguments=arguments)

    def stored(self, name: str = "site/a.txt") -> dict[str, t.Any] | None:
        key = f"{self.base}/{name}".lstrip("/")
        found = [row for row in self.emulator.control.tree(key) if row["key"].lstrip("/") == key]
        return found[0] if found else None

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def leftovers(self) -> list[str]:
        """Files in the temporary folders of either side. Jobs of async tasks keep their results elsewhere."""
        kept = [self.folder / "local-tmp", self.folder / "remote-tmp"]
        return [path.name for folder in kept for path in folder.rglob("*") if path.is_file()]

    def leftovers_of_jobs(self) -> list[str]:
        """Ansible's wrapper looks every five seconds whether its job has ended, and removes its own files only then."""
        ours = [name for name in self.leftovers() if not name.startswith(("AnsiballZ_", "async_wrapper"))]
        deadline = time.monotonic() + 15
        while self.leftovers() and time.monotonic() < deadline:
            time.sleep(0.2)
        return ours + self.leftovers()

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "NETSTORAGE_"))}
        return {
            **inherited,
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "local-tmp"),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "remote-tmp"),
            "ANSIBLE_ASYNC_DIR": str(self.folder / "async"),
            "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS / "connection"),
            "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS / "callback"),
            "ANSIBLE_ROLES_PATH": str(self.folder / "roles"),
            "ANSIBLE_NOCOLOR": "1",
            "RECORDING_FOLDER": str(self.folder / "recorded"),
            "RESULTS_FILE": str(self.folder / "results"),
        }


@pytest.fixture(scope="module")
def emulator() -> t.Iterator[Running]:
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE]) as started:
        yield started


@pytest.fixture
def controller(tmp_path: Path, emulator: Running) -> Controller:
    return Controller(tmp_path, emulator)


def opened(module: bytes) -> bytes:
    """A module as it is put on the target, with what its embedded archive holds."""
    everything = [module]
    for packed in re.findall(rb"[A-Za-z0-9+/=]{1000,}", module):
        archive = zipfile.ZipFile(BytesIO(base64.b64decode(packed)))
        everything += [archive.read(name) for name in archive.namelist()]
    return b"\n".join(everything)


def vaulted(controller: Controller, name: str, content: bytes) -> bytes:
    path = controller.write(name, content)
    command = [str(BIN / "ansible-vault"), "encrypt", "--vault-password-file", "vault-password", str(path)]
    subprocess.run(command, cwd=controller.folder, capture_output=True, check=True)
    return path.read_bytes()


@every_core("connections", ways=[MODULE])
def test_content_over_a_connection_is_shipped_once_and_only_when_needed(controller: Controller) -> None:
    content = f"first\n{MARK}\n"
    check = controller.put(RECORDING, "--check", "--diff", content=content)
    assert (check.status, check.last["changed"], check.shipped) == (0, True, []), check.output
    assert controller.stored() is None

    real = controller.put(RECORDING, content=content)
    assert (real.status, real.last["changed"], real.shipped) == (0, True, [content.encode()]), real.output
    assert real.last["md5"] == hashlib.md5(content.encode()).hexdigest()
    assert controller.stored()
    assert real.last["api_calls"]["upload"] == 1
    assert real.last["api_calls"]["stat"] > check.last["api_calls"]["stat"]

    again = controller.put(RECORDING, content=content)
    assert (again.status, again.last["changed"], again.shipped) == (0, False, []), again.output
    assert (len(check.modules), len(real.modules), len(again.modules)) == (1, 2, 1)

    everything = b"\n".join(opened(module) for run in (check, real, again) for module in run.modules)
    assert controller.base.encode() in everything
    assert MARK.encode() not in everything
    assert controller.leftovers() == []


def test_the_diff_is_the_same_over_either_connection(controller: Controller) -> None:
    old, new = "kept\nold\n", f"kept\nnew \x07 {KEY}\n"
    contents = [{"content": new}, {"content_b64": "AAEC"}, {"content": "x" * 200_000}]
    tasks = [{"edgeops.netstorage.ns_file": {"path": "site/a.txt", **content}} for content in contents]

    def checked(connection: str) -> Run:
        run = controller.run(connection, *tasks, arguments=["--check", "--diff"])
        assert (run.status, run.shipped) == (0, []), run.output
        return run

    def diffs(connection: str) -> list[t.Any]:
        return [result["diff"] for result in checked(connection).results]

    assert diffs(LOCAL) == diffs(RECORDING)
    controller.put(LOCAL, content=old)
    run = checked(RECORDING)
    assert diffs(LOCAL) == [result["diff"] for result in run.results]
    assert " kept\n-old\n+new \\x07 ********\n" in run.output
    assert run.results[0]["diff"][1]["before"] == old


def test_a_plan_without_an_upload_ships_nothing(controller: Controller) -> None:
    key = f"{controller.base}/implicit/a.txt".lstrip("/")
    controller.emulator.control.load([{"key": f"/{key}", "type": "file", "content": "same", "mtime": 1}])
    run = controller.put(RECORDING, path="implicit/a.txt", content="same")
    assert (run.status, run.last["changed"], run.shipped, len(run.modules)) == (0, True, [], 2), run.output
    assert {step["step"] for step in run.last["plan"]["steps"]} == {"mkdir"}
    assert controller.put(RECORDING, path="implicit/a.txt", content="same").last["changed"] is False


@CONNECTIONS
def test_a_source_keeps_its_time_and_stays_where_it_is(controller: Controller, connection: str) -> None:
    source = controller.write("files/page $x.html", b"<html>")
    os.utime(source, (1_600_000_000, 1_600_000_000))
    run = controller.put(connection, src="page $x.html")
    assert run.status == 0, run.output
    assert run.last["mtime"] == 1_600_000_000
    stored = controller.stored()
    assert stored is not None
    assert stored["mtime"] == 1_600_000_000
    assert source.exists()
    assert controller.leftovers() == []


@every_core("roles", "vault", "connections", ways=[MODULE])
@CONNECTIONS
def test_roles_and_vaults(controller: Controller, connection: str) -> None:
    cipher = vaulted(controller, "roles/site/files/secret.txt", MARK.encode())
    os.utime(controller.folder / "roles/site/files/secret.txt", (1_600_000_000, 1_600_000_000))
    tasks = [
        {"edgeops.netstorage.ns_file": {"path": "plain.txt", "src": "secret.txt"}},
        {"edgeops.netstorage.ns_file": {"path": "cipher.txt", "src": "secret.txt", "decrypt": False}},
    ]
    controller.write("roles/site/tasks/main.yml", json.dumps(tasks).encode())
    run = controller.run(connection, roles=["site"])
    assert run.status == 0, run.output
    assert [result["md5"] for result in run.results] == [
        hashlib.md5(MARK.encode()).hexdigest(),
        hashlib.md5(cipher).hexdigest(),
    ]
    assert [result["mtime"] for result in run.results] == [1_600_000_000, 1_600_000_000]
    assert run.shipped == ([] if connection == LOCAL else unordered(run.shipped, [MARK.encode(), cipher]))
    assert controller.leftovers() == []


def unordered(found: list[bytes], expected: list[bytes]) -> list[bytes]:
    """The found list where it has what is expected in any order."""
    return found if sorted(found) == sorted(expected) else expected


@CONNECTIONS
def test_kinds_of_content(controller: Controller, connection: str) -> None:
    kinds: list[tuple[Task, bytes]] = [
        ({"content": ""}, b""),
        ({"content": {"b": [1, "ü"], "a": True}}, b'{"b": [1, "\\u00fc"], "a": true}'),
        ({"content": "{{ 40 + 2 }}"}, b"42"),
        ({"content_b64": "AAEC\n/w=="}, b"\0\1\2\xff"),
    ]
    run = controller.run(connection, *({"edgeops.netstorage.ns_file": {"path": "a", **options}} for options, _content in kinds))
    assert run.status == 0, run.output
    assert [result["md5"] for result in run.results] == [hashlib.md5(content).hexdigest() for _options, content in kinds]
    assert controller.leftovers() == []


@CONNECTIONS
def test_an_async_task_sends_its_source_and_leaves_no_job(controller: Controller, connection: str) -> None:
    vaulted(controller, "files/secret.txt", b"decrypted")
    source = controller.write("files/plain.txt", b"plain")
    keywords = {"async": 60, "poll": 1}
    tasks: list[Task] = [
        {"edgeops.netstorage.ns_file": {"path": "content.txt", "content": MARK}, **keywords},
        {"edgeops.netstorage.ns_file": {"path": "secret.txt", "src": "secret.txt"}, **keywords},
        {"edgeops.netstorage.ns_file": {"path": "plain.txt", "src": "plain.txt"}, **keywords},
    ]
    first = controller.run(connection, *tasks)
    assert first.status == 0, first.output
    assert [result["changed"] for result in first.results] == [True] * 3
    for name in ("content.txt", "secret.txt", "plain.txt"):
        assert controller.stored(name), name
    assert source.read_bytes() == b"plain"
    again = controller.run(connection, tasks[0])
    assert (again.status, again.last["changed"], again.shipped) == (0, False, []), again.output
    failing = {"edgeops.netstorage.ns_file": {"path": "x", "content": MARK, "sha256": "0" * 64}, **keywords}
    checked = controller.run(connection, tasks[0], failing, arguments=["--check"])
    assert (checked.status, checked.shipped) == (2, []), checked.output
    assert checked.last["failure"]["code"] == "bad_source"
    assert controller.leftovers_of_jobs() == []


@every_core("async", "connections", ways=[MODULE])
def test_a_job_that_nobody_waits_for(controller: Controller) -> None:
    tasks: list[Task] = [
        {"edgeops.netstorage.ns_file": {"path": "a.txt", "content": MARK}, "async": 60, "poll": 0, "register": "job"},
        {
            "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
            "register": "end", "until": "end is finished", "retries": 60, "delay": 1,
        },
    ]  # fmt: skip
    runs = [controller.run(connection, *tasks) for connection in (LOCAL, RECORDING)]
    assert [run.status for run in runs] == [0, 0], runs
    assert runs[-1].last["changed"] is False
    assert controller.leftovers_of_jobs() == []


def test_failures_have_one_shape(controller: Controller) -> None:
    controller.write("files/a", b"a")
    cases: list[tuple[Task, str, str]] = [
        ({"src": "a", "content": "b"}, "bad_options", "src and content contradict each other"),
        ({"src": ""}, "bad_options", "src is empty"),
        ({"content": None}, "bad_options", "there is no value"),
        ({}, "bad_options", "needs src, content or content_b64"),
        ({"content_b64": "%%%"}, "bad_options", "not base64"),
        ({"state": "absent", "content": "x"}, "bad_options", "state: absent and content contradict"),
        ({"remote_src": True, "content": "x"}, "bad_options", "remote_src: true and content contradict"),
        ({"remote_src": "perhaps", "src": "x"}, "bad_options", "neither yes nor no"),
        ({"_file": "/etc/passwd"}, "bad_options", "_file cannot be set"),
        ({"src": "nowhere.txt"}, "bad_source", "nowhere.txt"),
        ({"src": "files"}, "bad_source", "ns_sync sends directories"),
        ({"content": MARK, "sha256": "0" * 64}, "bad_source", "sha256"),
    ]
    since = controller.emulator.control.journal_length()
    tasks = [
        {"edgeops.netstorage.ns_file": {"path": "site/a.txt", **options}, "ignore_errors": True}
        for options, _code, _words in cases
    ]
    run = controller.run(RECORDING, *tasks)
    assert len(run.results) == len(cases), run.output
    for result, (_options, code, words) in zip(run.results, cases, strict=True):
        assert words in result["msg"]
        assert result["failure"]["code"] == code
        assert set(result["failure"]) == {"code", "action", "path", "status", "hint"}
        assert (result["changed"], result["done"], result["failed_paths"], result["left"]) == (False, [], [], [])
    assert MARK not in run.output
    assert controller.emulator.control.journal(since) == []
    assert controller.leftovers() == []


def test_remote_sources_absent_files_and_delegation(controller: Controller) -> None:
    source = controller.write("elsewhere/app.zip", b"zip")
    controller.write("files/app.zip", b"of the controller")
    remote = controller.put(RECORDING, src=str(source), remote_src=True)
    assert (remote.last["md5"], remote.shipped) == (hashlib.md5(b"zip").hexdigest(), []), remote.output
    delegated = controller.put(RECORDING, src="app.zip", keywords={"delegate_to": "localhost"})
    assert delegated.last["md5"] == hashlib.md5(b"of the controller").hexdigest(), delegated.output
    assert (delegated.shipped, delegated.modules) == ([], [])
    absent = controller.put(RECORDING, state="absent")
    assert (absent.last["changed"], controller.stored()) == (True, None)
    looped = controller.put(
        RECORDING,
        path="{{ item.path }}",
        state="{{ item.state | default('present') }}",
        content="{{ item.content | default(omit) }}",
        keywords={"loop": [{"path": "a", "content": "1"}, {"path": "b", "state": "absent"}], "no_log": True},
    )
    assert looped.status == 0, looped.output
    assert controller.stored("a")
    assert controller.leftovers() == []


def test_a_tree_comes_from_the_machine_where_the_module_runs(controller: Controller) -> None:
    controller.write("roles/site/files/tree/index.html", b"<html>")
    controller.write(
        "roles/site/tasks/main.yml", json.dumps([{"edgeops.netstorage.ns_sync": {"src": "tree/", "path": "t"}}]).encode()
    )
    local = controller.run(LOCAL, roles=["site"])
    assert (local.status, local.last["changed"]) == (0, True), local.output
    assert controller.stored("t/index.html")

    refused = controller.run(RECORDING, roles=["site"])
    assert refused.status == 2
    assert refused.last["failure"]["code"] == "bad_options"
    assert "delegate_to: localhost" in refused.last["msg"]

    tree = str(controller.folder / "roles/site/files/tree")
    run = controller.run(
        RECORDING,
        {"edgeops.netstorage.ns_sync": {"path": "t", "src": tree}, "delegate_to": "localhost", "run_once": True},
        {"edgeops.netstorage.ns_sync": {"path": "t", "src": tree, "remote_src": True}},
        {"edgeops.netstorage.ns_sync": {"path": "t", "src": tree, "remote_src": True}, "async": 60, "poll": 1},
    )
    assert (run.status, [result["changed"] for result in run.results]) == (0, [False] * 3), run.output


def test_a_tree_that_is_none(controller: Controller) -> None:
    controller.write("files/page.html", b"")
    cases = [("nowhere", "nowhere"), ("page.html", "is not a directory"), ("", "src is empty")]
    tasks = [{"edgeops.netstorage.ns_sync": {"src": src, "path": "t"}, "ignore_errors": True} for src, _words in cases]
    run = controller.run(LOCAL, *tasks)
    assert len(run.results) == len(cases), run.output
    for result, (_src, words) in zip(run.results, cases, strict=True):
        assert words in result["msg"]
        assert result["failure"]["code"] in ("bad_source", "bad_options")
