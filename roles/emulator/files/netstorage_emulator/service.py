# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an arrived request to its answer: admission in a fixed order, then the action.

Order: throttle, injected fault, signature, action header, method, path, permission, and only then the store. What is refused
early still has its body read to the end, so that the connection stays usable.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace

from . import keys, links
from .accounts import Account
from .actions import ACTIONS, Action, stat, upload
from .actions.list_ import Resumes
from .actions.order import Orders
from .actions.pages import Trails
from .auth import Gate, Refused
from .call import Call, encoding_of, parse_action
from .damage import damaged
from .exchange import ACTION, AUTH_DATA, AUTH_SIGN, Answered, Exchange
from .fault_kinds import CHANGES
from .faults import FaultPlan, Injection, Rule, instead, outcome_of
from .keys import Location
from .knobs import Knobs
from .postponed import Postponed
from .reply import Reply, bad_request, forbidden
from .store import Store
from .throttle import Settings, Throttle

_NO_PARAMS: Mapping[bytes, bytes] = {}
_METHODS = frozenset(("GET", "HEAD", "PUT", "POST"))


class Service:
    """The NetStorage itself, without any network."""

    def __init__(self, store: Store, accounts: list[Account], knobs: Knobs, throttle: Settings) -> None:
        self.store = store
        self.knobs = knobs
        self.gate = Gate(accounts, knobs)
        self.faults = FaultPlan()
        self.trails = Trails()
        self.throttle = Throttle(throttle)
        self.orders = Orders()
        self.resumes = Resumes()
        self.postponed = Postponed()

    def begin_anew(self, accounts: Iterable[Account], throttle: Settings) -> None:
        """Nothing is stored, and nobody has asked for anything yet."""
        self.postponed.drop()
        self.store.clear()
        self.store.commit()
        self.gate.begin_anew(accounts)
        self.throttle.change(throttle)
        self.resumes = Resumes()

    def begin_faults(self, seed: int, rules: list[Rule]) -> None:
        """These faults and no others; what those before have left behind is forgotten."""
        self.faults.begin(seed, [])
        self.trails = Trails()
        self.add_faults(rules)

    def add_faults(self, rules: list[Rule]) -> None:
        self.faults.add(rules)
        self.store.stale_ms = self.faults.longest_stale_ms

    # The head of a request is complete

    def begin(self, exchange: Exchange) -> None:
        """Decide what can be decided without the body; an upload gets a place for its body."""
        header = exchange.headers.get(ACTION)
        params = _NO_PARAMS if header is None else parse_action(header)
        exchange.action = params.get(b"action", b"")
        exchange.early = self.throttle.refusal()
        if exchange.early is not None:
            return
        if self.faults.has_rules and self._takes_fault(exchange):
            return
        try:
            call = self._admit(exchange, header, params)
            exchange.call = call
            if exchange.action == b"upload":
                exchange.arrival = upload.begin(call)
        except Answered as answered:
            exchange.early = answered.reply

    def _takes_fault(self, exchange: Exchange) -> bool:
        """Whether a fault stands in front of everything else that is decided now."""
        fault = exchange.fault = self.faults.for_request(exchange.action, exchange.target, exchange.announces_body)
        if fault is None:
            return False
        if fault.has_not_come:
            if exchange.action == b"upload":
                exchange.arrival = self.store.arrival(upload.DIGESTS)
            return True
        if not fault.lets_do(exchange.action):
            exchange.early = instead(fault.effect)
            return True
        return False

    def _admit(self, exchange: Exchange, header: bytes | None, params: Mapping[bytes, bytes]) -> Call:
        if exchange.method not in _METHODS:
            raise Answered(Reply(405, b"Method not allowed\n", headers=((b"Allow", b"GET, HEAD, PUT, POST"),)))
        if header is None:
            raise Answered(forbidden("no action header"))
        account = self.authenticate(exchange, exchange.headers)
        action = checked_action(params)
        if exchange.method not in action.methods:
            raise Answered(forbidden(f"method {exchange.method} for {exchange.action.decode('latin-1')}"))
        if account.read_only and exchange.action.decode("latin-1") in CHANGES:
            raise Answered(forbidden("the account may only read"))
        if exchange.action == b"stat" and exchange.target == b"/" and self.knobs.stat_top != 403 and not account.restrict:
            raise Answered(stat.top(self.knobs.stat_top, encoding_of(params)))
        location = self._locate(exchange, account, action)
        return Call(self, self.store, self.knobs, account, location, params, exchange)

    def authenticate(self, exchange: Exchange, headers: Mapping[bytes, bytes]) -> Account:
        """The account that signed these headers (or trailers) over the path of the request."""
        target = exchange.target
        if not target.startswith(b"/"):
            target = target[target.find(b"/", target.find(b"://") + 3):]
        try:
            account = self.gate.admit(target, headers.get(ACTION, b""), headers.get(AUTH_DATA), headers.get(AUTH_SIGN))
        except Refused as refused:
            raise Answered(forbidden(str(refused))) from None
        exchange.account_name = account.name
        return account

    def _locate(self, exchange: Exchange, account: Account, action: Action) -> Location:
        path = keys.decode_path(keys.request_path(exchange.target))
        if path is None:
            raise Answered(bad_request("the path cannot be decoded"))
        location = keys.locate(path)
        if location is None or not account.may_use(location):
            raise Answered(forbidden("path not open to the account"))
        if self.knobs.path_check != "do_not_check" or self.knobs.path_check_for(location.cp_code) != "do_not_check":
            location = self._checked(path, location, action)
        if self.knobs.links_in_path == "followed":
            followed = links.follow_middle(self.store.index, location)
            if followed is None or not account.may_use(followed):
                raise Answered(forbidden("a link in the path leads nowhere"))
            location = followed
        return location

    def _checked(self, path: bytes, location: Location, action: Action) -> Location:
        check = self.knobs.path_check_for(location.cp_code)
        if check == "canonical":
            return keys.locate(keys.collapse_slashes(path)) or location
        if check == "disallow" or (check == "disallow_on_upload" and action.creates):
            fault = improper(path, names_a_file=action.names_a_file)
            if fault:
                raise Answered(Reply(403, fault, note="improper path"))
        return location

    def may_create(self, path: bytes, account: Account) -> Location | bytes:
        """The location of a rename destination, or the text that says what is wrong with it (seen by elx, 2022)."""
        location = keys.locate(path) if path.startswith(b"/") else keys.locate(b"/" + path)
        if location is None or location.cp_code not in account.cp_codes or location.is_root:
            return b"url_to_vn: root not found\n"
        check = self.knobs.path_check_for(location.cp_code)
        if check == "canonical":
            location = keys.locate(b"/" + keys.collapse_slashes(location.key)) or location
        elif check != "do_not_check":
            fault = improper(b"/" + location.key, names_a_file=True)
            if fault:
                return fault
        return location

    # The request is complete

    def finish(self, exchange: Exchange) -> Reply:
        """Do the operation and give its answer; the connection sends it once the store has committed."""
        fault = exchange.fault
        if fault is None:
            return self._done(exchange)
        if fault.effect.is_late:
            return self._put_off(exchange, fault)
        if fault.effect.kind == "stale" and exchange.call is not None:
            fault.strike()
        reply = self._done(exchange)
        if fault.lets_do(exchange.action):
            fault.outcome = outcome_of(reply)
        return damaged(fault, reply)

    def _put_off(self, exchange: Exchange, fault: Injection) -> Reply:
        """Keep the request for later, body and all, unless it is refused now. No answer leaves."""
        try:
            if exchange.early is not None:
                raise Answered(exchange.early)
            if exchange.call is not None and exchange.action == b"upload":
                exchange.call = replace(exchange.call, params=upload.final_params(exchange.call))
                exchange.trailers = {}
        except Answered as answered:
            exchange.discard()
            fault.outcome = outcome_of(answered.reply)
            return answered.reply
        exchange.is_postponed = True
        fault.outcome = "pending"
        return Reply(200)

    def carry_out(self, exchange: Exchange) -> Reply:
        """Do what was put off. Where the path leads is looked at now; who asks only if the request comes as late as this."""
        try:
            if exchange.call is None:
                header = exchange.headers.get(ACTION)
                exchange.call = self._admit(exchange, header, _NO_PARAMS if header is None else parse_action(header))
                if exchange.action == b"upload":
                    upload.check(exchange.call)
            else:
                location = self._locate(exchange, exchange.call.account, ACTIONS[exchange.action])
                exchange.call = replace(exchange.call, location=location)
        except Answered as answered:
            exchange.early = answered.reply
        return self._done(exchange)

    def _done(self, exchange: Exchange) -> Reply:
        if exchange.early is not None or exchange.call is None:
            exchange.discard()
            return exchange.early or forbidden("not admitted")
        try:
            return ACTIONS[exchange.action].run(exchange.call)
        except Answered as answered:
            return answered.reply
        except (OSError, sqlite3.Error) as error:
            print(f"netstorage-emulator: {error}", file=sys.stderr)
            return Reply(500, b"Internal error\n", note=str(error))
        finally:
            exchange.discard()

    def later(self, seconds: float) -> None:
        """Look after quick-deletes in so many seconds."""
        asyncio.get_running_loop().call_later(seconds, self.store.run_due_quick_deletes)


def checked_action(params: Mapping[bytes, bytes]) -> Action:
    if params.get(b"version") != b"1":
        raise Answered(bad_request("version is not 1"))
    action = ACTIONS.get(params.get(b"action", b""))
    if action is None:
        raise Answered(bad_request("unknown action"))
    return action


def improper(path: bytes, names_a_file: bool) -> bytes:
    """What ``path_check: disallow`` has against a path; the first text was seen on the wire, the others are made up."""
    if b"//" in path:
        return b"url_to_vn: Illegal duplicate /\n"
    if keys.has_improper_component(path):
        return b"url_to_vn: Illegal component\n"
    if names_a_file and path.endswith(b"/"):
        return b"url_to_vn: Illegal trailing /\n"
    return b""
