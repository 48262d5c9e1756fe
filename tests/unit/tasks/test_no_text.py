# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Halves of surrogate pairs, which no bytes mean, are refused by the option's name, before the first packet."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    DirectoryOptions,
    FileOptions,
    Options,
    SymlinkOptions,
    SyncOptions,
)

COMMON = Common("127.0.0.1:9", "tester", "a-key-of-some-length", root="/1", protocol="http", max_retries=0)
TASKS: tuple[Options, ...] = (
    FileOptions(COMMON, "a", source="/etc/hostname"),
    DirectoryOptions(COMMON, "a"),
    SymlinkOptions(COMMON, "a", "b"),
    SyncOptions(COMMON, "/", "a", include=["x"], exclude=["x"], protect=["x"], immutable=["x"], refuse=["x"], max_replace="3"),
)


def with_half(options: t.Any) -> t.Iterator[tuple[str, t.Any]]:
    """The options once for each that is text or a list of it, with half a pair in that one."""
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if isinstance(value, Common):
            for name, common in with_half(value):
                yield name, dataclasses.replace(options, common=common)
        elif isinstance(value, str):
            yield field.name, dataclasses.replace(options, **{field.name: value + "\ud83d"})
        elif isinstance(value, (list, tuple)):
            yield field.name, dataclasses.replace(options, **{field.name: [*value, "\udfff"]})


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_each_option_by_its_name(task: Options) -> None:
    tried = list(with_half(task))
    assert {"host", "account", "key", "root", "path"} <= {name for name, _options in tried}
    for name, options in tried:
        with pytest.raises(BadOptions, match=f"^{name} has a character in it that is no text") as told:
            run(options, check=False, diff=False)
        str(told.value).encode()


@pytest.mark.parametrize("task", TASKS[1:3], ids=lambda task: type(task).__name__)
def test_bytes_that_are_no_utf_8_are_names(task: t.Any) -> None:
    """They come as surrogates too; here nobody listens, so that is as far as it gets."""
    with pytest.raises(NetStorageError) as told:
        run(dataclasses.replace(task, path="\udcff\udc80"), check=False, diff=False)
    assert told.value.code == "unreachable"
