# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_info and the lookup ns_stat: what stands at some paths, or whether the account has access at all."""

from __future__ import annotations

import functools
import typing as t

from .._model.entries import Found
from .._model.errors import AuthRefused, BadOptions
from .._model.paths import SLASH, cp_code, encoded, is_cp_code_root, shown
from .._plan.facts import all_facts_of, kind_of
from .._tasks.location import Place, base_of, config_of, place_of
from .._tasks.options import InfoOptions
from .._threads.cancellation import Cancellation
from .._threads.worker_pool import concurrent_map
from .._usage_api.client import Client
from .._usage_api.error_mapping import clock_advice
from .base import AT_A_TIME, Answer, asking

Facts = dict[str, t.Any]


def look(options: InfoOptions, cancellation: Cancellation) -> Answer:
    """Stat of each path, in the order given; without one, whether the account has access to the CP codes. Raises BadOptions
    before the first request. Unknown is not absent: a failed request is an error."""
    places = _places(options)
    with asking(config_of(options.common, AT_A_TIME, *places), cancellation) as client:
        if options.path:
            ask: t.Callable[[Place], Facts] = functools.partial(_entry_at, client, du=options.du)
            answer = Answer({"entries": concurrent_map(ask, places, AT_A_TIME, cancellation)})
        else:
            answer = _credentials(client, places, cancellation)
        answer.notes.extend(client.notes)
        answer.values.update(account=options.common.account, host=places[0].host, api_calls=client.api_calls)
    return answer


def _places(options: InfoOptions) -> list[Place]:
    if options.path:
        if options.cp_codes:
            raise BadOptions("path and cp_codes are mutually exclusive", hint="Use two tasks.")
        return [place_of(options.common, path, is_directory=True) for path in options.path]
    if options.du:
        raise BadOptions("du needs path, and path is empty", hint="An empty variable may have made it so.")
    base = base_of(options.common)
    codes = [_cp_code(text) for text in options.cp_codes]
    places = [base] if base.root else []
    places += [Place(base.host, b"", SLASH + code) for code in dict.fromkeys(codes) if code != cp_code(base.root)]
    if not places:
        raise BadOptions(
            "There is nothing to check: no path, no root and no cp_codes",
            hint="An account can only be checked against a CP code. Set root: /123456.",
        )
    return places


def _cp_code(text: str) -> bytes:
    code = cp_code(SLASH + encoded(text).strip(SLASH))
    if code is None or code != encoded(text).strip(SLASH):
        raise BadOptions(f"cp_codes: {shown(encoded(text))!r} is not a CP code", hint="It is a number, for example 123456.")
    return code


# -- one path


def _entry_at(client: Client, place: Place, *, du: bool) -> Facts:
    """The file or symlink, and beside it the directory of the same name; or the directory alone; or nothing."""
    found = client.stat(place.path)
    is_root = is_cp_code_root(place.path)
    if is_root:  # it is always there, and how stat shows it is not known (docs/usage-api.md#unknowns, stat_root)
        found = Found(entry._replace(implicit=False, mtime=None) for entry in found)
    beside = found.directory
    first = found.object or beside
    has_object = beside is not None and not beside.implicit and not is_root
    usage = _usage(client, place.path, has_object) if du and beside is not None else {"files": None, "bytes": None}
    entry: Facts = {"path": shown(place.path), **all_facts_of(first), "directory": None, "files": None, "bytes": None}
    if first is not beside and beside is not None:
        entry["directory"] = {"kind": kind_of(beside), "mtime": all_facts_of(beside)["mtime"], **usage}
    elif beside is not None:
        entry.update(usage)
    return entry


def _usage(client: Client, path: bytes, has_object: bool) -> Facts:
    """``du`` counts the directory's own object, where it has one; it is not below itself."""
    usage = client.du(path)
    return {"files": max(0, usage.files - has_object), "bytes": usage.bytes}


# -- no path


def _credentials(client: Client, places: list[Place], cancellation: Cancellation) -> Answer:
    """Whether the account has access to each CP code. For the root's CP code the root is requested, because the account may be
    restricted to it."""
    asked = concurrent_map(functools.partial(_door, client), places, AT_A_TIME, cancellation)
    rows, refusals = [row for row, _error in asked], [error for _row, error in asked if error is not None]
    skew = client.clock_skew
    answer = Answer({"cp_codes": rows, "clock_skew": None if skew is None else round(skew)})
    if len(refusals) == len(rows):
        first = refusals[0]
        all_of_them = f"The account has no access to any of {len(rows)} CP codes. First: " if len(rows) > 1 else ""
        answer.error = AuthRefused(
            all_of_them + first.message, path=first.path, action=first.action, status=first.status, hint=first.hint
        )
    elif clock_advice(skew):
        answer.notes.append(clock_advice(skew))
    return answer


def _door(client: Client, place: Place) -> tuple[Facts, AuthRefused | None]:
    """403 is a result here. 404 is one, too: it means that the account has access."""
    named = {"cp_code": shown(cp_code(place.path) or b""), "path": shown(place.path)}
    try:
        status, hint = (200, "") if client.stat(place.path) else (404, "The account has access; nothing is stored there yet.")
    except AuthRefused as error:
        return {**named, "answers": False, "status": error.status, "hint": error.hint}, error
    return {**named, "answers": True, "status": status, "hint": hint}, None
