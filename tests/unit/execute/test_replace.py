# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing, where everything that can fail does: one of the two objects is always there, and the user knows its name."""

from __future__ import annotations

import hashlib
import types
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._execute.replace import Replacement
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.file_content import FileContent
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.entries import Entry, Found, Kind
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import (
    AuthRefused,
    Conflict,
    NetStorageError,
    NotFound,
    Refused,
    ServiceFailed,
    Stopped,
    Unreachable,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._threads.cancellation import Cancellation
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.pending import Late
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.request import Request

PATH = b"/1/link"
OLD = Entry(b"link", Kind.SYMLINK, target=b"t")
NEW = Entry(b"link", Kind.FILE, 3, hashlib.md5(b"new").hexdigest())


class Service:
    """Names that stand there; nothing is put over another. ``fails`` gives the error of an action, and whether it was carried
    out all the same; those of ``rename`` are by what is renamed: the old object, the new one, or the fence."""

    def __init__(self, cancellation: Cancellation, **fails: tuple[NetStorageError, bool]) -> None:
        self.names = {PATH: "old"}
        self.held: set[bytes] = set()
        self._cancellation, self._fails = cancellation, {name: [fail] for name, fail in fails.items()}

    def _answer(self, action: str, carry_out: t.Callable[[], object]) -> None:
        why = self._cancellation.reason()
        if why:
            raise Stopped(why)
        fails = self._fails.get(action)
        error, done = fails.pop(0) if fails else (None, True)
        if done:
            carry_out()
        if error is not None:
            raise error

    def upload(self, path: bytes, content: FileContent, mtime: int | None, index_zip: bool = False) -> None:
        self._answer("upload", lambda: self.names.update({path: "new"}))

    def symlink(self, path: bytes, target: bytes, mtime: int | None = None) -> None:
        if path in self.names:
            raise Conflict("It exists", status=409)
        self._answer("symlink", lambda: self.names.update({path: "new"}))

    def rename(self, path: bytes, destination: bytes, known: object, *, fenced: bool = False) -> None:
        if destination in self.names:
            raise Conflict("It exists", status=409)
        assert fenced is (b".old-" in destination)
        what = "aside" if fenced else "back" if b".old-" in path else "rename"
        if path not in self.names:
            raise NotFound("It is not there", status=404)
        self._answer(what, lambda: self.names.update({destination: self.names.pop(path)}))

    @property
    def pending(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(holds=lambda fence: bool(self.held))

    def stat(self, path: bytes) -> Found:
        self._answer("stat", lambda: None)
        return Found([NEW if self.names[path] == "new" else OLD] if path in self.names else [])

    def delete(self, path: bytes) -> None:
        if path not in self.names:
            raise NotFound("It is not there", status=404)
        self._answer("delete", lambda: self.names.pop(path))


@pytest.fixture
def content(tmp_path: t.Any) -> FileContent:
    (tmp_path / "file").write_bytes(b"new")
    return FileContent(bytes(tmp_path / "file"))


def replaced(service: Service, cancellation: Cancellation, content: FileContent) -> NetStorageError | None:
    notes: list[str] = []
    replacing = Replacement(t.cast(t.Any, service), cancellation, notes.append)
    try:
        replacing.replace_with_file(PATH, content, None, OLD)
    except NetStorageError as error:
        return error
    assert notes[-1] == "/1/link was missing for the time of one request: the service does not rename onto an existing name"
    return None


def test_a_replacement_leaves_only_the_new_file(content: FileContent) -> None:
    service = Service(Cancellation())
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


@pytest.mark.parametrize("error", [AuthRefused("No"), Conflict("No"), Refused("No")])
def test_an_old_object_that_cannot_be_renamed_is_deleted(content: FileContent, error: NetStorageError) -> None:
    service = Service(Cancellation(), aside=(error, False))
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


@pytest.mark.parametrize("error", [AuthRefused("No"), Conflict("No")])
def test_an_old_object_that_may_not_go_stays_alone(content: FileContent, error: NetStorageError) -> None:
    service = Service(Cancellation(), aside=(Conflict("No"), False), delete=(error, False))
    assert replaced(service, Cancellation(), content) is error
    assert service.names == {PATH: "old"}
    assert not error.has_changed


@pytest.mark.parametrize("error", [ServiceFailed("No"), Unreachable("No")])
@pytest.mark.parametrize("done", [True, False])
def test_an_old_object_that_may_be_gone_leaves_the_new_one(content: FileContent, error: NetStorageError, done: bool) -> None:
    service = Service(Cancellation(), aside=(error, done), stat=(Unreachable("No"), False))
    assert replaced(service, Cancellation(), content) is error
    assert error.has_changed
    assert sorted(service.names.values()) == ["new", "old"]
    assert "The new object waits at /1/.link.new-" in error.hint


def test_an_old_object_that_is_shown_still_may_be_shown_by_a_replica_that_lags(content: FileContent) -> None:
    error = ServiceFailed("No")
    service = Service(Cancellation(), aside=(error, False))
    assert replaced(service, Cancellation(), content) is error
    assert sorted(service.names.values()) == ["new", "old"]
    assert not error.has_changed
    assert "The new object waits at /1/.link.new-" in error.hint


@pytest.mark.parametrize("error", [ServiceFailed("No"), Unreachable("No"), AuthRefused("No"), Conflict("No"), Refused("No")])
def test_an_old_object_that_is_gone_in_spite_of_the_answer_makes_room(content: FileContent, error: NetStorageError) -> None:
    service = Service(Cancellation(), aside=(error, True))
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


def test_a_service_that_does_not_rename_at_all_gets_the_file_again(content: FileContent) -> None:
    service = Service(Cancellation(), aside=(Conflict("No"), False), rename=(Conflict("No"), False))
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


def test_somebody_else_was_quicker(content: FileContent) -> None:
    service = Service(Cancellation(), aside=(NotFound("It is not there"), True))
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


def test_an_old_object_comes_back_where_the_new_one_does_not_come(content: FileContent) -> None:
    service = Service(Cancellation(), rename=(ServiceFailed("No"), False))
    error = t.cast(NetStorageError, replaced(service, Cancellation(), content))
    assert not error.has_changed
    assert service.names == {PATH: "old"}


def test_a_name_that_has_vanished_has_changed(content: FileContent) -> None:
    """Neither is lost, and the user knows the name of one of them."""
    service = Service(Cancellation(), rename=(ServiceFailed("No"), False), back=(ServiceFailed("No"), False))
    replacing = Replacement(t.cast(t.Any, service), Cancellation(), [].append)
    with pytest.raises(ServiceFailed) as caught:
        replacing.replace_with_file(PATH, content, None, OLD)
    error = caught.value
    assert error.has_changed
    assert sorted(service.names.values()) == ["new", "old"]
    assert "The new object waits at" in error.hint and "What stood at /1/link is at /1/.link.old-" in error.hint
    late_changes = [Late(Request("rename", path), 0.0, True) for path in service.names]
    assert replacing.settle(late_changes) == {}
    assert service.names[PATH] == "old" and "new" in service.names.values()
    assert not error.has_changed and error.hint.startswith("What stood there is back")


def test_a_new_one_that_came_in_spite_of_the_answer_has_come(content: FileContent) -> None:
    service = Service(Cancellation(), rename=(ServiceFailed("No"), True))
    assert replaced(service, Cancellation(), content) is None
    assert service.names == {PATH: "new"}


def test_a_fence_stays_until_no_rename_can_come_late(content: FileContent) -> None:
    cancellation = Cancellation()
    service = Service(cancellation)
    service.held.add(PATH)
    replacing = Replacement(t.cast(t.Any, service), cancellation, [].append)
    replacing.replace_with_file(PATH, content, None, OLD)
    assert sorted(service.names.values()) == ["new", "old"]
    assert "/1/.link.old-" in replacing.leave()
    replacing.settle([])
    assert service.names == {PATH: "new"}
    assert replacing.leave() == ""


def test_an_only_copy_is_never_put_in_place_of_something_that_cannot_be_renamed() -> None:
    cancellation = Cancellation()
    service = Service(cancellation, aside=(Conflict("No"), False))
    service.names[b"/1/only"] = "new"
    with pytest.raises(Conflict, match="renames neither onto it nor it aside") as caught:
        Replacement(t.cast(t.Any, service), cancellation, [].append).replace_with_renamed(b"/1/only", PATH, NEW, OLD)
    assert service.names == {PATH: "old", b"/1/only": "new"}
    assert caught.value.hint.startswith("Nothing was changed")


def test_a_fence_that_cannot_go_is_told(content: FileContent) -> None:
    error = ServiceFailed("No")
    service = Service(Cancellation(), delete=(error, False))
    assert replaced(service, Cancellation(), content) is error
    assert error.has_changed and "what stood there is still at /1/.link.old-" in error.hint
    assert sorted(service.names.values()) == ["new", "old"]


@pytest.mark.parametrize("stopped", [False, True])
def test_no_temporary_name_stays_after_an_upload_that_failed(content: FileContent, stopped: bool) -> None:
    """Although it was stored, and although the run was told to stop meanwhile."""
    cancellation = Cancellation()
    service = Service(cancellation, upload=(ServiceFailed("No"), True))
    upload = service.upload

    def telling(*given: t.Any) -> None:
        try:
            upload(*given)
        finally:
            if stopped:
                cancellation.cancel("enough")

    service.upload = telling  # type: ignore[method-assign]
    assert isinstance(replaced(service, cancellation, content), ServiceFailed)
    assert service.names == {PATH: "old"}


def test_what_has_begun_is_finished(content: FileContent) -> None:
    cancellation = Cancellation()
    service = Service(cancellation)
    upload = service.upload

    def telling(*given: t.Any) -> None:
        upload(*given)
        cancellation.cancel("enough")

    service.upload = telling  # type: ignore[method-assign]
    assert replaced(service, cancellation, content) is None
    assert service.names == {PATH: "new"}
