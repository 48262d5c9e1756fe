# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_plan_html
short_description: The plan of a task as a page for a reviewer
version_added: 1.0.0
description:
  - Turns what a task of this collection registered, or a plan document (C(plan_file) of M(edgeops.netstorage.ns_sync)), into one
    HTML file.
  - The page begins with the verdict and the figures. Then comes what needs attention (refusals and failures, all deletes, regions
    that could not be read, links and entry points that change, large files), the tree, the steps, and with C(--diff) the
    changes in texts and, from a document, in images.
  - The page fetches nothing and runs nothing but its own script, which its content security policy allows by its hash. It is
    complete without script and style, for servers that forbid both.
  - Names and texts come out escaped, with control and direction characters visible. The same input gives the same bytes.
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
    description: The heading. By default it is made from the path.
    type: str
    default: ""
  limit:
    description:
      - How many rows the tree and the table of steps have at most. The page says how many there are besides.
      - Counts are complete, and so are the deletes, which are named up to 20,000.
    type: int
    default: 5000
  revision:
    description: The revision of what is deployed, for the head of the page.
    type: str
    default: ""
  purpose:
    description:
      - What the plan was made for. With V(drift) steps are told as what differs from what should be there, and the verdict is
        C(Drift) or C(In sync).
    type: str
    choices: [deploy, drift]
    default: deploy
seealso:
  - plugin: edgeops.netstorage.ns_plan_markdown
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What would this revision change?
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    delete: true
  check_mode: true
  diff: true
  register: planned

- name: Write the page for those who approve it
  ansible.builtin.copy:
    content: "{{ planned | edgeops.netstorage.ns_plan_html('Deploy to www.example.com', revision='4f1c2d9', limit=2000) }}"
    dest: plan.html
    mode: "0644"
  check_mode: false
  diff: false

- name: What somebody changed by hand
  ansible.builtin.copy:
    content: "{{ planned | edgeops.netstorage.ns_plan_html(purpose='drift') }}"
    dest: drift.html
    mode: "0644"
  check_mode: false
  diff: false
"""

RETURN = r"""
_value:
  description: The page, as text to be stored in UTF-8.
  type: str
  sample: "<!DOCTYPE html>\n<html lang=\"en\">\n..."
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.page import STEPS, plan_html
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.purge_urls import one_of
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.task_results import count


def ns_plan_html(value: object, title: str = "", limit: int = STEPS, revision: str = "", purpose: str = "deploy") -> str:
    try:
        drift = one_of("purpose", purpose, ("deploy", "drift")) == "drift"
        return plan_html(value, title=str(title), limit=count("limit", limit, 0), revision=str(revision), drift=drift)
    except NetStorageError as error:
        raise AnsibleFilterError(f"ns_plan_html: {error}") from error


class FilterModule:
    """The filter under its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"ns_plan_html": ns_plan_html}
