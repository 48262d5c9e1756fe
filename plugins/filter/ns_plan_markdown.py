# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_plan_markdown
short_description: The plan of a task as Markdown, for a comment on a pull request
version_added: 1.0.0
description:
  - Turns what a task of this collection registered, or a plan document (C(plan_file) of M(edgeops.netstorage.ns_sync)), into a
    line with the counts and a table with a row for each step.
  - Also tells why a task failed or was refused, what is not as it was reviewed, what it noted, and the digest of the plan.
  - Names come out escaped. None of them can become a link, a mention, another cell or another row.
  - The text stays below the 65,536 characters that a comment on GitHub may have, or as short as O(characters) says.
author:
  - edgeops.netstorage contributors (@edgeops)
positional: title
options:
  _input:
    description:
      - The result of a task, of a loop, a plan document that was read from its file, or a list of these. Their plans are shown as
        one.
      - A document of another major schema than C(edgeops.netstorage/plan/1) is refused.
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
  characters:
    description:
      - How long the text may be. The last line says what was left out for it.
      - A comment on GitHub takes 65,536 characters, and a job summary 1,048,576 bytes, above which nothing of it is shown.
    type: int
    default: 60000
seealso:
  - plugin: edgeops.netstorage.ns_plan_html
    plugin_type: filter
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

- name: The same for the summary of a job, which may be longer
  ansible.builtin.copy:
    content: "{{ planned | edgeops.netstorage.ns_plan_markdown(limit=5000, characters=1000000) }}"
    dest: summary.md
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
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.markdown import CHARACTERS, STEPS, plan_markdown
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.task_results import count


def ns_plan_markdown(value: object, title: str = "", limit: int = STEPS, characters: int = CHARACTERS) -> str:
    try:
        return plan_markdown(
            value, title=title, limit=count("limit", limit, 0), characters=count("characters", characters, 0)
        )
    except NetStorageError as error:
        raise AnsibleFilterError(f"ns_plan_markdown: {error}") from error


class FilterModule:
    """The filter under its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"ns_plan_markdown": ns_plan_markdown}
