# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_source
short_description: The digest and the size of a directory that is to be sent
version_added: 1.0.0
description:
  - Reads a local directory as M(edgeops.netstorage.ns_sync) would and says what is in it, without asking the service anything.
  - The digest is the same on every machine as long as names, contents and link targets are the same, so it makes a good name
    for a release. Times, modes and owners are no part of it.
author:
  - edgeops.netstorage contributors (@edgeops)
options:
  _terms:
    description: Directories on the controller, found in C(files/) of a role as well.
    type: list
    elements: str
    required: true
  include:
    description: Only what matches takes part, as for M(edgeops.netstorage.ns_sync).
    type: list
    elements: str
    default: []
  exclude:
    description: What matches takes no part.
    type: list
    elements: str
    default: []
  links:
    description: What becomes of symlinks, as for M(edgeops.netstorage.ns_sync).
    type: str
    choices: [preserve, follow, skip]
    default: preserve
seealso:
  - module: edgeops.netstorage.ns_sync
"""

EXAMPLES = r"""
- name: Deploy into a directory that is named after its content
  edgeops.netstorage.ns_sync:
    src: site
    path: "releases/{{ lookup('edgeops.netstorage.ns_source', 'site').digest[:12] }}"

- name: How much there is to send, without the drafts
  ansible.builtin.debug:
    msg: "{{ source.files }} files and {{ source.links }} links, {{ source.bytes | ansible.builtin.human_readable }}"
  vars:
    source: "{{ lookup('edgeops.netstorage.ns_source', 'site', exclude=['/drafts/']) }}"
"""

RETURN = r"""
_raw:
  description: For each directory C(path), C(digest) (SHA-256 in hex), C(files), C(links), C(directories) and C(bytes).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.tree_digest import summed
from ansible_collections.edgeops.netstorage.plugins.module_utils._local.walk import Tree
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadSource, NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Filter
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.lists import listed
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.paths import encoded, shown
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._sources import found_directory


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible has no types
    """One dictionary for each directory."""

    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **options: object) -> list[dict[str, t.Any]]:
        self._set(variables, options)

        def find(folder: str, needle: str) -> str:
            path = self.find_file_in_search_path(variables or {}, folder, needle, ignore_missing=True)
            if path is None:
                raise BadSource(f"{shown(encoded(needle))} does not exist", hint="It is looked for where ns_sync looks for src.")
            return str(path)

        try:
            return [self._described(found_directory(find, term)) for term in listed("path", list(terms))]
        except NetStorageError as error:
            raise AnsibleError(str(error)) from error

    def _set(self, variables: dict[str, t.Any] | None, options: dict[str, object]) -> None:
        try:
            lists: dict[str, object] = {name: listed(name, options[name]) for name in ("include", "exclude") if name in options}
        except NetStorageError as error:
            raise AnsibleError(str(error)) from error
        self.set_options(var_options=variables, direct={**options, **lists})

    def _described(self, path: str) -> dict[str, t.Any]:
        taken = Filter(self.get_option("include"), self.get_option("exclude"))
        found = summed(Tree(encoded(path), self.get_option("links"), taken))
        return {
            "path": path,
            "digest": found.digest,
            "files": found.files,
            "links": found.links,
            "directories": found.directories,
            "bytes": found.size,
        }
