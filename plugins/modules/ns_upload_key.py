#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_upload_key
short_description: Manage the keys and passwords of an upload account of NetStorage
version_added: 1.0.0
description:
  - Sees to it that an upload account has an HTTP API key, and that deploys get it; replaces it when it is too old (O(rotate)).
  - Or adds, switches on or off, or removes one key or password for SSH, FTP or rsync, or one HTTP API key by its O(identity).
  - A new key works only after 60 to 120 minutes. So a rotation takes several runs, each of which does the one step that is
    due, and RV(step) says which; a task that runs each night converges. With V(make) there is another key. With V(switch) it
    was seen to work, and O(key_file) gets it. With V(disable), O(overlap_hours) after it was made, the older ones are switched
    off. With V(remove) those that were switched off before are removed, down to O(keep).
  - No key is switched off in a run that has not seen the newest one work, so there is never less than one that does.
  - HTTP API keys are made by the service, which shows them to every API client with that grant.
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
    description: Looks, guards, and tries the newest key where the next step needs that; sends nothing but reads, and writes no
      file.
  diff_mode:
    support: full
    description: Shows which keys there are before and after, without secrets.
  idempotent:
    support: partial
    description: With O(rotate) a later run does the next step; with O(update_secret=always) each run sets the password.

options:
  upload_account_id:
    description: The id of the upload account, which M(edgeops.netstorage.ns_upload_account) makes.
    type: str
    required: true
  type:
    description:
      - V(g2o) is an HTTP API key, the O(edgeops.netstorage.ns_sync#module:key) of the other modules; V(ssh) a public key;
        V(ftp) and V(rsync) are passwords.
    type: str
    choices: [g2o, ssh, ftp, rsync]
    default: g2o
  state:
    description: V(absent) removes one key.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description: Whether that one key is switched on. For V(g2o) this needs O(identity).
    type: bool
    default: true
  identity:
    description:
      - By which the service knows a key, as RV(account_keys) and M(edgeops.netstorage.ns_config_info) show it. Without it an
        SSH key is found by O(key), and a password by O(comments), or as the only one.
    type: str
  key:
    description:
      - The public SSH key, a line as in a file whose name ends in C(.pub); or the password, 6 to 20 characters with a letter
        and a digit, and no three equal ones in a row.
      - Refused for V(g2o), as the service makes these keys.
    type: str
  comments:
    description: A comment for a key or password, by which a password is found again.
    type: str
  email_id:
    description: An address beside an SSH key.
    type: str
  update_secret:
    description:
      - No service shows a password, so one that is there is left as it is. With V(always) a password for FTP is set in each
        run, and has another O(identity) afterwards.
    type: str
    choices: [on_create, always]
    default: on_create
  rotate:
    description: Whether the HTTP API key is replaced when it is older than O(rotate_older_than), one step a run.
    type: bool
    default: false
  rotate_older_than:
    description: The number of days after which the newest HTTP API key is too old, above 0 and at most 3,650.
    type: float
    default: 90.0
  overlap_hours:
    description:
      - How many hours older keys stay on after a newer one was made, 0 to 8,760. Choose more than propagation takes, a deploy
        takes, and everybody needs who gets the new key in another way than by O(key_file).
    type: float
    default: 24.0
  keep:
    description: How many HTTP API keys stay, those that are switched off included, 1 to 3. The service allows three.
    type: int
    default: 2
  key_file:
    description:
      - The file that deploys read their HTTP API key from, where the module runs. It is written whole and for its owner alone
        (0600), once the newest key was seen to work, or at once where there is no other. Keep it between runs.
      - Without it the result has the key (RV(key)), which needs C(no_log) with V(true) for the task. Without either of them
        the task is refused, because a key that it makes would be lost.
    type: path
  key_in_use:
    description:
      - The HTTP API key that the play deploys with. To switch it off or to remove it is refused.
      - Without this option it is E(NETSTORAGE_KEY), as for the other modules.
    type: str
  allow_interruption:
    description:
      - Switch off or remove a key although the play deploys with it, or although it is the only one of its O(type) that is on.
        The service keeps the last SSH key all the same.
    type: bool
    default: false
  host:
    description:
      - The host on which a new key is tried, with one C(stat), as O(edgeops.netstorage.ns_sync#module:host). By default
        E(NETSTORAGE_HOST), else the one that follows from the domain prefix of the storage group.
    type: str
  protocol:
    description: The protocol of that request, by default E(NETSTORAGE_PROTOCOL).
    type: str
    choices: [https, http]
    default: https
  probe_path:
    description:
      - The path that is asked for then, such as V(/123456/site); by default the first directory or CP code that the account
        may use. It does not matter whether anything stands there.
    type: str
seealso:
  - module: edgeops.netstorage.ns_upload_account
  - module: edgeops.netstorage.ns_config_info
"""

EXAMPLES = r"""
- name: See to it that there is an HTTP API key, and replace it each quarter; each night
  edgeops.netstorage.ns_upload_key:
    edgerc: ~/.edgerc
    section: storage
    upload_account_id: deploy-shop
    rotate: true
    rotate_older_than: 90
    overlap_hours: 24
    keep: 2
    key_file: "{{ key_file | default('/etc/netstorage/deploy-shop.key') }}"
    host: "{{ netstorage_host | default(omit) }}"
    protocol: "{{ netstorage_protocol | default('https') }}"
    probe_path: /1000001/site
  register: rotated

- name: The same without a file; what is registered has the key
  edgeops.netstorage.ns_upload_key:
    upload_account_id: deploy-shop
    wait: "{{ wait_for_it | default(false) }}"
    wait_timeout: 14400
    wait_interval: 300
  register: deploy_key
  no_log: true

- name: Give the key to whoever keeps secrets, once it works
  ansible.builtin.debug:
    msg: A key of {{ deploy_key.key | length }} characters
  when: not deploy_key.key_pending

- name: A public key for SFTP and rsync over SSH
  edgeops.netstorage.ns_upload_key:
    upload_account_id: deploy-shop
    type: ssh
    key: ssh-rsa QUFBQUIzTnphQzF5YzJF ops@example.com
    comments: ops
    email_id: ops@example.com

- name: A password for FTP, set anew in each run
  edgeops.netstorage.ns_upload_key:
    upload_account_id: deploy-shop
    type: ftp
    key: "{{ ftp_password | default('not 4 real') }}"
    comments: printer
    update_secret: always
  register: printer

- name: Switch that password off
  edgeops.netstorage.ns_upload_key:
    upload_account_id: deploy-shop
    type: ftp
    identity: "{{ printer.identity }}"
    enabled: false
    allow_interruption: true

- name: Remove an HTTP API key that somebody has seen, unless this play deploys with it
  edgeops.netstorage.ns_upload_key:
    upload_account_id: deploy-shop
    identity: "7001"
    state: absent
    key_in_use: "{{ netstorage_key | default(omit) }}"
"""

RETURN = r"""
step:
  description:
    - Of the HTTP API keys of an account, the step that was due. V(make), V(switch), V(disable) and V(remove) are changes.
      V(wait) means that the next one is not due yet, and RV(notes) say why; V(nothing) that everything is as wanted.
  returned: success, where the task is about all HTTP API keys of an account
  type: str
  sample: make
key_pending:
  description: Whether the newest HTTP API key is not known to work yet.
  returned: success, where the task is about all HTTP API keys of an account
  type: bool
  sample: true
key:
  description: The newest HTTP API key. It may not work yet, see RV(key_pending).
  returned: success, where the task is about all HTTP API keys of an account and has C(no_log) with V(true) and no O(key_file)
  type: str
identity:
  description: The key that the task is about, the newest HTTP API key among all of them; null where there is none.
  returned: success, and failure once it was looked up
  type: str
  sample: "7001"
account_keys:
  description: The keys of that type as they are now, without secrets; public SSH keys are none.
  returned: success, and failure once they were looked up
  type: list
  elements: dict
  sample: [{identity: "7001", is_active: true, last_modified_date: "2030-01-02T03:04:05Z"}]
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
          what: upload_key
          path: g2o[7001].is_active
          before: true
          after: false
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
      description: A word such as C(last_key), C(key_not_working), C(auth_refused), C(refused), C(throttled) or C(unreachable).
      type: str
      returned: always
    action:
      description: What the request was to do, such as C(make_key), if one was tried.
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.configuring import UPLOAD_KEY
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(UPLOAD_KEY)


if __name__ == "__main__":
    main()
