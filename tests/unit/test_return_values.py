# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several modules return under one name is described in the same words, but where it is something else."""

from __future__ import annotations

import importlib
import pkgutil
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.plugins import modules

Described = dict[str, t.Any]

CONFIG = ("ns_config_info", "ns_cp_code", "ns_storage_group", "ns_upload_account", "ns_upload_key")
"""They ask the Configuration API."""

# Who means something of its own by the name; all others share one text.
OWN: dict[str, frozenset[str]] = {
    "api_calls": frozenset({"ns_find", "ns_info", "ns_purge", *CONFIG}),  # those three have no plan
    "api_host": frozenset({"ns_purge"}),
    "changed_paths": frozenset({"ns_directory", "ns_fetch", "ns_file", "ns_rename"}),  # two of them write no file of all
    "credentials": frozenset({"ns_purge"}),
    "dest": frozenset({"ns_rename"}),  # of ns_fetch a local one
    "entries": frozenset({"ns_info"}),
    "failure": frozenset({"ns_conformance", "ns_fetch", "ns_find", "ns_info", "ns_purge", "ns_sync", "ns_verify_edge", *CONFIG}),
    "left": frozenset({"ns_conformance", "ns_purge"}),  # no steps
    "matched": frozenset({"ns_prune"}),
    "md5": frozenset({"ns_fetch", "ns_rename"}),
    "mtime": frozenset({"ns_directory", "ns_fetch", "ns_rename"}),
    "path": frozenset({"ns_conformance", "ns_find", "ns_rename"}),
    "pending": frozenset({"ns_purge"}),  # files with lists
    "plan": frozenset({"ns_rename", "ns_sync", *CONFIG}),
    "size": frozenset({"ns_fetch", "ns_rename"}),
    "target": frozenset({"ns_rename"}),
    "truncated": frozenset({"ns_find"}),
    "unmatched_patterns": frozenset({"ns_find", "ns_prune"}),
    "verified": frozenset({"ns_verify_edge"}),
}


def described() -> dict[str, dict[str, Described]]:
    """By the name of the value and by module, without the samples."""
    found: dict[str, dict[str, Described]] = {}
    for module in pkgutil.iter_modules(modules.__path__):
        documented = importlib.import_module(f"{modules.__name__}.{module.name}").RETURN
        for name, value in yaml.safe_load(documented).items():
            found.setdefault(name, {})[module.name] = without_samples(value)
    return found


def without_samples(value: t.Any) -> t.Any:
    return {key: without_samples(told) for key, told in value.items() if key != "sample"} if isinstance(value, dict) else value


SHARED = {name: values for name, values in described().items() if len(values) > 1}


@pytest.mark.parametrize("name", SHARED)
def test_one_name_is_one_text(name: str) -> None:
    texts = [value for module, value in SHARED[name].items() if module not in OWN.get(name, ())]
    assert all(text == texts[0] for text in texts)


@pytest.mark.parametrize("name", OWN)
def test_who_has_a_text_of_its_own_needs_it(name: str) -> None:
    common = next(value for module, value in SHARED[name].items() if module not in OWN[name])
    for module in OWN[name]:
        assert SHARED[name][module] != common, module
