# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible alone has to know of the options of modules that ask the Configuration API; as ``purge_specs.py``."""

from __future__ import annotations

from .._edgegrid.api_settings import ApiSettings
from .._provisioning.account_options import UploadAccountOptions
from .._provisioning.key_options import UploadKeyOptions
from .._provisioning.options import GATHERED, ConfigInfoOptions, StorageGroupOptions
from .purge_specs import BESIDE as OF_PURGE
from .specs import Spec, from_environment

_INT: Spec = {"type": "int"}
_STR: Spec = {"type": "str"}
_BOOL: Spec = {"type": "bool"}


def _word(*words: str) -> Spec:
    return {"type": "str", "choices": list(words)}


def _dict(**options: Spec) -> Spec:
    return {"type": "dict", "options": options}


_CP_CODES: Spec = {
    "options": {
        "cp_code": {"type": "int", "required": True},
        "download_security": _word("all_edge_servers", "streaming_servers_only", "g_2_o_and_all_edge_servers", "g_2_o_only"),
        "use_ssl": _BOOL,
        "serve_from_zip": _BOOL,
        "send_hash": _BOOL,
        "enable_quick_delete": _BOOL,
        "case_conversion": _word("no_conversion", "convert_to_upper", "convert_to_lower", "stream_os"),
        "path_check": _word(
            "disallow_all_improper_paths",
            "disallow_improper_paths_on_upload_only",
            "translate_to_canonical",
            "do_not_check_paths",
        ),
        "query_strings": _dict(
            mode=_word("strip_all_incoming_query", "apply_acs_query_conversion", "leave_incoming_query_as_is"),
            key_order={"type": "str", "no_log": False},
            exclude=_STR,
            version=_STR,
        ),
        "encoding": _dict(encoding=_word("iso_8859_1", "utf_8"), enforce=_BOOL),
        "dir_listing": _dict(
            index_file=_STR,
            max_list_size=_INT,
            search_on_404=_word("do_not_search", "look_for_explicit_dir_only", "look_for_implicit_and_explicit_dir"),
        ),
        "age_deletions": {
            "type": "list",
            "elements": "dict",
            "options": {
                "directory": {"type": "str", "required": True},
                "days": _INT,
                "size_bytes": _INT,
                "recursive": _BOOL,
                "include": _STR,
                "exclude": _STR,
            },
        },
    }
}
_KEY_IN_USE: Spec = from_environment("NETSTORAGE_KEY", no_log=True)
BESIDE: dict[type, Spec] = {
    ApiSettings: OF_PURGE[ApiSettings],
    ConfigInfoOptions: {"gather": {"choices": list(GATHERED)}, "with_secrets": {"no_log": False}},
    StorageGroupOptions: {"cp_codes": _CP_CODES},
    UploadAccountOptions: {
        "cp_codes": {
            "options": {"cp_code": {"type": "int", "required": True}, "directories": {"type": "list", "elements": "str"}}
        },
        "technical_contact": {
            "options": {
                "first_name": _STR,
                "last_name": _STR,
                "email": _STR,
                "country_code": _STR,
                "area_code": _STR,
                "number": _STR,
                "primary_sf_pin": _STR,
                "secondary_sf_pin": _STR,
            }
        },
        "key_in_use": _KEY_IN_USE,
    },
    UploadKeyOptions: {
        "key": {"no_log": True},
        "key_file": {"type": "path", "no_log": False},
        "key_in_use": _KEY_IN_USE,
        "keep": {"no_log": False},
        "host": from_environment("NETSTORAGE_HOST"),
        "protocol": from_environment("NETSTORAGE_PROTOCOL"),
    },
}
