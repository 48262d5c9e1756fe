# Copyright (c) edgeops.netstorage contributors
# MIT License (see LICENSES/MIT.txt or https://opensource.org/license/mit)
# SPDX-License-Identifier: MIT

"""For tests: start an emulator, ask and steer it through its control port, stop it. Standard library only.

    with running(account="tester", key="a-secret-key", cp_codes=["123456"]) as emulator:
        ...  # talk to emulator.host_port
        assert emulator.control.counts()["total"] == 3
"""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

START_SECONDS = 20.0
_EDGES = {"production": "edge", "staging": "edge-staging", "https": "edge-https"}


class ControlError(Exception):
    """The control port refused a request, or the emulator did not start."""


class Control:
    """The control port of a running emulator."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, value: object = None) -> Any:
        body = None if value is None else json.dumps(value)
        try:
            self._connection.request(method, path, body)
            reply = self._connection.getresponse()
            found = json.loads(reply.read())
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ControlError(f"the control port does not answer: {error}") from error
        if reply.status != 200:
            raise ControlError(found.get("error", f"status {reply.status}"))
        return found

    def close(self) -> None:
        self._connection.close()

    def counts(self) -> dict[str, Any]:
        return dict(self.ask("GET", "/counts"))

    def reset_counts(self) -> dict[str, Any]:
        """The counts before the reset."""
        return dict(self.ask("POST", "/counts/reset", {}))

    def knobs(self) -> dict[str, Any]:
        return dict(self.ask("GET", "/knobs"))

    def set_knobs(self, **settings: object) -> dict[str, Any]:
        return dict(self.ask("POST", "/knobs", settings))

    def set_latency(self, milliseconds: float) -> None:
        self.ask("POST", "/latency", {"ms": milliseconds})

    def accounts(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "/accounts"))

    def restrict(self, account: str, *prefixes: str) -> None:
        """Limit an account to these sub-directories; to none for its whole CP codes."""
        self.ask("POST", "/accounts", {"account": account, "restrict": list(prefixes)})

    def throttle(self) -> dict[str, Any]:
        return dict(self.ask("GET", "/throttle"))

    def set_throttle(self, **settings: object) -> dict[str, Any]:
        """In place of the throttle so far, with a full bucket; a setting that is not named has its default."""
        return dict(self.ask("POST", "/throttle", settings))

    def clear_throttle(self) -> None:
        self.ask("DELETE", "/throttle")

    def reset(self) -> None:
        """Everything as it was when the emulator started: settings, faults, counts, journal, and what was given to ``load``.

        Anything else that was stored is gone. Connections stay open.
        """
        self.ask("POST", "/reset", {})

    def tree(self, prefix: str | bytes = "", *, content: bool = False) -> list[dict[str, Any]]:
        """What is stored below a path; with the ``content_base64`` of files it can be loaded again."""
        return list(self.ask("GET", f"/tree?prefix={quote(prefix)}{'&content=yes' if content else ''}"))

    def load(self, entries: Iterable[Mapping[str, object]]) -> int:
        """Put objects into the store: ``key``, ``type``, ``content`` or ``content_base64``, ``mtime``, ``target``."""
        return int(self.ask("POST", "/tree", list(entries))["loaded"])

    def reset_tree(self) -> None:
        self.ask("POST", "/tree/reset", {})

    def purges(self) -> list[dict[str, Any]]:
        """What Fast Purge accepted: ``purge_id``, ``method``, ``type``, ``network``, ``objects``, ``client``, ``time``."""
        return list(self.ask("GET", "/purges"))

    def forget_purges(self) -> None:
        self.ask("DELETE", "/purges")

    def limit_purges(self, **limits: object) -> dict[str, Any]:
        """The documented buckets, full, but for these: ``url=[size, per second]``, ``cpcode``, ``tag``, ``requests``."""
        return dict(self.ask("POST", "/purges/limits", limits))

    def load_contract(self, contract: Mapping[str, object]) -> dict[str, Any]:
        """In the place of what the Configuration API had: ``contracts``, ``zones``, ``cp_codes``, ``storage_groups``,
        ``upload_accounts``, ``rule_sets``. All of it has propagated. Answers as ``contract``."""
        return dict(self.ask("POST", "/config/load", dict(contract)))

    def contract(self) -> dict[str, Any]:
        """What the Configuration API has now, as it shows it, and with all secrets."""
        return dict(self.ask("GET", "/config/state"))

    def propagate(self) -> None:
        """Everything that was configured is known to the network from now on."""
        self.ask("POST", "/config/propagate", {})

    def limit_config(self, requests: int, seconds: float = 60) -> None:
        """So many requests of each API client in so many seconds; nobody has sent any yet."""
        self.ask("POST", "/config/limit", {"requests": requests, "seconds": seconds})

    def edge(self) -> list[dict[str, Any]]:
        """What the edges hold: ``network``, ``host``, ``target``, ``status``, ``age``, ``is_fresh``."""
        return list(self.ask("GET", "/edge"))

    def empty_edges(self) -> None:
        self.ask("DELETE", "/edge")

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/journal?since={since}")["entries"])

    def journal_length(self) -> int:
        """What to give to ``journal(since=…)`` to see only what comes from now on."""
        return int(self.ask("GET", f"/journal?since={10**15}")["next"])

    def add_faults(self, *faults: Mapping[str, object]) -> None:
        self.ask("POST", "/faults", list(faults))

    def faults(self) -> dict[str, Any]:
        """The plan: its ``seed``, and ``faults`` with what each is and how often it was ``matched`` and ``injected``."""
        return dict(self.ask("GET", "/faults"))

    def rehearse(self, plan: Mapping[str, object]) -> None:
        """A whole plan in place of the one in force."""
        self.ask("POST", "/faults", dict(plan))

    def clear_faults(self) -> None:
        self.ask("DELETE", "/faults")


@dataclass
class Running:
    """An emulator in a process of its own."""

    process: subprocess.Popen[bytes]
    host: str
    port: int
    https_port: int | None
    control: Control
    config_port: int | None = None
    edge_ports: Mapping[str, int] = field(default_factory=dict)
    account: str = ""
    key: str = field(default="", repr=False)
    cp_codes: Sequence[str] = ()
    authority: pathlib.Path | None = None
    """The certificate that clients are to trust, where ``self_signed`` was asked for."""

    @property
    def url(self) -> str:
        """Where it is, by HTTP."""
        return f"http://{self.host_port}"

    @property
    def https_url(self) -> str:
        return f"https://{self.host}:{self.https_port}"

    @property
    def cp_code(self) -> str:
        """The first one of the account."""
        return self.cp_codes[0]

    @property
    def host_port(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def api_host(self) -> str:
        """Where the APIs are that are signed with EdgeGrid."""
        return f"{self.host}:{self.config_port}"

    def edge(self, network: str = "production") -> str:
        """Where the edges of a network are; ``https`` for those of production by HTTPS."""
        return f"{self.host}:{self.edge_ports[network]}"

    def kill(self) -> None:
        """SIGKILL, as in a power cut of the process."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.control.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start(  # pylint: disable=too-many-arguments
        folder: pathlib.Path, account: str, key: str, cp_codes: Sequence[str], *, data: str | pathlib.Path = ":memory:",
        profile: str | None = None, knobs: Mapping[str, object] | None = None, latency_ms: float | None = None,
        throttle: Mapping[str, object] | None = None,
        faults: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None, journal: str | pathlib.Path | None = None,
        restrict: Sequence[str] = (), port: int = 0, certificate: str | pathlib.Path | None = None,
        private_key: str | pathlib.Path | None = None, edgerc: str | pathlib.Path | None = None,
        contract: Mapping[str, object] | None = None, edge_hosts: Mapping[str, str] | None = None,
        load: Iterable[Mapping[str, object]] = (), self_signed: bool | Sequence[str] = False, more: Sequence[str] = ()
) -> Running:
    """Start an emulator; ``folder`` is for its port files. With a ``certificate`` it serves HTTPS too.

    So it does with ``self_signed``, which makes a certificate for localhost and the names in it, with the package trustme;
    ``Running.authority`` is what clients are to trust.
    ``load`` is what is stored to begin with, as ``Control.load`` takes it.
    With an ``edgerc``, whose sections are its API clients, it serves the APIs that are signed with EdgeGrid.
    ``contract`` is what the Configuration API has to begin with, as ``load_contract`` takes it.
    With ``edge_hosts``, directories of the store by host name, it delivers them to visitors.
    ``faults`` is a plan, or only the list of its faults.
    ``more`` are further arguments for the command, such as a second account.
    """
    folder = pathlib.Path(tempfile.mkdtemp(prefix="emulator-", dir=folder))
    (folder / "key").write_text(f"{key}\n", "utf-8")  # nobody else can enter the folder; a command line is read by everybody
    command = [sys.executable, "-m", "netstorage_emulator", "serve", "--port", str(port), "--data", str(data),
               "--port-file", str(folder / "port"), "--control-port-file", str(folder / "control"),
               "--account", account, "--key-file", str(folder / "key"), "--exit-with-parent"]
    command += [] if latency_ms is None else ["--latency", f"{latency_ms}ms"]
    command += [*_repeated("--cp-code", cp_codes), *_repeated("--restrict", restrict)]
    command += [*_repeated("--knob", _pairs(knobs)), *_repeated("--throttle", _pairs(throttle))]
    authority = folder / "authority.pem" if self_signed else None
    files = {"--profile": profile, "--journal": journal, "--certificate": certificate, "--private-key": private_key,
             "--https-self-signed": authority}
    command += [part for option, file in files.items() if file is not None for part in (option, str(file))]
    command += _repeated("--https-name", () if isinstance(self_signed, bool) else self_signed)
    is_secure = certificate is not None or authority is not None
    command += ["--https-port-file", str(folder / "https")] if is_secure else []
    command += [] if edgerc is None else ["--config-port-file", str(folder / "config"), "--config-edgerc", str(edgerc)]
    command += _file_argument("--faults", faults, folder / "faults.json")
    command += _file_argument("--load", list(load) or None, folder / "tree.json")
    command += _file_argument("--config-load", contract, folder / "contract.json")
    command += _edge_arguments(edge_hosts or {}, folder, is_secure)
    process, found = _started([*command, *more], folder)
    https_port, control_port, config_port = (_port_in(folder / name) for name in ("https", "control", "config"))
    return Running(process, "127.0.0.1", found, https_port, Control(control_port or 0), config_port, _edge_ports(folder),
                   account, key, list(cp_codes), authority)


def _repeated(option: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


def _pairs(settings: Mapping[str, object] | None) -> list[str]:
    return [f"{name}={value}" for name, value in (settings or {}).items()]


def _file_argument(option: str, content: object, file: pathlib.Path) -> list[str]:
    """The option with a file of JSON; none where there is no content. Mappings and sequences of any kind will do."""
    if content is None:
        return []
    file.write_text(json.dumps(content, default=_plain), "utf-8")
    return [option, str(file)]


def _plain(value: Any) -> object:
    return dict(value) if isinstance(value, Mapping) else list(value)


def _edge_arguments(hosts: Mapping[str, str], folder: pathlib.Path, is_secure: bool) -> list[str]:
    if not hosts:
        return []
    names = [option for name, option in _EDGES.items() if name != "https" or is_secure]
    return [*(part for option in names for part in (f"--{option}-port-file", str(folder / option))),
            *_repeated("--edge-host", _pairs(hosts))]


def _edge_ports(folder: pathlib.Path) -> dict[str, int]:
    found = {name: _port_in(folder / option) for name, option in _EDGES.items()}
    return {name: port for name, port in found.items() if port is not None}


def _started(command: Sequence[str], folder: pathlib.Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process and its port for HTTP."""
    errors = folder / "errors"
    with open(errors, "wb") as stderr:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        return process, _wait_for_port(folder / "port", process, errors)
    except BaseException:
        process.kill()
        process.wait()
        raise


def _port_in(file: pathlib.Path) -> int | None:
    return int(file.read_text("ascii")) if file.exists() else None


def _wait_for_port(port_file: pathlib.Path, process: subprocess.Popen[bytes], errors: pathlib.Path) -> int:
    """The port for HTTP is written last, so the other port files are there with it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if port_file.exists():
            return int(port_file.read_text("ascii"))
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise ControlError(f"the emulator did not start: {errors.read_text('utf-8', 'replace').strip()}")


@contextlib.contextmanager
def running(*, account: str, key: str, cp_codes: Sequence[str], **options: Any) -> Iterator[Running]:
    """An emulator for the length of a ``with``; the options are those of ``start``."""
    with tempfile.TemporaryDirectory(prefix="netstorage-emulator-") as folder:
        emulator = start(pathlib.Path(folder), account, key, cp_codes, **options)
        try:
            yield emulator
        finally:
            emulator.stop()
