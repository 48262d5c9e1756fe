#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_rename
short_description: Rename a file, a symlink or a directory on Akamai NetStorage
version_added: 1.0.0
description:
  - Renames or moves what stands at O(path) to O(dest). Nothing is downloaded or sent.
  - A file or symlink is renamed by the service in one request.
  - The service cannot rename directories. So each object in one is renamed, side by side, and then the emptied directories are
    removed. This is not atomic; visitors see some of the tree at its old place and some at its new one meanwhile. A task that
    was killed goes on where it was when it is run again.
  - When O(path) is gone and O(dest) is there, it has been renamed before, and nothing is changed. O(md5) makes sure of it.
  - An object that is at O(dest) already, with the same size and md5 or the same target, is not put over itself; only the one at
    O(path) goes.
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
    description: What is to be renamed, relative to O(root) or absolute with the CP code.
    type: str
    required: true
  dest:
    description:
      - Its new name, relative to O(root) or absolute, in the same CP code. Directories on the way are made.
      - It is always the new name itself. Where a directory of that name stands, a file gets the name beside it, and a directory
        moves its content in with what is there.
      - O(path) and O(dest) may not lie within each other.
    type: str
    required: true
  md5:
    description:
      - The md5 that the file must have, at O(path) or, when it has been renamed before, at O(dest). The task fails where it has
        another, or where neither a listing nor the file's ETag tells it.
    type: str
  on_existing:
    description:
      - What happens where another file or symlink has the new name of one.
      - V(replace) replaces it. V(keep) keeps it, and what was to take its place stays at O(path), with the directories around it.
        V(fail) fails the task before anything is renamed.
      - What is the same at both places is none of this, and only the one at O(path) goes.
    type: str
    choices: [replace, keep, fail]
    default: replace
  file_type:
    description:
      - What is meant where a file and a directory share the name O(path). V(file) is a file or a symlink.
      - With V(any) there may be only one of them.
    type: str
    choices: [any, file, directory]
    default: any
seealso:
  - module: edgeops.netstorage.ns_symlink
    description: Publishes another release without a moment in which only a part of it is there.
"""

EXAMPLES = r"""
- name: Give a file another name
  edgeops.netstorage.ns_rename:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: downloads/guide-draft.pdf
    dest: downloads/guide-1.0.pdf

- name: Move exactly this file, and never over another
  edgeops.netstorage.ns_rename:
    path: spool/data.bin
    dest: live/data.bin
    md5: f6e2edbd6bf9109378dbaf75c8dcdc09
    on_existing: fail

- name: Put a directory into the archive, object by object
  edgeops.netstorage.ns_rename:
    path: releases/2026-01
    dest: archive/2026-01
    file_type: directory
    parallel: 32
    on_error: stop
    changed_paths_file: /srv/build/changed.txt

- name: Merge a directory into another, which keeps what it has
  edgeops.netstorage.ns_rename:
    path: incoming
    dest: media
    on_existing: keep
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
        - Of a task that failed 20.
        - A step C(rename) also has C(source), the old path of what is at C(path) afterwards.
      type: list
      elements: dict
      returned: always
      sample:
        - sign: "~"
          step: rename
          path: /123456/downloads/guide-1.0.pdf
          why: absent
          detail: absent, 120 bytes
          phase: assets
          source: /123456/downloads/guide-draft.pdf
    truncated:
      description: Whether there are more steps than the list shows.
      type: bool
      returned: always
changed_paths:
  description:
    - Files and symlinks whose content or target changed, that appeared or that vanished; in check mode those that would. So a
      rename gives two, the old path and the new one.
    - At most 1,000, in the order of execution; all of them are in the file of O(changed_paths_file). Directories are no content.
  returned: success, and failure once there is a plan
  type: list
  elements: str
  sample: [/123456/downloads/guide-draft.pdf, /123456/downloads/guide-1.0.pdf]
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
  sample: {stat: 3, rename: 1}
path:
  description: The absolute old path, with the CP code.
  returned: success
  type: str
  sample: /123456/downloads/guide-draft.pdf
dest:
  description: The absolute new path, with the CP code.
  returned: success
  type: str
  sample: /123456/downloads/guide-1.0.pdf
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
  description: Modification time of the file or symlink, in seconds since the epoch. Renaming does not change it.
  returned: when a file or symlink is at dest
  type: int
size:
  description: Size of the file in bytes.
  returned: when a file is at dest
  type: int
md5:
  description: The md5 of the file. Null where the service does not list it.
  returned: when a file is at dest
  type: str
target:
  description: Where the symlink points to.
  returned: when a symlink is at dest
  type: str
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import RENAME
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(RENAME)


if __name__ == "__main__":
    main()
