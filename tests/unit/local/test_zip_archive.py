# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of members of zip zip_archive, of every size and kind."""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local import zip_archive
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.zip_archive import members_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource


def packed(path: Path, *names: str, comment: bytes = b"") -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), f"the content of {name}" * 9)
        archive.comment = comment
    return os.fsencode(path)


def expected(path: bytes) -> tuple[int, int, str]:
    """As Python's own reader has it."""
    data = Path(os.fsdecode(path)).read_bytes()
    with zipfile.ZipFile(os.fsdecode(path)) as archive:
        begin, end = archive.start_dir, data.rfind(b"PK\5\6")
    return begin, end - begin, hashlib.sha256(data[begin:end]).hexdigest()


@pytest.mark.parametrize("comment", [b"", b"a comment", b"PK\5\6" * 9, b"x" * 65_535])
def test_the_list_of_members(tmp_path: Path, comment: bytes) -> None:
    plain = packed(tmp_path / "plain.zip", "a", "b/c")
    path = packed(tmp_path / "a.zip", "a", "b/c", comment=comment)
    assert members_of(path) == expected(plain)


def test_a_list_that_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "_BLOCK", 7)
    path = packed(tmp_path / "a.zip", "a", "b/c")
    assert members_of(path) == expected(path)


def test_more_members_than_a_small_archive_may_have(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):
            archive.writestr(f"{number:05}", b"")
    found = members_of(os.fsencode(path))
    with zipfile.ZipFile(path) as archive:
        assert found.offset == archive.start_dir
    assert found.size == 70_000 * (46 + 5)


def test_another_content_is_another_list(tmp_path: Path) -> None:
    one, other = (packed(tmp_path / name, *members) for name, *members in (("1.zip", "a", "b"), ("2.zip", "a", "c")))
    assert members_of(one).sha256 != members_of(other).sha256


@pytest.mark.parametrize(("content", "why"), [
    (b"", "not a zip archive"),
    (b"not really a zip", "not a zip archive"),
    (b"PK\5\6" + bytes(18), "an empty zip archive"),
    (b"PK\5\6" + bytes(17), "not a zip archive"),
    (b"PK\5\6" + struct.pack("<4H2LH", 1, 0, 1, 1, 46, 0, 0), "one part of an archive"),
    (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 2, 46, 0, 0), "one part of an archive"),
    (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 46, 0, 0), "a damaged zip archive"),
    (b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 46, 0xFFFFFFFF, 0), "a damaged zip archive"),
    (b"x" * 46 + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, 46, 0, 0), "a damaged zip archive"),
])  # fmt: skip
def test_what_the_service_would_not_index(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadSource, match=f"a.zip is {why}"):
        members_of(os.fsencode(tmp_path / "a.zip"))


def test_what_is_behind_an_archive_makes_it_none(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", "a")
    with open(path, "ab") as stream:
        stream.write(b"more")
    with pytest.raises(BadSource, match="not a zip archive"):
        members_of(path)
