# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Halves of surrogate pairs, which no bytes mean, are refused by the option's name, before the first packet."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._run.flow import run
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.location import refuse_long_numbers
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import (
    Common,
    ContentOptions,
    DirectoryOptions,
    FetchOptions,
    FileOptions,
    FindOptions,
    InfoOptions,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
)

COMMON = Common("127.0.0.1:9", "tester", "a-key-of-some-length", root="/1", protocol="http", max_retries=0)
OPTIONS: dict[type, dict[str, t.Any]] = {
    FileOptions: {"path": "a", "source": "/etc/hostname", "sha256": "0"},
    DirectoryOptions: {"path": "a"},
    SymlinkOptions: {"path": "a", "target": "b"},
    RenameOptions: {"path": "a", "dest": "b", "md5": "0"},
    SyncOptions: {"src": "/", "path": "a", "max_replace": "3", "rendered": "/"},
    FetchOptions: {"path": "a", "dest": "/", "max_replace": "3"},
    InfoOptions: {"path": ["a"]},
    FindOptions: {"path": "a", "size": "1", "age": "1"},
    ContentOptions: {"path": ["a"], "max_size": 1},
}


def with_half(values: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, t.Any]]:
    """Each that is text or a list of it, with half of a pair in it."""
    for name, value in values.items():
        if isinstance(value, str):
            yield name, value + "\ud83d"
        elif isinstance(value, (list, tuple)):
            yield name, [*value, "\udfff"]


@pytest.mark.parametrize("declared", OPTIONS, ids=lambda declared: declared.__name__)
def test_each_option_by_its_name(declared: type) -> None:
    """There are no options with half of a pair in them, so whoever has some need not look."""
    good = declared(COMMON, **OPTIONS[declared])
    tried = {name: {"common": dataclasses.replace(COMMON, **{name: bad})} for name, bad in with_half(vars(COMMON))}
    tried |= {name: {name: bad} for name, bad in with_half(vars(good))}
    assert {"host", "account", "key", "root", "protocol", *OPTIONS[declared]} <= set(tried) | {"max_size"}
    for name, changed in tried.items():
        with pytest.raises(BadOptions, match=f"^{name} has a character in it that is not text") as told:
            dataclasses.replace(good, **changed)
        str(told.value).encode()


@pytest.mark.parametrize("declared", [DirectoryOptions, SymlinkOptions], ids=lambda declared: declared.__name__)
def test_bytes_that_are_no_utf_8_are_names(declared: type) -> None:
    """They come as surrogates too; here nobody listens, so that is as far as it gets."""
    with pytest.raises(NetStorageError) as told:
        run(declared(COMMON, **{**OPTIONS[declared], "path": "\udcff\udc80"}), check=False, diff=False)
    assert told.value.code == "unreachable"


@pytest.mark.parametrize(
    "given",
    [{"mtime": "9" * 5000}, {"max_bandwidth": "9" * 5000 + "M"}, {"parallel": 10**5000}, {"max_delete": "9" * 5000 + " %"}],
    ids=lambda given: next(iter(given)),
)
def test_numbers_of_thousands_of_digits_are_refused_by_the_option(given: dict[str, t.Any]) -> None:
    with pytest.raises(BadOptions, match=f"^{next(iter(given))} has more than 100 digits") as told:
        refuse_long_numbers(given)
    assert len(str(told.value)) < 200
    refuse_long_numbers({"mtime": 1_600_000_000, "size": "10k", "content": "9" * 5000, "path": "9" * 5000})
