#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_fetch
short_description: Fetch a file or a directory tree from Akamai NetStorage
version_added: 1.0.0
description:
  - Makes a local directory equal to one on NetStorage, or fetches one file. Downloads only what differs by size and MD5.
  - A file arrives under a temporary name and is renamed when its size and MD5 are those that the service lists. A download that
    broke off is gone on with, also by the next run, if it is proved that the object is still the same; else it begins anew.
  - Nothing is ever written outside of O(dest). Names and links of the service that would lead there fail the task before the
    first change, as do names that a file system might take for one.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.parallel
  - edgeops.netstorage.plan.trees
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent
attributes:
  action:
    support: none
    description: Runs where the module runs, so the files arrive there.

options:
  path:
    description:
      - What to fetch, relative to O(root) or absolute with the CP code. A file, or a directory, meaning its contents.
      - It must be there. A symlink is refused, and so is a name that is both a file and a directory.
    type: str
    required: true
  dest:
    description:
      - Where it goes on the machine that the module runs on; an absolute path. What is missing on the way is made.
      - A file goes into O(dest) where that is a directory or ends in a slash. Otherwise O(dest) is the file.
      - The contents of a directory go into O(dest).
    type: path
    required: true
  delete:
    description:
      - Whether to remove what is below O(dest) and not below O(path).
      - Before anything is removed the service is asked how much there is. Where that is not what it listed, the task fails
        before the first change.
    type: bool
    default: false
  include:
    description:
      - Only entries that match one of these patterns take part, on both sides. Empty means all.
      - Patterns are those of M(edgeops.netstorage.ns_sync). They are about trees; a single file is fetched whatever they say.
    type: list
    elements: str
    default: []
  links:
    description:
      - V(preserve) makes symlinks of symlinks. One that may lead out of O(dest) fails the task before the first change.
      - V(skip) leaves them out, and leaves alone what has their name in O(dest).
      - No link is ever followed, on neither side.
    type: str
    choices: [preserve, skip]
    default: preserve
  compare:
    description:
      - What decides whether a file differs. V(checksum) compares size and MD5.
      - V(size_mtime) trusts size and modification time, and looks at the MD5 only where the time differs.
      - V(size) trusts the size alone.
      - Where the service lists no MD5, the one in the file's ETag counts. Where that has none, size and time decide, and a
        warning says so.
      - Files get the modification time that they have on the service, those that are equal otherwise as well.
    type: str
    choices: [checksum, size_mtime, size]
    default: checksum
  mode:
    description:
      - The mode of the files that are written, such as V('0644'), in quotes. Files that are equal already keep theirs.
      - By default a file that is replaced keeps its mode, and a new one gets what is usual on the machine.
    type: raw
seealso:
  - module: edgeops.netstorage.ns_sync
  - module: ansible.builtin.fetch
  - module: ansible.builtin.get_url
"""

EXAMPLES = r"""
- name: Keep a copy of the site
  edgeops.netstorage.ns_fetch:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: site
    dest: /srv/build/mirror
    delete: true
    exclude: [uploads/]

- name: One file, readable by everybody
  edgeops.netstorage.ns_fetch:
    path: downloads/latest.txt
    dest: /srv/build/latest.txt
    mode: "0644"

- name: Only the images, and no links
  edgeops.netstorage.ns_fetch:
    path: site
    dest: /srv/build/images
    include: ["*.png", "*.svg"]
    links: skip
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
        - sign: "~"
          step: download
          path: /srv/mirror/site/index.html
          why: content differs
          detail: "content differs: 120 bytes, md5 0cc175b9c0f1 → 92eb5ffee6ae"
          phase: assets
          size: 120
    truncated:
      description: Whether there are more steps than the list shows.
      type: bool
      returned: always
changed_paths:
  description:
    - Files and symlinks whose content or target changed, that appeared or that vanished; in check mode those that would.
    - At most 1,000, in the order of execution. Directories and times are no content.
  returned: success, and failure once there is a plan
  type: list
  elements: str
  sample: [/srv/mirror/site/index.html]
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
  sample: {stat: 1, list: 1, download: 3}
unmatched_patterns:
  description:
    - By option, the patterns that the task gave and that match nothing of what was looked at, on either side. Neither defaults
      nor C(refuse) are among them.
    - A warning says so only where a name differs by upper and lower case, a blank or its Unicode form alone.
  returned: success, and failure once there is a plan
  type: dict
  sample: {protect: [uploads/]}
dest:
  description: The local directory, or the local file where O(path) is a file.
  returned: success, and failure once there is a plan
  type: str
  sample: /srv/mirror/site
path:
  description: The absolute path, with the CP code.
  returned: success
  type: str
  sample: /123456/site/index.html
size:
  description: Where O(path) is a file, its bytes; C(md5) and C(mtime) come along.
  returned: when O(path) is a file
  type: int
  sample: 1234
md5:
  description: The MD5 of the file, as the service lists it. Null where it lists none.
  returned: when O(path) is a file
  type: str
  sample: 0cc175b9c0f1b6a831c399e269772661
mtime:
  description: The modification time of the file, in seconds since the epoch.
  returned: when O(path) is a file
  type: int
  sample: 1700000000
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
      description: A stable word such as C(not_found), C(max_delete), C(listing_differs), C(unsafe_name) or C(partly_done).
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import FETCH
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(FETCH)


if __name__ == "__main__":
    main()
