# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/usage-api.md#directory-model: every action on a name that is a file, a directory of either sort, nothing."""

from __future__ import annotations

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import Client, rows_of
from netstorage_emulator.control import Control

STATES: dict[str, list[dict[str, object]]] = {
    "file": [{"key": "/123456/p/x", "content": "1"}],
    "link": [{"key": "/123456/p/x", "type": "symlink", "target": "t"}],
    "explicit": [{"key": "/123456/p/x/", "type": "dir"}],
    "full": [{"key": "/123456/p/x/", "type": "dir"}, {"key": "/123456/p/x/y", "content": "1"}],
    "implicit": [{"key": "/123456/p/x/y", "content": "1"}],
    "nothing": [],
}
TABLE = [
    ("GET", "x", "stat", {"file": 200, "link": 200, "explicit": 200, "full": 200, "implicit": 404, "nothing": 404}),
    ("GET", "x", "stat&implicit=yes", {"file": 200, "explicit": 200, "full": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x/", "stat", {"file": 404, "link": 404, "explicit": 200, "full": 200, "implicit": 404, "nothing": 404}),
    ("GET", "x/", "stat&implicit=yes", {"file": 404, "explicit": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x", "dir", {"file": 412, "link": 412, "explicit": 200, "full": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x", "list", {"file": 200, "link": 200, "explicit": 200, "full": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x/", "list", {"file": 404, "explicit": 200, "full": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x", "du", {"file": 404, "link": 404, "explicit": 200, "full": 200, "implicit": 200, "nothing": 404}),
    ("GET", "x", "download", {"file": 200, "explicit": 404, "full": 404, "implicit": 404, "nothing": 404}),
    ("HEAD", "x/", "download", {"file": 404, "explicit": 404, "full": 404, "implicit": 404, "nothing": 404}),
    ("POST", "x", "delete", {"file": 200, "link": 200, "explicit": 404, "full": 404, "implicit": 404, "nothing": 404}),
    ("POST", "x/", "delete", {"file": 404, "link": 404, "explicit": 200, "full": 200, "implicit": 404, "nothing": 404}),
    ("POST", "x", "rmdir", {"file": 404, "link": 404, "explicit": 200, "full": 409, "implicit": 409, "nothing": 404}),
    ("POST", "x/", "rmdir", {"file": 404, "explicit": 200, "full": 409, "implicit": 409, "nothing": 404}),
    ("POST", "x", "mkdir", {"file": 200, "link": 200, "explicit": 200, "full": 200, "implicit": 200, "nothing": 200}),
    ("POST", "x", "rename&destination=/123456/q/z",
     {"file": 200, "link": 200, "explicit": 404, "full": 404, "implicit": 404, "nothing": 404}),
    ("PUT", "x", "upload", {"file": 200, "link": 200, "explicit": 200, "full": 200, "implicit": 200, "nothing": 200}),
    ("POST", "x", "symlink&target=t", {"file": 200, "explicit": 200, "full": 200, "implicit": 200, "nothing": 200}),
]


@pytest.mark.parametrize(("method", "name", "action", "state", "status"), [
    (method, name, action, state, status)
    for method, name, action, statuses in TABLE for state, status in statuses.items()])
def test_each_action_responds_as_the_table_says(
    client: Client, control: Control, method: str, name: str, action: str, state: str, status: int
) -> None:
    control.load(STATES[state])
    before = control.tree()
    answer = client.ask(method, f"/123456/p/{name}", action)
    assert answer.status == status, answer
    if status >= 400 or method in ("GET", "HEAD"):
        assert control.tree() == before


def keys(control: Control) -> list[str]:
    return [entry["key"] for entry in control.tree()]


def test_file_and_directory_of_one_name(client: Client, control: Control) -> None:
    client.put("/123456/x", b"1")
    client.post("/123456/x", "mkdir")
    client.put("/123456/x/y", b"2")
    assert keys(control) == ["/123456/x", "/123456/x/", "/123456/x/y"]
    assert 'type="file"' in client.get("/123456/x", "stat").text
    both = client.get("/123456/x", "stat&slash=both").text
    assert both.index('type="file" name="x"') < both.index('type="dir" name="x/"')
    shown = client.get("/123456", "dir").text
    assert shown.index('type="file" name="x"') < shown.index('type="dir" name="x"')
    assert client.get("/123456/x", "dir").status == 200
    assert client.post("/123456/x", "delete").status == 200
    assert keys(control) == ["/123456/x/", "/123456/x/y"]


def test_delete_with_the_slash_demotes(client: Client, control: Control) -> None:
    control.load(STATES["full"])
    client.post("/123456/p/x/", "delete")
    assert keys(control) == ["/123456/p/x/y"]
    assert 'implicit="true"' in client.get("/123456/p/x", "stat&implicit=yes").text


def test_mkdir_makes_an_implicit_directory_explicit(client: Client, control: Control) -> None:
    control.load(STATES["implicit"])
    client.post("/123456/p/x", "mkdir")
    assert keys(control) == ["/123456/p/x/", "/123456/p/x/y"]


def test_an_implicit_directory_goes_with_its_last_object(client: Client, control: Control) -> None:
    control.load(STATES["implicit"])
    client.post("/123456/p/x/y", "delete")
    assert client.get("/123456/p/x", "stat&implicit=yes").status == 404


def test_an_implicit_directory_has_the_newest_time_below_it_in_dir_and_none_in_stat(client: Client, control: Control) -> None:
    """techdocs usage-details-for-dir shows an mtime in such a row; that there is none is said of stat alone."""
    control.load([{"key": f"/123456/p/x/{mtime}", "content": "", "mtime": mtime} for mtime in (5, 7, 6)])
    assert [(row["implicit"], row["mtime"]) for row in rows_of(client.get("/123456/p", "dir"))] == [("true", "7")]
    assert "mtime" not in rows_of(client.get("/123456/p/x", "stat&implicit=yes"))[0]


def test_the_root_of_a_cp_code_is_there_without_any_object(client: Client, control: Control) -> None:
    """rclone relies on it; whether ``implicit=yes`` is needed nobody knows."""
    assert control.tree() == []
    assert [(row["type"], row["name"], row.get("implicit")) for row in rows_of(client.get("/123456", "stat"))] == [
        ("dir", "123456", None)]
