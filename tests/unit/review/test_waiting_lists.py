# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that wait for a purge: their names, and what is sent of one, however long it is."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
import tracemalloc
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import SMALL
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import LocalFailed
from ansible_collections.edgeops.netstorage.plugins.module_utils._review.waiting_lists import PackedList, run_name


def packed(lines: t.Iterable[bytes]) -> PackedList:
    made = PackedList()
    assert sum(1 for _line in made.taking(lines)) == made.lines
    made.finish()
    return made


@pytest.mark.parametrize("count", [0, 3, 300_000])
def test_what_is_sent_is_the_list_and_its_digests_are_right(count: int) -> None:
    """As often as it is asked for."""
    made = packed(b"%s\n" % hashlib.md5(b"%d" % number).hexdigest().encode() for number in range(count))
    assert (made.size > SMALL) is (count > 1000), "one of them is in a file"
    for _try in range(2):
        with made.open() as reader:
            content = reader.read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (made.size, made.sha256)
        assert hashlib.md5(content).hexdigest() == made.md5_now()
    assert len(gzip.decompress(content).splitlines()) == made.lines == count
    made.close()


def test_memory_does_not_grow_with_the_packed_list() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        packed(b"%s\n" % hashlib.md5(b"%d" % number).hexdigest().encode() for number in range(count)).close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(150_000) < peak(50_000) + 1_000_000


def test_a_list_for_which_there_is_no_room_is_an_error_of_the_local_side(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        """There is room for the head of what is packed."""

        def write(self, block: t.Any) -> int:
            if self.tell() >= 10:
                raise OSError(28, "No space left on device")
            return super().write(block)

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda _size: Full())
    with pytest.raises(LocalFailed, match=r"cannot be written: No space left on device.*TMPDIR"):
        packed([b"/1/a\n"])


def test_names_of_runs_sort_by_their_time_and_are_unique() -> None:
    names = [run_name() for _run in range(100)]
    assert len(set(names)) == 100
    assert [name[:25] for name in names] == sorted(name[:25] for name in names)
