# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller: found, decrypted, spooled and described, and gone afterwards where they are ours."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from ansible import constants
from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource
from ansible_collections.edgeops.netstorage.plugins.plugin_utils import _private_files, _sources
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._sources import Source


class Loader:
    """Gives ``real`` for every file, as the data loader gives a decrypted copy."""

    def __init__(self, real: Path | None = None, error: AnsibleError | None = None) -> None:
        self.real, self.error = real, error
        self.asked: list[bool] = []
        self.cleaned: list[str] = []

    def get_real_file(self, file_path: str, decrypt: bool = True) -> str:
        self.asked.append(decrypt)
        if self.error is not None:
            raise self.error
        return str(self.real) if self.real is not None else file_path

    def cleanup_tmp_file(self, file_path: str) -> None:
        self.cleaned.append(file_path)


@pytest.fixture(autouse=True)
def local_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "local"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
    return folder


def test_spooled_content_is_private_and_goes_away(local_tmp: Path) -> None:
    with _sources.spooled(b"secret") as source:
        path = Path(source.path)
        assert (path.read_bytes(), source.passing, list(local_tmp.iterdir())) == (b"secret", True, [])
        assert path.stat().st_mode & 0o777 == 0o600
        os.utime(path, (1_600_000_000, 1_600_000_000))
        with _sources.nameable(source) as name:
            copy = Path(name)
            assert (copy.parent.parent, copy.read_bytes(), copy.stat().st_mtime) == (local_tmp, b"secret", 1_600_000_000)
            assert (copy.stat().st_mode & 0o777, copy.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert list(local_tmp.iterdir()) == []
    assert not path.exists()


@pytest.mark.parametrize("lacking", ["memfd_create", "/proc"])
def test_where_there_is_no_memory_to_hold_it_it_is_a_file(
    local_tmp: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    if lacking == "/proc":
        monkeypatch.setattr(_private_files, "_path_of", lambda descriptor: f"/nowhere/fd/{descriptor}")
    else:
        monkeypatch.delattr(os, lacking)
    with _sources.spooled(b"secret") as source:
        path = Path(source.path)
        assert (path.parent.parent, path.read_bytes()) == (local_tmp, b"secret")
        with _sources.nameable(source) as name:
            assert name == source.path
    assert list(local_tmp.iterdir()) == []


def test_spooled_content_goes_away_on_failure(local_tmp: Path) -> None:
    with pytest.raises(KeyboardInterrupt), _sources.spooled(b"secret"):
        raise KeyboardInterrupt
    assert list(local_tmp.iterdir()) == []


def test_a_plain_file_is_used_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(b"plain")
    loader = Loader()
    with _sources.opened(loader, str(path), decrypt=False) as source:
        assert source == Source(str(path), passing=False)
    assert (loader.asked, loader.cleaned) == ([False], [])


def test_a_file_whose_size_the_system_does_not_know_is_copied(local_tmp: Path) -> None:
    """Whoever ships it goes by its size."""
    with _sources.opened(Loader(), "/proc/version", decrypt=False) as source:
        path = Path(source.path)
        assert (source.passing, source.vaulted) == (True, False)
        assert path.read_bytes() == Path("/proc/version").read_bytes()
        assert _sources.described(source, 10_000)["size"] == path.stat().st_size > 0
    assert list(local_tmp.iterdir()) == []


def test_a_decrypted_copy_has_the_time_of_the_file_and_goes_away(tmp_path: Path) -> None:
    vault, copy = tmp_path / "vault", tmp_path / "copy"
    vault.write_bytes(b"cipher")
    copy.write_bytes(b"plain")
    os.utime(vault, (1_600_000_000, 1_600_000_000))
    loader = Loader(copy)
    with _sources.opened(loader, str(vault), decrypt=True) as source:
        assert source == Source(str(copy), passing=True, vaulted=True)
        assert _sources.described(source, 100)["mtime"] == 1_600_000_000
        assert loader.cleaned == []
    assert loader.cleaned == [str(copy)]


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="ns_sync sends directories"), _sources.opened(Loader(), str(tmp_path), decrypt=True):
        pass
    loader = Loader(error=AnsibleError("no vault password"))
    with pytest.raises(BadSource, match="no vault password"), _sources.opened(loader, str(tmp_path / "x"), decrypt=True):
        pass


def test_names_in_the_words_of_ansible_are_escaped(tmp_path: Path) -> None:
    """Its lines stay lines."""
    loader = Loader(error=AnsibleError("no such file: \x1b[2J\nSearched in:\n\t\x9b31m"))
    with pytest.raises(BadSource) as told, _sources.opened(loader, str(tmp_path / "x"), decrypt=True):
        pass
    assert told.value.message == "src: no such file: \\x1b[2J\nSearched in:\n\t\\x9b31m"


def test_a_source_is_found_or_named_as_missing(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "page").write_bytes(b"")

    def find(folder: str, needle: str) -> str:
        assert folder == "files"
        if not (tmp_path / needle).exists():
            raise AnsibleFileNotFound(file_name=needle)
        return str(tmp_path / needle)

    assert _sources.found(find, "page") == str(tmp_path / "page")
    assert _sources.found_directory(find, "site//") == str(tmp_path / "site")
    assert _sources.found_directory(find, "/") == "/"
    with pytest.raises(BadSource, match="page is not a directory"):
        _sources.found_directory(find, "page")
    with pytest.raises(BadSource, match="nowhere"):
        _sources.found_directory(find, "nowhere")


@pytest.mark.parametrize(
    ("content", "limit", "is_text"), [(b"text", 4, True), (b"text", 3, False), (b"a\0b", 10, False), (b"", 0, True)]
)
def test_a_source_is_described_by_digests_and_time(tmp_path: Path, content: bytes, limit: int, is_text: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    os.utime(path, (5, 5))
    assert _sources.described(Source(str(path)), limit) == {
        "size": len(content),
        "md5": hashlib.md5(content).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "mtime": 5,
        "is_text": is_text,
    }


@pytest.mark.parametrize(("configured", "limit"), [(104_448, 104_448), (1, 1), (0, 64 * 1024 * 1024)])
def test_the_limit_of_diffs_is_that_of_ansible(monkeypatch: pytest.MonkeyPatch, configured: int, limit: int) -> None:
    monkeypatch.setattr(constants, "MAX_FILE_SIZE_FOR_DIFF", configured, raising=False)
    assert _sources.diff_size() == limit
