# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps unsuccessful responses and failed connections to errors that say what to do.

Only the status decides, once it is clear that the response comes from the service itself (``verdicts``). Its text is quoted for
people, masked, escaped and shortened. A signature may be refused because of the local clock: it is valid for a minute.
"""

from __future__ import annotations

import re
import socket
import ssl
import typing as t

from .._http.endpoint import Endpoint
from .._http.transport import Broken, Response, Stage
from .._model import errors
from .._model.paths import is_unusual, segments, shown
from .client_config import ClientConfig
from .request import Request, RequestFailed
from .verdicts import PAGES, Said, doubt_of_refusal, doubt_of_success, is_foreign, is_markup, quoted, without_secrets

# 423 to 509 as rclone repeats them (docs/usage-api.md#errors).
_BUSY = frozenset({423, 429})
_FAILING = frozenset({500, 502, 503, 504, 509})
_OF_GATEWAYS = frozenset({502, 504})
# It is not known which of them refuses a digest (docs/usage-api.md#unknowns, verify_failure).
_CONTENT_REFUSED = frozenset({400, 409, 412, 422})

_LONGEST_PAUSE = 60.0  # seconds of a Retry-After that are honoured
_SKEW_TOLD = 30.0  # seconds by which the clocks may differ without a hint; the service refuses signatures from 60 on
_READ = 4_096  # bytes of a response's text that are read
_SECONDS = re.compile(r"[0-9]+\Z")  # str.isdigit takes ² as well

_REFUSED_HINT = (
    "Likely causes, in this order: the account id is wrong; the key is not this account's HTTP API key; the account "
    "may not use the CP code {cp_code}; the path lies above what the account may see; the account is new or was "
    "changed, which takes 60 to 120 minutes to reach all servers."
)
_UNUSUAL_HINT = "The path has an empty, . or .. component or ends in a slash, which the service may be set to refuse."


class NotXml(errors.BadReply):
    """The response is not the expected XML. Its text is quoted later, when the secrets to mask are known."""

    def __init__(self, said: Said, body: bytes) -> None:
        super().__init__("The response is not the XML of the service", status=said.status, hint=_FOREIGN_HINT)
        self._said, self._body = said, body

    def told(self, secrets: Secrets) -> str:
        """The message."""
        words = f': "{text}"' if (text := quoted(self._body, secrets)) else ""
        kind = _typed(self._said._replace(kind=without_secrets(self._said.kind, secrets)))
        return f"The response has the status {self._said.status} and {kind}, and is not the XML of the service{words}"


Known = t.Collection[str]
Secrets = t.Collection[str]
_FOREIGN_HINT = (
    "Likely a proxy, a captive portal or a filter between this machine and the service has responded. Try the host from this "
    "machine with curl, check the proxies of the environment (use_proxy: false ignores them), and let the host pass unfiltered."
)


def refusal(request: Request, response: Response, now: float, known: Known, secrets: Secrets) -> RequestFailed:
    """The error for a response other than 2xx.

    Args:
        now: seconds since the epoch by the local clock.
        known: the Server headers of responses that were proved to come from the service.
        secrets: what is masked in the text.
    """
    status = response.status
    said, body = _read(request, response, secrets)
    text = quoted(body, secrets)
    if status in _BUSY:
        pause = _retry_after(response, now)
        return RequestFailed(_error(errors.Throttled, request, status, text, "Send less at a time."), passing=True, pause=pause)
    if status in _FAILING:
        failed = _error(errors.ServiceFailed, request, status, text, "Try again later.")
        # After a gateway's timeout the request may still be carried out; after the service's own error it has ended.
        lost = status in _OF_GATEWAYS or is_foreign(said, known)
        return RequestFailed(failed, passing=True, doubtful=True, lost=lost, pause=_retry_after(response, now))
    if status < 400:
        hint = "Redirects are never followed. Check that host names the upload host (…-nsu.akamaihd.net)."
        return RequestFailed(_error(errors.BadReply, request, status, text, hint))
    if status == 407:
        return RequestFailed(_error(errors.Unreachable, request, status, text, "The proxy wants a user and a password."))
    doubt = doubt_of_refusal(said, known) if status < 500 else ""
    if doubt:
        return _not_believed(request, said, text, doubt)
    if status in (401, 403):
        return RequestFailed(_auth_refused(request, response, now, text))
    if request.action == "upload" and status in _CONTENT_REFUSED:
        hint = "Nothing was stored: size or digest did not match what arrived, or something stands in the way."
        return RequestFailed(_error(errors.Conflict, request, status, text, hint))
    doubtful = status >= 500 and status != 501  # 511 is a captive portal's, 520 and others a gateway's
    error = _error(_KINDS.get(status, errors.ServiceFailed if doubtful else errors.Refused), request, status, text)
    return RequestFailed(error, doubtful=doubtful, lost=doubtful)


def accepted(request: Request, response: Response, known: Known, secrets: Secrets) -> None:
    """Returns if a 2xx response to a change comes from the service: then it was carried out. Raises RequestFailed otherwise."""
    said, body = _read(request, response, secrets)
    doubt = doubt_of_success(said, known)
    if doubt:
        raise _not_believed(request, said, quoted(body, secrets), doubt)


def refuse_coding(response: Response) -> None:
    coding = response.header("Content-Encoding")
    if coding is not None and coding.strip().lower() not in ("", "identity"):
        raise errors.BadReply(f"The response is encoded as {coding[:40]!r}, although only identity was asked for")


def refuse_page(response: Response, block: bytes) -> None:
    """Raises NotXml if the response to a read is not XML.

    Args:
        block: the beginning of the body.
    """
    head = block[:_READ]
    if response.status == 200 and head.lstrip()[:5] == b"<?xml" and not is_markup(head):
        return  # the parser checks the rest
    said = Said(response.status, response.header("Content-Type") or "", response.header("Server"), head.decode("latin-1"))
    if said.status != 200 or said.media_type in PAGES or is_markup(head):
        raise NotXml(said, head)


def _not_believed(request: Request, said: Said, text: str, doubt: str) -> RequestFailed:
    """The change may have been carried out, or never have reached the service. Another try may succeed."""
    words = f': "{text}"' if text else ""
    message = (
        f"{request.action} of {shown(request.subject)} was answered with {said.status} {_reason(said.status)} and "
        f"{_typed(said)}, which does not come from the service, because {doubt}{words}"
    )
    error = errors.BadReply(message, path=request.subject, action=request.action, status=said.status, hint=_FOREIGN_HINT)
    return RequestFailed(error, passing=True, doubtful=True, lost=True, foreign=True)


def _typed(said: Said) -> str:
    return f"the type {said.media_type[:40]!r}" if said.media_type else "no type"


def _read(request: Request, response: Response, secrets: Secrets) -> tuple[Said, bytes]:
    """The metadata of a response, without secrets, and the beginning of its body."""
    parts, whole = [], True
    try:
        for part in response.chunks(_READ):
            parts.append(part)
            if sum(map(len, parts)) >= _READ:
                break
    except Broken:
        whole = False
    body = b"".join(parts)[:_READ]
    kind, server = ("" if request.head else response.header("Content-Type") or ""), response.header("Server")
    coding = (response.header("Content-Encoding") or "").strip().lower()
    hidden = None if server is None else without_secrets(server, secrets)
    said = Said(response.status, without_secrets(kind, secrets), hidden, body.decode("latin-1"), coding, whole)
    return said, body


_KINDS: dict[int, type[errors.NetStorageError]] = {
    404: errors.NotFound,
    409: errors.Conflict,
    412: errors.Conflict,
}


def _error(
    kind: type[errors.NetStorageError], request: Request, status: int, text: str, hint: str = ""
) -> errors.NetStorageError:
    said = f': "{text}"' if text else ""
    message = f"{request.action} of {shown(request.subject)} was answered with {status} {_reason(status)}{said}"
    return kind(message, path=request.subject, action=request.action, status=status, hint=hint)


def _reason(status: int) -> str:
    # The reason phrase of the standard: the server's may be anything.
    from http import HTTPStatus  # takes longer to import than most tasks need an error

    known = {int(one): one.phrase for one in HTTPStatus}
    return known.get(status, "(a status of its own)")


def _auth_refused(request: Request, response: Response, now: float, text: str) -> errors.NetStorageError:
    hint = clock_advice(skew(response.header("Date"), now))
    if not hint:
        hint = _REFUSED_HINT.format(cp_code=shown(segments(request.path)[0]))
        if is_unusual(request.subject[1:]):
            hint = f"{_UNUSUAL_HINT} {hint}"
    return _error(errors.AuthRefused, request, response.status, text, hint)


def _retry_after(response: Response, now: float) -> float | None:
    """Seconds to wait, never more than a minute. A date counts from the server's ``Date``, whatever the clock here."""
    value = response.header("Retry-After")
    if value is None:
        return None
    if _SECONDS.match(value):
        seconds = float(value[:9])
    else:
        until = _epoch(value)
        if until is None:
            return None
        seconds = until - (_epoch(response.header("Date")) or now)
    return min(max(seconds, 0.0), _LONGEST_PAUSE)


def breakage(request: Request, broken: Broken, config: ClientConfig, proxy: str | None, secrets: Secrets) -> RequestFailed:
    """The error for a connection that failed.

    Args:
        proxy: the ``name:port`` that was really connected to, if any.
        secrets: what is masked in the text of the other side.
    """
    sent = broken.stage is not Stage.CONNECT
    message, hint, passing = explained(broken, config.endpoint, proxy)
    error = errors.Unreachable(
        f"{request.action} of {shown(request.subject)}: {without_secrets(message, secrets)}",
        path=request.subject,
        action=request.action,
        hint=hint,
    )
    return RequestFailed(error, passing=passing, doubtful=sent, lost=sent, stale=broken.stale)


def explained(broken: Broken, endpoint: Endpoint, proxy: str | None) -> tuple[str, str, bool]:
    """What broke: a message, a hint, and whether another try may help.

    Args:
        proxy: the ``name:port`` that was really connected to, if any.
    """
    reached = endpoint.reached
    if broken.stage is not Stage.CONNECT:
        return _lost(reached, broken.cause)
    if isinstance(broken.cause, ssl.SSLError):
        return _no_tls(endpoint.host, broken.cause)
    message, hint, passing = _never_reached(reached, f"the proxy {proxy}" if proxy else reached.host, broken.cause)
    if proxy:
        hint = "The environment names this proxy (http_proxy, https_proxy, no_proxy); use_proxy: false ignores it."
    return message, hint, passing


def _lost(endpoint: Endpoint, cause: Exception) -> tuple[str, str, bool]:
    if isinstance(cause, socket.timeout):
        message = f"{endpoint.host} sent no data for {endpoint.idle_timeout:g} seconds (idle_timeout)"
        return message, "If the service is only slow, raise idle_timeout.", True
    return f"the connection to {endpoint.host} was lost ({_words(cause)})", "", True


def _no_tls(host: str, cause: ssl.SSLError) -> tuple[str, str, bool]:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {host} does not verify ({cause.verify_message})", _CERTIFICATE_HINT, False
    hint = "Check host and port, and that it is meant to be https there (option protocol)."
    return f"no TLS with {host} ({_words(cause)})", hint, cause.reason not in _NO_TLS


def _never_reached(endpoint: Endpoint, peer: str, cause: Exception) -> tuple[str, str, bool]:
    if isinstance(cause, socket.gaierror):
        hint = "Check the spelling of host (…-nsu.akamaihd.net) and the name servers of this machine."
        return f"the name of {peer} has no address ({_words(cause)})", hint, cause.errno == socket.EAI_AGAIN
    if isinstance(cause, socket.timeout):
        message = f"{peer} did not accept a connection for {endpoint.connect_timeout:g} seconds"
        return message, "A firewall may drop what goes to it; is a proxy needed?", True
    if isinstance(cause, ConnectionRefusedError):
        port = "" if peer != endpoint.host else f" at port {endpoint.port}"
        return f"{peer} refuses connections{port}", "Check host, port and protocol.", True
    return f"no connection to {endpoint.host} ({_words(cause)})", "Check host, port, network and proxy.", True


_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})
_CERTIFICATE_HINT = (
    "Where the network has a certificate authority of its own, give ca_path its certificates; also check that the "
    "clock is right and that host is spelled as in the certificate."
)


def _words(cause: Exception) -> str:
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return shown(str(text).encode("utf-8", "surrogateescape"))[:200]


def _epoch(date: str | None) -> float | None:
    """Seconds since the epoch of a ``Date`` or another HTTP date; None for what is none."""
    if not date:
        return None
    from email.utils import parsedate_to_datetime  # seldom needed, and the import is slow

    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):  # Python 3.9 raises any of them for an invalid date
        return None


def skew(date: str | None, now: float) -> float | None:
    """Seconds by which the local clock, which says ``now``, is ahead of the ``Date`` of a response."""
    there = _epoch(date)
    return None if there is None else now - there


def clock_advice(skew: float | None) -> str:
    """A hint if the clock is so far off that the service refuses signatures, or soon will; else empty."""
    if skew is None or abs(skew) <= _SKEW_TOLD:
        return ""
    direction = "ahead of" if skew > 0 else "behind"
    return (
        f"The clock of this machine is {abs(skew):.0f} seconds {direction} the service's; more than 60 are refused. "
        "Set the clock (NTP)."
    )
