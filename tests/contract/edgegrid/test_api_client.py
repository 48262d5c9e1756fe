# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of Akamai's APIs against the emulator: signatures, retries, what is broken on the way. No secret is left behind."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_errors import ApiRequest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_response import ApiResponse
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.client import ApiClient
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.credential_sources import find_credentials
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.tests.contract.edgegrid.purge_scene import SECRET, TOKEN
from ansible_collections.edgeops.netstorage.tests.fake_cancellation import FakeCancellation
from netstorage_emulator.control import Running

REQUEST = ApiRequest("invalidate", "/ccu/v3/invalidate/url/production")
URLS = {"objects": ["https://www.example.com/a"]}


class Asking:
    """Asks once, with waits that are written down and not waited for."""

    def __init__(self, settings: ApiSettings) -> None:
        self.settings, self.slept = settings, list[float]()
        self.calls = 0

    def ask(self, request: ApiRequest = REQUEST, document: object = None, *, twice: bool | None = True, method: str = "POST",
            clock: t.Callable[[], float] = time.time) -> ApiResponse:  # fmt: skip
        credentials = find_credentials(self.settings, {}).credentials
        cancellation = FakeCancellation(self.slept.append)
        with ApiClient(credentials, self.settings, cancellation=cancellation, clock=clock) as client:
            try:
                return client.send(request, method, document or URLS, is_idempotent=twice)
            finally:
                self.calls = client.api_calls.total()

    def failing(self, **more: t.Any) -> NetStorageError:
        with pytest.raises(NetStorageError) as caught:
            self.ask(**more)
        error = caught.value
        assert not [text for text in (SECRET, TOKEN) if text in f"{error} {error.failure()} {error!r}"]
        return error


@pytest.fixture
def asking(settings: ApiSettings) -> Asking:
    return Asking(settings)


def test_a_signed_request_is_answered(asking: Asking, apis: Running) -> None:
    response = asking.ask()
    assert response.status == 201
    assert response.document["httpStatus"] == 201
    assert response.headers["x-ratelimit-limit-objects"] == "10000"
    (entry,) = apis.control.journal(apis.control.journal_length() - 1)
    assert (entry["account"], entry["status"]) == ("default", 201)


def test_an_account_switch_key_is_signed_too(asking: Asking, apis: Running) -> None:
    asking.settings = dataclasses.replace(asking.settings, account_switch_key="A-CCT1234:1ABCD")
    assert asking.ask().status == 201
    (entry,) = apis.control.journal(apis.control.journal_length() - 1)
    assert entry["path"] == f"{REQUEST.path}?accountSwitchKey=A-CCT1234%3A1ABCD"


def test_a_wrong_secret_is_refused_without_retries(asking: Asking) -> None:
    asking.settings = dataclasses.replace(asking.settings, client_secret="another-secret-of-somebody")
    error = asking.failing()
    assert (error.code, error.status, asking.calls) == ("auth_refused", 401, 1)
    assert error.problem["detail"] == "The signature does not match"
    assert "those of one API client" in error.hint


@pytest.mark.parametrize(("seconds", "told"), [(90.0, "ahead of"), (-90.0, "behind")])
def test_a_clock_that_is_off_is_told_by_how_much(asking: Asking, seconds: float, told: str) -> None:
    error = asking.failing(clock=lambda: round(time.time()) + seconds)
    assert (error.status, error.problem["detail"]) == (400, "Invalid timestamp")
    found = re.search(rf"is (\d+) seconds {told} the service's", error.hint)
    assert found is not None
    assert 88 <= int(found[1]) <= 92


@pytest.mark.parametrize("status", [500, 502, 503, 504, 507])
def test_a_failure_of_the_service_is_repeated_where_that_does_no_harm(asking: Asking, apis: Running, status: int) -> None:
    apis.control.add_faults({"status": status, "action": "ccu:*", "times": 2})
    assert asking.ask().status == 201
    assert (asking.calls, len(asking.slept)) == (3, 2)
    assert 1.0 <= asking.slept[0] <= 2.0 <= asking.slept[1] <= 4.0


def test_a_failure_of_the_service_is_not_repeated_where_it_might_do_harm(asking: Asking, apis: Running) -> None:
    apis.control.add_faults({"status": 503, "action": "ccu:*"})
    assert (asking.failing(twice=None).code, asking.calls) == ("service_failed", 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415])
def test_what_the_client_did_wrong_is_never_repeated(asking: Asking, apis: Running, status: int) -> None:
    apis.control.add_faults({"status": status, "action": "ccu:*", "body": "<html>no</html>"})
    error = asking.failing()
    assert (error.status, asking.calls, asking.slept) == (status, 1, [])
    assert "<html>no</html>" in error.message


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [({}, 5, 6), ({"X-Ratelimit-Seconds-To-Refresh-Limit": "9"}, 9, 10),
     ({"X-Ratelimit-Seconds-To-Refresh-Limit": "1", "X-Ratelimit-Seconds-To-Refresh-Limit-Objects": "30"}, 30, 31)],
)  # fmt: skip
def test_throttling_is_waited_for_as_the_headers_say(
    asking: Asking, apis: Running, headers: dict[str, str], least: int, most: int
) -> None:
    apis.control.add_faults({"status": 429, "action": "ccu:*", "headers": headers})
    assert asking.ask(twice=False).status == 201
    assert least <= asking.slept[0] <= most


def test_throttling_that_does_not_end_is_an_error(asking: Asking, apis: Running) -> None:
    apis.control.add_faults({"status": 429, "action": "ccu:*", "times": None})
    assert (asking.failing().code, asking.calls) == ("throttled", 3)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "when": "before_body"},
        {"kind": "reset", "when": "in_body"},
        {"kind": "reset", "when": "before_answer", "done": True},
        {"kind": "reset", "when": "in_answer", "done": True},
        {"kind": "truncate", "how": "closed"},
        {"kind": "truncate", "how": "consistent"},
        {"kind": "content_length", "how": "larger"},
        {"kind": "content_length", "how": "smaller"},
        {"kind": "hang", "ms": 50},
        {"kind": "hang"},
        {"kind": "status", "status": 201, "body": "<html>"},
        {"kind": "status", "status": 302, "headers": {"Location": "/"}},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_broken_exchange_is_repeated_or_an_error(asking: Asking, apis: Running, fault: dict[str, object]) -> None:
    asking.settings = dataclasses.replace(asking.settings, idle_timeout=0.5)
    apis.control.add_faults({**fault, "action": "ccu:*"})
    error = asking.failing(twice=False)
    assert error.code in ("unreachable", "bad_response")
    assert asking.calls == 1
    apis.control.add_faults({**fault, "action": "ccu:*"})
    if fault.get("status") != 302:
        assert asking.ask().status == 201
        assert asking.calls == 2


def test_nobody_there_is_an_error_with_the_address(asking: Asking) -> None:
    asking.settings = dataclasses.replace(asking.settings, api_host="127.0.0.1:9", max_retries=1)
    error = asking.failing()
    assert (error.code, asking.calls) == ("unreachable", 2)
    assert "http://127.0.0.1:9: Connection refused" in error.message


def test_a_proxy_is_named_without_its_password(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://user:proxy-password@127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    asking.settings = dataclasses.replace(asking.settings, max_retries=0)
    error = asking.failing()
    assert error.code == "unreachable"
    assert "proxy-password" not in str(error)
    asking.settings = dataclasses.replace(asking.settings, use_proxy=False)
    assert asking.ask().status == 201


def test_netrc_is_not_read(asking: Asking, monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any) -> None:
    """It would take the place of the signature."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert asking.ask().status == 201


def test_a_cancelled_run_sends_nothing(settings: ApiSettings, apis: Running) -> None:
    mark = apis.control.journal_length()
    cancellation = FakeCancellation(reason=lambda: "it was told to end by SIGTERM")
    with (
        ApiClient(find_credentials(settings, {}).credentials, settings, cancellation=cancellation) as client,
        pytest.raises(NetStorageError) as caught,
    ):
        client.send(REQUEST, "POST", URLS)
    assert caught.value.code == "stopped"
    assert apis.control.journal(mark) == []
