#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_prune
short_description: Delete what matches, or all but the newest, on Akamai NetStorage
version_added: 1.0.0
description:
  - Deletes below O(path) what matches O(patterns), O(excludes), O(file_type), O(age) and O(size), which mean what they mean for
    M(edgeops.netstorage.ns_find). At least one of them must be given.
  - With O(keep), deletes all but the newest of what lies directly in O(path) and matches.
  - What a symlink of O(protect_targets) points at stays, and so does what matches O(protect).
  - A directory goes with all that is in it, and only if all of that may go. Directories that become empty stay, unless they are
    implicit; those are no objects, and vanish with the last one.
  - As many files as there are go in one task, with few requests to find them. The limit O(max_delete) holds, and check mode and
    diff show the plan.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.changed_paths
  - edgeops.netstorage.plan.parallel
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent

options:
  path:
    description:
      - The directory to look into, relative to O(root) or absolute with the CP code. It stays itself.
      - Where nothing is, nothing is changed. A file or a symlink in its place is an error.
    type: str
    required: true
  patterns:
    description: Shell patterns of which one must match the last component of a name. Empty means all.
    type: list
    elements: str
    default: []
  excludes:
    description: The same for what stays.
    type: list
    elements: str
    default: []
  use_regex:
    description: Whether O(patterns) and O(excludes) are regular expressions, which match from the beginning of the component.
    type: bool
    default: false
  file_type:
    description:
      - What may go. V(directory) means explicit and implicit ones.
      - V(file) where it is left out, and with O(keep) V(any).
    type: str
    choices: [any, file, directory, link]
  size:
    description:
      - Files of at least this size; with a minus, of at most this size. Units are C(b), C(k), C(m), C(g) and C(t), with 1024
        to a C(k). Anything but a file is not filtered by it.
    type: str
  age:
    description:
      - What was modified at least this long ago; with a minus, at most. Units are C(s), C(m), C(h), C(d) and C(w).
      - A directory goes if this holds for it and for every file and symlink in it. One without a time, such as an implicit one,
        stays.
    type: str
  recurse:
    description: Whether to look into directories below O(path) as well. With O(keep) only what lies directly in O(path) counts.
    type: bool
    default: true
  keep:
    description:
      - How many of what lies directly in O(path) and matches stay, the newest of them. At least V(1).
      - What O(protect) or O(protect_targets) let stay counts among them if it is one of the newest, and stays beside them if not.
    type: int
  order:
    description:
      - What is newest for O(keep). V(name) is the last one in the order of bytes, right for names such as C(2026-11-28) and wrong
        for C(v9) and C(v10). V(mtime) is the one that was modified last.
      - With V(mtime), what has no time stays, and does not count.
    type: str
    choices: [name, mtime]
    default: name
  protect_targets:
    description:
      - Paths of symlinks, relative to O(root) or absolute. Where they lead stays, with the directory of a match around it, and so
        do the links themselves. Links that lead to links are followed.
      - They are read before there is a plan, and again while it is carried out. Where one does not exist or is no symlink, the
        task fails before it deletes anything, because what is live is not known then.
    type: list
    elements: str
    default: []
  protect:
    description: Patterns in the style of C(.gitignore), relative to O(path). What matches stays.
    type: list
    elements: str
    default: []
  max_delete:
    description:
      - The most objects that may be deleted, as a count or as a percentage of all objects below O(path). More fails the task
        before the first delete. V(100 %) is no limit.
    type: str
    default: "50 %"
  allow_root:
    description: Whether O(path) may be a whole CP code.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_find
    description: Finds the same by the same words, and deletes nothing.
  - module: edgeops.netstorage.ns_sync
    description: With O(edgeops.netstorage.ns_sync#module:delete) deletes what is not in the source.
"""

EXAMPLES = r"""
- name: Delete source maps that should not be public
  edgeops.netstorage.ns_prune:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: site
    patterns: ["*.map"]
    changed_paths_file: /srv/build/changed.txt

- name: Keep five releases, and the one that is live
  edgeops.netstorage.ns_prune:
    path: releases
    file_type: directory
    keep: 5
    protect_targets: [current]
    max_delete: 100 %

- name: Delete log files that are older than four weeks, but none of the audit
  edgeops.netstorage.ns_prune:
    path: logs
    age: 4w
    protect: [/audit/]

- name: Keep the ten uploads that are newest by time
  edgeops.netstorage.ns_prune:
    path: incoming
    file_type: file
    keep: 10
    order: mtime

- name: Delete large drafts in this directory only, with some more requests side by side
  edgeops.netstorage.ns_prune:
    path: drafts
    patterns: ['.*\.(mov|avi)$']
    excludes: ['keep-']
    use_regex: true
    size: 100m
    recurse: false
    parallel: 32
    on_error: stop

- name: Delete every symlink in a CP code, whatever its share
  edgeops.netstorage.ns_prune:
    path: /123456
    file_type: link
    allow_root: true
    max_delete: 100 %
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
        - {sign: "-", step: delete, path: /123456/logs/old.gz, why: matches, detail: "matches, 120 bytes", phase: deletes}
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
  sample: [/123456/logs/old.gz]
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
  sample: {stat: 2, list: 1, delete: 3}
path:
  description: The absolute path, with the CP code.
  returned: success
  type: str
  sample: /123456/logs
matched:
  description: How many entries match the criteria, or with O(keep) how many children; what stays is among them.
  returned: success, and failure once there is a plan
  type: int
  sample: 7
kept:
  description: Names of the matching children that stay, the newest first, at most 1,000.
  returned: with O(keep), once there is a plan
  type: list
  elements: str
  sample: ["2026-11-29", "2026-11-28", "2026-11-21"]
going:
  description:
    - Names of what lies directly in O(path) and goes, in the order of bytes, at most 1,000.
    - What O(protect) lets stay of one stays.
    - Of a task that failed, those that were to go.
  returned: with O(keep) or without O(recurse), once there is a plan
  type: list
  elements: str
  sample: ["2026-11-01", "2026-11-14"]
live:
  description: Where each link of O(protect_targets) leads, as an absolute path.
  returned: with O(protect_targets), once there is a plan
  type: dict
  sample: {/123456/current: /123456/releases/2026-11-28}
unmatched_patterns:
  description:
    - By option, what of O(patterns), O(excludes) and O(protect) matches nothing that was looked at. O(protect) is left out with
      O(keep) and without O(recurse), because what stays is not looked into then.
    - A warning says so only where a name differs by upper and lower case, a blank or its Unicode form alone.
  returned: success, and failure once there is a plan
  type: dict
  sample: {protect: [audit/]}
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
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import PRUNE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(PRUNE)


if __name__ == "__main__":
    main()
