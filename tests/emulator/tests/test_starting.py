# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``--load``, a tree that is saved and loaded again, and ``reset``: everything as it was at the start."""

from __future__ import annotations

import pathlib
import time
import urllib.request

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import ACCOUNT, CP_CODE, KEY, Client
from netstorage_emulator.cli import main
from netstorage_emulator.control import Control, ControlError, running

TREE = [
    {"key": "/123456/site/a.html", "content": "hello", "mtime": 1},
    {"key": "/123456/site/b.bin", "content_base64": "/wA=", "mtime": 2},
    {"key": "/123456/site/empty/", "type": "dir", "mtime": 3},
    {"key": "/123456/site/latest", "type": "symlink", "target": "a.html", "mtime": 4},
]


def test_a_tree_is_there_before_the_first_request(tmp_path: pathlib.Path) -> None:
    """Also where changes take their time to be seen, and over what a directory had."""
    for content in ("old", "hello"):
        tree = [{**TREE[0], "content": content}, *TREE[1:]]
        with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], data=tmp_path / "data", load=tree,
                     knobs={"propagation": 60_000}) as emulator:
            client = Client(emulator.port)
            assert client.get("/123456/site/a.html", "download").text == content
            assert client.get("/123456/site/b.bin", "download").body == b"\xff\x00"
            assert [entry["key"] for entry in emulator.control.tree()] == [entry["key"] for entry in TREE]
            assert emulator.control.counts()["total"] == 2
            client.close()


def test_a_tree_is_saved_with_its_content_and_loaded_again(client: Client, control: Control) -> None:
    control.load(TREE)
    client.put("/123456/site/%FF", b"\xfe" * 1000)
    saved = control.tree("/123456/site", content=True)
    control.reset_tree()
    assert control.load(saved) == len(saved) == len(TREE) + 1
    assert control.tree(content=True) == saved
    assert "content_base64" not in control.tree()[0]


def test_a_tree_without_its_content_is_no_tree_of_empty_files(client: Client, control: Control) -> None:
    client.put("/123456/a", b"hello")
    listed = control.tree()
    with pytest.raises(ControlError, match="has 0 bytes, and its size is to be 5"):
        control.load(listed)
    assert control.tree() == listed


@pytest.mark.parametrize(("content", "text"), [
    ("[1]", "an entry is an object"),
    ('{"key": "/123456/a"}', "a tree is a list of objects"),
    ("[", "Expecting value"),
    ("[" * 100_000, "nest"),
    (None, "cannot be read: No such file"),
])
def test_a_file_that_is_no_tree_is_named(tmp_path: pathlib.Path, content: str | None, text: str,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tree.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["serve", "--account", ACCOUNT, "--key", KEY, "--cp-code", CP_CODE, "--load", str(file)])
    told = capsys.readouterr().err
    assert f"--load {file}" in told
    assert text in told or (text == "nest" and "recursion" in told)


EDGERC = """\
[default]
host = 127.0.0.1
client_token = akab-client
client_secret = a-secret-of-the-emulator
access_token = akab-access
"""


def everything(control: Control) -> dict[str, object]:
    """All that the control port tells, but for what time changes."""
    found = {path: control.ask("GET", path) for path in (
        "/knobs", "/accounts", "/latency", "/throttle", "/tree?content=yes", "/purges", "/purges/limits", "/config/limit",
        "/config/state", "/edge", "/faults", "/counts")}
    found["/counts"] = {name: number for name, number in found["/counts"].items() if "connections" not in name}
    return {**found, "journal": control.journal()}


def test_a_reset_leaves_nothing_of_what_was_done_before(tmp_path: pathlib.Path) -> None:
    (tmp_path / "edgerc").write_text(EDGERC, encoding="utf-8")
    faults = {"seed": 3, "faults": [{"status": 503, "action": "rmdir", "path": "/123456/never"}]}
    with running(account=ACCOUNT, key=KEY, cp_codes=[CP_CODE], load=TREE, knobs={"page_size": 7, "path_check@7": "disallow"},
                 latency_ms=1, throttle={"requests_per_second": 500}, faults=faults, edgerc=tmp_path / "edgerc",
                 contract={"cp_codes": [123456]}, edge_hosts={"www.example.com": f"/{CP_CODE}/site"}) as emulator:
        control, client = emulator.control, Client(emulator.port)
        control.reset()
        before = everything(control)
        signed = client.head("GET", "/123456/site/a.html", "version=1&action=stat")
        for status in (200, 403):  # the second one is a replay
            client.send(signed)
            assert client.receive().status == status
        client.put("/123456/new", b"new")
        client.post("/123456/site/a.html", "delete")
        control.set_knobs(**{"page_size": 1, "path_check@8": "disallow", "quick_delete": 3600, "propagation": 60_000})
        client.put("/123456/quick/1", b"1")
        client.post("/123456/quick", "quick-delete&quick-delete=imreallyreallysure")
        edge = urllib.request.Request(f"http://{emulator.edge()}/b.bin", headers={"Host": "www.example.com"})
        with urllib.request.urlopen(edge, timeout=10) as answer:
            assert answer.read() == b"\xff\x00"
        control.restrict(ACCOUNT, "/123456/elsewhere")
        control.set_latency(2)
        control.set_throttle(requests_per_second=1)
        control.limit_purges(url=[1, 1])
        control.limit_config(1)
        control.load_contract({"cp_codes": [7]})
        control.rehearse({"faults": [{"kind": "refuse", "ms": 3_600_000, "action": "stat"}]})
        assert everything(control) != before
        control.set_throttle()
        with pytest.raises(ConnectionError):
            client.get("/123456/elsewhere/a", "stat")
        client.close()
        with pytest.raises(ConnectionError):
            client.connect()
        control.reset()
        assert everything(control) == before
        client.close()
        client.send(signed)
        assert client.receive().status == 200
        client.close()


def test_a_reset_calls_back_what_was_to_come_late(client: Client, control: Control) -> None:
    control.add_faults({"kind": "late", "how": "accepted", "ms": 150, "action": "mkdir"})
    with pytest.raises(ConnectionError):
        client.post("/123456/late", "mkdir")
    control.reset()
    time.sleep(0.3)
    assert control.tree() == []
    assert control.counts()["waiting"] == 0
