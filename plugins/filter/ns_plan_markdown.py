# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_plan_markdown
short_description: The plan of a task as Markdown, for a comment on a pull request
version_added: 0.1.0
description:
  - Turns what a task of this collection registered into a line with the counts and a table with a row for each step.
  - Also tells why a task failed, if it did, and what it noted.
  - Names come out escaped. None of them can become a link, a mention, another cell or another row.
  - The text stays below the 65,536 characters that a comment on GitHub may have.
author:
  - edgeops.netstorage contributors (@edgeops)
positional: title
options:
  _input:
    description: The result of a task, of a loop, or a list of results. Their plans are shown as one.
    type: raw
    required: true
  title:
    description: A heading above it.
    type: str
    default: ""
  limit:
    description: How many steps the table shows at most. The last line says how many there are besides.
    type: int
    default: 100
seealso:
  - plugin: edgeops.netstorage.ns_purge_urls
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What would this revision change?
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    delete: true
  check_mode: true
  register: planned

- name: Write it down for the comment
  ansible.builtin.copy:
    content: "{{ planned | edgeops.netstorage.ns_plan_markdown('Deploy to www.example.com', limit=50) }}"
    dest: plan.md
    mode: "0644"
  check_mode: false
"""

RETURN = r"""
_value:
  description: The Markdown, with a line end at its end.
  type: str
  sample: |
    **1 create, 1 change, 1 delete**, 2.5 kB to send; 40 unchanged

    | | step | path | why | size |
    | --- | --- | --- | --- | ---: |
    | `+` | upload | `/123456/site/map.svg` | absent | 607 bytes |
    | `~` | upload | `/123456/site/index.html` | size differs | 1.9 kB |
    | `-` | delete | `/123456/site/old.html` | extraneous | |
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._plan_markdown import STEPS, plan_markdown


def ns_plan_markdown(value: object, title: str = "", limit: int = STEPS) -> str:
    try:
        return plan_markdown(value, title=title, limit=limit)
    except NetStorageError as error:
        raise AnsibleFilterError(f"ns_plan_markdown: {error}") from error


class FilterModule:
    """The filter under its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"ns_plan_markdown": ns_plan_markdown}
