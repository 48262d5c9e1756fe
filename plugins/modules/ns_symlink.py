#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_symlink
short_description: Make, flip or remove a symlink on Akamai NetStorage
version_added: 1.0.0
description:
  - The service stores the target verbatim, so it is compared as it is written; one slash at its end is ignored.
  - Flipping a link happens without a gap where the service allows it. Where it does not, the gap is one request long and the
    result says so.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.pending_path
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent

options:
  path:
    description: The symlink, relative to O(root) or absolute with the CP code.
    type: str
    required: true
  target:
    description:
      - What the link points to. Relative targets start at the directory of the link; absolute ones begin with the CP code.
      - Needed with O(state=present).
    type: str
  state:
    description: Whether the symlink is to be there. V(absent) removes the link, never what it points to.
    type: str
    choices: [present, absent]
    default: present
  replace:
    description:
      - What may give way to the link; another V(link), a V(file) or a link, or V(never) anything.
      - What may not give way fails the task before anything is written.
    type: str
    choices: [link, file, never]
    default: link
  allow_dangling:
    description:
      - With V(false) the target must exist.
      - In check mode a missing target is only a warning, because an earlier task may have made it by then.
    type: bool
    default: true
  changed_paths_file:
    description:
      - A file that gets the complete list of the paths under which visitors see something else afterwards, however many there
        are; one a line, absolute and percent-encoded. In check mode, what would change.
      - That is the link, and behind it the files and links below it that differ between its old and its new target. For that,
        both are listed before the link is changed; a target that cannot be listed fails the task.
      - Files without an MD5 count as different. Links within the targets are compared by where they point, and not followed. A
        target that is a file, does not exist or leads round in a circle has nothing below it.
      - It is written where the module runs, into a directory that exists. Only its owner may read it.
      - Each run replaces it as a whole. Before the first change it gets all that the plan would change, so that it is not too
        short if the task is killed; at the end, what changed. A run that changes nothing leaves an empty list.
    type: path
seealso:
  - module: edgeops.netstorage.ns_sync
"""

EXAMPLES = r"""
- name: Publish a release
  edgeops.netstorage.ns_symlink:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: current
    target: releases/2026-11
    allow_dangling: false
  register: flip

- name: Roll back
  edgeops.netstorage.ns_symlink:
    path: current
    target: "{{ flip.previous_target }}"
  when: flip.previous_target is not none

- name: Publish a release, and list all that visitors see changed
  edgeops.netstorage.ns_symlink:
    path: current
    target: releases/2026-11
    changed_paths_file: /srv/build/changed.txt

- name: Publish a release whose purge is made up for by any machine
  edgeops.netstorage.ns_symlink:
    path: current
    target: releases/2026-11
    pending_path: purge

- name: A link where a file was
  edgeops.netstorage.ns_symlink:
    path: downloads/latest.txt
    target: guide-1.0.txt
    replace: file

- name: Remove the link and keep its target
  edgeops.netstorage.ns_symlink:
    path: current
    state: absent
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
        - {sign: "+", step: symlink, path: /123456/current, why: absent, detail: absent, phase: links, target: releases/2026-11}
    truncated:
      description: Whether there are more steps than the list shows.
      type: bool
      returned: always
changed_paths:
  description:
    - Files and symlinks whose content or target changed, that appeared or that vanished; in check mode those that would.
    - At most 1,000, in the order of execution; all of them are in the file of O(changed_paths_file). Directories and times are no
      content.
  returned: success, and failure once there is a plan
  type: list
  elements: str
  sample: [/123456/current]
changed_paths_file:
  description: The file with all changed paths, as O(changed_paths_file) names it.
  returned: when O(changed_paths_file) is set, and there is a plan
  type: str
  sample: /srv/build/changed.txt
pending_list:
  description:
    - The list of this run that waits below O(pending_path).
    - It ends in C(.planned.gz) where the one of what has changed could not be stored.
  returned: when O(pending_path) is set, and there is something to purge
  type: str
  sample: /123456/www.purge/20261130T160852.123456789-1f2e3d4c.deployed.gz
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
  sample: {stat: 2, symlink: 1}
path:
  description: The absolute path, with the CP code.
  returned: success
  type: str
  sample: /123456/current
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
  returned: state present
  type: int
target:
  description: Where the link points to.
  returned: state present
  type: str
previous_target:
  description: Where it pointed to before, none if there was no link.
  returned: success
  type: str
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYMLINK
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(SYMLINK)


if __name__ == "__main__":
    main()
