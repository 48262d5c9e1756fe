#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_file
short_description: Put a file on Akamai NetStorage, or remove one
version_added: 1.0.0
description:
  - Compares the wanted content with what the service says of the file, and uploads it only if it differs.
  - The source is found as M(ansible.builtin.copy) finds it, in C(files/) of a role as well, and decrypted if it is vaulted.
  - A directory of the same name is another object and no obstacle. A symlink in the place of the file is replaced and never
    written through.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.files
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent
attributes:
  action:
    support: full
    description: Has an action plugin, which finds or spools the source on the controller and ships it only where it is needed.

options:
  path:
    description: The file, relative to O(root) or absolute with the CP code.
    type: str
    required: true
    aliases: [dest]
  state:
    description: Whether the file is to be there. V(absent) also removes a symlink of this name, never what it points to.
    type: str
    choices: [present, absent]
    default: present
  src:
    description:
      - A file on the controller, searched as M(ansible.builtin.copy) does; with O(remote_src=true) a file where the module runs.
      - It is read to its end, whatever size it is said to have. One of more than 1 MiB that has another size fails the task.
    type: path
  content:
    description:
      - The content itself. A dictionary or a list becomes JSON.
      - It never reaches the module as an argument.
    type: raw
  content_b64:
    description: The content itself, in base64, for bytes that are not text.
    type: str
  decrypt:
    description: Whether a vaulted O(src) is decrypted before it is sent.
    type: bool
    default: true
  show_vaulted:
    description:
      - Whether a diff shows content that came out of a vault, and what such content replaces. By default it only says that
        the content differs.
      - Seen are a vaulted O(src), and the values of vaulted variables in O(content) and O(content_b64). Values out of a file
        of variables that is encrypted as a whole look like any other; the keyword C(diff=false) hides them.
    type: bool
    default: false
  on_existing:
    description:
      - What happens to a file that is there and differs; V(replace) it, V(keep) it, or V(fail) before anything is written.
    type: str
    choices: [replace, keep, fail]
    default: replace
  index_zip:
    description:
      - Whether the service adds an index to the archive when it is sent, so that it can serve what is in it (Serve from Zip). The
        name must end in C(.zip), and the feature must be enabled for the upload directory.
      - What is stored is then larger than what was sent and has another checksum. So the archive on the service is looked into
        whether it has the same members, with the same checksums, in the same places; with O(compare=size_mtime) only where the
        time differs. An archive without an index is sent again.
    type: bool
    default: false
  sha256:
    description: What the content must be, as a SHA-256 in hex. Anything else fails before the first packet.
    type: str
seealso:
  - module: edgeops.netstorage.ns_sync
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: One page
  edgeops.netstorage.ns_file:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    src: index.html
    path: site/index.html

- name: Configuration as JSON
  edgeops.netstorage.ns_file:
    path: site/config.json
    content:
      version: 7
      features: [search, video]

- name: Bytes
  edgeops.netstorage.ns_file:
    path: site/pixel.gif
    content_b64: R0lGODlhAQABAAAAACwAAAAAAQABAAA=

- name: A file that lies on the build host
  edgeops.netstorage.ns_file:
    src: /srv/build/app.zip
    remote_src: true
    path: downloads/app.zip
    sha256: "{{ app_sha256 }}"
  delegate_to: build.example.com

- name: A vaulted file, decrypted for the service and shown by --diff
  edgeops.netstorage.ns_file:
    src: legal/terms.txt
    path: site/terms.txt
    show_vaulted: true

- name: An archive that the service serves files out of
  edgeops.netstorage.ns_file:
    src: album.zip
    path: site/album.zip
    index_zip: true

- name: Only if nothing is there yet
  edgeops.netstorage.ns_file:
    path: site/robots.txt
    content: "User-agent: *\n"
    on_existing: keep

- name: Gone
  edgeops.netstorage.ns_file:
    path: site/old.html
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
        - sign: "~"
          step: upload
          path: /123456/site/index.html
          why: content differs
          detail: "content differs: 120 bytes, md5 0cc175b9c0f1 → 92eb5ffee6ae"
          phase: entry_points
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
  sample: [/123456/site/index.html]
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
  sample: {stat: 2, upload: 1}
path:
  description: The absolute path, with the CP code.
  returned: success
  type: str
  sample: /123456/site/index.html
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
size:
  description: Size in bytes. With O(index_zip) that of the archive before it gets its index, if it is sent.
  returned: state present
  type: int
md5:
  description:
    - MD5 digest of the content, lower-case hex. With O(index_zip) as RV(size).
    - Null for a file that was not changed and whose MD5 the service does not tell.
  returned: state present
  type: str
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import FILE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(FILE)


if __name__ == "__main__":
    main()
