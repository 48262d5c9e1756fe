# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage groups: what their documents consist of, and what they tell. Pure."""

from __future__ import annotations

import typing as t

from .members import Document, Kind, Member, Projection, Shape, When, described, number_of, rows_of

_WORD, _NUMBER, _SECRET = Kind.WORD, Kind.NUMBER, Kind.SECRET
UNKNOWN = -1
"""``number_of_files`` where the service does not know it (yet)."""

AGE_DELETION = Shape((
    Member("directory", read=("ageDeletionDirectory",)),
    Member("days", _NUMBER, read=("ageDeletionDays",)),
    Member("size_bytes", _NUMBER, read=("ageDeletionSizeBytes",)),
    Member("recursive", read=("ageDeletionRecursivePurge",), absent=False),
    Member("include", read=("ageDeletionSelectionRegex", "ageDeletionInclusionRegex")),
    Member("exclude", read=("ageDeletionExclusionRegex",)),
))  # fmt: skip
QUERY_STRINGS = Shape((
    Member("mode", _WORD, read=("queryStringConversionMode",), absent="strip_all_incoming_query"),
    Member("key_order", read=("queryStringConversionKeyOrder",)),
    Member("exclude", read=("queryStringConversionExclude",)),
    Member("version", read=("queryStringConversionVersion",)),
))  # fmt: skip
ENCODING = Shape((
    Member("encoding", _WORD, absent="iso_8859_1"),
    Member("enforce", read=("enforceEncoding",), absent=False),
))  # fmt: skip
DIR_LISTING = Shape((
    Member("index_file", read=("indexFileName",)),
    Member("max_list_size", _NUMBER, absent=0),
    Member("search_on_404", _WORD, read=("searchOn404",), absent="do_not_search"),
))  # fmt: skip
DELIVERY_KEY = Shape((Member("user"), Member("key", _SECRET)))
CP_CODE = Shape((
    Member("cp_code", _NUMBER, read=("cpcodeId",)),
    Member("download_security", _WORD, absent="all_edge_servers"),
    Member("use_ssl", absent=False),
    Member("serve_from_zip", absent=False),
    Member("send_hash", absent=False),
    Member("enable_quick_delete", read=("quickDelete", "enableQuickDelete"), write="enableQuickDelete", absent=False),
    Member("case_conversion", _WORD, read=("requestUriCaseConversion",), absent="no_conversion"),
    Member("path_check", _WORD, read=("pathCheckAndConversion",), absent="do_not_check_paths"),
    Member("query_strings", read=("queryStringConversion",), parts=QUERY_STRINGS),
    Member("encoding", read=("encodingConfig",), parts=ENCODING),
    Member("dir_listing", parts=DIR_LISTING),
    Member("age_deletions", parts=AGE_DELETION, key="directory", is_exact=True),
    Member("f2h_config"),
    Member("g2o", when=When.NEVER, parts=DELIVERY_KEY),
    Member("number_of_files", _NUMBER, When.NEVER),
    Member("number_of_bytes", _NUMBER, When.NEVER),
    Member("last_changes_propagated", when=When.NEVER),
))  # fmt: skip
ZONE = Shape((
    Member("name", read=("zoneName",)),
    # Its schema has none of these, samples do. They go back where they are not as usual, so that nothing is reset.
    Member("allow_upload", _WORD, absent="yes", if_unusual=True),
    Member("allow_download", _WORD, absent="yes", if_unusual=True),
    Member("no_capacity_action", _WORD, absent="spill_outside", if_unusual=True),
))  # fmt: skip
GROUP = Shape((
    Member("name", read=("storageGroupName",)),
    Member("storage_group_id", _NUMBER, When.NEVER),
    Member("contract_id", when=When.CREATE),
    Member("group_id", _NUMBER, When.CREATE),
    Member("domain_prefix", when=When.CREATE),
    Member("cp_codes", read=("cpcodes",), parts=CP_CODE, key="cp_code"),
    Member("zones", parts=ZONE, key="name"),
    Member("storage_group_type", _WORD, When.NEVER),
    Member("storage_group_purpose", _WORD, When.NEVER),
    Member("provision_status", _WORD, When.NEVER),
))  # fmt: skip
"""PUT has no member that its schema lacks (``additionalProperties: false``), so what is unknown is not sent back."""

_MARKED = ("MARKED_FOR_DEPROVISIONING",)
_GONE = ("DEPROVISIONED",)
_HOSTS = {
    "usage": "{}-nsu.akamaihd.net",
    "origin": "{}.download.akamai.com",
    "ftp": "{}.ftp.upload.akamai.com",
    "sftp": "{}.sftp.upload.akamai.com",
    "scp": "{}.scp.upload.akamai.com",
    "rsync": "{}.rsync.upload.akamai.com",
}


def id_of(group: Document) -> int:
    """The id of a storage group, 0 where it has none."""
    found = number_of(group.get("storageGroupId"))
    return found if isinstance(found, int) else 0


def name_of(group: Document) -> str:
    return str(group.get("storageGroupName") or "")


def is_gone(group: Document) -> bool:
    """Whether it is only listed any more: its deletion was approved."""
    return group.get("provisionStatus") in _GONE


def is_marked(group: Document) -> bool:
    """Whether somebody has asked for its deletion, and nobody has approved it yet."""
    return group.get("provisionStatus") in _MARKED


def marked_cp_codes(group: Document, used: object) -> set[int]:
    """The CP codes of a group whose deletion waits for a second person.

    Args:
        used: the list of used CP codes; the document of a group does not say it.
    """
    rows = [row for row in rows_of(used) if number_of(row.get("storageGroupId")) == id_of(group)]
    mine = {} if is_marked(group) else {_cp_code(row): row.get("provisionStatus") for row in [*cp_code_rows(group), *rows]}
    return {cp_code for cp_code, status in mine.items() if status in _MARKED}


def pending_in(group: Document) -> list[str]:
    """What of a group is still being propagated: ``storage_group``, ``cp_codes[123456]``. What it does not tell counts as
    propagated."""
    status = group.get("propagationStatus")
    is_active = not isinstance(status, dict) or str(status.get("status", "ACTIVE")).upper() == "ACTIVE"
    rows = [row for row in cp_code_rows(group) if row.get("lastChangesPropagated") is False]
    return ([] if is_active else ["storage_group"]) + [f"cp_codes[{_cp_code(row)}]" for row in rows]


def is_pending(group: Document) -> bool:
    """Whether a change of it is still being propagated."""
    return bool(pending_in(group))


def is_editable(group: Document) -> bool:
    return group.get("allowEdit") is not False


def cp_code_rows(group: Document) -> list[t.Any]:
    return rows_of(group.get("cpcodes"))


def cp_codes_of(group: Document) -> list[int]:
    return [_cp_code(row) for row in cp_code_rows(group)]


def zones_of(group: Document) -> list[str]:
    return [str(row.get("zoneName")) for row in rows_of(group.get("zones"))]


def content_of(group: Document, only: t.Optional[t.Collection[int]] = None) -> tuple[int, int, bool]:
    """How many files and bytes a group holds, and whether that is all.

    Args:
        only: of these CP codes.

    Returns:
        Files and bytes as far as the service knows them, and False where it does not know them of some CP code.
    """
    files = size = 0
    is_known = True
    for row in cp_code_rows(group):
        if only is not None and _cp_code(row) not in only:
            continue
        counted = [number_of(row.get(name, UNKNOWN)) for name in ("numberOfFiles", "numberOfBytes")]
        numbers = [one if isinstance(one, (int, float)) else UNKNOWN for one in counted]
        is_known = is_known and numbers[0] >= 0
        files, size = files + max(0, int(numbers[0])), size + max(0, int(numbers[1]))
    return files, size, is_known


def delivery_accounts(groups: t.Iterable[Document]) -> dict[str, list[int]]:
    """The accounts whose keys sign the delivery of CP codes (``g2o``), with these."""
    found: dict[str, list[int]] = {}
    for group in groups:
        for row in cp_code_rows(group):
            g2o = row.get("g2o")
            if isinstance(g2o, dict) and g2o.get("user"):
                found.setdefault(str(g2o["user"]), []).append(_cp_code(row))
    return found


def hosts_of(group: Document) -> dict[str, str]:
    """The host names that follow from the domain prefix; nothing where there is none."""
    prefix = group.get("domainPrefix")
    return {name: host.format(prefix) for name, host in _HOSTS.items()} if prefix else {}


def group_facts(group: Document) -> Projection:
    """A storage group as results have it."""
    return described(GROUP, group)


def _cp_code(row: Document) -> int:
    found = number_of(row.get("cpcodeId"))
    return found if isinstance(found, int) else 0
