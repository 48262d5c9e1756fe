#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_find
short_description: Find files, directories and symlinks on Akamai NetStorage
version_added: 1.0.0
description:
  - Lists what is below a directory and matches, with the words of M(ansible.builtin.find).
  - The sums are complete even where the list is not. Memory does not grow with what is not returned.
  - A listing that breaks off is an error, and never a short or an empty one.
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
      - The directory to look into, relative to O(root) or absolute with the CP code.
      - One that does not exist is not an error; nothing is found then, a note says so and RV(exists) is false. A file or a
        symlink in its place is an error.
    type: str
    required: true
  patterns:
    description:
      - Shell patterns of which one must match the last component of a name. Empty means all.
      - They are read as in M(edgeops.netstorage.ns_sync), and have no slash.
    type: list
    elements: str
    default: []
  excludes:
    description: The same for what is left out.
    type: list
    elements: str
    default: []
  use_regex:
    description: Whether O(patterns) and O(excludes) are regular expressions, which match from the beginning of the component.
    type: bool
    default: false
  file_type:
    description:
      - What to look for. V(directory) means explicit and implicit ones, V(implicit) only those without an object of their own.
    type: str
    choices: [any, file, directory, link, implicit]
    default: file
  size:
    description:
      - Files of at least this size; with a minus, of at most this size. Units are C(b), C(k), C(m), C(g) and C(t), with 1024
        to a C(k). Anything but a file is not filtered by it.
    type: str
  age:
    description:
      - What was modified at least this long ago; with a minus, at most. Units are C(s), C(m), C(h), C(d) and C(w).
      - What has no time, such as an implicit directory, is not found by it.
    type: str
  recurse:
    description: Whether to look into directories below O(path) as well.
    type: bool
    default: false
  depth:
    description: With O(recurse), how many levels to go down; V(1) is what is directly below O(path). No end by default.
    type: int
  limit:
    description:
      - Stop looking as soon as so many are found. The sums are then those up to there.
      - Without it everything is looked at and counted, and RV(entries) has the first 1,000. It may be larger than that.
    type: int
seealso:
  - module: edgeops.netstorage.ns_info
  - module: edgeops.netstorage.ns_prune
    description: Deletes what the same words find.
  - module: ansible.builtin.find
"""

EXAMPLES = r"""
- name: Source maps that should not be public
  edgeops.netstorage.ns_find:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: site
    patterns: ["*.map"]
    recurse: true
  register: maps

- name: Releases that are older than four weeks
  edgeops.netstorage.ns_find:
    path: releases
    file_type: directory
    age: 4w

- name: Large files, but no videos, down to three levels
  edgeops.netstorage.ns_find:
    path: site
    size: 10m
    excludes: ['.*\.(mp4|m4s)$']
    use_regex: true
    recurse: true
    depth: 3

- name: Is there anything at all?
  edgeops.netstorage.ns_find:
    path: site
    file_type: any
    limit: 1
"""

RETURN = r"""
entries:
  description:
    - What was found, in the order of names. At most 1,000, with a warning where there is more, or as many as O(limit) says.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The absolute path, with the CP code.
      type: str
      returned: always
    name:
      description: The name relative to O(path).
      type: str
      returned: always
    kind:
      description: V(file), V(symlink), V(directory) or V(implicit_directory).
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
  sample:
    - path: /123456/site/index.html
      name: index.html
      kind: file
      size: 1883
      md5: 0cc175b9c0f1b6a831c399e269772661
      mtime: 1790000000
      target: null
path:
  description: The absolute path that was looked into, with the CP code.
  returned: success
  type: str
  sample: /123456/site
exists:
  description: Whether O(path) is a directory, explicit or implicit. If not, nothing stands there.
  returned: success
  type: bool
matched:
  description: How many entries matched.
  returned: success
  type: int
examined:
  description: How many entries were looked at.
  returned: success
  type: int
files:
  description: How many of those that matched are files.
  returned: success
  type: int
bytes:
  description: The sum of the sizes of those files.
  returned: success
  type: int
truncated:
  description:
    - Whether more matched than RV(entries) shows, or O(limit) was reached, so that there may be more.
  returned: success
  type: bool
unmatched_patterns:
  description:
    - By option, what of O(patterns) and O(excludes) matches no name that was looked at, whatever its type, size or age.
    - A warning says so only where a name differs by upper and lower case, a blank or its Unicode form alone.
  returned: success
  type: dict
  sample: {patterns: ["*.MAP"]}
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
  sample: {dir: 1}
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
      description: A stable word such as C(auth_refused), C(not_a_directory), C(link_in_the_way) or C(listing_incomplete).
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

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.asking import FIND
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(FIND)


if __name__ == "__main__":
    main()
