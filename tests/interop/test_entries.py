# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single files and directories: ns_file and ns_directory beside rclone copyto, mkdir, rmdir, deletefile and cat."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.edgeops.netstorage.tests.interop.rclone import REMOTE
from ansible_collections.edgeops.netstorage.tests.interop.store import Store

NAMES = ("a b+c%41&d#e?it's \"[q]\".txt", "gr\u00fc\u00dfe \u65e5\u672c.txt", ".co:lon;k=v,@$~^{}")


def ns_file(**options: object) -> dict[str, object]:
    return {"edgeops.netstorage.ns_file": {"remote_src": True, **options}}


def ns_directory(**options: object) -> dict[str, object]:
    return {"edgeops.netstorage.ns_directory": options}


def test_files_of_ns_file_read_by_rclone(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("some text, 0123456789\n", encoding="utf-8")
    results = store.play(*(ns_file(path=f"files/{name}", src=str(source)) for name in NAMES))

    assert all(result["changed"] for result in results)
    for name in NAMES:
        assert store.rclone.run("cat", f"{REMOTE}files/{name}") == source.read_text(encoding="utf-8")
    listed = store.rclone.run("lsf", "--format", "pst", "--separator", "|", f"{REMOTE}files").splitlines()
    times = {line.split("|")[2] for line in listed}
    assert {line.split("|")[0] for line in listed} == set(NAMES)
    assert {line.split("|")[1] for line in listed} == {str(source.stat().st_size)}
    assert len(times) == 1
    sums = store.rclone.run("md5sum", f"{REMOTE}files").split()
    assert results[0]["md5"] in sums


def test_files_of_rclone_read_by_ns_file(store: Store, tmp_path: Path) -> None:
    """The same content is no change, other content is; absent removes it for both."""
    source, other = tmp_path / "source.txt", tmp_path / "other.txt"
    source.write_text("from rclone\n", encoding="utf-8")
    other.write_text("from ns_file\n", encoding="utf-8")
    for name in NAMES:
        store.rclone.run("copyto", source, f"{REMOTE}files/{name}")

    same = store.play(*(ns_file(path=f"files/{name}", src=str(source)) for name in NAMES))
    assert [result["changed"] for result in same] == [False] * len(NAMES)
    assert {result["size"] for result in same} == {source.stat().st_size}

    first, second = NAMES[:2]
    results = store.play(ns_file(path=f"files/{first}", src=str(other)), ns_file(path=f"files/{second}", state="absent"))
    assert [result["changed"] for result in results] == [True, True]
    assert store.rclone.run("cat", f"{REMOTE}files/{first}") == "from ns_file\n"
    assert second not in store.rclone.run("lsf", f"{REMOTE}files").splitlines()

    store.rclone.run("deletefile", f"{REMOTE}files/{first}")
    assert not store.play(ns_file(path=f"files/{first}", state="absent"))[0]["changed"]


def test_directories_of_both(store: Store) -> None:
    """rclone mkdir is explicit for ns_directory, ns_directory is there for rclone; each sees the other's removal."""
    store.rclone.run("mkdir", f"{REMOTE}by rclone/b+c")
    made = store.play(
        ns_directory(path="by rclone"),
        ns_directory(path="by rclone/b+c"),
        ns_directory(path="by us/d%41/\u00fc"),
    )
    assert [result["changed"] for result in made] == [False, False, True]
    assert store.rclone.listed() == ["by rclone/", "by rclone/b+c/", "by us/", "by us/d%41/", "by us/d%41/\u00fc/"]

    store.rclone.run("rmdir", f"{REMOTE}by us/d%41/\u00fc")
    gone = store.play(
        ns_directory(path="by us/d%41/\u00fc", state="absent"),
        ns_directory(path="by rclone/b+c", state="absent"),
    )
    assert [result["changed"] for result in gone] == [False, True]
    assert store.rclone.listed() == ["by rclone/", "by us/", "by us/d%41/"]


def test_an_implicit_directory_is_made_explicit(store: Store) -> None:
    """An upload alone leaves its directories implicit; rclone sees them all the same, ns_directory makes them objects."""
    store.control.load([{"key": f"{store.folder}/implicit/inner/file.txt", "content": "x"}])
    assert "implicit/" in store.rclone.run("lsf", REMOTE).splitlines()
    result = store.play(ns_directory(path="implicit/inner"))[0]
    assert result["changed"]
    assert {"implicit/", "implicit/inner/"} <= set(store.rclone.listed("", "--fast-list"))


def test_parts_of_a_file_read_by_rclone(store: Store, tmp_path: Path) -> None:
    """rclone cat with ranges of what ns_file sent."""
    source = tmp_path / "digits.bin"
    source.write_bytes(bytes(range(256)) * 40)
    store.play(ns_file(path="digits.bin", src=str(source)))
    content, remote = source.read_bytes(), REMOTE + "digits.bin"
    assert store.rclone.bytes("cat", remote) == content
    assert store.rclone.bytes("cat", "--offset", "300", "--count", "1000", remote) == content[300:1300]
    assert store.rclone.bytes("cat", "--head", "7", remote) == content[:7]
    assert store.rclone.bytes("cat", "--tail", "9", remote) == content[-9:]
    assert store.rclone.bytes("cat", "--offset", "10239", remote) == content[-1:]
