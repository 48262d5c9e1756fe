# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches of the Configuration API: what its documents leave open, or contradict each other about."""

from __future__ import annotations

from .knob import Knob, Value

CONFIG_TABLE: tuple[Knob, ...] = (
    Knob("propagation_config", 0, (0,),
         "How long a change is pending, and unknown to the Usage API (60 to 120 minutes, the documents say)",
         number="milliseconds"),
    Knob("put_group", "merge", ("merge", "replace", "replace_refuses_missing"),
         "PUT of a storage group: what is not in it is kept, is gone (settings are as of a new one), or 400 if a CP code, a zone "
         "or the name is missing"),
    Knob("put_account", "merge", ("merge", "replace"),
         "PUT of an upload account: members not in it are kept, or as of a new one"),
    Knob("put_unknown_member", "groups_400", ("groups_400", 400, "ignored"),
         "A member that the schema does not have, in a POST or PUT: 400 for groups and ignored for accounts, 400, or ignored"),
    Knob("zone_members", "accepted", ("accepted", 400),
         "`allowUpload`, `allowDownload` and `noCapacityAction` of a zone: accepted, as samples have them, or 400, as the schema "
         "has no such"),
    Knob("edit_while_pending", 400, (400, "accounts_too", "allowed"),
         "PUT of what is pending: 400 for groups, 400 for accounts too, or allowed"),
    Knob("add_while_pending", "allowed", ("allowed", 400),
         "A new upload account of a storage group that is pending, and a new key of an account that is: taken, or 400"),
    Knob("group_id_needed", "no", ("no", 400), "POST of a storage group without a `groupId`: taken, or 400"),
    Knob("unknown_id", 400, (400, 403, 404), "Status where an id of the path is unknown"),
    Knob("cpcode_post_answer", "id", ("id", "echo", "id_as_text"),
         "Answer to the POST of a CP code: what was sent and `cpcodeId`, what was sent alone, or `cpcodeId` as a text"),
    Knob("new_cpcode", "at_once", ("at_once", "propagated"), "When a new CP code is among the unused ones, and can be used"),
    Knob("number_of_files", "later", ("later", "always", "never"),
         "`numberOfFiles` and `numberOfBytes` of a new CP code: -1 until it has propagated, there at once, or -1 for ever"),
    Knob("age_deletions_shape", "array", ("array", "items"), "Age deletions of a CP code: a list, or a list in `items`"),
    Knob("force_delete", "ignored", ("ignored", "needed", "bypasses"),
         "`forceDelete=true` for what has content: without effect, needed (400 without), or no second person is needed"),
    Knob("second_delete_same_user", 409, (409, "counts", "ignored"),
         "The second DELETE of what has content, by the same person: 409, carried out, or 200 without effect"),
    Knob("deprovisioned", "gone", ("gone", "listed"), "A group with content whose deletion was approved: gone, or still listed"),
    Knob("group_with_accounts", "deleted", ("deleted", 400),
         "DELETE of a storage group with upload accounts: they go too, or 400"),
    Knob("delete_answer", "empty", ("empty", 204, "text"),
         "Answer to a DELETE and to a POST of `enable`, `disable` and `cancel-delete`: 200 without a body, 204, or 200 with a "
         "description"),
    Knob("account_status", "upload_account_status", ("upload_account_status", "status", "both"),
         "The member with the status of an upload account: `uploadAccountStatus`, `status`, or both"),
    Knob("account_no_cpcodes", "none", ("none", "all"),
         "What an upload account without CP codes may use: nothing, or its whole group"),
    Knob("read_only_default", "no", ("no", "yes"), "`hasReadOnlyAccess` of a new upload account that does not say"),
    Knob("zip_auto_index", "shown", ("shown", "absent"), "`enableZipFileAutoIndex`, which is not documented, in upload accounts"),
    Knob("http_access_makes_key", "no", ("no", "yes"), "A new upload account with `enableHttpApiAccess` and no key is given one"),
    Knob("key_identity", "id", ("id", "identity", "both"), "The member by which a key is known: `id`, `identity`, or both"),
    Knob("g2o_put_key", "ignored", ("ignored", "taken", 400),
         "`key` in the PUT of an HTTP API key: ignored, and another one is made; taken; or 400"),
    Knob("g2o_put_answer", "key", ("key", "entry"), "Answer to that PUT: only `key`, or the whole entry"),
    Knob("fourth_key", 400, (400, "replaces_oldest"), "A fourth HTTP API key: 400, or the oldest one goes"),
    Knob("last_key", "ssh", ("ssh", "all", "none"), "Which last key of an account cannot be removed: SSH, of each type, or none"),
    Knob("key_disable", "propagated", ("propagated", "at_once"),
         "When a key that was disabled or removed stops to work on the Usage API"),
    Knob("config_limit_says", "next", ("next", "seconds", "both", "nothing"),
         "What a 429 of the Configuration API says: the headers, `N seconds` in `detail`, both, or neither"),
)
"""docs/emulator.md#configuration-api."""


class ConfigKnobs:
    """Their present settings, as attributes."""

    propagation_config: int
    put_group: str
    put_account: str
    put_unknown_member: Value
    zone_members: Value
    edit_while_pending: Value
    add_while_pending: Value
    group_id_needed: Value
    unknown_id: int
    cpcode_post_answer: str
    new_cpcode: str
    number_of_files: str
    age_deletions_shape: str
    force_delete: str
    second_delete_same_user: Value
    deprovisioned: str
    group_with_accounts: Value
    delete_answer: Value
    account_status: str
    account_no_cpcodes: str
    read_only_default: str
    zip_auto_index: str
    http_access_makes_key: str
    key_identity: str
    g2o_put_key: Value
    g2o_put_answer: str
    fourth_key: Value
    last_key: str
    key_disable: str
    config_limit_says: str
