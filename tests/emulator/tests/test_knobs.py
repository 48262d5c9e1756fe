# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every knob in every setting acts."""

from __future__ import annotations

import hashlib
import time

import pytest
from ansible_collections.edgeops.netstorage.tests.emulator.tests.knob_probes import PROBES, keys, probes
from ansible_collections.edgeops.netstorage.tests.emulator.tests.socket_client import (
    Client,
    names_of,
    resume_of,
    rows_of,
)
from netstorage_emulator.control import Control
from netstorage_emulator.knobs import TABLE


@probes("dir_same_name", "both", "file_only")
def dir_same_name(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/x", "content": ""}, {"key": "/123456/x/y", "content": ""},
                  {"key": "/123456/z/y", "content": ""}])
    types = [row["type"] for row in rows_of(client.get("/123456", "dir"))]
    assert types == (["file", "dir", "dir"] if setting == "both" else ["file", "dir"])
    assert len(rows_of(client.get("/123456", "dir&slash=both"))) == 3


@probes("dir_resume", "name", "path")
def dir_resume(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": f"/123456/d/{name}", "content": ""} for name in ("a", "b/c", "z")])
    expected = {"name": ["b/", "z"], "path": ["/123456/d/b/", "/123456/d/z"]}[str(setting)]
    assert [resume_of(client.get("/123456/d", f"dir&max_entries={size}")) for size in (1, 2)] == expected
    for start in ("b%2F", "%2F123456%2Fd%2Fb%2F", "123456%2Fd%2Fb%2F"):
        assert names_of(client.get("/123456/d", f"dir&start={start}")) == ["b", "z"]


@probes("page_size", "1000/unlimited", "unlimited", 1, "2/1")
def page_size(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": f"/123456/{n:04d}", "content": ""} for n in range(1001)])
    listed, shown = (len(names_of(client.get("/123456", action))) for action in ("list", "dir"))
    expected: dict[object, tuple[int, int]] = {
        "1000/unlimited": (1000, 1001), "unlimited": (1001, 1001), 1: (1, 1), "2/1": (2, 1)}
    assert (listed, shown) == expected[setting]
    assert len(names_of(client.get("/123456", "list&max_entries=7"))) == 7


@probes("max_page", "none", 2)
def max_page(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": f"/123456/{n}", "content": ""} for n in range(9)])
    for action in ("list", "dir", "list&max_entries=5", "dir&max_entries=5"):
        expected = 2 if setting == 2 else 5 if "=" in action else 9
        answer = client.get("/123456", action)
        assert len(names_of(answer)) == expected
        assert (resume_of(answer) is None) == (expected == 9)


@probes("stat_root", "explicit", "implicit", "empty_name")
def stat_root(client: Client, control: Control, setting: object) -> None:
    row = rows_of(client.get("/123456", "stat&implicit=yes"))[0]
    assert control.tree() == [], "a root does not vanish with its last object"
    assert row["name"] == ("" if setting == "empty_name" else "123456")
    assert ("implicit" in row) == (setting == "implicit")
    assert client.get("/123456", "stat").status == (404 if setting == "implicit" else 200)


@probes("stat_top", 403, 404, 200)
def stat_top(client: Client, control: Control, setting: object) -> None:
    answer = client.get("/", "stat&encoding=utf-8")
    assert answer.status == setting
    assert answer.headers["server"] == "AkamaiNetStorage", "all that the Java kit looks at"
    if setting == 200:
        assert [(row["type"], row["name"]) for row in rows_of(answer)] == [("dir", "/")]
        assert client.get("/", "stat&encoding=utf-7").status == 400
    limited = Client(client.port, account="limited", key="another-key")
    assert limited.get("/", "stat").status == 403, "it is above the directory that this account is limited to"
    limited.close()
    for action in ("dir", "list", "du", "download"):
        assert client.get("/", action).status == 403


@probes("quick_delete", "off", "now", 0, 1)
def quick_delete(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/d/a/b", "content": "1"},
                  {"key": "/123456/d0", "content": "1"}])
    answer = client.post("/123456/d", "quick-delete&quick-delete=imreallyreallysure")
    assert answer.status == (403 if setting == "off" else 200)
    if setting == "now":
        assert keys(control) == ["/123456/d0"]
        return
    client.put("/123456/d/later", b"")
    assert len(keys(control)) == (4 if setting in ("off", 1) else len(keys(control)))
    if setting != "off":
        deadline = time.monotonic() + 5
        while len(keys(control)) > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert keys(control) == ["/123456/d/later", "/123456/d0"]


@probes("propagation", 0, 60_000, 150)
def propagation(client: Client, control: Control, setting: object) -> None:
    client.put("/123456/old", b"old")
    if setting == 150:
        time.sleep(0.2)
    client.put("/123456/old", b"new!")
    client.put("/123456/d/young", b"1")
    fresh = (200, b"new!", ["d", "old"], ["123456/d/young", "123456/old"])
    download = client.get("/123456/old", "download")
    if setting == 0:
        seen = (client.get("/123456/d/young", "stat").status, download.body, names_of(client.get("/123456", "dir")),
                names_of(client.get("/123456", "list")))
        assert seen == fresh
    elif setting == 60_000:
        asked = (("/123456/d/young", "stat"), ("/123456/old", "download"), ("/123456", "list"), ("/123456/d", "dir"))
        assert [client.get(path, action).status for path, action in asked] == [404] * 4
        assert len(control.tree()) == 2
    else:
        assert (download.body, names_of(client.get("/123456", "dir"))) == (b"old", ["old"])
        time.sleep(0.25)
        assert client.get("/123456/old", "download").body == b"new!"
        assert names_of(client.get("/123456", "dir")) == ["d", "old"]


@probes("list_order", "whole_key", "per_directory")
def list_order(client: Client, control: Control, setting: object) -> None:
    names = ["x", "x-1", "x.txt", "x/", "x/a", "x/a-", "x/a/b", "x0"]
    control.load([{"key": f"/123456/{name}", "type": "dir" if name.endswith("/") else "file"} for name in names])
    expected = names if setting == "whole_key" else ["x", "x/", "x/a", "x/a/b", "x/a-", "x-1", "x.txt", "x0"]
    full = [name.removeprefix("123456/") for name in names_of(client.get("/123456", "list"))]
    assert full == expected
    paged, path = [], "/123456/"
    while path:
        answer = client.get(path, "list&max_entries=2")
        paged += names_of(answer)
        path = resume_of(answer) or ""
    assert [name.removeprefix("123456/") for name in paged] == expected
    below = names_of(client.get("/123456/x/", "list&end=123456/x0"))
    assert {"123456/x/", "123456/x/a", "123456/x/a/b", "123456/x/a-"} <= set(below)


@probes("links_in_path", "plain", "followed")
def links_in_path(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/real/dir/f", "content": "there"},
                  {"key": "/123456/link", "type": "symlink", "target": "real"},
                  {"key": "/123456/loop", "type": "symlink", "target": "loop"}])
    answer = client.get("/123456/link/dir/f", "download")
    assert answer.status == (404 if setting == "plain" else 200)
    client.put("/123456/link/dir/g", b"")
    assert ("/123456/real/dir/g" in keys(control)) == (setting == "followed")
    assert client.put("/123456/loop/g", b"").status == (200 if setting == "plain" else 403)
    assert client.get("/123456/link", "stat").status == 200


@probes("upload_onto_symlink", "replace", "write_through", 409)
def upload_onto_symlink(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/l", "type": "symlink", "target": "t"},
                  {"key": "/123456/d/loop", "type": "symlink", "target": "loop"}])
    assert client.put("/123456/d/l", b"new").status == (409 if setting == 409 else 200)
    types = {entry["key"]: entry["type"] for entry in control.tree("/123456/d/")}
    assert types["/123456/d/l"] == ("file" if setting == "replace" else "symlink")
    assert ("/123456/d/t" in types) == (setting == "write_through")
    assert client.put("/123456/d/loop", b"new").status == (200 if setting == "replace" else 409)


@probes("list_refused", "no", 400, 405, 501)
def list_refused(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/a", "content": ""}])
    assert client.get("/123456", "list").status == (200 if setting == "no" else setting)
    assert client.get("/123456", "dir").status == 200


@probes("list_empty_explicit", "row", 404)
def list_empty_explicit(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/e/", "type": "dir"},
                  {"key": "/123456/e/f", "content": ""}])
    for path in ("/123456/d/", "/123456/d"):
        assert client.get(path, "list&end=123456/d0").status == (200 if setting == "row" else 404)
    assert client.get("/123456/e/", "list&end=123456/e0").status == 200
    resume = resume_of(client.get("/123456", "list&max_entries=1"))
    assert resume == "/123456/e/"
    resume = resume_of(client.get("/123456", "list&max_entries=1&start=123456/"))
    assert names_of(client.get("/123456/e/", "list")) == ["123456/e/", "123456/e/f"]


@probes("conditional_upload", "ignored", "honoured")
def conditional_upload(client: Client, control: Control, setting: object) -> None:
    day_before, day_after = "Sat, 12 Sep 2020 12:26:40 GMT", "Mon, 14 Sep 2020 12:26:40 GMT"
    fails = [("a", "If-None-Match", "*"), ("a", "If-None-Match", '"x", ETAG'), ("a", "If-Match", '"x"'), ("new", "If-Match", "*"),
             ("a", "If-Unmodified-Since", day_before), ("l", "If-None-Match", "*"), ("l", "If-Match", "ETAG")]
    holds = [("new", "If-None-Match", "*"), ("a", "If-None-Match", '"x"'), ("a", "If-Match", "ETAG"), ("a", "If-Match", "*"),
             ("a", "If-Unmodified-Since", day_after), ("l", "If-Match", "*"), ("d", "If-None-Match", "*")]
    for name, condition, value in (*fails, *holds):
        control.reset_tree()
        control.load([{"key": "/123456/a", "content": "old", "mtime": 1_600_000_000}, {"key": "/123456/d/", "type": "dir"},
                      {"key": "/123456/l", "type": "symlink", "target": "a"}])
        before, etag = control.tree(), client.get("/123456/a", "download").headers["etag"]
        answer = client.put(f"/123456/{name}", b"new", headers={condition: value.replace("ETAG", etag)})
        refused = setting == "honoured" and (name, condition, value) in fails
        assert answer.status == (412 if refused else 200), (name, condition, value)
        assert (control.tree() == before) is refused


@probes("list_md5", "yes", "no")
def list_md5(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/a", "content": "x"}, {"key": "/123456/d/", "type": "dir"}])
    expected = hashlib.md5(b"x").hexdigest() if setting == "yes" else None
    for path, action in (("/123456/a", "stat"), ("/123456", "dir"), ("/123456", "list")):
        row = rows_of(client.get(path, action))[0]
        assert (row["type"], row["size"], row.get("md5")) == ("file", "1", expected)
    assert control.tree()[0]["md5"] == hashlib.md5(b"x").hexdigest()


@probes("etag", "md5", "opaque", "none")
def etag(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/a", "content": "x"}])
    first = client.get("/123456/a", "download").headers.get("etag")
    assert client.ask("HEAD", "/123456/a", "download").headers.get("etag") == first
    assert (first is None) is (setting == "none")
    assert (hashlib.md5(b"x").hexdigest() in (first or "")) is (setting == "md5")
    tag = first or '"none"'
    assert client.get("/123456/a", "download", headers={"If-Match": tag}).status == (412 if setting == "none" else 200)
    assert client.get("/123456/a", "download", headers={"If-Match": "*"}).status == 200
    ranged = {"Range": "bytes=0-0", "If-Range": tag}
    assert client.get("/123456/a", "download", headers=ranged).status == (200 if setting == "none" else 206)
    control.load([{"key": "/123456/a", "content": "y"}])
    assert (client.get("/123456/a", "download").headers.get("etag") == first) is (setting == "none")


@probes("rmdir_lag", 0, 150)
def rmdir_lag(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/", "type": "dir"}, {"key": "/123456/d/a", "content": ""},
                  {"key": "/123456/e/", "type": "dir"}])
    client.post("/123456/d/a", "delete")
    assert client.post("/123456/d", "rmdir").status == (200 if setting == 0 else 409)
    if setting:
        time.sleep(0.2)
        assert client.post("/123456/d", "rmdir").status == 200


@probes("zip_index", "comment", "behind", "none")
def zip_index(client: Client, control: Control, setting: object) -> None:
    empty = b"PK\5\6" + bytes(18)
    client.put("/123456/a.zip", empty, "&index-zip=1")
    stored = client.get("/123456/a.zip", "download").body
    assert (stored == empty) is (setting == "none")
    assert stored.startswith(empty[:20])
    assert (int.from_bytes(stored[20:22], "little") > 0) is (setting == "comment")


@probes("dir_implicit_mtime", "newest", "omit")
def dir_implicit_mtime(client: Client, control: Control, setting: object) -> None:
    control.load([{"key": "/123456/d/a", "content": "", "mtime": 5}, {"key": "/123456/d/b", "content": "", "mtime": 7}])
    assert rows_of(client.get("/123456", "dir"))[0].get("mtime") == (None if setting == "omit" else "7")


@probes("clock_skew", 0, 3600, -3600)
def clock_skew(client: Client, control: Control, setting: object) -> None:
    now = int(time.time())
    assert client.get("/123456", "dir").status == (200 if setting == 0 else 403)
    answer = client.get("/123456", "dir", when=now + int(str(setting)))
    assert answer.status == 200
    assert time.strftime(" %H:", time.gmtime(now + int(str(setting)))) in answer.headers["date"]


@probes("clock_window", 60, 5)
def clock_window(client: Client, control: Control, setting: object) -> None:
    assert client.get("/123456", "dir", when=int(time.time()) - 20).status == (200 if setting == 60 else 403)


@pytest.mark.parametrize(("name", "setting"), list(PROBES), ids=str)
def test_each_setting_of_a_knob_has_its_effect(client: Client, control: Control, name: str, setting: object) -> None:
    PROBES[name, setting](client, control)


def test_every_setting_is_tried() -> None:
    assert {(knob.name, setting) for knob in TABLE for setting in (knob.default, *knob.settings)} <= set(PROBES)
