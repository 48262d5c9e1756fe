#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_verify_edge
short_description: Look whether edge servers serve what was deployed
version_added: 1.0.0
description:
  - Asks the delivery host for URLs, as visitors do, and compares what it serves with what a deploy has put on NetStorage; by the
    digests of its plan document, or by what the task says. Content is digested as it comes and never kept.
  - What is not right yet is looked at again for O(within) seconds, since a purge takes a while. Then the task fails, names what
    is served in its place, and says what is likely to be the cause.
  - Run it after the purge and never before it. A look has the edge fetch what it does not hold, and may so make it keep the old
    content, or that there is none.
  - It only reads, and needs neither the account nor the key of NetStorage nor an API client. It does not purge. RV(stale_urls)
    is there for that, so that M(edgeops.netstorage.ns_purge) and a second look can follow.
  - One edge server of many answers. That it serves the new content does not prove that all others do.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.delivery
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.reading
attributes:
  check_mode:
    support: full
    description: The task is skipped. Nothing was deployed that could be looked at.
  diff_mode:
    support: N/A
    description: It changes nothing.

options:
  urls:
    description:
      - URLs that are to be served, with a status of 200, whatever is served there.
      - Set one of O(urls), O(expect) and O(plan_file).
    type: list
    elements: str
  expect:
    description: URLs with what they are to serve.
    type: list
    elements: dict
    suboptions:
      url:
        description: The URL, C(https://www.example.com/a.html).
        type: str
        required: true
      sha256:
        description: The SHA-256 of the content.
        type: str
      md5:
        description: The MD5 of the content. Where O(expect[].sha256) is set too, content is compared by that.
        type: str
      size:
        description: The number of bytes of the content. With a digest, larger content is not read to its end.
        type: int
      absent:
        description: That there is nothing, or nothing that visitors may see; a status of 404, 403 or 410. Set nothing else then.
        type: bool
        default: false
      status:
        description: The status, 200 to 599. By default 200.
        type: int
      headers:
        description: Fields that the head of the response is to have, with these very values.
        type: dict
  plan_file:
    description:
      - The plan document of the deploy, as O(edgeops.netstorage.ns_sync#module:plan_file) writes it. Its changed files are to be
        served with their digests, and its deleted files are to be absent. O(url) and O(base) say which URLs these are.
      - It is read step by step where the module runs, and needs little memory however many steps there are. Of symlinks, and of
        directories that were deleted as a whole, it does not tell what visitors get, so they are not looked at.
    type: path
  compare:
    description:
      - V(content) fetches the content and digests it.
      - V(etag) asks for the head alone, and compares the MD5 in the C(ETag) that NetStorage gives its files. Where an edge does
        not keep it, the content is compared after all, which a note tells. Choose it where the edge changes content on the way.
    type: str
    choices: [content, etag]
    default: content
  sample:
    description:
      - How many URLs are looked at. First come those where visitors come in (HTML, URLs that end in a slash, and what the plan
        published last), then the others, both spread evenly over the list.
      - V(0) looks at all.
    type: int
    default: 50
  within:
    description:
      - For how many seconds what is not as expected is looked at again, after 1, 2, 4, 8, and then every 15 seconds. At most
        86,400. Redirects, and names or certificates that are wrong, are not looked at again.
      - V(0) looks once.
    type: float
    default: 120
  connect_to:
    description:
      - A name or an address, with C(:port) where needed, to connect to instead of the hosts of the URLs, such as a host of the
        staging network. C(Host), SNI and the certificate are still those of the URLs.
    type: str
  headers:
    description:
      - Headers of the requests, such as C(Accept-Encoding) (by default C(identity); content that is coded with C(gzip) is
        decoded), or C(Pragma) with C(akamai-x-cache-on). No C(Cache-Control) is sent unless it is set here.
      - They may hold tokens, so no result and no message shows them.
    type: dict
  user_agent:
    description: The C(User-Agent) of the requests.
    type: str
    default: edgeops.netstorage
  validate_certs:
    description: V(false) accepts any certificate.
    type: bool
    default: true
  ca_path:
    description: A PEM file or a directory of certificates to trust instead of the usual ones. It is read where the module runs.
    type: path
  use_proxy:
    description: Whether the proxies of the environment are used.
    type: bool
    default: true
  idle_timeout:
    description: After how many seconds without a byte a request is given up; at most 86,400.
    type: float
    default: 60
  parallel:
    description: How many URLs are looked at at a time, 1 to 256.
    type: int
    default: 8
seealso:
  - module: edgeops.netstorage.ns_purge
  - module: edgeops.netstorage.ns_sync
"""

EXAMPLES = r"""
- name: Look whether visitors get what was deployed
  edgeops.netstorage.ns_verify_edge:
    plan_file: /var/lib/deploy/plan.json
    url: www.example.com
    base: /123456/www
    index: [index.html, default.htm]
    outside: skip
    sample: 200
    within: 60
  register: looked
  failed_when: false

- name: Purge once more what is stale
  edgeops.netstorage.ns_purge:
    edgerc: ~/.edgerc
    section: ccu
    urls: "{{ looked.stale_urls }}"
    method: delete
  when: looked.stale_urls | default([]) | length > 0

- name: Look again
  edgeops.netstorage.ns_verify_edge:
    plan_file: /var/lib/deploy/plan.json
    url: www.example.com
    base: /123456/www
    compare: etag
  when: looked.failure is defined

- name: Look at the staging network
  edgeops.netstorage.ns_verify_edge:
    urls:
      - https://www.example.com/
      - https://www.example.com/news/
    connect_to: www.example.com.edgekey-staging.net
    user_agent: Mozilla/5.0 (compatible; deploy)
    headers:
      Accept-Encoding: gzip
      Authorization: "Bearer {{ staging_token }}"
    idle_timeout: 20
    parallel: 4

- name: Look at what was written down
  edgeops.netstorage.ns_verify_edge:
    expect:
      - url: https://www.example.com/app.js
        sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
        headers:
          Content-Type: application/javascript
      - url: https://www.example.com/old.html
        absent: true
      - url: https://www.example.com/moved
        status: 301
        headers:
          Location: https://www.example.com/
"""

RETURN = r"""
checked:
  description: How many URLs were looked at.
  returned: success, and failure once they were looked at
  type: int
  sample: 50
verified:
  description: How many of them serve what is expected.
  returned: success, and failure once they were looked at
  type: int
  sample: 49
left_out:
  description: How many URLs O(sample) has left out.
  returned: success, and failure once they were looked at
  type: int
  sample: 7403
stale:
  description:
    - What serves something else, or does not answer; the first 1,000 of them, and 20 where the task fails.
  returned: success, and failure once they were looked at
  type: list
  elements: dict
  contains: &finding
    url:
      description: The URL.
      type: str
      returned: always
    want:
      description: What is expected, in words.
      type: str
      returned: always
    got:
      description: What is served, in words; another digest, a size, a status, where a redirect leads, or why there is no answer.
      type: str
      returned: always
    status:
      description: The HTTP status, or null.
      type: int
      returned: always
    age:
      description: C(Age) of the response, or null.
      type: int
      returned: always
    x_cache:
      description: C(X-Cache) of the response, or null.
      type: str
      returned: always
    server:
      description: C(Server) of the response, or null.
      type: str
      returned: always
stale_count:
  description: How many these are.
  returned: success, and failure once they were looked at
  type: int
  sample: 1
missing:
  description:
    - Where there is nothing (404, 403 or 410) although something is expected; as many as of RV(stale).
  returned: success, and failure once they were looked at
  type: list
  elements: dict
  contains: *finding
missing_count:
  description: How many these are.
  returned: success, and failure once they were looked at
  type: int
  sample: 0
stale_urls:
  description: The URLs of both that have answered, for another purge; the first 1,000.
  returned: success, and failure once they were looked at
  type: list
  elements: str
  sample: [https://www.example.com/app.js]
seconds_until_fresh:
  description: After how many seconds the last of them that is as expected was.
  returned: success, and failure once they were looked at
  type: float
  sample: 5.2
skip_reason:
  description: Why nothing was looked at.
  returned: in check mode
  type: str
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
      description:
        - A stable word such as C(stale_edge), C(missing_at_edge) (nothing is stale, and something is missing), C(unreachable)
          (what is not as expected does not answer), C(bad_options) or C(bad_source).
      type: str
      returned: always
    action:
      description: Always null.
      type: str
      returned: always
    path:
      description: The path on NetStorage that the error is about, if it is about one.
      type: str
      returned: always
    status:
      description: The HTTP status of the first URL that is not as expected.
      type: int
      returned: always
    hint:
      description: What to do next.
      type: str
      returned: always
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.verifying import VERIFY


def main() -> None:
    run_module(VERIFY)


if __name__ == "__main__":
    main()
