# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import stat
import tracemalloc
import typing as t
from urllib.parse import unquote_to_bytes

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LocalFailed, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.changed_paths import line_of, lines_of, write_lines

KEY = "a-key/with a+blank"
PLACES = {
    b"/1/a b/c.html": b"/1/a%20b/c.html",
    b"/1/old/": b"/1/old/",
    b"/1/50%": b"/1/50%25",
    b"/1/line\nbreak\r\x00": b"/1/line%0Abreak%0D%00",
    "/1/größe".encode(): b"/1/gr%C3%B6%C3%9Fe",
    b"/1/\xff\xfe": b"/1/%FF%FE",
    b"/1/a\\x09": b"/1/a%5Cx09",
    b"/1/?q=1#top": b"/1/%3Fq=1%23top",
    b"/1/!$&'()*+,;=:@~-._": b"/1/!$&'()*+,;=:@~-._",
    "/1/\u202eevil".encode(): b"/1/%E2%80%AEevil",
}


def written(place: pathlib.Path, paths: t.Iterable[bytes]) -> bytes:
    write_lines(os.fsencode(place), lines_of(paths, KEY))
    return place.read_bytes()


@pytest.mark.parametrize(("path", "line"), PLACES.items())
def test_a_path_is_one_line_of_ascii_that_gives_its_bytes_again(path: bytes, line: bytes) -> None:
    assert line_of(path) == line + b"\n"
    assert unquote_to_bytes(line) == path


def test_a_list_keeps_the_order_it_is_given_in(tmp_path: pathlib.Path) -> None:
    assert written(tmp_path / "list", [b"/1/b", b"/1/a/", b"/1/b"]) == b"/1/b\n/1/a/\n/1/b\n"
    assert written(tmp_path / "list", []) == b""
    assert stat.S_IMODE((tmp_path / "list").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["list"]


def test_the_key_in_a_path_is_masked_before_it_is_encoded(tmp_path: pathlib.Path) -> None:
    found = written(tmp_path / "list", [f"/1/{KEY}.txt".encode(), b"/1/a", f"{KEY}".encode(), b"/1/\xff" + KEY.encode()])
    assert found == b"/1/********.txt\n/1/a\nVALUE_SPECIFIED_IN_NO_LOG_PARAMETER\n/1/%FF********\n"


def test_memory_does_not_grow_with_the_list(tmp_path: pathlib.Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        write_lines(os.fsencode(tmp_path / "list"), lines_of((b"/1/%09d" % number for number in range(count)), KEY))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)  # what is imported or cached at first
    few, many = peak(2_000), peak(20_000)
    assert (tmp_path / "list").stat().st_size == 20_000 * len(b"/1/000000000\n")
    assert many < few + 50_000


def test_a_list_that_breaks_off_leaves_the_old_one(tmp_path: pathlib.Path) -> None:
    def broken() -> t.Iterator[bytes]:
        yield b"/1/b"
        raise Unreachable("No")

    written(tmp_path / "list", [b"/1/a"])
    with pytest.raises(Unreachable):
        write_lines(os.fsencode(tmp_path / "list"), lines_of(broken(), KEY))
    assert (tmp_path / "list").read_bytes() == b"/1/a\n"
    assert os.listdir(tmp_path) == ["list"]


def test_a_list_that_cannot_be_written_is_an_error_of_the_local_side(tmp_path: pathlib.Path) -> None:
    with pytest.raises(LocalFailed, match="nowhere/list cannot be written"):
        write_lines(os.fsencode(tmp_path / "nowhere/list"), lines_of([b"/1/a"], KEY))
