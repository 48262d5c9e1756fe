# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark of HTTP clients: that all do the same, and its table, with figures that are made up. No time is judged."""

from __future__ import annotations

import itertools
import json
import pathlib

import pytest
from ansible_collections.edgeops.netstorage.tests.bench import run
from ansible_collections.edgeops.netstorage.tests.bench.http_clients import CLIENTS, OURS, Place, Upload
from ansible_collections.edgeops.netstorage.tests.bench.http_costs import Cost, costs_table, measure_costs
from ansible_collections.edgeops.netstorage.tests.unit.usage_api.scripted_server import Server, answer

MADE_UP = [Cost("http", OURS, [0.2, 0.1, 0.3]), Cost("http", "requests", [1.9, 1.5]), Cost("https", OURS, [0.4])]


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_sends_the_same_over_one_connection(client: str) -> None:
    server = Server()
    server.handler = lambda _request: answer(201, b"successful\n")
    headers = {"X-Signed": "a, b", "Content-Length": "3"}
    with CLIENTS[client](Place("http", f"127.0.0.1:{server.port}", "")) as send:
        assert [send(Upload("/1/a.txt", headers, b"abc")) for _turn in range(3)] == [201] * 3
    server.close()
    first = server.requests[0]
    assert (first.line, first.body) == (b"PUT /1/a.txt HTTP/1.1", b"abc")
    known = {"x-signed": "a, b", "content-length": "3", "accept-encoding": "identity", "user-agent": "edgeops.netstorage"}
    assert {name: first.headers.get(name) for name in known} == known
    assert {request.connection for request in server.requests} == {0}


def test_every_upload_is_taken_over_both_protocols() -> None:
    """``measure_costs`` refuses any other status than 200."""
    costs = measure_costs(rounds=2, requests=2)
    assert [(cost.protocol, cost.client) for cost in costs] == list(itertools.product(("http", "https"), CLIENTS))
    assert {len(cost.milliseconds) for cost in costs} == {2}


def test_the_table_compares_within_a_protocol() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in costs_table(MADE_UP).splitlines()[2:]]
    assert rows == [
        ["http", OURS, "3", "0.200", "0.100 to 0.300", "1.0"],
        ["http", "requests", "2", "1.700", "1.500 to 1.900", "8.5"],
        ["https", OURS, "1", "0.400", "0.400 to 0.400", "1.0"],
    ]


def test_the_case_is_run_alone_and_saved(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "measure_costs", lambda _rounds: MADE_UP)
    figures, page = tmp_path / "figures.json", tmp_path / "figures.md"
    assert run.main(["http", "--json", str(figures), "--markdown", str(page)]) == 0
    assert costs_table(MADE_UP) in capsys.readouterr().out
    assert page.read_text("utf-8").startswith("| protocol")
    assert json.loads(figures.read_text("utf-8"))["http"][1] == {
        "protocol": "http", "client": "requests", "milliseconds": [1.9, 1.5], "median": 1.7,
    }  # fmt: skip


def test_it_is_listed_as_one_of_the_default_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--list"]) == 0
    assert any(line.startswith("http ") and " * " in line for line in capsys.readouterr().out.splitlines())
