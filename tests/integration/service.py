# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service that the playbooks talk to: one emulator for each worker, with the accounts and the certificate they need."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import typing as t
from pathlib import Path

import trustme
from netstorage_emulator.control import Running, running

ACCOUNT, KEY = "deploy", "an-emulated-key-of-some-length"
LIMITED_ACCOUNT, LIMITED_KEY, LIMITED_TO = "limited", "the-key-of-the-limited-account", "/123456/open/deep"
STRANGER, STRANGER_KEY = "stranger", "the-key-of-the-other-customer"
CLIENT_TOKEN, ACCESS_TOKEN = "akab-emulator-client-0001", "akab-emulator-access-0001"
CLIENT_SECRET = "the-secret-of-the-emulated-api-client="
ROOT = "/123456"
NEW_SITE, FIRST_CP_CODE = "shop.example.com", 1000001  # delivered as soon as the first CP code of an empty contract has content
MTIME = 1_600_000_000

EDGERC = f"[ccu]\nclient_token = {CLIENT_TOKEN}\naccess_token = {ACCESS_TOKEN}\nclient_secret = {CLIENT_SECRET}\n"

READS = frozenset({"stat", "dir", "list", "du", "download"})

Request = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Link:
    """A symlink in a tree that a test describes."""

    target: str


class _Directory:
    def __repr__(self) -> str:
        return "DIR"


DIR = _Directory()
"""An explicit directory in a tree that a test describes."""

Content = t.Union[str, bytes, Link, _Directory]
Tree = t.Mapping[str, Content]
"""By name; a directory's name ends in a slash. The empty name is the tree's own directory."""


@dataclasses.dataclass
class Service:
    """A running emulator.

    authority  the certificate that its HTTPS port is to be trusted by
    edgerc     the credentials of its API client, in the section ``ccu``
    """

    emulator: Running
    authority: Path
    edgerc: Path = Path("no-edgerc")

    def reset(self) -> None:
        """Empty, with the knobs and without the faults of the beginning."""
        control = self.emulator.control
        control.reset_tree()
        control.clear_faults()
        control.set_knobs(**self.knobs)
        control.reset_counts()
        control.forget_purges()
        control.empty_edges()
        control.limit_purges()
        control.load_contract({})

    def __post_init__(self) -> None:
        self.knobs = self.emulator.control.knobs()

    def load(self, tree: Tree, folder: str = ROOT, mtime: int = MTIME) -> None:
        """Put what a tree describes below a folder."""
        self.emulator.control.load([_entry(f"{folder}/{name}", content, mtime) for name, content in tree.items()])

    def tree(self, folder: str = ROOT) -> dict[str, t.Any]:
        """What stands below a folder, to be compared with ``described``."""
        found: dict[str, t.Any] = {}
        for entry in self.emulator.control.tree(f"{folder}/".encode()):
            name = entry["key"][len(folder) + 1 :]
            found[name] = {"file": entry.get("md5"), "dir": DIR, "symlink": Link(entry.get("target", ""))}[entry["type"]]
        return found

    def times(self, folder: str = ROOT) -> dict[str, int]:
        """The mtimes of what stands below a folder."""
        return {entry["key"][len(folder) + 1 :]: entry["mtime"] for entry in self.emulator.control.tree(f"{folder}/".encode())}

    @contextlib.contextmanager
    def recording(self) -> t.Iterator[list[Request]]:
        """The requests that arrive until the end of the block, in their order."""
        requests: list[Request] = []
        start = self.emulator.control.journal_length()
        yield requests
        requests.extend(self.emulator.control.journal(since=start))


def described(tree: Tree) -> dict[str, t.Any]:
    """A tree with the digests of its files."""
    return {name: digest(content) if isinstance(content, (str, bytes)) else content for name, content in tree.items()}


def digest(content: str | bytes) -> str:
    return hashlib.md5(content.encode() if isinstance(content, str) else content).hexdigest()


def changes(requests: t.Iterable[Request]) -> list[str]:
    """The requests that change something, as ``action /path``."""
    return [f"{request['action']} {request['path']}" for request in requests if request["action"] not in READS]


def actions(requests: t.Iterable[Request]) -> dict[str, int]:
    """How many of each action."""
    counted: dict[str, int] = {}
    for request in requests:
        counted[request["action"]] = counted.get(request["action"], 0) + 1
    return counted


@contextlib.contextmanager
def serving(folder: Path) -> t.Iterator[Service]:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    more = ["--account", LIMITED_ACCOUNT, "--key", LIMITED_KEY, "--cp-code", "123456", "--restrict", LIMITED_TO]
    more += ["--account", STRANGER, "--key", STRANGER_KEY, "--cp-code", "777777"]
    more += ["--purge-host", "www.example.com", "--purge-host", NEW_SITE, "--config-limit", "100000"]
    edgerc = folder / "edgerc"
    edgerc.touch(0o600)
    edgerc.write_text(EDGERC, encoding="utf-8")
    options: dict[str, t.Any] = {"certificate": folder / "server.pem", "edgerc": edgerc, "more": more}
    options["edge_hosts"] = {"www.example.com": f"{ROOT}/www", NEW_SITE: f"/{FIRST_CP_CODE}/www"}
    with running(account=ACCOUNT, key=KEY, cp_codes=["123456"], **options) as emulator:
        edgerc.write_text(f"{EDGERC}host = {emulator.api_host}\n", encoding="utf-8")
        yield Service(emulator, folder / "authority.pem", edgerc)


def _entry(key: str, content: Content, mtime: int) -> dict[str, t.Any]:
    entry: dict[str, t.Any] = {"key_base64": base64.b64encode(key.encode("utf-8", "surrogateescape")).decode(), "mtime": mtime}
    if isinstance(content, Link):
        return {**entry, "type": "symlink", "target": content.target}
    if isinstance(content, _Directory):
        return {**entry, "type": "dir"}
    raw = content.encode() if isinstance(content, str) else content
    return {**entry, "type": "file", "content_base64": base64.b64encode(raw).decode()}
