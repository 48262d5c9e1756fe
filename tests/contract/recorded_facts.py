# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of ``recorded/``: what is known of the responses of an ObjectStore, and how one is compared with a row."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

import yaml
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import RawClient, Reply

FOLDER = Path(__file__).with_name("recorded")
COLUMNS = ("status", "headers", "content_type", "body")
OBJECT = b"the object"
INFERRED = "I"

_ATTRIBUTE = re.compile(r'(?<= )(directory|name|start|mtime|size|bytes|files|md5|target)="([^"]*)"')
_PLAIN = {"mtime": "T", "size": "N", "bytes": "N", "files": "N", "md5": "MD5", "target": "TARGET"}

Given = t.Mapping[str, str]
Column = t.Any


@dataclasses.dataclass(frozen=True)
class Fact:
    """One row; the columns are those that ``recorded/headers.yml`` explains."""

    id: str
    request: t.Mapping[str, t.Any]
    status: int
    headers: list[str]
    content_type: str | None
    body: str | None
    evidence: t.Mapping[str, str]
    given: t.Sequence[Given] = ()
    sent: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    content: str = ""
    knobs: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    seen: int = 0

    @property
    def action(self) -> str:
        return str(self.request["action"])

    @property
    def columns(self) -> dict[str, Column]:
        """What there is to compare."""
        known = {name: getattr(self, name) for name in COLUMNS}
        return {name: value for name, value in known.items() if name != "body" or value is not None}

    def is_inferred(self, column: str) -> bool:
        return self.evidence[column] == INFERRED


def facts() -> list[Fact]:
    """All rows of all files."""
    sets = _read("headers")
    rows = [row for file in sorted(FOLDER.glob("*.yml")) if file.stem != "headers" for row in _read(file.stem)]
    return [_fact(row, sets) for row in rows]


def _read(name: str) -> t.Any:
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def _fact(row: dict[str, t.Any], sets: t.Mapping[str, list[str]]) -> Fact:
    evidence = row["evidence"]
    if isinstance(evidence, str):
        evidence = {name: evidence for name in COLUMNS if row[name] is not None or name != "body"}
    return Fact(**{**row, "headers": sets[row["headers"]], "evidence": evidence})


def ask(api: RawClient, place: bytes, fact: Fact) -> Reply:
    """Make what is given, then the request."""
    for given in fact.given:
        for kind, name in given.items():
            _make(api, kind, place + (b"/" + name.encode() if name else b""))
    path = fact.request["path"]
    below = path if path.startswith("/") or not path else f"/{path}"
    asked = fact.request.get("params", {})
    params = [(name, _filled(value, place) if isinstance(value, str) else value) for name, value in asked.items()]
    return api.call(
        fact.action,
        place + below.encode(),
        params,
        fact.content.encode(),
        method=fact.request["method"],
        headers=fact.sent,
    )


def _make(api: RawClient, kind: str, path: bytes) -> None:
    if kind == "dir":
        api.mkdir(path)
    elif kind == "file":
        api.put(path, OBJECT)
    else:
        api.symlink(path, b"a.txt")


def _filled(value: str, place: bytes) -> str:
    return value.replace("{PLACE}", place.decode()).replace("{END}", place.decode() + "0")


def columns_of(reply: Reply, root: bytes) -> dict[str, Column]:
    """The same columns of a response."""
    return {
        "status": reply.status,
        "headers": sorted(reply.headers.keys()),
        "content_type": reply.headers["Content-Type"],
        "body": normalised(reply.body.decode("utf-8", "replace"), root.decode()),
    }


def normalised(body: str, root: str) -> str:
    """What differs from run to run by what it is; a text stays as it is."""
    if not body.startswith("<?xml"):
        return body
    is_list = "\n<list" in body

    def plain(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name in _PLAIN:
            return f'{name}="{_PLAIN[name]}"'
        slash = "/" if value.endswith("/") else ""
        lead = "/" if value.startswith("/") else ""
        if name == "directory" or is_list:
            inside = f"/{value.strip('/')}".removeprefix(root)
            return f'{name}="{lead}{"CP/PATH" if inside else "CP"}{slash}"'
        return f'{name}="{lead}NAME{slash}"'

    return _once(_ATTRIBUTE.sub(plain, body))


def _once(body: str) -> str:
    """A row that repeats stands there once, with a sign that it does."""
    lines: list[str] = []
    for line in body.split("\n"):
        if lines and line and lines[-1].removesuffix(" …") == line:
            lines[-1] = f"{line} …"
        else:
            lines.append(line)
    return "\n".join(lines)
