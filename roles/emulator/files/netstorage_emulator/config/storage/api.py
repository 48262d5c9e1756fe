# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Configuration API: which operation a method and a path stand for, and what clients may ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from ...exchange import Answered, Exchange
from ...knobs import Knobs
from ...reply import Reply
from ...store import Store
from ..edgegrid import ApiClient
from ..requests.limits import Limit
from ..requests.problems import not_accessible, problem
from ..requests.request import Request, answered, query_of
from . import loading
from .accounts import UploadAccounts
from .contract import Contract
from .cpcodes import CpCodes
from .groups import Groups
from .keys import Keys
from .usage import Usage

STORAGE, CPRG = "/storage/v1/", "/cprg/v1/"
_METHODS = ("GET", "PUT", "POST", "DELETE")


class Route(NamedTuple):
    """One operation. The parts of a path in braces are given to it, decoded."""

    method: str
    path: re.Pattern[str]
    run: Callable[..., Reply]


def _route(method: str, path: str, run: Callable[..., Reply]) -> Route:
    """``{number}`` are digits, ``{id}`` is anything but a slash."""
    pattern = path.replace("{number}", "([0-9]{1,18})").replace("{id}", "([^/]{1,200})")
    return Route(method, re.compile(rf"{pattern}\Z"), run)


class StorageApi:
    """The operations behind the signature."""

    def __init__(self, knobs: Knobs, store: Store) -> None:
        self._knobs = knobs
        self.contract = Contract(knobs, store)
        self.limit = Limit()
        self.usage = Usage(self.contract)
        self._routes = [*self._of_cp_codes(), *self._of_groups(), *self._of_accounts(), *self._of_keys(), *self._of_others()]

    def _of_cp_codes(self) -> Iterator[Route]:
        codes = CpCodes(self.contract)
        yield _route("POST", "/storage/v1/cpcodes", codes.made)
        yield _route("GET", "/storage/v1/cpcodes/unused", codes.unused)
        yield _route("GET", "/storage/v1/cpcodes/used", codes.used)
        yield _route("GET", "/storage/v1/cpcodes/{number}/age-deletions", codes.age_deletions)
        yield _route("PUT", "/storage/v1/cpcodes/{number}/age-deletions", codes.set_age_deletions)
        yield _route("DELETE", "/storage/v1/cpcodes/{number}/age-deletions", codes.forget_age_deletions)
        yield _route("GET", "/cprg/v1/cpcodes", codes.named)

    def _of_groups(self) -> Iterator[Route]:
        groups = Groups(self.contract)
        one = "/storage/v1/storage-groups/{number}"
        yield _route("GET", "/storage/v1/storage-groups", groups.listed)
        yield _route("POST", "/storage/v1/storage-groups", groups.made)
        yield _route("GET", one, groups.one)
        yield _route("PUT", one, groups.changed)
        yield _route("DELETE", one, groups.deleted)
        yield _route("POST", f"{one}/cancel-delete", groups.deletion_cancelled)
        yield _route("DELETE", f"{one}/cpcodes/{{number}}", groups.directory_deleted)
        yield _route("POST", f"{one}/cpcodes/{{number}}/cancel-delete", groups.directory_deletion_cancelled)

    def _of_accounts(self) -> Iterator[Route]:
        accounts = UploadAccounts(self.contract)
        one = "/storage/v1/upload-accounts/{id}"
        yield _route("GET", "/storage/v1/upload-accounts", accounts.listed)
        yield _route("POST", "/storage/v1/upload-accounts", accounts.made)
        yield _route("GET", one, accounts.one)
        yield _route("PUT", one, accounts.changed)
        yield _route("DELETE", one, accounts.deleted)
        yield _route("POST", f"{one}/enable", accounts.enabled)
        yield _route("POST", f"{one}/disable", accounts.disabled)

    def _of_keys(self) -> Iterator[Route]:
        """A slash at the end of the path of SSH keys is let through: Akamai's own client sends it."""
        keys = Keys(self.contract)
        all_keys = "/storage/v1/upload-accounts/{id}/keys"
        yield _route("PUT", f"{all_keys}/g2o", keys.g2o_added)
        yield _route("PUT", f"{all_keys}/ssh/?", keys.ssh_added)
        yield _route("PUT", f"{all_keys}/(ftp|rsync)", keys.password_added)
        yield _route("DELETE", f"{all_keys}/rsync", keys.all_rsync_removed)
        yield _route("PUT", f"{all_keys}/ftp/{{number}}", keys.ftp_changed)
        yield _route("POST", f"{all_keys}/ftp/{{number}}/extend", keys.ftp_extended)
        yield _route("DELETE", f"{all_keys}/(g2o|ssh|ftp|rsync)/{{number}}/?", keys.removed)
        yield _route("POST", f"{all_keys}/(g2o|ssh|ftp|rsync)/{{number}}/(enable|disable)", keys.switched)

    def _of_others(self) -> Iterator[Route]:
        yield _route("GET", "/storage/v1/zones", self._zones)
        yield _route("GET", "/storage/v1/rule-sets", self._rule_sets)
        yield _route("GET", "/storage/v1/rule-sets/{number}", self._rule_set)

    def action_of(self, method: str, path: str) -> str:
        """What the journal and faults call a request for a path of this API; nothing for any other path."""
        is_ours = method in _METHODS and any(route.path.match(path) for route in self._routes)
        return f"config:{method} {path}" if is_ours else ""

    def answer(self, exchange: Exchange, path: str, body: bytes, client: ApiClient) -> Reply:
        if not path.startswith(STORAGE):
            return self._done(exchange, path, body, client)
        says = self._knobs.config_limit_says
        self.limit.take(client.client_token, says)
        try:
            reply = self._done(exchange, path, body, client)
        except Answered as answered_early:
            reply = answered_early.reply
        return self.limit.told(client.client_token, reply, says)

    def _done(self, exchange: Exchange, path: str, body: bytes, client: ApiClient) -> Reply:
        grant = "storage" if path.startswith(STORAGE) else "cprg"
        check_grant(client, grant)
        found = [(route, match) for route in self._routes if (match := route.path.match(path))]
        if not found:
            raise problem(404, "not-found", "Not found", f"there is no {path}")
        request = Request(client, self._knobs, query_of(exchange.target), exchange.headers, body)
        for route, match in found:
            if route.method == exchange.method:
                reply = route.run(request, *map(unquote, match.groups()))
                self.usage.settle()
                return reply
        raise problem(405, "method-not-allowed", "Method Not Allowed", f"{exchange.method} {path}")

    def load(self, document: object) -> None:
        """A contract in the place of the one so far; raises BadContract."""
        loading.load(self.contract, document)
        self.usage.forget()
        self.usage.settle()
        self.contract.network.propagate()

    # What is only looked at

    def _zones(self, _request: Request) -> Reply:
        return answered({"zones": [{"zoneName": name} for name in self.contract.zones]})

    def _rule_sets(self, _request: Request) -> Reply:
        hidden = ("ruleSetIPs", "ruleSetGEOs", "contractId")
        rows = [{name: value for name, value in rules.items() if name not in hidden} for rules in self.contract.rule_sets]
        return answered({"items": rows})

    def _rule_set(self, request: Request, number: str) -> Reply:
        for rules in self.contract.rule_sets:
            if rules["ruleSetId"] == int(number):
                return answered(rules)
        raise not_accessible("ruleSetId", number, "rule set", request.knobs.unknown_id)


def check_grant(client: ApiClient, grant: str) -> None:
    """Raises Answered with the 403 of the front end."""
    if grant not in client.grants:
        raise problem(403, "https://problems.luna.akamaiapis.net/-/pep-authz/deny", "Forbidden",
                      "The client does not have the grant needed for the request")
