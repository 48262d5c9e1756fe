# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes, digests, and files that change under the reader's hands."""

from __future__ import annotations

import hashlib
import os
import pathlib
import socket
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local import file_content
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import (
    SMALL,
    FileContent,
    head_of,
    md5_of,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource, SourceChanged

SIZES = [0, 1, 1000, SMALL, SMALL + 1, 3 * SMALL + 7]
Change = t.Callable[[pathlib.Path], None]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "file"
    file.write_bytes(b"x" * (SMALL + 10))
    return file


def grow(path: pathlib.Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"more")


def shrink(path: pathlib.Path) -> None:
    os.truncate(path, SMALL + 1)


def rewrite_and_restore_the_time(path: pathlib.Path) -> None:
    before = path.stat()
    path.write_bytes(b"y" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def put_another_in_its_place(path: pathlib.Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"x" * before.st_size)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(path)


def touch(path: pathlib.Path) -> None:
    os.utime(path, ns=(1, 1))


changes = pytest.mark.parametrize(
    "change", [grow, shrink, rewrite_and_restore_the_time, put_another_in_its_place, touch]
)


@pytest.mark.parametrize("size", SIZES)
def test_size_and_digests(tmp_path: pathlib.Path, size: int) -> None:
    data = os.urandom(size)
    file = tmp_path / "file"
    file.write_bytes(data)
    os.utime(file, ns=(1, 1_700_000_000_999_999_999))
    content = FileContent(os.fsencode(file))
    assert (content.size, content.mtime) == (size, 1_700_000_000)
    assert content.md5 == hashlib.md5(data).hexdigest() == md5_of(os.fsencode(file), size)
    assert content.sha256 == hashlib.sha256(data).hexdigest()
    assert (content.data is not None) is (size <= SMALL)
    for _try in range(2):
        with content.open() as stream:
            assert stream.read() == data
            assert stream.read() == b""
            assert stream.read(10) == b""


def test_a_reader_gives_what_is_asked_for(path: pathlib.Path) -> None:
    content = FileContent(os.fsencode(path))
    with content.open() as stream:
        sizes = []
        while block := stream.read(400_000):
            sizes.append(len(block))
    assert sizes == [400_000, 400_000, SMALL + 10 - 800_000]


@changes
def test_a_large_file_that_changes_before_it_is_sent(path: pathlib.Path, change: Change) -> None:
    content = FileContent(os.fsencode(path))
    change(path)
    with pytest.raises(SourceChanged, match="changed while it was being read"), content.open():
        pytest.fail("nothing of it is sent")


@changes
def test_a_large_file_that_changes_while_it_is_sent(path: pathlib.Path, change: Change) -> None:
    content = FileContent(os.fsencode(path))
    with pytest.raises(SourceChanged), content.open() as stream:
        stream.read(10)
        change(path)
        while stream.read(100_000):
            pass


@changes
def test_a_file_that_changes_while_it_is_hashed(
    path: pathlib.Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = file_content._read
    reads: list[int] = []

    def changing(descriptor: int, length: int, name: bytes) -> bytes:
        block = read(descriptor, length, name)
        if not reads:
            change(path)
        reads.append(length)
        return block

    monkeypatch.setattr(file_content, "_read", changing)
    with pytest.raises(SourceChanged):
        FileContent(os.fsencode(path))
    path.write_bytes(b"x" * (SMALL + 10))
    reads.clear()
    with pytest.raises(SourceChanged):
        md5_of(os.fsencode(path), SMALL + 10)


def test_a_small_file_is_sent_as_it_was_hashed(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"small")
    content = FileContent(os.fsencode(file))
    file.write_bytes(b"other")
    with content.open() as stream:
        assert stream.read() == b"small"


def test_the_size_that_was_planned_with_must_hold(path: pathlib.Path) -> None:
    with pytest.raises(SourceChanged):
        md5_of(os.fsencode(path), SMALL)


def test_a_body_that_fails_keeps_its_own_error(path: pathlib.Path) -> None:
    content = FileContent(os.fsencode(path))
    with pytest.raises(ConnectionResetError), content.open() as stream:
        stream.read(10)
        raise ConnectionResetError


def test_the_head_of_a_file(path: pathlib.Path) -> None:
    assert head_of(os.fsencode(path), 3) == b"xxx"
    path.write_bytes(b"ab")
    assert head_of(os.fsencode(path), 3) == b"ab"


def test_what_is_no_file_is_an_error_and_never_waited_for(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    for name in ("", "fifo", "loop", "dangling", "socket", "absent"):
        for read in (FileContent, lambda path: md5_of(path, 0), lambda path: head_of(path, 1)):
            with pytest.raises(BadSource) as raised:
                read(os.fsencode(tmp_path / name))
            assert not isinstance(raised.value, SourceChanged)


def test_a_disk_that_fails_is_an_error_with_the_name(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(descriptor: int, length: int) -> t.NoReturn:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(file_content.os, "read", failing)
    with pytest.raises(BadSource, match=r"file cannot be read: Input/output error"):
        FileContent(os.fsencode(path))


SAID = [0, 3, 4096]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[int], None]:
    """From now on the system says that every file has this size, as it does of /proc (0) and /sys (a page)."""
    real = file_content._fingerprint

    def said(size: int) -> None:
        monkeypatch.setattr(file_content, "_fingerprint", lambda *given: real(*given)._replace(size=size))

    return said


@pytest.mark.parametrize("size", SAID)
def test_a_small_file_is_read_to_its_end_whatever_size_it_is_said_to_have(
    tmp_path: pathlib.Path, say: t.Callable[[int], None], size: int
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    say(size)
    content = FileContent(os.fsencode(file))
    assert (content.size, content.data) == (7, b"content")
    assert content.sha256 == hashlib.sha256(b"content").hexdigest()
    with pytest.raises(BadSource, match=f"said to have {size} bytes") as raised:
        content.must_have(size)
    assert not isinstance(raised.value, SourceChanged)
    with pytest.raises(SourceChanged):
        content.must_have(5)


@pytest.mark.parametrize("size", [0, 7, SMALL, SMALL + 1, SMALL + 11, 3 * SMALL])
@pytest.mark.parametrize("late", [True, False])
def test_a_large_file_of_another_size_is_refused_by_name(
    path: pathlib.Path, say: t.Callable[[int], None], size: int, late: bool
) -> None:
    say(size)
    with pytest.raises(BadSource, match=f"file is said to have {size} bytes") as raised:
        drained(FileContent(os.fsencode(path), late=late))
    assert not isinstance(raised.value, SourceChanged)


@pytest.mark.parametrize("size", [0, 7, SMALL + 1, SMALL + 11])
def test_what_is_compared_is_the_whole_file(path: pathlib.Path, say: t.Callable[[int], None], size: int) -> None:
    say(size)
    with pytest.raises(BadSource, match="is said to have"):
        md5_of(os.fsencode(path), size)


def test_files_of_the_system() -> None:
    content = FileContent(b"/proc/version")
    assert content.data == pathlib.Path("/proc/version").read_bytes() != b""
    with pytest.raises(BadSource, match="/proc/version is said to have 0 bytes"):
        md5_of(b"/proc/version", 0)
    assert head_of(b"/proc/self/status", 100_000).endswith(b"\n")


def test_a_file_with_holes_is_sent_whole(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    with file.open("wb") as stream:
        stream.truncate(3 * SMALL)
    assert drained(FileContent(os.fsencode(file))) == bytes(3 * SMALL)


LATE = {"with_md5": False, "late": True}


def drained(content: FileContent, block: int = 100_000) -> bytes:
    with content.open() as stream:
        return b"".join(iter(lambda: stream.read(block), b""))


def test_a_large_file_can_be_hashed_while_it_is_sent(path: pathlib.Path) -> None:
    content = FileContent(os.fsencode(path), **LATE)
    assert (content.sha256, content.md5, content.size) == (None, None, SMALL + 10)
    with content.open() as stream:
        stream.read(10)
    assert content.sha256 is None  # broken off: nothing is known
    sent = drained(content)
    assert content.sha256 == hashlib.sha256(sent).hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert content.md5 is None
    assert drained(content) == sent  # another try


def test_a_small_file_is_hashed_at_once(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"small")
    assert FileContent(os.fsencode(file), **LATE).sha256 == hashlib.sha256(b"small").hexdigest()


@changes
def test_a_large_file_that_changes_while_it_is_hashed_and_sent(path: pathlib.Path, change: Change) -> None:
    content = FileContent(os.fsencode(path), **LATE)
    with pytest.raises(SourceChanged), content.open() as stream:
        stream.read(10)
        change(path)
        while stream.read(100_000):
            pass
    assert content.sha256 is None


@pytest.mark.parametrize("late", [True, False])
def test_content_that_is_not_the_one_that_was_planned(path: pathlib.Path, late: bool) -> None:
    planned = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    content = FileContent(os.fsencode(path), late=late, md5=planned)
    drained(content)
    assert content.md5 == planned
    with pytest.raises(SourceChanged):
        drained(FileContent(os.fsencode(path), late=late, md5="0" * 32))
