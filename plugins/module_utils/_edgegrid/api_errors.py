# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error of an API becomes one of ours. No text of it has a secret in it."""

from __future__ import annotations

import types
import typing as t

from .._model.errors import (
    AuthRefused,
    BadReply,
    Conflict,
    NetStorageError,
    NotFound,
    Refused,
    ServiceFailed,
    Throttled,
)
from .._model.masking import masked
from .api_response import ApiResponse, clock_ahead
from .credentials import Credentials

_KEPT = ("type", "title", "detail", "instance", "supportId", "requestId")
_LONGEST = 500  # characters of a text that a service sent
_MOST_ERRORS = 20
_TOLD_ERRORS = 3  # of them in the message
_TOLERANCE = 30  # seconds that a signature may be off
_CLASSES: dict[int, type[NetStorageError]] = {
    401: AuthRefused, 403: AuthRefused, 404: NotFound, 409: Conflict, 412: Conflict, 429: Throttled,
}  # fmt: skip


class ApiRequest(t.NamedTuple):
    """A request, as errors and counts name it: ``action`` is one word, ``path`` is without the query, which is ``query``."""

    action: str
    path: str
    query: t.Mapping[str, str] = types.MappingProxyType({})


def error_of(response: ApiResponse, request: ApiRequest, credentials: Credentials, now: float) -> NetStorageError:
    """The error for a response that is no success.

    Args:
        now: seconds since the epoch when it came.
    """
    status = response.status
    kind: type[NetStorageError]
    if 200 <= status < 400:
        message, kind = f"The API sent {status}, which says nothing that is understood", BadReply
    else:
        kind = _CLASSES.get(status) or (ServiceFailed if status >= 500 else Refused)
        message = f"The API refused the request ({status})" if status < 500 else f"The API failed ({status})"
    said = (response.said("title"), response.said("detail") or response.text, _errors_in(response))
    told = " ".join(filter(None, map(_text, said)))
    if told:
        message = f"{message}: {told}"
    error = kind(
        masked(message, credentials.secrets),
        path=request.path.encode("utf-8", "surrogateescape"),
        action=request.action,
        status=status,
        hint=_hint(response, credentials, now),
    )
    error.detail = response.said("detail")
    error.problem = masked(problem_of(response), credentials.secrets)
    return error


def problem_of(response: ApiResponse) -> dict[str, t.Any]:
    """What the service said, in the members that matter, and not more than a result should hold."""
    problem: dict[str, t.Any] = {name: _text(response.said(name)) for name in _KEPT if response.said(name)}
    errors = response.problem.get("errors")
    if isinstance(errors, list):
        rows = [row for row in errors if isinstance(row, dict)][:_MOST_ERRORS]
        problem["errors"] = [{str(name)[:50]: _text(str(value)) for name, value in list(row.items())[:10]} for row in rows]
    return problem


def _errors_in(response: ApiResponse) -> str:
    """The members that a refusal is about, in a few words each."""
    errors = response.problem.get("errors")
    rows = [row for row in errors if isinstance(row, dict)] if isinstance(errors, list) else []
    told = [": ".join(str(row[name]) for name in ("field", "detail") if row.get(name)) for row in rows[:_TOLD_ERRORS]]
    return "; ".join(filter(None, told))


def _hint(response: ApiResponse, credentials: Credentials, now: float) -> str:
    told = f"{response.said('title')} {response.said('detail')}".lower()
    ahead = clock_ahead(response, now)
    is_off = ahead is not None and abs(ahead) > _TOLERANCE
    if response.status in (400, 401) and ("timestamp" in told or is_off):
        where = f"is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the service's" if ahead else "is wrong"
        return f"The clock of this machine {where}; a signature is valid for {_TOLERANCE} seconds. Set the clock (NTP)."
    if response.status == 401:
        return f"Are client_token, access_token and client_secret those of one API client at {credentials.host}, and not expired?"
    if response.status == 400 and "endpoint" in told:
        return f"Is {credentials.host} the host of this API client? Each client has its own."
    if response.status == 403:
        return "The API client has no grant for this. Add it in Control Center (Identity and access), with READ-WRITE."
    if response.status == 400 and response.problem.get("errors"):
        return "Correct what the service names. All that it said is in failure.problem."
    if response.status == 413:
        return "The body of the request is larger than the service takes."
    return ""


def _text(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "…"
