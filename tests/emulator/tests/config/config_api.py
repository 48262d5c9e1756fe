# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the Configuration API for these tests, signed by Akamai's own library, and what it sends."""

from __future__ import annotations

import copy
import typing as t

import requests
from akamai.edgegrid import EdgeGridAuth
from netstorage_emulator.control import Running

CONTRACT = "C-TEST001"
CODES = [1000001, 1000002, 1000003]
FIRST, SECOND = ("akab-first", "first-secret", "first-access"), ("akab-second", "second-secret", "second-access")
CLIENTS = {"first": FIRST, "second": SECOND}
EDGERC = "".join(f"[{name}]\nclient_token = {token}\nclient_secret = {secret}\naccess_token = {access}\nuser = {name}-person\n"
                 for name, (token, secret, access) in CLIENTS.items())
GROUP: dict[str, t.Any] = {
    "contractId": CONTRACT, "storageGroupName": "shop", "domainPrefix": "shop", "cpcodes": [{"cpcodeId": CODES[0]}],
    "zones": [{"zoneName": "europe"}, {"zoneName": "global"}]}
ACCOUNT: dict[str, t.Any] = {
    "uploadAccountId": "deploy-bot", "storageGroupId": 2000001, "email": "ops@example.com",
    "accessConfig": {"cpcodes": [{"cpcodeId": CODES[0]}]}}


class Caller:
    """One API client of an emulator."""

    def __init__(self, emulator: Running, name: str = "first") -> None:
        self._origin = f"http://{emulator.api_host}"
        self.session = requests.Session()
        self.session.auth = EdgeGridAuth(*CLIENTS[name])

    def ask(self, method: str, path: str, document: object = None, **more: t.Any) -> requests.Response:
        """A path that begins with no slash is one of the Configuration API."""
        if document is not None:
            more["json"] = document
        target = path if path.startswith("/") else f"/storage/v1/{path}"
        return self.session.request(method, f"{self._origin}{target}", timeout=30, **more)

    def get(self, path: str) -> t.Any:
        reply = self.ask("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def made(self, path: str, document: object) -> t.Any:
        reply = self.ask("POST", path, document)
        assert reply.status_code == 201, reply.text
        return reply.json()


def changed(document: t.Mapping[str, t.Any], **members: t.Any) -> dict[str, t.Any]:
    """A copy with these members; None takes one away."""
    found = {**copy.deepcopy(dict(document)), **members}
    return {name: value for name, value in found.items() if value is not None}


def flaws(reply: requests.Response, status: int = 400) -> list[str]:
    """The fields that a refusal names."""
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == "application/problem+json"
    document = reply.json()
    assert document["status"] == status
    return [error["field"] for error in document["errors"]]
