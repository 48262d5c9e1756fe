# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are wrong before the first packet."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig

GOOD: dict[str, t.Any] = {"host": "example-nsu.akamaihd.net", "account": "uploader", "key": "s3cret-s3cret-s3cret"}


@pytest.mark.parametrize(
    "option",
    [
        {"host": ""},
        {"host": "https://example-nsu.akamaihd.net"},
        {"host": "example-nsu.akamaihd.net/123456"},
        {"host": "example-nsu.akamaihd.net:"},
        {"host": "example-nsu.akamaihd.net:0"},
        {"host": "example-nsu.akamaihd.net:65536"},
        {"host": "a b"},
        {"host": "a\r\nX: y"},
        {"host": "user@host"},
        {"account": ""},
        {"account": "a,b"},
        {"account": "a b"},
        {"account": "a\n"},
        {"account": "ä"},
        {"key": ""},
        {"key": "too-short"},
        {"key": "with a line break\n"},
        {"key": "with a null byte \x00 in it"},
        {"account": GOOD["key"]},
        {"host": f"{GOOD['key']}.example"},
        {"key": "bytes that are no text \udcff"},
        {"protocol": "ftp"},
        {"idle_timeout": 0.0},
        {"idle_timeout": float("nan")},
        {"max_retries": -1},
        {"connections": 0},
        {"max_requests_per_second": 0},
        {"max_requests_per_second": float("nan")},
        {"max_requests_per_second": float("inf")},
        {"max_bandwidth": 0},
        {"max_bandwidth": -1},
        {"ca_path": "/there/is/no/such/bundle.pem"},
    ],
    ids=repr,
)
def test_bad_options_are_refused_without_the_key(option: dict[str, t.Any]) -> None:
    given = {**GOOD, **option}
    with pytest.raises(BadOptions) as caught:
        ClientConfig(**given)
    assert not given["key"] or given["key"] not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:443", "[::1]", "a_b.example", "x"]
)
def test_a_host_may_be_a_name_or_an_address_with_a_port(host: str) -> None:
    ClientConfig(**{**GOOD, "host": host})


def test_port_0_is_what_an_emulator_has_that_was_not_started() -> None:
    with pytest.raises(BadOptions, match="unless emulator_running"):
        ClientConfig(**{**GOOD, "host": "localhost:0"})


def test_good_accounts_and_bundles(tmp_path: pathlib.Path) -> None:
    ClientConfig(**{**GOOD, "account": "up+load/er.1", "ca_path": str(tmp_path)})


def test_the_key_is_in_no_representation() -> None:
    assert GOOD["key"] not in repr(ClientConfig(**GOOD))


def test_names_and_ports() -> None:
    assert (ClientConfig(**GOOD).endpoint.name, ClientConfig(**GOOD).endpoint.port) == ("example-nsu.akamaihd.net", 443)
    assert ClientConfig(**{**GOOD, "protocol": "http"}).endpoint.port == 80
    endpoint = ClientConfig(**{**GOOD, "host": "[::1]:8"}).endpoint
    assert (endpoint.name, endpoint.port) == ("::1", 8)
