# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an arrived request to its answer, as ``service.Service`` for the Usage API: injected fault, signature, then the API."""

from __future__ import annotations

from collections.abc import Sequence

from ..damage import damaged
from ..exchange import Answered, Exchange
from ..faults import instead, outcome_of
from ..reply import Reply
from ..service import Service
from ..side_house import Uncrowded
from .edgegrid import ApiClient, Denied, EdgeGrid
from .purges import FastPurge, Grants, json_reply
from .storage.api import StorageApi, check_grant

_DENIED = {400: ("request-error", "Bad request"), 401: ("deny", "Not authorized")}


class ConfigService:
    """The APIs without any network. It shares faults, knobs and the clock with the NetStorage beside it."""

    def __init__(self, service: Service, clients: Sequence[ApiClient], grants: Grants) -> None:
        self._service = service
        self.store, self.throttle, self.postponed = service.store, Uncrowded(), service.postponed
        self.gate = EdgeGrid(clients, service.knobs)
        self.purge = FastPurge(service.knobs, grants)
        self.storage = StorageApi(service.knobs, service.store)
        service.gate.provisioned = self.storage.usage.accounts

    def begin(self, exchange: Exchange) -> None:
        path = _path(exchange)
        action = self.purge.action_of(path) or self.storage.action_of(exchange.method, path)
        exchange.action = action.encode("latin-1") or b"config:other"
        exchange.held = bytearray()
        fault = exchange.fault = self._service.faults.for_request(exchange.action, exchange.target, exchange.announces_body)
        if fault is not None and not fault.lets_do(exchange.action):
            exchange.early = instead(fault.effect)

    def finish(self, exchange: Exchange) -> Reply:
        reply = self._done(exchange)
        fault = exchange.fault
        if fault is None:
            return reply
        if fault.lets_do(exchange.action):
            fault.outcome = outcome_of(reply)
        return damaged(fault, reply)

    def _done(self, exchange: Exchange) -> Reply:
        body = bytes(exchange.held or b"")
        exchange.discard()
        if exchange.early is not None:
            return exchange.early
        try:
            client = self.gate.admit(exchange, body)
            exchange.account_name = client.name.encode()
            path = _path(exchange)
            if not path.startswith("/ccu/"):
                return self.storage.answer(exchange, path, body, client)
            check_grant(client, "ccu")
            return self.purge.answer(exchange.method, path, exchange.headers, body, client.name)
        except Denied as denied:
            return _denial(denied, exchange)
        except Answered as answered:
            return answered.reply


def _path(exchange: Exchange) -> str:
    return exchange.target.partition(b"?")[0].decode("latin-1")


def _denial(denied: Denied, exchange: Exchange) -> Reply:
    """By the front end of all APIs, before the API sees the request."""
    word, title = _DENIED[denied.status]
    document = {"type": f"https://problems.luna.akamaiapis.net/-/pep-authn/{word}", "title": title, "status": denied.status,
                "detail": denied.detail, "instance": "/emulator", "method": exchange.method, "serverIp": "127.0.0.1",
                "clientIp": "127.0.0.1", "requestId": "emulator"}
    return json_reply(denied.status, document, b"application/problem+json", note=denied.detail)
