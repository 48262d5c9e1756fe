# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_stat
short_description: What stands at a path on Akamai NetStorage
version_added: 1.0.0
description:
  - Returns the kind, size, digest, time and target of what stands at a path, as M(edgeops.netstorage.ns_info) does.
  - That nothing stands there is a result, with the kind V(absent); that a path could not be looked at is an error.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.lookup_connection
options:
  _terms:
    description: The paths, relative to O(root) or absolute with the CP code. They are asked for side by side.
    type: list
    elements: str
    required: true
  du:
    description: Whether to count the files and bytes below each directory.
    type: bool
    default: false
notes:
  - Lookups run on the controller, each time when their value is needed. For something that a play needs often, keep it with
    M(ansible.builtin.set_fact), or use M(edgeops.netstorage.ns_info).
  - With C(errors='warn') or C(errors='ignore'), which all lookups know, a failure does not fail the play.
seealso:
  - module: edgeops.netstorage.ns_info
  - plugin: edgeops.netstorage.ns_content
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Where does the link point?
  ansible.builtin.debug:
    msg: "{{ lookup('edgeops.netstorage.ns_stat', 'current').target }}"
  vars:
    netstorage_host: example-nsu.akamaihd.net
    netstorage_root: /123456
    netstorage_account: deploy
    netstorage_key: "{{ vaulted_key }}"

- name: Only if the release is there
  ansible.builtin.debug:
    msg: The release is there
  when: lookup('edgeops.netstorage.ns_stat', 'releases/2026-11').kind != 'absent'

- name: How much is in each of them?
  ansible.builtin.debug:
    msg: "{{ item.path }} has {{ item.files }} files with {{ item.bytes }} bytes"
  loop: "{{ query('edgeops.netstorage.ns_stat', 'releases/2026-10', 'releases/2026-11', du=true) }}"
"""

RETURN = r"""
_list:
  description:
    - One dictionary for each path, with C(path), C(kind), C(size), C(md5), C(mtime), C(target), C(directory), C(files) and
      C(bytes), as RV(edgeops.netstorage.ns_info#module:entries) has them.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.info import look
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import InfoOptions
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._lookup import AskingLookup


class LookupModule(AskingLookup):
    def run(
        self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **given: object
    ) -> list[dict[str, t.Any]]:
        self.prepare(variables, given)
        with self.asked() as cancellation:
            options = self.read_options(InfoOptions, terms)
            entries: list[dict[str, t.Any]] = self.reported(look(options, cancellation))["entries"] if terms else []
        return entries
