#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_upload_account
short_description: Create, change, switch off or delete an upload account of NetStorage
version_added: 1.0.0
description:
  - Makes an upload account of a storage group, says which CP codes and directories it may use and in which ways, switches it
    on and off, or deletes it. Its keys are for M(edgeops.netstorage.ns_upload_key).
  - Only what the task names is compared; everything else stays as it is. A change sends all settings that there are, as no
    document says whether the service merges or replaces.
  - What is set once and differs is an error. An upload account is never deleted to make it anew.
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
    description: Looks, compares and guards; sends nothing but reads. A storage group that is not there yet is a note then.
  diff_mode:
    support: full
    description: Shows the settings before and after, without secrets.

options:
  upload_account_id:
    description:
      - The id of the upload account, which is the O(edgeops.netstorage.ns_sync#module:account) of the other modules. It has
        small letters, digits, underscores, hyphens and colons, and never changes.
    type: str
    required: true
  state:
    description: V(absent) deletes the upload account, with its keys. What it has uploaded stays.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description: Whether it is switched on. Without this option it is left as it is, and a new one is on.
    type: bool
  storage_group:
    description: The name of its storage group. Set once, and needed for a new one, unless O(storage_group_id) is given.
    type: str
  storage_group_id:
    description: The number of its storage group. Set once.
    type: int
  email:
    description: An address for messages of Akamai about it. Needed for a new one.
    type: str
  read_only:
    description:
      - Whether it may only read. A new one may write unless this is true, which is always said to the service, because its
        documents contradict each other about what holds otherwise.
    type: bool
  cp_codes:
    description:
      - The CP codes that it may use, all of them; others are taken away. Needed for a new one, because no document says what an
        account without any may use.
    type: list
    elements: dict
    suboptions:
      cp_code:
        description:
          - A CP code of the storage group. In check mode V(0) stands for one that M(edgeops.netstorage.ns_cp_code) would make.
        type: int
        required: true
      directories:
        description:
          - Directories that it is restricted to, with the CP code, such as V(/123456/site). An empty list lifts the
            restriction; without this option it stays.
        type: list
        elements: str
  directory_limit:
    description: The directory above which SSH and FTP show nothing, such as V(/123456/site); an empty text for none.
    type: str
  login_directory:
    description: The directory in which SSH and FTP begin, such as V(/123456/site); an empty text for none.
    type: str
  enable_http_api:
    description:
      - Whether a new account may use the HTTP API, as all other modules do. Afterwards an HTTP API key decides, so it is not
        compared.
    type: bool
  enable_file_manager:
    description: Whether it may use the file manager in Control Center.
    type: bool
  enable_aspera:
    description: Whether it may use Aspera, which the contract must have.
    type: bool
  zip_auto_index:
    description:
      - Whether ZIP archives that it uploads by other ways than the HTTP API are indexed. No document has this member, so it is
        only changed where the service shows it.
    type: bool
  rule_set:
    description: The name of a rule set, which restricts FTP and SSH to networks. Rule sets are made in Control Center.
    type: str
  technical_contact:
    description: Who is asked about technical matters; a person in full, or one that Akamai knows by
      O(technical_contact.primary_sf_pin).
    type: dict
    suboptions:
      first_name:
        description: Of the person.
        type: str
      last_name:
        description: Of the person.
        type: str
      email:
        description: Of the person.
        type: str
      country_code:
        description: Of the telephone number, such as V(+49).
        type: str
      area_code:
        description: Of the telephone number.
        type: str
      number:
        description: The rest of the telephone number.
        type: str
      primary_sf_pin:
        description: The number by which Akamai knows somebody.
        type: str
      secondary_sf_pin:
        description: The number of a second one.
        type: str
  key_in_use:
    description:
      - The HTTP API key that the play deploys with. A change of the account that has it is refused, since it may interrupt
        access.
      - Without this option it is E(NETSTORAGE_KEY), as for the other modules.
    type: str
  allow_interruption:
    description: Change, switch off or delete the account although the play deploys with it.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_upload_key
  - module: edgeops.netstorage.ns_storage_group
  - module: edgeops.netstorage.ns_config_info
"""

EXAMPLES = r"""
- name: An upload account for deploys, restricted to one directory
  edgeops.netstorage.ns_upload_account:
    edgerc: ~/.edgerc
    section: storage
    upload_account_id: deploy-shop
    storage_group: shop
    email: ops@example.com
    cp_codes:
      - cp_code: 1000001
        directories: [/1000001/site]
    enable_http_api: true
    enable_file_manager: false
    technical_contact:
      first_name: Ops
      last_name: Team
      email: ops@example.com
      country_code: "+49"
      area_code: "30"
      number: "5550100"

- name: Another one that only reads, with FTP from the office alone
  edgeops.netstorage.ns_upload_account:
    upload_account_id: audit
    storage_group_id: 2000001
    email: audit@example.com
    read_only: true
    cp_codes:
      - cp_code: 1000001
    directory_limit: /1000001/site
    login_directory: /1000001/site
    rule_set: office
    wait: "{{ wait_for_it | default(false) }}"
    wait_timeout: 14400
    wait_interval: 300

- name: Let it use Aspera, and index archives
  edgeops.netstorage.ns_upload_account:
    upload_account_id: audit
    enable_aspera: true
    zip_auto_index: true
    technical_contact:
      primary_sf_pin: A-000001
      secondary_sf_pin: A-000002

- name: Switch an account off, but not while this play deploys with it
  edgeops.netstorage.ns_upload_account:
    upload_account_id: audit
    enabled: false
    key_in_use: "{{ netstorage_key | default(omit) }}"

- name: Delete it
  edgeops.netstorage.ns_upload_account:
    upload_account_id: audit
    state: absent
    allow_interruption: true
"""

RETURN = r"""
upload_account:
  description:
    - The upload account as it is now, with names in snake case and words in lower case, as the options have them, and without
      secrets; also what no option sets, such as C(keys) and C(change_history). Null where there is none.
  returned: success, and failure once it was looked up
  type: dict
  sample:
    upload_account_id: deploy-shop
    storage_group_id: 2000001
    email: ops@example.com
    status: active
    read_only: false
    cp_codes: [{cp_code: 1000001, directories: [/1000001/site]}]
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
        - At most 1,000 changes, with C(sign), C(what), the C(path) of the member, and its values C(before) and C(after),
          without secrets. The path is empty for the object as a whole.
      type: list
      elements: dict
      returned: always
      sample:
        - sign: "~"
          what: upload_account
          path: read_only
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
  sample: [deploy-shop]
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
  sample: {list_upload_accounts: 1}
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
      description: A word such as C(in_use), C(immutable_option), C(auth_refused), C(refused), C(throttled) or C(unreachable).
      type: str
      returned: always
    action:
      description: What the request was to do, such as C(update_upload_account), if one was tried.
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import UPLOAD_ACCOUNT
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(UPLOAD_ACCOUNT)


if __name__ == "__main__":
    main()
