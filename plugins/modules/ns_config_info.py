#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_config_info
short_description: List storage groups, upload accounts and CP codes of NetStorage
version_added: 1.0.0
description:
  - Lists what NetStorage's Configuration API knows, in one request for each kind of object, and not in one for each object.
  - Keys and passwords are left out, unless O(with_secrets) is set.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.edgegrid
  - edgeops.netstorage.provisioning
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.config
  - edgeops.netstorage.attributes.reading
attributes:
  check_mode:
    support: full
    description: Reads and reports as usual.
  diff_mode:
    support: N/A
    description: There is nothing to show a difference of.

options:
  gather:
    description:
      - What to list. V(cp_codes) also lists the storage groups, as they name the contracts whose unused CP codes are listed.
    type: list
    elements: str
    choices: [storage_groups, upload_accounts, cp_codes, zones, rule_sets]
    default: [storage_groups, upload_accounts, cp_codes, zones, rule_sets]
  contract_id:
    description:
      - The contract whose unused CP codes are listed, such as C(C-1ABCDEF). Without it those of all contracts that have a storage
        group.
    type: str
  with_secrets:
    description:
      - Whether the result has the HTTP API keys of upload accounts, which the service tells in clear.
      - Only a task with C(no_log=true) may; what it registers has them all the same.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_storage_group
  - module: edgeops.netstorage.ns_cp_code
"""

EXAMPLES = r"""
- name: List everything
  edgeops.netstorage.ns_config_info:
    edgerc: ~/.edgerc
    section: storage
  register: netstorage

- name: Show which storage groups are still being propagated
  ansible.builtin.debug:
    var: netstorage.pending

- name: List the unused CP codes of a contract
  edgeops.netstorage.ns_config_info:
    gather: [cp_codes]
    contract_id: C-TEST001

- name: Read the keys of all upload accounts
  edgeops.netstorage.ns_config_info:
    gather: [upload_accounts]
    with_secrets: true
  no_log: true
  register: accounts
"""

RETURN = r"""
storage_groups:
  description: The storage groups, with names in snake case and words in lower case, as the options of ns_storage_group have them.
  returned: where O(gather) has it
  type: list
  elements: dict
  sample:
    - name: shop
      storage_group_id: 2000001
      contract_id: C-TEST001
      domain_prefix: shop
      provision_status: provisioned
      cp_codes: [{cp_code: 1000001, serve_from_zip: false}]
      zones: [{name: europe}, {name: us}]
upload_accounts:
  description: The upload accounts. Their keys have C(identity), C(is_active) and C(last_modified_date), and public ones C(key).
  returned: where O(gather) has it
  type: list
  elements: dict
  sample:
    - upload_account_id: deploy
      storage_group_id: 2000001
      status: active
      cp_codes: [{cp_code: 1000001, directories: []}]
used_cp_codes:
  description: The CP codes that a storage group has or had.
  returned: where O(gather) has C(cp_codes)
  type: list
  elements: dict
  sample:
    - cp_code: 1000001
      storage_group_id: 2000001
      storage_group_name: shop
      provision_status: PROVISIONED
unused_cp_codes:
  description: The CP codes that a storage group can be given.
  returned: where O(gather) has C(cp_codes)
  type: list
  elements: dict
  sample: [{cp_code: 1000002, contract_id: C-TEST001}]
zones:
  description: The names of the zones that a storage group can have.
  returned: where O(gather) has it
  type: list
  elements: str
  sample: [europe, us]
rule_sets:
  description: The rule sets for access by address.
  returned: where O(gather) has it
  type: list
  elements: dict
  sample: [{rule_set_id: 3001, name: office}]
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import CONFIG_INFO
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(CONFIG_INFO)


if __name__ == "__main__":
    main()
