# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of Akamai's APIs: JSON over HTTPS, signed, with retries. It knows nothing of what an API does.

``requests`` does the HTTP. Redirects are not followed, as a signature is for one address; ``.netrc`` is never read.
"""

from __future__ import annotations

import collections
import json
import os
import time
import types
import typing as t
import uuid
import warnings
from random import Random, SystemRandom
from urllib.parse import quote, urlencode

from .._model.errors import BadReply, NetStorageError, ServiceFailed, Stopped, Unreachable
from .._threads.cancellation import Cancellation
from .api_errors import ApiRequest, error_of
from .api_response import ApiResponse, pause_after_failure, pause_after_throttling
from .api_settings import ApiSettings
from .credentials import Credentials
from .signing import ToSign, authorization, timestamp

LARGEST_RESPONSE = 16 * 1024**2  # bytes
_CHUNK = 1024
_SHOWN = 200  # characters of a body that is no JSON
_CONNECT_SECONDS = 15.0
_AGENT = "edgeops.netstorage"
_FAILURES = frozenset({500, 502, 503, 504, 507})  # of these a retry may succeed


class ApiClient:
    """Sends one request after the other; not thread safe.

    api_calls  how many requests were sent, by ``ApiRequest.action``; repeated ones included
    """

    def __init__(
        self,
        credentials: Credentials,
        settings: ApiSettings,
        *,
        clock: t.Callable[[], float] = time.time,
        random: Random | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        """Sends nothing.

        Args:
            clock: seconds since the epoch.
            random: for the jitter of waits.
            cancellation: checked before each request; once it is set, ``send`` raises Stopped. It does the sleeping, too.
        """
        self.credentials, self._settings = credentials, settings
        self._clock, self._random = clock, random or SystemRandom()
        self._cancellation = cancellation or Cancellation()
        self._requests = _requests()
        self._session = self._requests.Session()
        self._session.trust_env = False  # for .netrc; what else the environment has is looked up below
        self._origin = f"{settings.api_protocol}://{credentials.host}"
        self.api_calls: collections.Counter[str] = collections.Counter()

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self._session.close()

    def send(
        self, request: ApiRequest, method: str, document: object = None, *, is_idempotent: bool | None = None
    ) -> ApiResponse:
        """The response, with a status of 200 to 299.

        Args:
            request: ``request.path`` is percent-encoded, ``request.query`` is not.
            document: is sent as JSON, in ASCII and without blanks; None for no body.
            is_idempotent: whether the request may be repeated when it is not known whether it was carried out; by default a
                GET is. One that was refused for being too many (429) is repeated in any case.

        Raises:
            NetStorageError: the error of the last try; one that a retry cannot help is raised at once.
            Stopped: the run was cancelled.
        """
        body = b"" if document is None else json.dumps(document, separators=(",", ":")).encode("ascii")
        may_repeat = method == "GET" if is_idempotent is None else is_idempotent
        tries = 0
        while True:
            self._check(request)
            tries += 1
            result, pause = self._try(request, method, body, tries, may_repeat)
            if isinstance(result, ApiResponse):
                return result
            if pause is None or tries > self._settings.max_retries:
                raise result
            self.sleep(pause, request)

    def sleep(self, seconds: float, request: ApiRequest) -> None:
        """Raises Stopped if the run is cancelled."""
        self._cancellation.sleep(seconds)
        self._check(request)

    def _check(self, request: ApiRequest) -> None:
        reason = self._cancellation.reason()
        if reason is not None:
            raise Stopped(f"Stopped before {request.action}: {reason}", path=request.path.encode(), action=request.action)

    def _try(
        self, request: ApiRequest, method: str, body: bytes, tries: int, may_repeat: bool
    ) -> tuple[ApiResponse | NetStorageError, float | None]:
        """The response, or the error and after how many seconds to repeat; None for never."""
        chance = self._random.random()
        try:
            response = self._send_once(request, method, body)
        except (Unreachable, BadReply) as broken:
            return broken, pause_after_failure(tries, chance) if may_repeat else None
        if 200 <= response.status < 300:
            return response, None
        error = error_of(response, request, self.credentials, self._clock())
        if response.status == 429:
            return error, pause_after_throttling(response, self._clock(), chance)
        if response.status in _FAILURES and may_repeat and isinstance(error, ServiceFailed):
            return error, pause_after_failure(tries, chance)
        return error, None

    def _send_once(self, request: ApiRequest, method: str, body: bytes) -> ApiResponse:
        key = self.credentials.account_switch_key
        parameters = {**request.query, **({"accountSwitchKey": key} if key else {})}
        query = f"?{urlencode(parameters, quote_via=quote, safe='')}" if parameters else ""
        headers = {"Accept": "application/json", "User-Agent": _AGENT}
        if body:
            headers["Content-Type"] = "application/json"
        prepared = self._session.prepare_request(
            self._requests.Request(method, self._origin + request.path + query, headers=headers, data=body or None)
        )
        named = {name.lower(): value for name, value in prepared.headers.items()}
        signed = ToSign(method, self._settings.api_protocol, self.credentials.host, prepared.path_url, named, body)
        prepared.headers["Host"] = self.credentials.host  # as it is signed, whatever is made of the address
        prepared.headers["Authorization"] = authorization(self.credentials, signed, timestamp(self._clock()), str(uuid.uuid4()))
        self.api_calls[request.action] += 1
        failed = self._requests.exceptions
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that certificates are not verified was said in the task
                with self._session.send(prepared, **self._sending()) as response:
                    return self._read(response, request)
        except (failed.RequestException, OSError, ValueError) as error:
            raise self._unreachable(error, request) from None

    def _sending(self) -> dict[str, t.Any]:
        settings = self._settings
        seconds = settings.idle_timeout
        proxies: t.Mapping[str, str] = {}
        verify: bool | str = settings.validate_certs
        if settings.use_proxy:
            proxies = self._requests.utils.get_environ_proxies(self._origin)
        if settings.validate_certs:
            verify = settings.ca_path or _environment_bundle() or True
        return {
            "timeout": (min(seconds, _CONNECT_SECONDS), seconds),
            "allow_redirects": False,
            "stream": True,
            "proxies": dict(proxies),
            "verify": verify,
        }

    def _read(self, response: t.Any, request: ApiRequest) -> ApiResponse:  # noqa: ANN401  # requests is imported late
        """Raises BadReply where the body is too long in bytes or seconds, or a success is no JSON."""
        until = time.monotonic() + self._settings.idle_timeout
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > LARGEST_RESPONSE or time.monotonic() > until:
                raise self._bad(
                    f"The response is longer than {LARGEST_RESPONSE:,} bytes or too slow", request, response.status_code
                )
        headers = {name.lower(): value for name, value in response.headers.items()}
        status: int = response.status_code
        try:
            return ApiResponse(status, headers, json.loads(body.decode("utf-8")) if body.strip() else None)
        except (ValueError, RecursionError):
            text = bytes(body[:_SHOWN]).decode("utf-8", "replace")
            if 200 <= status < 300:
                raise self._bad(f"The response ({status}) is no JSON", request, status) from None
            return ApiResponse(status, headers, None, text)

    def _bad(self, message: str, request: ApiRequest, status: int) -> BadReply:
        return BadReply(message, path=request.path.encode(), action=request.action, status=status)

    def _unreachable(self, error: Exception, request: ApiRequest) -> NetStorageError:
        """Its text is our own: that of ``requests`` may quote the address of a proxy with its password."""
        failed = self._requests.exceptions
        kinds = (
            (failed.ProxyError, "The proxy refused the connection"),
            (failed.SSLError, "No TLS"),
            (failed.ConnectTimeout, "No connection in time"),
            (failed.ReadTimeout, f"No data for {self._settings.idle_timeout:g} seconds (idle_timeout)"),
            (failed.ConnectionError, "No connection, or no response"),
        )
        message = next((text for kind, text in kinds if isinstance(error, kind)), "The exchange broke off")
        message = f"{message} ({self._origin}{_reason(error)})"
        return Unreachable(message, path=request.path.encode(), action=request.action, hint="")


def _reason(error: BaseException) -> str:
    """What the system says of it, where it does."""
    seen: list[object] = [error]
    while seen and len(seen) < 20:
        one = seen.pop()
        if isinstance(one, OSError) and one.strerror and isinstance(one.strerror, str):
            return f": {one.strerror}"
        if isinstance(one, BaseException):
            seen += [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]
    return ""


def _environment_bundle() -> str | None:
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def _requests() -> types.ModuleType:
    """It takes longer to import than a small task takes to run, so a task that asks nothing does without."""
    import requests

    return requests
