# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ns_purge_urls
short_description: The URLs whose content a task changed, for a purge
version_added: 1.0.0
description:
  - Turns the C(changed_paths) of a result into URLs of the host name that delivers them, percent-encoded, each once, in the
    order of the changes. In check mode these are the URLs that would change.
  - What would make the list incomplete is an error, because an old page that stays in caches goes unnoticed by all but visitors.
  - Where a shown name can be read in two ways (C(\x09) may be a tab or a backslash), both URLs are listed.
  - The list covers files of NetStorage only. Query strings, other spellings of a URL and redirects are not known here.
author:
  - edgeops.netstorage contributors (@edgeops)
positional: url, base
options:
  _input:
    description: The result of a task, of a loop, or a list of results.
    type: raw
    required: true
  url:
    description:
      - The host name that visitors ask, such as C(www.example.com), with or without a scheme and a directory;
        C(https://www.example.com/shop). Without a scheme it is C(https). A purge takes both schemes for one.
    type: str
    required: true
  base:
    description: The directory of NetStorage that the host name (and its directory) shows, with the CP code; C(/123456/www).
    type: str
    required: true
  index:
    description: Names that are also delivered as their directory. Of C(/123456/www/news/index.html) this adds C(/news/).
    type: list
    elements: str
    default: [index.html]
  behind:
    description:
      - When a symlink to a directory is flipped, every URL below it changes, and a result has only the link. Set this to what
        stands at its old and its new target; results or entries of M(edgeops.netstorage.ns_find), and bare paths of places
        where nothing is.
      - Then each changed link gives the URLs below it as well, and a target of which nothing is said is an error.
      - An unchanged link to a place where files changed is not expanded. For it use the filter once more, with O(url) and
        O(base) of the link and its target.
    type: list
    elements: raw
  outside:
    description: What becomes of a changed path that does not lie below O(base). V(fail) is an error, V(skip) leaves it out.
    type: str
    choices: [fail, skip]
    default: fail
  truncated:
    description:
      - Results list at most 1,000 paths, and a quick-delete only the directory. V(fail) refuses such results, V(allow) takes the
        paths that they have.
    type: str
    choices: [fail, allow]
    default: fail
  batch_bytes:
    description:
      - 'Makes a list of lists, each of which fits into a JSON body of so many bytes, C({"objects": [...]}).'
      - Fast Purge takes 50,000 bytes in a request, and 10,000 URLs at once and 200 a second for the whole account.
      - A whole number of at least 1. A URL that is longer than that has a list of its own.
    type: int
seealso:
  - plugin: edgeops.netstorage.ns_plan_markdown
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Deploy
  edgeops.netstorage.ns_sync:
    src: site
    path: www
    delete: true
  register: deployed

- name: What visitors may still have
  ansible.builtin.debug:
    msg: "{{ deployed | edgeops.netstorage.ns_purge_urls('www.example.com', '/123456/www') }}"

- name: Hand it to Fast Purge, in requests that it takes
  ansible.builtin.include_tasks: purge.yml
  loop: "{{ deployed | edgeops.netstorage.ns_purge_urls('www.example.com', '/123456/www', batch_bytes=45000) }}"
  loop_control:
    loop_var: purge_objects

- name: What stands behind the link, before and after
  edgeops.netstorage.ns_find:
    path: "{{ item }}"
    file_type: any
    recurse: true
    limit: 100000
  loop: [releases/2026-10, releases/2026-11]
  register: releases

- name: Flip the link
  edgeops.netstorage.ns_symlink:
    path: current
    target: releases/2026-11
  register: flipped

- name: The URLs of all pages of both releases
  ansible.builtin.debug:
    msg: >-
      {{ flipped | edgeops.netstorage.ns_purge_urls('www.example.com', '/123456/current', behind=releases.results) }}
"""

RETURN = r"""
_value:
  description: The URLs, or with O(batch_bytes) lists of them.
  type: list
  elements: raw
  sample: ["https://www.example.com/news/index.html", "https://www.example.com/news/"]
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import NetStorageError
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.lists import listed
from ansible_collections.edgeops.netstorage.plugins.module_utils._purge.delivery import delivery_of
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.purge_urls import (
    batches,
    one_of,
    purge_urls,
)
from ansible_collections.edgeops.netstorage.plugins.plugin_utils._reports.task_results import count


def ns_purge_urls(
    value: object,
    url: str,
    base: str,
    index: str | t.Sequence[str] = ("index.html",),
    behind: object = None,
    outside: str = "fail",
    truncated: str = "fail",
    batch_bytes: int | None = None,
) -> list[t.Any]:
    try:
        partial = one_of("truncated", truncated, ("fail", "allow")) == "allow"
        skip = one_of("outside", outside, ("fail", "skip")) == "skip"
        delivery = delivery_of(url, base, listed("index", index))
        urls = purge_urls(value, delivery, behind, partial=partial, skip=skip)
        return urls if batch_bytes is None else batches(urls, count("batch_bytes", batch_bytes, 1))
    except NetStorageError as error:
        raise AnsibleFilterError(f"ns_purge_urls: {error}") from error


class FilterModule:
    """The filter under its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"ns_purge_urls": ns_purge_urls}
