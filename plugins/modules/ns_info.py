#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_info
short_description: Look at paths on Akamai NetStorage, or check the credentials
version_added: 1.0.0
description:
  - Tells what stands at one or several paths. That nothing stands there is a result and not an error; that a path could not be
    looked at is an error.
  - Without O(path) it checks the credentials. To which CP codes does this account have access, and is the clock right?
  - Symlinks are shown and not followed.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.reading
attributes:
  check_mode:
    support: full
    description: Reads, in check mode as well. Nothing is ever changed.
  diff_mode:
    support: N/A
    description: There is nothing to show a difference of.

options:
  path:
    description:
      - The paths to look at, relative to O(root) or absolute with the CP code. They are asked for side by side.
      - Empty means the check of the credentials.
    type: list
    elements: str
    default: []
  du:
    description: Whether to count the files and bytes below each directory. That takes one request more for each of them.
    type: bool
    default: false
  cp_codes:
    description:
      - CP codes to ask for beside that of O(root), in the check of the credentials. Not together with O(path).
      - For the CP code of O(root) it is O(root) itself that is asked for, as an account may be restricted to a directory.
    type: list
    elements: str
    default: []
seealso:
  - module: edgeops.netstorage.ns_find
  - plugin: edgeops.netstorage.ns_stat
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Is the release there, and how large is it?
  edgeops.netstorage.ns_info:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: [releases/2026-11, current]
    du: true
  register: found

- name: Flip only to a release that is there
  edgeops.netstorage.ns_symlink:
    path: current
    target: releases/2026-11
  when: found.entries[0].kind in ["directory", "implicit_directory"]

- name: Check the credentials before anything else
  edgeops.netstorage.ns_info:
    cp_codes: ["123456", "777777"]
  register: door

- name: Show which CP codes this account has no access to, and why
  ansible.builtin.debug:
    msg: "{{ item.cp_code }} gave {{ item.status }}. {{ item.hint }}"
  loop: "{{ door.cp_codes | rejectattr('answers') }}"
  loop_control:
    label: "{{ item.cp_code }}"
"""

RETURN = r"""
entries:
  description: One for each path, in the order of O(path).
  returned: success, with O(path)
  type: list
  elements: dict
  contains:
    path:
      description: The absolute path, with the CP code.
      type: str
      returned: always
    kind:
      description:
        - V(file), V(symlink), V(directory), V(implicit_directory) or V(absent).
        - An implicit directory has no object of its own; it is there because something lies below it.
      type: str
      returned: always
    size:
      description: Bytes of a file.
      type: int
      returned: always, null for anything but a file
    md5:
      description: MD5 of a file, in lower-case hex. Null where the service does not list it.
      type: str
      returned: always, null for anything but a file
    mtime:
      description: Modification time in seconds since the epoch. An implicit directory has none.
      type: int
      returned: always, null where there is none
    target:
      description: Where a symlink points to, as it is stored.
      type: str
      returned: always, null for anything but a symlink
    directory:
      description:
        - The directory of the same name beside a file or symlink, with C(kind), C(mtime), C(files) and C(bytes). On
          NetStorage both can stand there.
      type: dict
      returned: always, null where there is none beside something else
    files:
      description: How many objects are below a directory, directories that are objects included.
      type: int
      returned: always, null without O(du) and for anything but a directory
    bytes:
      description: How many bytes are below a directory.
      type: int
      returned: always, null without O(du) and for anything but a directory
  sample:
    - path: /123456/current
      kind: symlink
      size: null
      md5: null
      mtime: 1790000000
      target: releases/2026-11
      directory: null
      files: null
      bytes: null
cp_codes:
  description:
    - One for the CP code of O(root) and for each of O(cp_codes). If none of them lets the account in, the task fails, and
      they are part of the failure.
  returned: without O(path)
  type: list
  elements: dict
  contains:
    cp_code:
      description: The CP code.
      type: str
      returned: always
    path:
      description: The path that was asked for.
      type: str
      returned: always
    answers:
      description: Whether the service lets the account in.
      type: bool
      returned: always
    status:
      description: The HTTP status; 200, 404 where the account is let in and nothing is there yet, or 403.
      type: int
      returned: always
    hint:
      description: The likely causes of a refusal.
      type: str
      returned: always
  sample:
    - cp_code: "123456"
      path: /123456
      answers: true
      status: 200
      hint: ""
clock_skew:
  description:
    - How many seconds the clock of this machine is ahead of the service's, negative where it is behind. More than 60 are
      refused. Null where the service told no time.
  returned: without O(path)
  type: int
  sample: 0
account:
  description: The upload account that asked.
  returned: success
  type: str
  sample: deploy
host:
  description: The upload host that was asked.
  returned: success
  type: str
  sample: example-nsu.akamaihd.net
api_calls:
  description: How many requests were sent, by action, repeated ones included.
  returned: success
  type: dict
  sample: {stat: 2}
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
      description: A stable word such as C(auth_refused), C(bad_options) or C(unreachable).
      type: str
      returned: always
    action:
      description: The action of the Usage API that was tried, if one was.
      type: str
      returned: always
    path:
      description: The path it was about.
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
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.asking import INFO
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(INFO)


if __name__ == "__main__":
    main()
