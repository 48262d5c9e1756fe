#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_cp_code
short_description: Find or create a CP code for NetStorage
version_added: 1.0.0
description:
  - Gives the number of a CP code that a storage group can have. It is looked up by its number, taken from the unused ones, or
    found by its name; where there is none, one is made.
  - A CP code can neither be deleted nor renamed, so one is made only after looking for one of that name.
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
    description: Looks, and makes nothing. RV(cp_code) is 0 then where one would be made.
  diff_mode:
    support: full
    description: Shows what would be made.
  idempotent:
    support: partial
    description: With O(create_blindly), and no right to look up names, each run makes one more CP code.

options:
  contract_id:
    description: The contract that the CP code belongs to, such as C(C-1ABCDEF).
    type: str
    required: true
  cp_code:
    description:
      - A CP code that is there, such as one that Akamai's account team has made. Anything else is an error; with O(wait) a new
        one may take its time.
    type: int
  cp_code_name:
    description:
      - By which a CP code is found, and that a new one gets; at most 128 characters, none of them an underscore, a comma, C(#),
        C(%) or a quotation mark.
    type: str
  any_unused:
    description: Take the lowest unused CP code of the contract, whatever its name, before one is made.
    type: bool
    default: false
  find:
    description:
      - Where O(cp_code_name) is looked up, as NetStorage's own API knows no names. V(cprg) is the CP codes and reporting groups
        API, for which the API client needs a grant of its own; V(auto) does the same, and lets O(create_blindly) decide where
        there is no grant. V(none) does not look.
    type: str
    choices: [auto, cprg, none]
    default: auto
  create_blindly:
    description: Make a CP code although it cannot be found out whether there is one of that name. Each run makes one more.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_storage_group
  - module: edgeops.netstorage.ns_config_info
"""

EXAMPLES = r"""
- name: Find the CP code called "shop", or make it
  edgeops.netstorage.ns_cp_code:
    edgerc: ~/.edgerc
    section: storage
    contract_id: C-TEST001
    cp_code_name: shop
  register: shop

- name: Take any unused CP code
  edgeops.netstorage.ns_cp_code:
    contract_id: C-TEST001
    any_unused: true
  register: unused

- name: Check the CP code that the account team has made, and wait until it can be used
  edgeops.netstorage.ns_cp_code:
    contract_id: C-TEST001
    cp_code: 1000001
    wait: true
    wait_timeout: 7200
    wait_interval: 60

- name: Make one for once, with an API client that may not look up names
  edgeops.netstorage.ns_cp_code:
    contract_id: C-TEST001
    cp_code_name: logs
    find: none
    create_blindly: true
"""

RETURN = r"""
cp_code:
  description: The CP code; 0 in check mode where one would be made, which the other modules understand in check mode.
  returned: success
  type: int
  sample: 1000001
created:
  description: Whether it was made by this run.
  returned: success
  type: bool
  sample: false
used_by:
  description: The storage group that has it, with C(name), C(storage_group_id) and C(provision_status); null where none has.
  returned: success
  type: dict
purgeable:
  description: Whether it can be purged, as the CP codes API says; null where that was not asked.
  returned: success
  type: bool
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import CP_CODE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(CP_CODE)


if __name__ == "__main__":
    main()
