# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control port, as JSON over plain HTTP on loopback: counts, knobs, latency, throttle, the tree, the journal, faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qsl, unquote_to_bytes

from . import rehearsal, throttle, tree
from .config.requests import limits
from .config.service import ConfigService
from .config.storage import loading
from .connection import Latency
from .control_http import answer
from .edge.cache import Caches
from .faults import FIRST_SEED, parsed_rules
from .journal import Counts, Journal
from .service import Service

Answer = tuple[int, bytes]
LONGEST_ERROR = 2000  # an error quotes what it is about, and that can be large


class BadRequest(ValueError):
    """A body or a parameter that is not what this path takes."""


class Controlled(Protocol):
    """What the control port looks at and sets."""

    service: Service
    apis: ConfigService
    caches: Caches
    journal: Journal
    counts: Counts
    latency: Latency

    def begin_anew(self) -> None:
        """Everything as it was at the start."""


class ControlPort:
    """Every path of the control port; see docs/emulator.md for the list."""

    def __init__(self, house: Controlled) -> None:
        self._house = house
        self._paths: dict[tuple[str, str], Callable[[bytes, bytes], Answer]] = {
            ("POST", "/reset"): self._begin_anew,
            ("GET", "/counts"): lambda _query, _body: answer(self._counts()),
            ("POST", "/counts/reset"): self._reset_counts,
            ("GET", "/knobs"): lambda _query, _body: answer(self._house.service.knobs.settings()),
            ("POST", "/knobs"): self._set_knobs,
            ("GET", "/accounts"): lambda _query, _body: self._accounts(),
            ("POST", "/accounts"): self._restrict,
            ("GET", "/latency"): lambda _query, _body: self._latency(),
            ("POST", "/latency"): self._set_latency,
            ("GET", "/throttle"): lambda _query, _body: answer(self._house.service.throttle.present()),
            ("POST", "/throttle"): self._set_throttle,
            ("DELETE", "/throttle"): lambda _query, _body: self._set_throttle(b"", b"{}"),
            ("GET", "/tree"): self._tree,
            ("POST", "/tree"): self._load,
            ("POST", "/tree/reset"): self._reset,
            ("GET", "/journal"): self._journal,
            ("GET", "/purges"): lambda _query, _body: answer(self._house.apis.purge.purges()),
            ("DELETE", "/purges"): self._forget_purges,
            ("GET", "/purges/limits"): lambda _query, _body: answer(self._house.apis.purge.buckets.present()),
            ("POST", "/purges/limits"): self._limit_purges,
            ("GET", "/config/state"): lambda _query, _body: answer(loading.state(self._house.apis.storage.contract)),
            ("POST", "/config/load"): self._load_contract,
            ("POST", "/config/propagate"): self._propagate,
            ("GET", "/config/limit"): lambda _query, _body: answer(self._house.apis.storage.limit.present()),
            ("POST", "/config/limit"): self._limit_config,
            ("GET", "/edge"): lambda _query, _body: answer(self._house.caches.present()),
            ("DELETE", "/edge"): self._empty_edges,
            ("GET", "/faults"): lambda _query, _body: answer(self._house.service.faults.present()),
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): self._clear_faults,
        }

    def handle(self, method: str, path: str, query: bytes, body: bytes) -> Answer:
        handler = self._paths.get((method, path))
        if handler is None:
            return answer({"error": f"there is no {method} {path}"}, 404)
        try:
            return handler(query, body)
        except (ValueError, OverflowError, RecursionError) as error:
            # Those that say what is wrong are ValueErrors; so are numbers of more digits than Python reads, and texts that are
            # no UTF-8. The other two are numbers and depths that were read, and then were too much for something else.
            return answer({"error": f"{error}"[:LONGEST_ERROR]}, 400)

    def _begin_anew(self, _query: bytes, _body: bytes) -> Answer:
        self._house.begin_anew()
        return answer({})

    def _counts(self) -> dict[str, object]:
        service = self._house.service
        return {**self._house.counts.present(), **service.throttle.counts(), "waiting": len(service.postponed)}

    def _reset_counts(self, _query: bytes, _body: bytes) -> Answer:
        before = self._counts()
        self._house.counts.reset()
        self._house.service.throttle.reset()
        return answer(before)

    def _set_throttle(self, _query: bytes, body: bytes) -> Answer:
        self._house.service.throttle.change(throttle.described(_json(body)))
        return answer(self._house.service.throttle.present())

    def _set_knobs(self, _query: bytes, body: bytes) -> Answer:
        settings = _json(body)
        if not isinstance(settings, dict):
            raise BadRequest("knobs are an object of names and settings")
        self._house.service.knobs.change(settings)
        return answer(self._house.service.knobs.settings())

    def _accounts(self) -> Answer:
        """Without their keys."""
        return answer([{
            "account": account.name.decode(), "cp_codes": sorted(code.decode() for code in account.cp_codes),
            "restrict": ["/" + limit.decode("utf-8", "surrogateescape").removesuffix("/") for limit in account.restrict],
        } for account in self._house.service.gate.accounts()])

    def _restrict(self, _query: bytes, body: bytes) -> Answer:
        wanted = _json(body)
        name, prefixes = (wanted.get("account"), wanted.get("restrict")) if isinstance(wanted, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(prefixes, list) or not all(isinstance(one, str) for one in prefixes):
            raise BadRequest('an account is restricted by {"account": its name, "restrict": a list of sub-directories}')
        try:
            self._house.service.gate.limit(name.encode(), prefixes)
        except KeyError:
            raise BadRequest(f"there is no account {name!r}") from None
        return self._accounts()

    def _latency(self) -> Answer:
        return answer({"ms": self._house.latency.seconds * 1000})

    def _set_latency(self, _query: bytes, body: bytes) -> Answer:
        wanted = _json(body)
        milliseconds = wanted.get("ms") if isinstance(wanted, dict) else None
        if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not 0 <= milliseconds < 1e7:
            raise BadRequest('latency is {"ms": a number from 0}')
        self._house.latency.seconds = milliseconds / 1000
        return self._latency()

    def _tree(self, query: bytes, _body: bytes) -> Answer:
        asked = dict(part.partition(b"=")[::2] for part in query.split(b"&"))
        prefix = unquote_to_bytes(asked.get(b"prefix", b""))
        return answer(tree.dump(self._house.service.store, prefix, with_content=asked.get(b"content") == b"yes"))

    def _load(self, _query: bytes, body: bytes) -> Answer:
        loaded = tree.load(self._house.service.store, _json(body))
        self._house.service.store.commit()
        return answer({"loaded": loaded})

    def _reset(self, _query: bytes, _body: bytes) -> Answer:
        self._house.service.postponed.drop()
        self._house.service.store.clear()
        self._house.service.store.commit()
        return answer({"loaded": 0})

    def _journal(self, query: bytes, _body: bytes) -> Answer:
        asked = dict(parse_qsl(query.decode("latin-1"))).get("since", "0")
        if not asked.isdecimal() or len(asked) > 18:
            raise BadRequest("since is a number of at most 18 digits")
        following, lines = self._house.journal.since(int(asked))
        return 200, f'{{"next": {following}, "entries": [{", ".join(lines)}]}}\n'.encode()

    def _forget_purges(self, _query: bytes, _body: bytes) -> Answer:
        self._house.apis.purge.forget()
        return answer([])

    def _empty_edges(self, _query: bytes, _body: bytes) -> Answer:
        self._house.caches.forget()
        return answer([])

    def _limit_purges(self, _query: bytes, body: bytes) -> Answer:
        limits = _json(body)
        if not isinstance(limits, dict):
            raise BadRequest('limits of purges are an object such as {"url": [10000, 200]}')
        self._house.apis.purge.buckets.change(limits)
        return answer(self._house.apis.purge.buckets.present())

    def _load_contract(self, _query: bytes, body: bytes) -> Answer:
        storage = self._house.apis.storage
        storage.load(_json(body))
        return answer(loading.state(storage.contract))

    def _propagate(self, _query: bytes, _body: bytes) -> Answer:
        self._house.apis.storage.contract.network.propagate()
        return answer({})

    def _limit_config(self, _query: bytes, body: bytes) -> Answer:
        self._house.apis.storage.limit.change(limits.described(_json(body)))
        return answer(self._house.apis.storage.limit.present())

    def _add_faults(self, _query: bytes, body: bytes) -> Answer:
        """A list is added to the faults in force; a plan takes their place."""
        given = _json(body)
        service = self._house.service
        if isinstance(given, list):
            service.add_faults(parsed_rules(given))
        else:
            self._rehearse(rehearsal.described(given))
        return answer({"faults": service.faults.in_force})

    def _rehearse(self, plan: rehearsal.Rehearsal) -> None:
        service = self._house.service
        service.begin_faults(plan.seed, plan.rules)
        service.knobs.change(plan.knobs)
        if plan.throttle is not None:
            service.throttle.change(plan.throttle)
        if plan.latency_seconds is not None:
            self._house.latency.seconds = plan.latency_seconds

    def _clear_faults(self, _query: bytes, _body: bytes) -> Answer:
        self._house.service.begin_faults(FIRST_SEED, [])
        return answer({"faults": 0})


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequest(f"not JSON: {error}") from error
    except RecursionError:
        raise BadRequest("not JSON of a control port: it is nested too deeply") from None
