#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_storage_group
short_description: Create, change or delete a storage group of NetStorage
version_added: 1.0.0
description:
  - Makes a storage group with its CP codes and zones, changes its settings, or requests its deletion.
  - Only what the task names is compared; everything else stays as it is. A change sends all settings that there are, as no
    document says whether the service merges or replaces.
  - What is set once and differs is an error. A storage group is never deleted to make it anew.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.edgegrid
  - edgeops.netstorage.provisioning
  - edgeops.netstorage.provisioning.waiting
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.config
  - edgeops.netstorage.attributes.idempotent
attributes:
  check_mode:
    support: full
    description: Looks, compares and guards; sends nothing but reads.
  diff_mode:
    support: full
    description: Shows the settings before and after, without secrets.

options:
  state:
    description:
      - V(absent) deletes the storage group. With content that takes two persons, so RV(delete_pending) says that the second one
        is awaited. Another run does not count as that person, see O(second_approval).
    type: str
    choices: [present, absent]
    default: present
  storage_group:
    description:
      - The name of the storage group, which is unique in the account.
      - With O(storage_group_id) the name that it is to have.
    type: str
  storage_group_id:
    description: The number of a storage group that is there, to rename it, or where O(storage_group) is not known.
    type: int
  contract_id:
    description: The contract that it belongs to. Set once, and needed for a new one.
    type: str
  group_id:
    description:
      - The access control group of the new storage group. Set once, and not compared afterwards, as the service does not tell it.
    type: int
  domain_prefix:
    description:
      - The beginning of its host names, 1 to 60 small letters, digits and hyphens. Set once, and needed for a new one.
    type: str
  zones:
    description:
      - The zones that it is to have at least; a new one needs two. M(edgeops.netstorage.ns_config_info) lists them. Others that
        it has are kept, with a note.
    type: list
    elements: str
  zones_exact:
    description: Refuse a storage group that has other zones. No document says how to remove one.
    type: bool
    default: false
  cp_codes:
    description:
      - CP codes that it is to have, each the root of an upload directory, with settings. A new one needs one at least. Others
        that it has are kept, and so are settings that are not named.
      - A new CP code must be unused. M(edgeops.netstorage.ns_cp_code) finds or makes one.
    type: list
    elements: dict
    suboptions:
      cp_code:
        description: The CP code. In check mode V(0) stands for one that M(edgeops.netstorage.ns_cp_code) would make.
        type: int
        required: true
      download_security:
        description: Who may download.
        type: str
        choices: [all_edge_servers, streaming_servers_only, g_2_o_and_all_edge_servers, g_2_o_only]
      use_ssl:
        description: Whether its content is replicated over TLS.
        type: bool
      serve_from_zip:
        description: Whether files are served out of indexed ZIP archives.
        type: bool
      send_hash:
        description: Whether C(Content-MD5) is sent with downloads.
        type: bool
      enable_quick_delete:
        description: Whether whole directories may be deleted by quick-delete.
        type: bool
      case_conversion:
        description: What becomes of upper and lower case in names.
        type: str
        choices: [no_conversion, convert_to_upper, convert_to_lower, stream_os]
      path_check:
        description: What becomes of paths with repeated slashes, C(.) or C(..).
        type: str
        choices:
          - disallow_all_improper_paths
          - disallow_improper_paths_on_upload_only
          - translate_to_canonical
          - do_not_check_paths
      query_strings:
        description: What becomes of query strings.
        type: dict
        suboptions:
          mode:
            description: Drop them, convert them, or leave them.
            type: str
            choices: [strip_all_incoming_query, apply_acs_query_conversion, leave_incoming_query_as_is]
          key_order:
            description: For a conversion, the parameters that count, in order.
            type: str
          exclude:
            description: For a conversion, the parameters that do not.
            type: str
          version:
            description: The version of the conversion.
            type: str
      encoding:
        description: The encoding of names.
        type: dict
        suboptions:
          encoding:
            description: By which they are shown.
            type: str
            choices: [iso_8859_1, utf_8]
          enforce:
            description: Whether uploads with other names are refused.
            type: bool
      dir_listing:
        description: What is served for a directory.
        type: dict
        suboptions:
          index_file:
            description: The name of the file that is served.
            type: str
          max_list_size:
            description: How much a listing shows; V(0) for none, V(-1) for everything.
            type: int
          search_on_404:
            description: What is looked for where nothing stands at a path.
            type: str
            choices: [do_not_search, look_for_explicit_dir_only, look_for_implicit_and_explicit_dir]
      age_deletions:
        description: The automatic purge routines, all of them; an empty list removes them.
        type: list
        elements: dict
        suboptions:
          directory:
            description: The directory, with the CP code, such as V(/123456/logs).
            type: str
            required: true
          days:
            description: Files that are older are deleted.
            type: int
          size_bytes:
            description: The size of the directory from which on that happens.
            type: int
          recursive:
            description: Whether directories below it count too.
            type: bool
          include:
            description: A regular expression (POSIX) of the names that may be deleted.
            type: str
          exclude:
            description: A regular expression (POSIX) of the names that may not.
            type: str
  delete_cp_codes:
    description:
      - CP codes that are to leave the storage group, with their content. Where there is any, that takes two persons, as with
        O(state=absent). The last one cannot leave.
    type: list
    elements: int
    default: []
  allow_content:
    description: Delete although there is content, or although the service does not know whether there is.
    type: bool
    default: false
  force_delete:
    description:
      - As O(allow_content), and tell the service so (C(forceDelete=true)). The documents say only that this deletes storage
        groups that are not empty, and not whether that spares the second person.
    type: bool
    default: false
  cancel_deletion:
    description: Take back a deletion that waits for a second person, of the storage group or of the CP codes in O(cp_codes).
    type: bool
    default: false
  second_approval:
    description:
      - Send a deletion again that waits for a second person, because the API client of this task belongs to that person.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_cp_code
  - module: edgeops.netstorage.ns_config_info
"""

EXAMPLES = r"""
- name: A storage group for the shop
  edgeops.netstorage.ns_storage_group:
    edgerc: ~/.edgerc
    section: storage
    storage_group: shop
    contract_id: C-TEST001
    group_id: 31415
    domain_prefix: shop
    zones: [europe, us]
    zones_exact: true
    cp_codes:
      - cp_code: 1000001
        serve_from_zip: true
        dir_listing:
          index_file: index.html
  register: shop

- name: One more CP code, with a routine that deletes old logs
  edgeops.netstorage.ns_storage_group:
    storage_group: shop
    cp_codes:
      - cp_code: 1000002
        enable_quick_delete: true
        age_deletions:
          - directory: /1000002/logs
            days: 30
            size_bytes: 1000000000
            recursive: true
    wait: "{{ wait_for_it | default(false) }}"
    wait_timeout: 14400
    wait_interval: 300

- name: Rename it
  edgeops.netstorage.ns_storage_group:
    storage_group_id: "{{ shop.group.storage_group_id | default(2000001) }}"
    storage_group: web shop

- name: Take a CP code out, with all that is in it
  edgeops.netstorage.ns_storage_group:
    storage_group: web shop
    delete_cp_codes: [1000002]
    allow_content: true

- name: Keep that CP code after all
  edgeops.netstorage.ns_storage_group:
    storage_group: web shop
    cp_codes:
      - cp_code: 1000001
    cancel_deletion: true

- name: Request the deletion of the storage group, or approve one that somebody else has requested
  edgeops.netstorage.ns_storage_group:
    storage_group: web shop
    state: absent
    force_delete: true
    second_approval: "{{ i_am_the_second_person | default(false) }}"
"""

RETURN = r"""
group:
  description:
    - The storage group as it is now, with names in snake case and words in lower case, as the options have them; also what no
      option sets, such as C(number_of_files). Null where there is none, as in check mode before it is made.
  returned: success, and failure once it was looked up
  type: dict
  sample:
    name: shop
    storage_group_id: 2000001
    contract_id: C-TEST001
    domain_prefix: shop
    provision_status: provisioned
    cp_codes: [{cp_code: 1000001, serve_from_zip: true}]
    zones: [{name: europe}, {name: us}]
hosts:
  description:
    - The host names that follow from the domain prefix. C(usage) is the O(edgeops.netstorage.ns_sync#module:host) of the other
      modules, C(origin) that of the delivery; C(ftp), C(sftp), C(scp) and C(rsync) are those of other clients.
  returned: success, and failure once it was looked up
  type: dict
  sample: {usage: shop-nsu.akamaihd.net, origin: shop.download.akamai.com}
provision_status:
  description: Whether it is C(provisioned), C(not_provisioned) or C(marked_for_deprovisioning); null where there is none.
  returned: success, and failure once it was looked up
  type: str
  sample: provisioned
delete_pending:
  description: Whether a deletion that the task wants waits for a second person.
  returned: success and failure
  type: bool
  sample: false
plan:
  description: The changes that were found to be due, and made unless in check mode.
  returned: success, and failure once requests were sent
  type: dict
  contains:
    summary:
      description: Counts of C(creates), C(changes) and C(deletes).
      type: dict
      returned: always
      sample: {creates: 1, changes: 1, deletes: 0}
    changes:
      description:
        - At most 1,000 changes, with C(sign), C(what), the C(path) of the member, and its values C(before) and C(after), without
          secrets. The path is empty for the object as a whole.
      type: list
      elements: dict
      returned: always
      sample:
        - sign: "~"
          what: storage_group
          path: cp_codes[1000001].serve_from_zip
          before: false
          after: true
propagated:
  description: Whether everything is known to the network; null where that is not known.
  returned: success, and failure once requests were sent
  type: bool
  sample: true
pending:
  description: What is not known to the network yet, by name or by path.
  returned: success, and failure once requests were sent
  type: list
  elements: str
  sample: ["storage_group", "cp_codes[1000001]"]
api_host:
  description: The host that was asked.
  returned: success, and failure once requests were sent
  type: str
  sample: akab-example.luna.akamaiapis.net
credentials:
  description: Where the credentials came from.
  returned: success, and failure once requests were sent
  type: str
  sample: /home/deploy/.edgerc [storage]
api_calls:
  description: How many requests were sent, by what they do, repeated ones included.
  returned: success, and failure once requests were sent
  type: dict
  sample: {list_storage_groups: 1}
notes:
  description: Notes about what did not fail but is worth knowing. Also shown as warnings.
  returned: when there is something to say
  type: list
  elements: str
failure:
  description: What failed, as values that a playbook may branch on.
  returned: failure
  type: dict
  contains:
    code:
      description: A word such as C(busy), C(immutable_option), C(auth_refused), C(refused), C(throttled) or C(unreachable).
      type: str
      returned: always
    action:
      description: What the request was to do, such as C(create_cp_code), if one was tried.
      type: str
      returned: always
    path:
      description: The path of the API that the error is about.
      type: str
      returned: always
    status:
      description: The HTTP status, if there was a response.
      type: int
      returned: always
    hint:
      description: What to do next.
      type: str
      returned: always
    problem:
      description: What the service said, such as C(title), C(detail) and C(errors).
      type: dict
      returned: when it said something
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import STORAGE_GROUP
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(STORAGE_GROUP)


if __name__ == "__main__":
    main()
