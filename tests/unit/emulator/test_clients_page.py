# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page about clients of others has those that ``make clients`` plays, in their versions."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.edgeops.netstorage.tests.clients.run import CLIENTS, Client, differences

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/emulator-clients.md").read_text(encoding="utf-8")
INDEXES = {"PyPI": "https://pypi.org/project/{}/", "npm": "https://www.npmjs.com/package/{}"}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.title)
def test_the_page_has_each_client_that_is_played(client: Client) -> None:
    link = f"[{client.name}]({INDEXES[client.index].format(client.name)}) {client.version}"
    (row,) = [line for line in PAGE.splitlines() if link in line]
    assert [protocol for protocol in ("http", "https") if f"`{protocol}`" in row] == list(client.protocols)
    assert ("80 and 443" in row) == client.takes_no_port


def test_a_call_that_is_answered_otherwise_is_told() -> None:
    client = Client("a", "PyPI", "1", ("http",), {"rmdir": 409})
    assert differences(client, {"stat": 200, "rmdir": 409}) == []
    assert differences(client, {"stat": 404}) == ["stat: 404 instead of 200", "rmdir: None instead of 409"]
    assert differences(client, {"rmdir": 409, "the end": "killed"}) == ["the end: 'killed' instead of 200"]
