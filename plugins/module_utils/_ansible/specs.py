# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs, made of the declarations in ``_tasks/options.py``. What stands here is what Ansible alone has to know of an
option: fallbacks, aliases, its own types, and the options that only the action plugin reads."""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import typing as t

from ansible.module_utils.basic import env_fallback

from .._tasks.options import (
    Common,
    DirectoryOptions,
    FetchOptions,
    FileOptions,
    PruneOptions,
    RenameOptions,
    SymlinkOptions,
    SyncOptions,
    is_option,
    is_shared,
)

Spec = dict[str, t.Any]

_PATH: Spec = {"type": "path"}
_RAW: Spec = {"type": "raw"}
_NO: Spec = {"type": "bool", "default": False}
_YES: Spec = {"type": "bool", "default": True}


def from_environment(variable: str, **more: object) -> Spec:
    """An option that falls back to a variable."""
    return {"fallback": (env_fallback, [variable]), **more}


_BESIDE: dict[type, Spec] = {
    Common: {
        "host": from_environment("NETSTORAGE_HOST"),
        "root": from_environment("NETSTORAGE_ROOT"),
        "account": from_environment("NETSTORAGE_ACCOUNT"),
        "key": from_environment("NETSTORAGE_KEY", no_log=True),
        "protocol": from_environment("NETSTORAGE_PROTOCOL"),
        "ca_path": from_environment("NETSTORAGE_CA_PATH", **_PATH),
        "max_bandwidth": {"type": "bytes"},
    },
    DirectoryOptions: {"changed_paths_file": _PATH},
    FetchOptions: {"dest": _PATH, "mode": _RAW},
    FileOptions: {"path": {"aliases": ["dest"]}},
    PruneOptions: {"changed_paths_file": _PATH},
    RenameOptions: {"changed_paths_file": _PATH},
    SymlinkOptions: {"changed_paths_file": _PATH},
    SyncOptions: {
        "src": _PATH, "path": {"aliases": ["dest"]}, "plan_file": _PATH, "expect_plan": _PATH, "changed_paths_file": _PATH,
    },
}  # fmt: skip
"""What is said beside a declaration, or in place of it."""

_FOR_THE_ACTION: dict[type, Spec] = {
    FileOptions: {
        "src": _PATH, "content": _RAW, "content_b64": {"type": "str"}, "remote_src": _NO, "decrypt": _YES, "show_vaulted": _NO,
    },
    SyncOptions: {"remote_src": _NO, "show_vaulted": _NO},
}  # fmt: skip
"""Options that the action plugin reads. It hands over what became of them: a file, rendered templates."""

RULES: dict[type, Spec] = {
    FileOptions: {"mutually_exclusive": [("src", "content", "content_b64")]},
    SymlinkOptions: {"required_if": [("state", "present", ["target"])]},
}
"""What holds between the options of a module."""


def spec_of(declared: type, more: t.Mapping[type, Spec] | None = None) -> Spec:
    """The argument spec of a class of options, with those that it shares with others.

    Args:
        more: what is said beside declarations that only one module has.
    """
    hints, spec = t.get_type_hints(declared), {**_FOR_THE_ACTION.get(declared, {})}
    beside = {**_BESIDE, **(more or {})}.get(declared, {})
    for field in dataclasses.fields(declared):
        if is_option(field):
            spec[field.name] = {**_type_of(hints[field.name]), **_default_of(field), **beside.get(field.name, {})}
        elif is_shared(field):
            spec.update(_shared() if hints[field.name] is Common else spec_of(hints[field.name], more))
    return spec


@functools.cache
def _shared() -> Spec:
    return spec_of(Common)


def _type_of(hint: t.Any) -> Spec:  # noqa: ANN401  # a type, or what stands for several
    kind, parts = t.get_origin(hint), t.get_args(hint)
    if kind is t.Union:
        return _type_of(parts[0])  # the other one is None, or what ``reading`` makes of it
    if kind is t.Literal:
        return {"type": "str", "choices": list(parts)}
    if kind is collections.abc.Sequence:
        return {"type": "list", "elements": parts[0].__name__}
    if hasattr(hint, "_field_defaults"):  # a NamedTuple
        options = {name: {"type": type(default).__name__, "default": default} for name, default in hint._field_defaults.items()}
        return {"type": "dict", "options": options, "apply_defaults": True}
    return {"type": hint.__name__}


def _default_of(field: dataclasses.Field[t.Any]) -> Spec:
    default = field.default
    if default is dataclasses.MISSING:
        return {"required": True}
    if default is None or hasattr(default, "_asdict"):  # that is made of the defaults of its parts
        return {}
    return {"default": list(default) if isinstance(default, tuple) else default}
