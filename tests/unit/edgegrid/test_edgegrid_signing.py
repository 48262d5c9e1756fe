# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EdgeGrid signatures: Akamai's own test data, and Akamai's library as the other implementation."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import pytest
import requests
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid import signing
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.credentials import Credentials
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.signing import ToSign
from hypothesis import given
from hypothesis import strategies as st

PUBLISHED = json.loads((pathlib.Path(__file__).parent / "akamai_vectors.json").read_text(encoding="utf-8"))
AKAMAIS = Credentials(
    host=PUBLISHED["host"],
    client_token=PUBLISHED["client_token"],
    access_token=PUBLISHED["access_token"],
    client_secret=PUBLISHED["client_secret"],
    max_body=PUBLISHED["max_body"],
    headers_to_sign=PUBLISHED["headers_to_sign"],
)
OURS = Credentials(
    host="akab-emulator.luna.akamaiapis.test",
    client_token="akab-emulator-client-0001",
    access_token="akab-emulator-access-0001",
    client_secret="ZW11bGF0b3Itc2VjcmV0LWZvci10ZXN0cy1vbmx5LTAwMDE=",
)
STAMP, NONCE = "20300102T03:04:05+0000", "11111111-2222-4333-8444-555555555555"
URL_BODY = b'{"objects":["https://www.example.test/a"]}'
VECTORS = [
    ("GET", "/storage/v1/zones", b"", "FV1iQsMGuAlJw2bpVdRc4RL/iyj1TMjPdA6fGfd2MSE="),
    ("GET", "/storage/v1/storage-groups?cpcodeId=1000001&accountSwitchKey=A-TEST%3A1-2RBL", b"",
     "xxBW1TX3mbQm5FGfUdxvvGETpyOWtaey3ZcWQqLCPnc="),
    ("POST", "/ccu/v3/invalidate/url/staging", URL_BODY, "Xs0Q4GMJeFduKWrnKAaYchQ6NfTYsuSrBJylM4HEdMk="),
    ("PUT", "/storage/v1/storage-groups/2000001", b'{"storageGroupName":"x"}', "IleCxj4OXteBWbU7n3uTRK+QIoa82hyBDX801FZtDJk="),
    ("DELETE", "/storage/v1/cpcodes/1000001/age-deletions", b"ageDeletionDirectoryPrefix=%2F1000001%2Ftmp",
     "0gd4oi8eAvIofzcn0oXvqhwQEOHCAom/aFYT+sEOsXg="),
    ("POST", "/storage/v1/upload-accounts/ua1/disable", b"", "U7Jm/VrGJ/aHV6s5Omr7T77gdxRJ5xzFGVYZFBSB1ZY="),
]  # fmt: skip


def signature(credentials: Credentials, request: ToSign, stamp: str = STAMP, nonce: str = NONCE) -> str:
    return signing.authorization(credentials, request, stamp, nonce).partition("signature=")[2]


@pytest.mark.parametrize("case", PUBLISHED["cases"], ids=lambda case: case["name"])
def test_a_request_is_signed_as_akamai_published(case: dict[str, t.Any]) -> None:
    headers = {name.lower(): value for name, value in case["headers"].items()}
    request = ToSign(case["method"], "https", AKAMAIS.host, case["path"], headers, case["body"].encode())
    assert signature(AKAMAIS, request, PUBLISHED["timestamp"], PUBLISHED["nonce"]) == case["signature"]


def test_the_signing_key_and_the_hash_of_a_body_are_those_that_akamai_published() -> None:
    assert signing.signing_key(AKAMAIS.client_secret, PUBLISHED["timestamp"]) == PUBLISHED["sign_key_test"]
    assert signing.content_hash("POST", b"test_body", 2048) == PUBLISHED["content_hash_test"]


@pytest.mark.parametrize(("method", "target", "body", "expected"), VECTORS)
def test_a_request_of_our_own_is_signed_as_written_down(method: str, target: str, body: bytes, expected: str) -> None:
    assert signature(OURS, ToSign(method, "https", OURS.host, target, {}, body)) == expected


def test_only_the_first_bytes_of_a_body_count_where_max_body_says_so() -> None:
    short = dataclasses.replace(OURS, max_body=16)
    request = ToSign("POST", "https", OURS.host, "/storage/v1/cpcodes", {}, b"x" * 20)
    assert signature(short, request) == "PtKgdcdfDskiuaY/C/CglAMpoK9sijB1/1sIdwFvfvE="
    assert signature(short, request._replace(body=b"x" * 16 + b"y")) == signature(short, request)


def test_the_time_is_written_in_utc() -> None:
    assert signing.timestamp(1893553445.9) == STAMP


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    # Without the semicolon at the end, which the library does not sign although it is sent.
    path=st.text("abc/;%20~.-_", max_size=40).map(lambda text: "/" + text.lstrip("/").rstrip(";")),
    query=st.text("ab=&%3A-", max_size=20),
    body=st.binary(max_size=64),
    max_body=st.integers(1, 80),
    header=st.text("ab \t", min_size=1, max_size=12).filter(str.strip),
)
def test_akamais_library_signs_alike(method: str, path: str, query: str, body: bytes, max_body: int, header: str) -> None:
    credentials = dataclasses.replace(OURS, max_body=max_body, headers_to_sign=("X-One", "X-Two"))
    target = path + (f"?{query}" if query else "")
    request = requests.PreparedRequest()
    request.method, request.url, request.body = method, f"https://{OURS.host}{target}", body
    request.headers = requests.structures.CaseInsensitiveDict({"X-Two": header})
    other = EdgeGridAuthHeaders(
        OURS.client_token, OURS.client_secret, OURS.access_token, headers_to_sign=["X-One", "X-Two"], max_body=max_body
    )
    ours = ToSign(method, "https", OURS.host, target, {"x-two": header}, body)
    assert signing.authorization(credentials, ours, STAMP, NONCE) == other.make_auth_header(request, STAMP, NONCE)


def test_no_representation_shows_a_secret() -> None:
    assert not [secret for secret in OURS.secrets if secret in repr(OURS)]
