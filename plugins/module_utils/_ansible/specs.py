# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Argument specs: the connection for all modules, and what belongs to each. A test holds them against the docs."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

from .._plan.policy import PUBLISH_LAST, REFUSE

Spec = dict[str, t.Any]


def common_spec() -> Spec:
    """The options of the doc fragment ``connection``, and those that all modules share."""
    return {
        "host": {"type": "str", "required": True, "fallback": (env_fallback, ["NETSTORAGE_HOST"])},
        "root": {"type": "str", "fallback": (env_fallback, ["NETSTORAGE_ROOT"])},
        "account": {"type": "str", "required": True, "fallback": (env_fallback, ["NETSTORAGE_ACCOUNT"])},
        "key": {"type": "str", "required": True, "no_log": True, "fallback": (env_fallback, ["NETSTORAGE_KEY"])},
        "protocol": {
            "type": "str",
            "default": "https",
            "choices": ["https", "http"],
            "fallback": (env_fallback, ["NETSTORAGE_PROTOCOL"]),
        },
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["NETSTORAGE_CA_PATH"])},
        "idle_timeout": {"type": "float", "default": 60.0},
        "max_retries": {"type": "int", "default": 5},
        "use_proxy": {"type": "bool", "default": True},
        "max_requests_per_second": {"type": "float"},
        "max_bandwidth": {"type": "bytes"},
        "settle": {"type": "float", "default": 60.0},
        "directories": {"type": "str", "default": "explicit", "choices": ["explicit", "leave"]},
        "unusual_names": {"type": "str", "default": "refuse", "choices": ["refuse", "allow"]},
    }


_STATE = {"type": "str", "default": "present", "choices": ["present", "absent"]}
_ON_EXISTING = {"type": "str", "default": "replace", "choices": ["replace", "keep", "fail"]}
_PARALLEL = {"type": "int", "default": 16}
_ON_ERROR = {"type": "str", "default": "continue", "choices": ["continue", "stop"]}
_COMPARE = {"type": "str", "default": "checksum", "choices": ["checksum", "size_mtime", "size"]}


def file_spec() -> Spec:
    return {
        "path": {"type": "str", "required": True, "aliases": ["dest"]},
        "state": _STATE,
        "src": {"type": "path"},
        # content, content_b64, decrypt, show_vaulted and a src on the controller are for the action plugin, which hands over
        # a file.
        "content": {"type": "raw"},
        "content_b64": {"type": "str"},
        "remote_src": {"type": "bool", "default": False},
        "decrypt": {"type": "bool", "default": True},
        "show_vaulted": {"type": "bool", "default": False},
        "mtime": {"type": "str", "default": "preserve"},
        "compare": _COMPARE,
        "on_existing": _ON_EXISTING,
        "sha256": {"type": "str"},
        "index_zip": {"type": "bool", "default": False},
        **common_spec(),
    }


def directory_spec() -> Spec:
    return {
        "path": {"type": "str", "required": True},
        "state": _STATE,
        "recurse": {"type": "bool", "default": False},
        "quick_delete": {"type": "str", "default": "never", "choices": ["never", "allowed", "required"]},
        "quick_delete_wait": {"type": "float", "default": 900.0},
        **common_spec(),
    }


def symlink_spec() -> Spec:
    return {
        "path": {"type": "str", "required": True},
        "target": {"type": "str"},
        "state": _STATE,
        "replace": {"type": "str", "default": "link", "choices": ["link", "file", "never"]},
        "allow_dangling": {"type": "bool", "default": True},
        **common_spec(),
    }


def rename_spec() -> Spec:
    return {
        "path": {"type": "str", "required": True},
        "dest": {"type": "str", "required": True},
        "md5": {"type": "str"},
        "on_existing": _ON_EXISTING,
        "file_type": {"type": "str", "default": "any", "choices": ["any", "file", "directory"]},
        "parallel": _PARALLEL,
        "on_error": _ON_ERROR,
        **common_spec(),
    }


def fetch_spec() -> Spec:
    patterns: Spec = {"type": "list", "elements": "str", "default": []}
    return {
        "path": {"type": "str", "required": True},
        "dest": {"type": "path", "required": True},
        "delete": {"type": "bool", "default": False},
        "include": patterns,
        "exclude": patterns,
        "protect": patterns,
        "links": {"type": "str", "default": "preserve", "choices": ["preserve", "skip"]},
        "compare": _COMPARE,
        "parallel": _PARALLEL,
        "on_error": _ON_ERROR,
        "max_delete": {"type": "str", "default": "50 %"},
        "max_replace": {"type": "str"},
        "allow_empty_source": {"type": "bool", "default": False},
        "adopt": {"type": "bool", "default": False},
        "mode": {"type": "raw"},
        **common_spec(),
    }


def sync_spec() -> Spec:
    patterns: Spec = {"type": "list", "elements": "str", "default": []}
    return {
        "src": {"type": "path", "required": True},
        "path": {"type": "str", "required": True},
        "remote_src": {"type": "bool", "default": False},
        # The action plugin renders templates, and hands over what became of them.
        "templates": patterns,
        "show_vaulted": {"type": "bool", "default": False},
        "delete": {"type": "bool", "default": False},
        "include": patterns,
        "exclude": patterns,
        "protect": patterns,
        "immutable": patterns,
        "index_zip": patterns,
        "links": {"type": "str", "default": "preserve", "choices": ["preserve", "follow", "skip"]},
        "replace_links": {"type": "bool", "default": False},
        "compare": _COMPARE,
        "mtime": {"type": "str", "default": "preserve"},
        "publish_last": {"type": "list", "elements": "str", "default": list(PUBLISH_LAST)},
        "parallel": _PARALLEL,
        "on_error": _ON_ERROR,
        "verify": {"type": "str", "default": "none", "choices": ["none", "listing", "full"]},
        "verify_wait": {"type": "float", "default": 10.0},
        "max_delete": {"type": "str", "default": "50 %"},
        "max_replace": {"type": "str"},
        "allow_empty_source": {"type": "bool", "default": False},
        "allow_root": {"type": "bool", "default": False},
        "adopt": {"type": "bool", "default": False},
        "refuse": {"type": "list", "elements": "str", "default": list(REFUSE)},
        **common_spec(),
    }


def info_spec() -> Spec:
    return {
        "path": {"type": "list", "elements": "str", "default": []},
        "du": {"type": "bool", "default": False},
        "cp_codes": {"type": "list", "elements": "str", "default": []},
        **common_spec(),
    }


def find_spec() -> Spec:
    return {
        "path": {"type": "str", "required": True},
        "patterns": {"type": "list", "elements": "str", "default": []},
        "excludes": {"type": "list", "elements": "str", "default": []},
        "use_regex": {"type": "bool", "default": False},
        "file_type": {"type": "str", "default": "file", "choices": ["any", "file", "directory", "link", "implicit"]},
        "size": {"type": "str"},
        "age": {"type": "str"},
        "recurse": {"type": "bool", "default": False},
        "depth": {"type": "int"},
        "limit": {"type": "int"},
        **common_spec(),
    }
