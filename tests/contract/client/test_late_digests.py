# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large files whose digest follows behind the body, as rclone sends every file: read once, and never stored unproved."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import SMALL, FileContent
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import Conflict, SourceChanged, Unreachable
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, SyncOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client import Client
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import ClientConfig
from ansible_collections.edgeops.netstorage.tests.contract.raw_client import Account
from netstorage_emulator.control import Running

SIZE = 2 * SMALL + 17


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    path = tmp_path / "source/large.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


def late(file: Path) -> FileContent:
    content = FileContent(bytes(file), with_md5=False, late=True)
    assert content.sha256 is None
    return content


def md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("mtime", [None, 1_600_000_000])
def test_it_is_stored_as_it_is(client: Client, place: bytes, file: Path, mtime: int | None) -> None:
    path = place + b"/a b/large.bin"
    content = late(file)
    client.upload(path, content, mtime)
    (entry,) = client.stat(path)
    assert (entry.size, entry.md5) == (SIZE, md5(file))
    assert mtime in (None, entry.mtime)
    assert content.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert client.api_calls["upload"] == 1


def test_it_can_be_sent_again(emulator: Running, client: Client, place: bytes, file: Path) -> None:
    emulator.control.add_faults({"action": "upload", "path": "*", "status": 500})
    client.upload(place + b"/large.bin", late(file), 5)
    (entry,) = client.stat(place + b"/large.bin")
    assert (entry.md5, entry.mtime, client.api_calls["upload"]) == (md5(file), 5, 2)


def test_a_digest_that_does_not_match_stores_nothing(emulator: Running, client: Client, place: bytes, file: Path) -> None:
    class Damaged(FileContent):
        """As if a bit had been turned over on the way."""

        def _hashed(self, hashing: t.Any) -> None:
            super()._hashed(hashing)
            self.sha256 = "0" * 64

    emulator.control.load([{"key": f"{place.decode()}/large.bin", "content": "old"}])
    with pytest.raises(Conflict, match="upload of"):
        client.upload(place + b"/large.bin", Damaged(bytes(file), with_md5=False, late=True), None)
    assert client.stat(place + b"/large.bin")[0].size == 3


def test_a_file_that_changes_on_the_way_stores_nothing(client: Client, place: bytes, file: Path) -> None:
    class Growing(FileContent):
        """When it is looked at for the last time."""

        looks = 0

        def _unmoved(self, descriptor: int) -> None:
            self.looks += 1
            if self.looks == 2:
                with file.open("ab") as more:
                    more.write(b"x")
            super()._unmoved(descriptor)

    with pytest.raises(SourceChanged):
        client.upload(place + b"/large.bin", Growing(bytes(file), with_md5=False, late=True), None)
    assert client.stat(place + b"/large.bin") == []


def test_a_plain_proxy_could_drop_what_follows(connection: ClientConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    plain = dataclasses.replace(connection, host="storage.example", protocol="http", max_retries=0)
    with Client(plain) as client:
        assert not client.takes_digests_at_end
        with pytest.raises(Unreachable):
            client.stat(b"/1")
    with Client(dataclasses.replace(plain, use_proxy=False)) as client:
        assert client.takes_digests_at_end


@pytest.mark.parametrize("verify", ["none", "full"])
def test_a_tree_with_large_files(account: Account, place: bytes, file: Path, verify: str) -> None:
    common = Common(account.host, account.account, account.key, root=place.decode(), protocol=account.protocol)
    options = SyncOptions(common, str(file.parent), "site", verify=verify)
    assert run(options, check=False, diff=False).error is None
    file.write_bytes(os.urandom(SIZE))  # another content of the same size: the plan knows its md5
    outcome = run(options, check=False, diff=False)
    assert (outcome.error, len(outcome.done)) == (None, 1)
    assert not run(options, check=True, diff=False).changed


def test_a_large_file_that_is_not_the_one_of_the_plan(
    account: Account, place: bytes, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another content of the same size appears between plan and upload."""
    common = Common(account.host, account.account, account.key, root=place.decode(), protocol=account.protocol)
    options = SyncOptions(common, str(file.parent), "site")
    assert run(options, check=False, diff=False).error is None
    file.write_bytes(os.urandom(SIZE))
    execute = "ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow.execute"
    carry_out = t.cast(t.Any, __import__(execute.rpartition(".")[0], fromlist=["execute"])).execute

    def changing(*given: t.Any) -> t.Any:
        file.write_bytes(os.urandom(SIZE))
        return carry_out(*given)

    monkeypatch.setattr(execute, changing)
    outcome = run(options, check=False, diff=False)
    assert outcome.error is not None and outcome.error.code == "source_changed"
