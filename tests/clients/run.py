# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients of others against the emulator: ``run.py [CLIENT ...]``, what docs/emulator-clients.md says of them.

They are installed into ``.cache/clients``, from PyPI and npm, in the versions below. What a client does otherwise than is
written down here ends the run with status 1. One that this machine cannot run, for want of npm or of a port below 1024, is left
out, and the run says so.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from netstorage_emulator.control import ControlError, Running, running

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".cache/clients"
ACCOUNT, KEY, CP_CODE = "tester", "a-key-for-tests-only", "123456"
NAME = "example-nsu.akamaihd.net"
HTTP, HTTPS = 80, 443
LOW_HOST = "127.0.0.80"  # an address of this machine that nobody else is likely to use port 80 of
REFUSED: t.Mapping[str, object] = {"rmdir, not empty": 409, "stat, gone": 404}


class LeftOut(Exception):
    """A client that cannot be run here; the text says why."""


@dataclasses.dataclass(frozen=True)
class Client:
    """``otherwise`` is what is answered otherwise than with 200. One that ``takes_no_port`` needs ports 80 and 443."""

    name: str
    index: str
    version: str
    protocols: tuple[str, ...]
    otherwise: t.Mapping[str, object]
    takes_no_port: bool = False

    @property
    def title(self) -> str:
        return f"{self.name} {self.version} ({self.index})"


CLIENTS = (
    Client("netstorageapi", "PyPI", "1.2.13", ("http", "https"), {**REFUSED, "upload, index_zip": 400}),
    Client("anesto", "PyPI", "1.0", ("https",), REFUSED),
    Client(
        "netstorageapi", "npm", "1.1.5", ("http", "https"), {**REFUSED, "upload, letter beyond ASCII": 400}, takes_no_port=True
    ),
    Client("akamai-http-api", "npm", "0.6.1", ("http", "https"), {**REFUSED, "upload, blank in the name": 403}),
)


def command_of(client: Client) -> list[str]:
    """How its calls are started; it is installed if it is not yet."""
    folder = INSTALLED / f"{client.index}-{client.name}-{client.version}"
    if client.index == "PyPI":
        python = folder / "bin/python"
        if not (folder / "ready").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
            _install([*pip, f"{client.name}=={client.version}", "requests"], folder)
        return [str(python), str(HERE / "python_calls.py"), client.name]
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise LeftOut("there is no npm here")
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--silent"]
        _install([npm, "install", *options, f"{client.name}@{client.version}"], folder)
    return [node, "--no-deprecation", str(HERE / "node_calls.js"), client.name, str(folder)]


def _install(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise LeftOut(f"it could not be installed: {done.stdout[-500:]}")
    (folder / "ready").touch()


def started(client: Client) -> t.ContextManager[Running]:
    """An emulator with HTTPS, at the ports that everybody knows if the client takes no other."""
    more = ["--host", LOW_HOST, "--https-port", str(HTTPS)] if client.takes_no_port else []
    port = HTTP if client.takes_no_port else 0
    settings: dict[str, t.Any] = {"self_signed": [NAME], "knobs": {"quick_delete": "now"}, "port": port, "more": more}
    return running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], **settings)


def played(client: Client, protocol: str, folder: Path) -> dict[str, object]:
    """Each call with the status of its response. Raises LeftOut."""
    command = command_of(client)
    try:
        with started(client) as emulator:
            port = emulator.https_port if protocol == "https" else emulator.port
            host = LOW_HOST if client.takes_no_port else f"127.0.0.1:{port}"
            trust = str(emulator.authority)
            variables = {**os.environ, "REQUESTS_CA_BUNDLE": trust, "NODE_EXTRA_CA_CERTS": trust}
            command += [host, protocol]
            done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    except ControlError as error:
        raise LeftOut(str(error)) from error
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {**dict(lines), **({"the end": done.stderr[-500:]} if done.returncode else {})}


def differences(client: Client, found: t.Mapping[str, object]) -> list[str]:
    """What the client does otherwise than is written down."""
    expected = {call: client.otherwise.get(call, 200) for call in [*found, *client.otherwise]}
    wrong = {call: wanted for call, wanted in expected.items() if found.get(call) != wanted}
    return [f"{call}: {found.get(call)!r} instead of {wanted!r}" for call, wanted in wrong.items()]


def main(names: list[str]) -> int:
    failed = 0
    for client in CLIENTS:
        if names and client.name not in names:
            continue
        for protocol in client.protocols:
            with tempfile.TemporaryDirectory(prefix="netstorage-clients-") as folder:
                try:
                    found = played(client, protocol, Path(folder))
                except LeftOut as reason:
                    print(f"{client.title} over {protocol}: left out, {reason}")
                    continue
            wrong = differences(client, found)
            failed += bool(wrong)
            print(f"{client.title} over {protocol}: {len(found)} calls, {'; '.join(wrong) or 'as written down'}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
