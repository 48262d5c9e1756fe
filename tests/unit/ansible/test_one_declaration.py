# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An option is declared in one class of ``_tasks/options.py``. Specs, modules and lookups follow from it, and name none."""

from __future__ import annotations

import ast
import collections
import dataclasses
import importlib
import pathlib
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.edgeops.netstorage.plugins.doc_fragments.lookup_connection import ModuleDocFragment
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible import (
    asking,
    changing,
    configuring,
    conforming,
    purging,
    verifying,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.command import Command
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import MaskingModule
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.reading import read
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.specs import spec_of
from ansible_collections.edgeops.netstorage.plugins.module_utils._edge.verify_options import VerifyOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._edgegrid.api_settings import ApiSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._http.endpoint import Endpoint, Host, HttpSettings
from ansible_collections.edgeops.netstorage.plugins.module_utils._provisioning.account_options import UploadAccountOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._provisioning.key_options import UploadKeyOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._provisioning.options import (
    ConfigInfoOptions,
    CpCodeOptions,
    StorageGroupOptions,
)
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.options import PurgeOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks import options
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import Common, is_option
from ansible_collections.edgeops.netstorage.plugins.module_utils._usage_api.client_config import (
    Account,
    ClientConfig,
    ClientSettings,
)

PLUGINS = pathlib.Path(__file__).resolve().parents[3] / "plugins"
MODULES: dict[str, tuple[Command, type]] = {
    "ns_file": (changing.FILE, options.FileOptions),
    "ns_directory": (changing.DIRECTORY, options.DirectoryOptions),
    "ns_prune": (changing.PRUNE, options.PruneOptions),
    "ns_rename": (changing.RENAME, options.RenameOptions),
    "ns_symlink": (changing.SYMLINK, options.SymlinkOptions),
    "ns_sync": (changing.SYNC, options.SyncOptions),
    "ns_fetch": (changing.FETCH, options.FetchOptions),
    "ns_info": (asking.INFO, options.InfoOptions),
    "ns_find": (asking.FIND, options.FindOptions),
    "ns_conformance": (conforming.CONFORMANCE, options.ConformanceOptions),
    "ns_purge": (purging.PURGE, PurgeOptions),
    "ns_verify_edge": (verifying.VERIFY, VerifyOptions),
    "ns_config_info": (configuring.CONFIG_INFO, ConfigInfoOptions),
    "ns_cp_code": (configuring.CP_CODE, CpCodeOptions),
    "ns_storage_group": (configuring.STORAGE_GROUP, StorageGroupOptions),
    "ns_upload_account": (configuring.UPLOAD_ACCOUNT, UploadAccountOptions),
    "ns_upload_key": (configuring.UPLOAD_KEY, UploadKeyOptions),
}
FOR_THE_ACTION = {
    "ns_file": {"src", "content", "content_b64", "remote_src", "decrypt", "show_vaulted"},
    "ns_sync": {"remote_src", "show_vaulted"},
}
"""What only an action plugin reads: it hands over what became of it."""

HANDED = {
    "FileOptions": {"source", "is_secret"},
    "SyncOptions": {"rendered", "secret_names"},
    "Common": {"diff_size"},
    "ConfigInfoOptions": {"no_log"},
    "UploadKeyOptions": {"no_log"},
}
NAMED = {
    "module_utils/_ansible/reading.py": {
        "diff_limit", "mode", "mtime",
        "src", "remote_src", "content", "content_b64",
        "size", "md5", "sha256",  # of a file that is described
    },
    "plugin_utils/_lookup.py": {"key", "max_bandwidth", "max_size", "path"},
}  # fmt: skip
"""Options that become another value on the way; by the file that names them."""

NEEDED: dict[str, dict[str, t.Any]] = {
    "ns_purge": {"urls": []},
    "ns_verify_edge": {"urls": []},
    "ns_cp_code": {"any_unused": True},
    "ns_storage_group": {"storage_group": "g"},
    "ns_upload_key": {"key_file": "/tmp/key"},
}
"""What a task must set besides, although no single option of it is required."""

REQUIRED = {
    "path": "p",
    "src": "/",
    "dest": "/",
    "host": "h",
    "account": "a",
    "key": "k",
    "contract_id": "c",
    "upload_account_id": "a",
}
LOOKUPS = {"ns_stat": options.InfoOptions, "ns_content": options.ContentOptions}


def declared_in(*classes: type) -> dict[str, dataclasses.Field[t.Any]]:
    return {field.name: field for one in classes for field in dataclasses.fields(one) if is_option(field)}


SHARED: dict[type, t.Callable[[], object]] = {Common: lambda: Common("h", "a", "k"), ApiSettings: ApiSettings}
"""The classes of options that others share, and what they are by default."""


def shared_by(declared: type) -> list[type]:
    """The class of the options that it shares with others, if it does."""
    hints = t.get_type_hints(declared)
    return [hints[name] for name in ("common", "api") if name in hints]


def plain(value: object) -> object:
    """As Ansible has it: lists, where a class has tuples; and a dictionary has defaults for its parts alone."""
    if hasattr(value, "_asdict"):
        return None
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("module", MODULES)
def test_the_options_of_a_module_are_those_of_its_class(module: str) -> None:
    command, declared = MODULES[module]
    fields, own = declared_in(declared, *shared_by(declared)), FOR_THE_ACTION.get(module, set())
    assert set(command.spec) == set(fields) | own
    assert not set(fields) & own
    for name, field in fields.items():
        option, is_required = command.spec[name], field.default is dataclasses.MISSING
        assert option.get("required", False) is is_required, name
        assert option.get("default") == (None if is_required else plain(field.default)), name


@pytest.mark.parametrize("module", MODULES)
def test_what_is_left_out_has_the_default_of_the_class(module: str) -> None:
    command, declared = MODULES[module]
    given = {name: value for name, value in REQUIRED.items() if command.spec.get(name, {}).get("required")}
    given |= NEEDED.get(module, {})
    checked = ArgumentSpecValidator(command.spec).validate(given)
    assert checked.error_messages == []
    found = read(declared, checked.validated_parameters)
    shared = [SHARED[one]() for one in shared_by(declared)]
    expected = declared(*shared, **{name: given[name] for name in given if name in declared_in(declared)})
    assert {name: plain(value) for name, value in vars(found).items()} == {
        name: plain(value) for name, value in vars(expected).items()
    }


def test_what_is_no_option_is_handed_over_by_an_action() -> None:
    classes = [Common, options.ContentOptions, *(declared for _command, declared in MODULES.values())]
    names = {one: {field.name for field in dataclasses.fields(one)} for one in classes}
    found = {one.__name__: every - {"common", "api", *declared_in(one)} for one, every in names.items()}
    assert {name: fields for name, fields in found.items() if fields} == HANDED
    for name in set().union(*HANDED.values()) - {"source"}:
        assert f"\n    _{name} " in str(MaskingModule.__doc__)


def test_what_is_handed_over_is_read_by_its_name() -> None:
    params: dict[str, t.Any] = {**REQUIRED, "mtime": "now", "_rendered": "/r", "_secret_names": ["s"], "_diff_size": 0}
    found = read(options.SyncOptions, params)
    assert (found.rendered, found.secret_names, found.common.diff_size) == ("/r", ["s"], 0)
    without = read(options.SyncOptions, {**params, "_rendered": None, "_secret_names": None, "_diff_size": None})
    assert (without.rendered, without.secret_names, without.common.diff_size) == (None, (), Common("h", "a", "k").diff_size)


def test_an_option_that_is_null_is_none() -> None:
    """As a task says ``max_delete: null`` for no cap, where the default is one."""
    assert read(options.SyncOptions, {**REQUIRED, "mtime": "now", "max_delete": None}).max_delete is None


def test_a_setting_of_the_client_is_declared_once() -> None:
    layers = (Host, HttpSettings, Endpoint, Account, ClientSettings, ClientConfig, Common)
    count = collections.Counter(name for layer in layers for name in layer.__annotations__)
    assert {name for name, times in count.items() if times > 1} == {"connections"}
    assert ClientConfig.connections is Endpoint.connections


def strings(file: pathlib.Path) -> set[str]:
    code = [node for node in ast.parse(file.read_text(encoding="utf-8")).body if not isinstance(node, ast.Assign) or named(node)]
    nodes = [node for part in code for node in ast.walk(part)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def named(node: ast.Assign) -> bool:
    """Whether it is no documentation of a plugin."""
    return not {name.id for name in node.targets if isinstance(name, ast.Name)} & {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def test_nobody_on_the_way_names_an_option() -> None:
    every = set().union(*(command.spec for command, _declared in MODULES.values()), declared_in(options.ContentOptions))
    way = [*(PLUGINS / "module_utils/_ansible").glob("*.py"), *PLUGINS.glob("modules/*.py"), PLUGINS / "plugin_utils/_lookup.py"]
    way += [PLUGINS / "plugin_utils/_in_process.py", *(PLUGINS / "lookup" / f"{name}.py" for name in LOOKUPS)]
    found = {str(file.relative_to(PLUGINS)): strings(file) & every for file in way if not file.name.endswith("specs.py")}
    assert {file: names for file, names in found.items() if names} == NAMED


# -- lookups


def documented(lookup: str) -> dict[str, dict[str, t.Any]]:
    plugin = importlib.import_module(f"ansible_collections.edgeops.netstorage.plugins.lookup.{lookup}")
    own: dict[str, dict[str, t.Any]] = yaml.safe_load(plugin.DOCUMENTATION)["options"]
    return own


def same(documented: dict[str, t.Any], option: dict[str, t.Any]) -> bool:
    return all(documented.get(name) == option.get(name) for name in ("type", "elements", "choices", "default"))


@pytest.mark.parametrize(
    ("lookup", "lookup_only", "module_only"), [("ns_stat", set(), {"cp_codes"}), ("ns_content", {"default"}, set())]
)
def test_the_options_of_a_lookup_are_those_of_its_class(lookup: str, lookup_only: set[str], module_only: set[str]) -> None:
    """Its terms are the path, it changes nothing, and its sizes are texts: Ansible knows no others in lookups."""
    declared = spec_of(LOOKUPS[lookup])
    docs = {**yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"], **documented(lookup)}
    assert set(docs) - set(declared) == {"_terms", *lookup_only}
    assert set(declared) - set(docs) == {"path", "settle", "directories", "diff_limit", *module_only}
    other = {name for name in set(docs) & set(declared) if not same(docs[name], declared[name])}
    assert other == {"max_bandwidth", "max_size"} & set(docs)
    assert all(docs[name]["type"] == "str" for name in other)


def test_ns_source_reads_a_tree_as_ns_sync_does() -> None:
    docs = documented("ns_source")
    del docs["_terms"]
    assert all(same(option, changing.SYNC.spec[name]) for name, option in docs.items())
