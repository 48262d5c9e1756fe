#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_directory
short_description: Make or remove a directory on Akamai NetStorage
version_added: 1.0.0
description:
  - V(present) means an explicit directory. One that exists only implicitly, because something lies below it, is converted.
  - V(absent) removes a directory; one that is not empty only with O(recurse).
  - A file of the same name is another object and does not count as the directory.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.changed_paths
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent

options:
  path:
    description: The directory, relative to O(root) or absolute with the CP code. Written without a slash at the end.
    type: str
    required: true
  state:
    description: Whether the directory is to be there.
    type: str
    choices: [present, absent]
    default: present
  recurse:
    description: Remove what is in the directory as well. Needed to remove one that is not empty.
    type: bool
    default: false
  quick_delete:
    description:
      - Whether to let the service remove the directory as a whole, in one request, which Akamai enables on demand. With
        O(state=absent) and O(recurse=true) only.
      - V(never) lists what is there and deletes it object by object. V(allowed) does so where quick-delete turns out not to be
        enabled, V(required) fails there; nothing is changed by the attempt, and only the attempt shows it.
      - A quick-delete takes everything, whatever its name; O(unusual_names) protects nothing there. It cannot be undone.
    type: str
    choices: [never, allowed, required]
    default: never
  quick_delete_wait:
    description:
      - Seconds to wait after a quick-delete until the directory is gone; the service is said to need about ten minutes. The
        task fails when it is still there after that.
      - With V(0) completion is not awaited or checked. The task is changed as soon as the service has accepted, and says so in
        RV(notes).
    type: float
    default: 900.0
seealso:
  - module: edgeops.netstorage.ns_sync
"""

EXAMPLES = r"""
- name: An explicit directory, with its parents
  edgeops.netstorage.ns_directory:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: site/images

- name: Remove an old release with everything in it
  edgeops.netstorage.ns_directory:
    path: releases/2026-01
    state: absent
    recurse: true
    changed_paths_file: /srv/build/changed.txt

- name: Remove a huge archive in one request, where the account may do that
  edgeops.netstorage.ns_directory:
    path: archive/2019
    state: absent
    recurse: true
    quick_delete: allowed
    quick_delete_wait: 1800

- name: Only this directory, its parents stay as they are
  edgeops.netstorage.ns_directory:
    path: spool/incoming
    directories: leave
"""

RETURN = r"""
plan:
  description: The plan that was made, and carried out unless in check mode.
  returned: success, and failure once there is a plan
  type: dict
  contains:
    summary:
      description:
        - Complete counts of C(creates), C(changes), C(deletes), C(unchanged), C(protected), C(shadowed) and C(bytes).
        - C(protected) and C(shadowed) count what was left as it is, implicit directories among it.
      type: dict
      returned: always
      sample: {creates: 2, changes: 1, deletes: 0, unchanged: 40, protected: 0, shadowed: 0, bytes: 1234}
    steps:
      description:
        - At most 1,000 steps in the order of execution, with C(sign), C(step), C(path), C(why), C(detail) and C(phase).
        - Of a task that failed 20. Where it would have deleted or replaced too much, they are of that kind.
      type: list
      elements: dict
      returned: always
      sample:
        - {sign: "+", step: mkdir, path: /123456/site/images/, why: absent, detail: absent, phase: directories}
    truncated:
      description: Whether there are more steps than the list shows.
      type: bool
      returned: always
changed_paths:
  description:
    - Files and symlinks whose content or target changed, that appeared or that vanished; in check mode those that would.
    - At most 1,000, in the order of execution; all of them are in the file of O(changed_paths_file). Directories and times are no
      content.
    - After a quick-delete, the directory with a slash at its end, for all that was in it.
  returned: success, and failure once there is a plan
  type: list
  elements: str
  sample: [/123456/site/images/old.png]
changed_paths_file:
  description: The file with all changed paths, as O(changed_paths_file) names it.
  returned: when O(changed_paths_file) is set, and there is a plan
  type: str
  sample: /srv/build/changed.txt
truncated:
  description:
    - Whether a list of the result has more entries than it shows, which are 1,000, and 20 of a task that failed.
    - Counts are always complete.
  returned: success, and failure once there is a plan
  type: bool
api_calls:
  description: How many requests were sent, by action, repeated ones included.
  returned: success, and failure once there is a plan
  type: dict
  sample: {stat: 2, mkdir: 1}
path:
  description: The absolute path, with the CP code.
  returned: success
  type: str
  sample: /123456/site/images
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
      description: A stable word such as C(auth_refused), C(max_delete), C(link_in_the_way) or C(partly_done).
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
done:
  description: Paths of the first 20 steps that were carried out before the failure. RV(counts) has how many there are.
  returned: failure
  type: list
  elements: str
failed_paths:
  description: The first 20 steps that failed, each with C(path), C(step), C(status) and C(why).
  returned: failure
  type: list
  elements: dict
left:
  description: Paths of the first 20 steps that were not started.
  returned: failure
  type: list
  elements: str
counts:
  description: How many steps were done (C(done)), failed (C(failed_paths)) and were not started (C(left)), listed or not.
  returned: failure
  type: dict
  sample: {done: 40, failed_paths: 1, left: 12}
mtime:
  description: Modification time, in seconds since the epoch.
  returned: when the directory was already there
  type: int
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import DIRECTORY
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(DIRECTORY)


if __name__ == "__main__":
    main()
