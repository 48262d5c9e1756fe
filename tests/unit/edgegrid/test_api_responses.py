# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a response of an API says about retries, and what becomes of its errors."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_errors import ApiRequest, error_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_response import (
    ApiResponse,
    clock_ahead,
    pause_after_failure,
    pause_after_throttling,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.credentials import Credentials
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError

NOW = 1893553445.0  # 2030-01-02T03:04:05Z
DATE = "Wed, 02 Jan 2030 03:04:05 GMT"
SECRET = "s3cret+/s3cret+/s3c="
CREDENTIALS = Credentials("akab-x.example.com", "akab-client-token-01", "akab-access-token-01", SECRET)
REQUEST = ApiRequest("invalidate", "/ccu/v3/invalidate/url/production")


def throttled(headers: dict[str, str], detail: str = "") -> float:
    return pause_after_throttling(ApiResponse(429, headers, {"detail": detail}), NOW, 0.0)


@pytest.mark.parametrize(
    ("headers", "detail", "seconds"),
    [
        ({}, "", 5.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "2"}, "", 2.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "2", "x-ratelimit-seconds-to-refresh-limit-objects": "12.5"}, "", 12.5),
        ({"x-ratelimit-seconds-to-refresh-limit": "0"}, "", 1.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "1e9"}, "", 600.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "soon"}, "", 5.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "nan"}, "", 5.0),
        ({"x-ratelimit-seconds-to-refresh-limit": "-3"}, "", 5.0),
        ({"x-ratelimit-next": "2030-01-02T03:04:15Z"}, "", 11.0),
        ({"x-ratelimit-next": "2030-01-02T03:04:15.250Z"}, "", 11.0),
        ({"x-ratelimit-next": "2000-01-01T00:00:00Z"}, "", 1.0),
        ({"x-ratelimit-next": "tomorrow"}, "", 5.0),
        ({"retry-after": "7"}, "", 7.0),
        ({}, "Try again in 20 seconds.", 20.0),
        ({}, "Wait 0 seconds", 5.0),
    ],
)
def test_the_pause_after_throttling_is_what_the_service_says(headers: dict[str, str], detail: str, seconds: float) -> None:
    assert throttled(headers, detail) == seconds


def test_pauses_have_jitter() -> None:
    assert pause_after_throttling(ApiResponse(429, {}), NOW, 0.5) == 5.5
    assert [pause_after_failure(tries, 1.0) for tries in (1, 2, 3, 10)] == [2.0, 4.0, 8.0, 60.0]
    assert pause_after_failure(1, 0.0) == 1.0


def error(status: int, document: t.Any = None, headers: dict[str, str] | None = None, text: str = "") -> NetStorageError:
    return error_of(ApiResponse(status, headers or {}, document, text), REQUEST, CREDENTIALS, NOW)


@pytest.mark.parametrize(
    ("status", "code"),
    [(200, "bad_response"), (302, "bad_response"), (400, "refused"), (401, "auth_refused"), (403, "auth_refused"),
     (404, "not_found"), (409, "conflict"), (413, "refused"), (429, "throttled"), (500, "service_failed"),
     (507, "service_failed")],
)  # fmt: skip
def test_a_status_is_an_error_of_ours(status: int, code: str) -> None:
    failure = error(status, {"title": "Title", "detail": "Detail."}).failure()
    assert failure["code"] == code
    assert (failure["action"], failure["path"], failure["status"]) == (*REQUEST[:2], status)
    assert failure["problem"] == {"title": "Title", "detail": "Detail."}
    assert "Title Detail." in str(error(status, {"title": "Title", "detail": "Detail."}))


def test_a_problem_is_told_with_its_fields_and_within_bounds() -> None:
    rows = [{"type": "x", "title": "Not accessible", "field": "storageGroupId", "value": 2000001}] * 50
    problem = error(400, {"type": "validation-error", "status": 400, "detail": "y" * 9000, "errors": [*rows, "z"]}).problem
    assert problem["errors"][0] == {"type": "x", "title": "Not accessible", "field": "storageGroupId", "value": "2000001"}
    assert len(problem["errors"]) == 20
    assert len(problem["detail"]) == 501


@pytest.mark.parametrize("document", [None, [], "text", 5, {"detail": 5}, {"detail": None, "errors": {}}])
def test_a_document_that_is_no_problem_is_no_further_error(document: t.Any) -> None:
    assert "problem" not in error(500, document).failure()


def test_a_text_in_place_of_json_is_shown() -> None:
    assert "<html> Blocked </html>" in str(error(403, text="<html>\n Blocked\n</html>"))


def test_a_secret_that_the_service_repeats_is_masked() -> None:
    found = error(400, {"title": f"x {SECRET}", "errors": [{"value": CREDENTIALS.client_token}]}, text=SECRET)
    assert not [secret for secret in CREDENTIALS.secrets if secret in f"{found} {found.failure()}"]


@pytest.mark.parametrize(
    ("status", "document", "headers", "told"),
    [
        (400, {"detail": "Invalid timestamp"}, {"date": "Wed, 02 Jan 2030 03:03:00 GMT"}, "65 seconds ahead of"),
        (401, {"detail": "The signature does not match"}, {"date": "Wed, 02 Jan 2030 03:05:05 GMT"}, "60 seconds behind"),
        (400, {"detail": "Invalid timestamp"}, {}, "clock of this machine is wrong"),
        (401, {"detail": "The signature does not match"}, {"date": DATE}, "those of one API client"),
        (400, {"detail": "invalid endpoint"}, {"date": DATE}, "akab-x.example.com the host of this API client"),
        (403, {}, {}, "grant"),
    ],
)
def test_the_hint_says_what_to_do(status: int, document: dict[str, str], headers: dict[str, str], told: str) -> None:
    assert told in error(status, document, headers).hint


@pytest.mark.parametrize(("date", "ahead"), [(DATE, 0.0), ("", None), ("yesterday", None)])
def test_the_date_of_a_response_tells_how_far_the_clock_is_off(date: str, ahead: float | None) -> None:
    assert clock_ahead(ApiResponse(400, {"date": date}), NOW) == ahead
