# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_content
short_description: The text of a file on Akamai NetStorage
version_added: 1.0.0
description:
  - Returns the content of a file as text. It must be what the service says of it, in size and in MD5, the
    listed one or that in its ETag.
  - A symlink is followed to its file, inside what the account may see.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.lookup_connection
options:
  _terms:
    description: The paths, relative to O(root) or absolute with the CP code. They are downloaded side by side.
    type: list
    elements: str
    required: true
  default:
    description: What to return for a file that does not exist. Without it that is an error.
    type: str
  encoding:
    description: The encoding of the text, by any name that Python supports.
    type: str
    default: utf-8
  undecodable:
    description:
      - What to do about bytes that are not in O(encoding). V(strict) fails, V(replace) puts a replacement character, V(ignore)
        leaves them out.
    type: str
    choices: [strict, replace, ignore]
    default: strict
  max_size:
    description: The largest file to download, such as V(20M). A larger one is an error, and nothing of it is downloaded.
    type: str
    default: 1M
notes:
  - Lookups run on the controller, each time when their value is needed. For something that a play needs often, keep it with
    M(ansible.builtin.set_fact).
  - With C(errors='warn') or C(errors='ignore'), which all lookups know, a failure does not fail the play.
seealso:
  - plugin: edgeops.netstorage.ns_stat
    plugin_type: lookup
  - module: edgeops.netstorage.ns_find
"""

EXAMPLES = r"""
- name: Which version is live?
  ansible.builtin.debug:
    msg: "{{ lookup('edgeops.netstorage.ns_content', 'current/version.txt', default='none') | trim }}"
  vars:
    netstorage_host: example-nsu.akamaihd.net
    netstorage_root: /123456
    netstorage_account: deploy
    netstorage_key: "{{ vaulted_key }}"

- name: Settings that are there already, with one more
  edgeops.netstorage.ns_file:
    path: config/settings.json
    content: "{{ lookup('edgeops.netstorage.ns_content', 'config/settings.json') | from_json | combine({'winter': true}) }}"

- name: A large one
  ansible.builtin.debug:
    msg: "{{ lookup('edgeops.netstorage.ns_content', 'legal/licences.txt', max_size='20M') }}"

- name: An old one with an undecodable character in it
  ansible.builtin.debug:
    msg: "{{ lookup('edgeops.netstorage.ns_content', 'legal/terms.txt', encoding='ascii', undecodable='replace') }}"
"""

RETURN = r"""
_raw:
  description: The text of each file, in the order of the paths.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NotFound
from ansible_collections.edgeops.netstorage.plugins.module_utils._queries.content import texts
from ansible_collections.edgeops.netstorage.plugins.module_utils._tasks.options import ContentOptions
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._lookup import AskingLookup


class LookupModule(AskingLookup):
    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **given: object) -> list[str]:
        self.prepare(variables, given)
        with self.asked() as cancellation:
            values = self.reported(texts(self.read_options(ContentOptions, terms), cancellation))
            return [self._or_default(str(term), text) for term, text in zip(terms, values["texts"])]

    def _or_default(self, path: str, text: str | None) -> str:
        default: str | None = self.get_option("default")
        if text is None and default is None:
            raise NotFound(f"There is no file {path}", hint="Set default='' to return a value instead.")
        return default or "" if text is None else text
