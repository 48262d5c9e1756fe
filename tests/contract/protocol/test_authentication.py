# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is let in (td:each-call-needs-signature-header-authentication, td:example-authentication-headers)."""

from __future__ import annotations

import time

import pytest
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import (
    RawClient,
    Reply,
    action_value,
    auth_data,
    signature,
    target_of,
)
from netstorage_emulator.control import Running

MKDIR = action_value("mkdir")


def ask(api: RawClient, path: bytes, data: str, **changes: str) -> Reply:
    """A mkdir with this auth data; ``changes`` replaces headers after the signing."""
    target = target_of(path)
    headers = api.signed(target, MKDIR, data) | {"Content-Length": "0"} | changes
    return api.send("PUT", target, headers)


@pytest.mark.parametrize(
    ("key", "data", "path", "action", "expected"),
    [
        (
            "abcdefghij",
            "5, 0.0.0.0, 0.0.0.0, 1280000000, 382644692, UploadAccountMedia",
            "/123456/files_baseball/sweep.m4a",
            "version=1&action=upload&md5=0123456789abcdef0123456789abcdef&mtime=1260000000",
            "yh1MXm/rv7RKZhfKlTuSUBV69Acph5IyOWCU0/nFjms=",
        ),
        (
            "secret1",
            "5, 0.0.0.0, 0.0.0.0, 1384128000, 1234, user1",
            "/foobar",
            "version=1&action=download",
            "jKA6Rh9lCotwbE6BRPZve1fOl67yqKnZ+Z0b048jwYo=",
        ),
    ],
    ids=["the documentation's", "the Java kit's"],
)
def test_the_raw_client_signs_as_published(key: str, data: str, path: str, action: str, expected: str) -> None:
    """td:example-authentication-headers; NetStorageKit-Java's tests."""
    assert signature(key, data, path, action) == expected


@pytest.mark.parametrize("version", [3, 4, 5])
def test_three_versions_are_accepted(api: RawClient, place: bytes, version: int) -> None:
    """HMAC with MD5, SHA-1 and SHA-256 (td:each-call-needs-signature-header-authentication)."""
    assert ask(api, place, auth_data(api.account.account, version)).ok
    assert api.stat(place) == [("dir", place.rpartition(b"/")[2])]


@pytest.mark.parametrize("version", [1, 2, 6])
def test_other_versions_are_refused(api: RawClient, place: bytes, version: int) -> None:
    """1 and 2 existed once and are not accepted now (a comment in NetStorageKit-Java)."""
    assert ask(api, place, auth_data(api.account.account, version)).status == 403
    assert api.stat(place) == []


def test_a_signature_with_another_key_is_refused(api: RawClient, place: bytes) -> None:
    """403 for a bad key (kkamkou's test against the live service)."""
    data = auth_data(api.account.account)
    sign = signature("another-key-altogether", data, target_of(place), MKDIR)
    assert ask(api, place, data, **{"X-Akamai-ACS-Auth-Sign": sign}).status == 403
    assert api.stat(place) == []


def test_an_unknown_account_is_refused(api: RawClient, place: bytes) -> None:
    """403 (OAS errors/403.yaml)."""
    assert ask(api, place, auth_data("nobody-has-this-account")).status == 403


def test_the_signature_covers_the_path_and_the_action(api: RawClient, place: bytes) -> None:
    """The sign-string has both (td:example-authentication-headers), so neither can be exchanged on the way."""
    headers = api.signed(target_of(place), MKDIR) | {"Content-Length": "0"}
    assert api.send("PUT", target_of(place + b"-other"), headers).status == 403
    changed = api.signed(target_of(place), MKDIR) | {"Content-Length": "0", "X-Akamai-ACS-Action": action_value("delete")}
    assert api.send("PUT", target_of(place), changed).status == 403
    assert api.stat(place) == api.stat(place + b"-other") == []


def test_the_signature_covers_the_target_as_it_is_sent(api: RawClient, place: bytes) -> None:
    """The encoded path on the request line is what is signed (docs/usage-api.md#authentication): %61 is not a."""
    spelled = target_of(place).replace("contract-", "%63ontract-")
    headers = api.signed(target_of(place), MKDIR) | {"Content-Length": "0"}
    assert api.send("PUT", spelled, headers).status == 403
    assert api.send("PUT", spelled, api.signed(spelled, MKDIR) | {"Content-Length": "0"}).ok
    assert api.stat(place) != []


@pytest.mark.parametrize("missing", ["X-Akamai-ACS-Auth-Data", "X-Akamai-ACS-Auth-Sign"])
def test_a_request_without_a_signature_is_refused(api: RawClient, place: bytes, missing: str) -> None:
    target = target_of(place)
    headers = {name: value for name, value in api.signed(target, MKDIR).items() if name != missing}
    assert api.send("PUT", target, headers | {"Content-Length": "0"}).status == 403


@pytest.mark.parametrize("offset", [-300, 300], ids=["behind", "ahead"])
def test_a_clock_that_is_five_minutes_off_is_refused(api: RawClient, place: bytes, offset: int) -> None:
    """td:each-call-needs-signature-header-authentication: "within one (1) minute"."""
    data = auth_data(api.account.account, now=int(time.time()) + offset)
    assert ask(api, place, data).status == 403


@pytest.mark.parametrize("offset", [-30, 30], ids=["behind", "ahead"])
def test_a_clock_that_is_half_a_minute_off_is_accepted(api: RawClient, place: bytes, offset: int) -> None:
    """td:each-call-needs-signature-header-authentication."""
    assert ask(api, place, auth_data(api.account.account, now=int(time.time()) + offset)).ok


def test_a_refusal_says_what_time_it_is(api: RawClient, place: bytes) -> None:
    """The kits for Java and C# measure the skew by the Date header of the refusal."""
    reply = ask(api, place, auth_data(api.account.account, now=1_000_000_000))
    assert reply.status == 403
    assert reply.headers["Date"].endswith("GMT")


@pytest.mark.parametrize("form", ["{0},{1},{2},{3},{4},{5}", "{0}, {1}, {2}, {3}, {4},{5}"], ids=["no blanks", "rclone's"])
def test_blanks_behind_the_commas_are_free(api: RawClient, place: bytes, form: str) -> None:
    """The data is signed as it is sent; rclone leaves out the blank before the account."""
    data = form.format(*auth_data(api.account.account).split(", "))
    assert ask(api, place, data).ok


@pytest.mark.parametrize("unique", ["7", "f" * 32, "kD3_-x9", "18446744073709551615"])
def test_the_unique_id_is_any_text(api: RawClient, place: bytes, unique: str) -> None:
    """Numbers, hex and base64 are all in production (docs/usage-api.md#authentication)."""
    assert ask(api, place, auth_data(api.account.account, unique=unique)).ok


def test_a_request_without_an_action_is_no_api_request(api: RawClient, place: bytes) -> None:
    """It may be served as ordinary content (le:2E0A31D1), so all that is sure is that nothing happens."""
    target = target_of(place)
    headers = {name: value for name, value in api.signed(target, MKDIR).items() if name != "X-Akamai-ACS-Action"}
    assert api.send("PUT", target, headers | {"Content-Length": "0"}).status >= 400
    assert api.stat(place) == []


def test_a_cp_code_of_others_is_refused(api: RawClient) -> None:
    """403 (td:403; recorded by whalerock for du)."""
    assert api.call("stat", b"/999999999/x").status == 403
    assert api.call("du", b"/999999999").status == 403


def test_a_request_repeated_to_the_letter_is_refused_once(api: RawClient, place: bytes, emulator: Running) -> None:
    """The documentation asks for unique ids and says no more. Emulator only: knob ``replay``."""
    target = target_of(place)
    for setting, expected in [("identical", 403), ("time_and_id", 403), ("accept", 200)]:
        emulator.control.set_knobs(replay=setting)
        headers = api.signed(target, MKDIR) | {"Content-Length": "0"}
        assert api.send("PUT", target, headers).ok
        assert api.send("PUT", target, headers).status == expected


def test_the_clock_of_the_server_counts(api: RawClient, place: bytes, emulator: Running) -> None:
    """Emulator only: knob ``clock_skew``."""
    emulator.control.set_knobs(clock_skew=600)
    assert ask(api, place, auth_data(api.account.account)).status == 403
    assert ask(api, place, auth_data(api.account.account, now=int(time.time()) + 600)).ok
