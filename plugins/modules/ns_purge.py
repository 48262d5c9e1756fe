#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_purge
short_description: Purge URLs, CP codes or cache tags from Akamai's caches
version_added: 1.0.0
description:
  - Tells Fast Purge (CCU v3) that what changed on NetStorage is no longer to be served from caches, in as few requests as it
    takes, each object once, and no faster than the service lets an account purge.
  - A purge is not idempotent by nature. Run the task when something has changed. An empty list is fine, and sends nothing.
  - With O(pending_file) a purge that fails, or whose runner dies, is made up for by the next run, on whatever is still to be
    done.
  - It needs neither the account nor the key of NetStorage, but an API client with a READ-WRITE grant for C(CCU APIs).
  - It was built from Akamai's documents and from other clients, and not tried against the live service.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.edgegrid
  - edgeops.netstorage.delivery
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.config
  - edgeops.netstorage.attributes.not_idempotent
attributes:
  check_mode:
    support: full
    description:
      - Shows how much would be purged in how many requests, and how long that takes at least. It sends and writes nothing,
        and needs no credentials.
  diff_mode:
    support: N/A
    description: There is nothing to show a difference of.

options:
  urls:
    description:
      - The URLs to purge, C(https://www.example.com/a.html); both schemes are purged, and no wildcards are known. The filter
        P(edgeops.netstorage.ns_purge_urls#filter) makes them of results.
      - Set one of O(urls), O(urls_file), O(changed_paths_file), O(cp_codes) and O(cache_tags).
    type: list
    elements: str
  urls_file:
    description: A file with such URLs, one a line, however many there are. It is read where the module runs.
    type: path
  changed_paths_file:
    description:
      - A file with changed paths, as the option of that name of M(edgeops.netstorage.ns_sync) and others writes it. O(url)
        and O(base) say which URLs these are. However many there are, the task needs little memory. It is read where the
        module runs.
      - It may be packed with gzip. Of a directory all files are read as one list, in the order of their names; such as the one
        to which lists of O(edgeops.netstorage.ns_sync#module:pending_path) were fetched.
    type: path
  cp_codes:
    description: CP codes of the delivery to purge as a whole. The CP code of the storage is another one.
    type: list
    elements: int
  cache_tags:
    description: Cache tags to purge; what has one of them in its C(Edge-Cache-Tag).
    type: list
    elements: str
  method:
    description:
      - V(invalidate) has caches ask the origin whether what they hold is still right, which is what Akamai recommends.
        V(delete) has them fetch it in any case.
      - Choose V(delete) where files are stored with O(edgeops.netstorage.ns_sync#module:mtime=preserve) and may have become
        older; the origin may then say that nothing has changed.
    type: str
    choices: [invalidate, delete]
    default: invalidate
  network:
    description: The network whose caches are meant.
    type: str
    choices: [production, staging]
    default: production
  wait:
    description: Whether to wait, after the last request, for as long as the service thinks that its purge takes.
    type: bool
    default: true
  on_refused:
    description:
      - The service refuses a request as a whole where it refuses one object of it, such as a URL of a host name that the API
        client may not purge. V(fail) ends the task there and names the object; V(skip) leaves it out, up to 20 of a request,
        with a warning.
    type: str
    choices: [fail, skip]
    default: fail
  purge_limit:
    description:
      - With more URLs than that the task fails before its first request. An account may purge 10,000 URLs at once and then
        200 a second; 100,000 take more than seven minutes, and a CP code or a cache tag seconds.
      - V(0) sets no limit. In check mode it is a warning.
    type: int
    default: 20000
  pending_file:
    description:
      - The beginning of the names of files where the list is kept until all of it was purged, on a disk that outlives the
        run. What lists of earlier runs say is purged first, by their own O(method) and O(network). It is written where the
        module runs, into a directory that exists, and only its owner may read it.
      - A list is written before the first request and never changed. A small file beside it says how much was accepted, at
        least every ten seconds. So after a kill a few URLs are purged twice, which does no harm, and none is forgotten.
    type: path
  stop_after:
    description:
      - The number of seconds after which no further request is sent, above 0 and at most 86,400; what is left is no failure. For
        O(changed_paths_file), where it is a directory of lists.
      - How much was accepted of each list whose name ends in C(.deployed.gz) is then noted beside it, in C(<name>.progress), also
        where the task fails. A task with the same O(url), O(base), O(index), O(outside), O(method) and O(network) goes on from
        there. So whoever keeps these files loses little where the machine dies in a long purge. At least one request is sent, and
        lists with other names are purged to their end, after the others.
    type: float
    version_added: 1.0.0
  max_requests_per_second:
    description:
      - The most requests that this task sends in a second, 0.001 to 1,000,000. The limits of the service are kept in any
        case.
    type: float
seealso:
  - plugin: edgeops.netstorage.ns_purge_urls
    plugin_type: filter
  - module: edgeops.netstorage.ns_sync
"""

EXAMPLES = r"""
- name: Deploy
  edgeops.netstorage.ns_sync:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    src: site/
    path: www
    delete: true
    changed_paths_file: /var/lib/deploy/changed.txt
  register: deployed

- name: Purge what has changed, and what an earlier run has left
  edgeops.netstorage.ns_purge:
    edgerc: ~/.edgerc
    section: ccu
    changed_paths_file: /var/lib/deploy/changed.txt
    url: www.example.com
    base: /123456/www
    index: [index.html, default.htm]
    outside: skip
    pending_file: /var/lib/deploy/purge

- name: Purge a short list, on the staging network
  edgeops.netstorage.ns_purge:
    api_host: "{{ akamai.host }}"
    client_token: "{{ akamai.client_token }}"
    access_token: "{{ akamai.access_token }}"
    client_secret: "{{ akamai.client_secret }}"
    urls: "{{ deployed | edgeops.netstorage.ns_purge_urls('www.example.com', '/123456/www') }}"
    network: staging
    method: delete
    wait: false
  when: deployed is changed

- name: Purge a whole site in one request
  edgeops.netstorage.ns_purge:
    cp_codes: [654321]

- name: Purge lists that were fetched from NetStorage, for half a minute
  edgeops.netstorage.ns_purge:
    changed_paths_file: lists/
    url: www.example.com
    base: /123456/www
    stop_after: 30

- name: Purge by cache tag
  edgeops.netstorage.ns_purge:
    cache_tags: [news, prices]

- name: Purge what another program has listed, without what may not be purged
  edgeops.netstorage.ns_purge:
    urls_file: urls.txt
    on_refused: skip
    purge_limit: 0
    max_requests_per_second: 1
"""

RETURN = r"""
to_purge:
  description: How many objects were to be purged, those of earlier runs included.
  returned: success, and failure once the lists were read
  type: int
  sample: 7453
least_seconds:
  description: How long that takes at least, by the documented limits of an account.
  returned: success, and failure once the lists were read
  type: int
  sample: 0
purged:
  description: How many objects the service has accepted. In check mode none.
  returned: success, and failure once the lists were read
  type: int
  sample: 7453
requests:
  description: The requests that were accepted, the first 1,000 of them.
  returned: success, and failure once the lists were read
  type: list
  elements: dict
  contains:
    purge_id:
      description: The id of the purge.
      type: str
      returned: always
    support_id:
      description: What Akamai's support asks for.
      type: str
      returned: always
    estimated_seconds:
      description: How long the service thinks it takes.
      type: int
      returned: always
    objects:
      description: How many objects it purges.
      type: int
      returned: always
request_count:
  description: How many requests were accepted, or in check mode would be sent.
  returned: success, and failure once the lists were read
  type: int
  sample: 12
refused:
  description: What the service refused and O(on_refused=skip) left out, the first 1,000 objects.
  returned: success, and failure once the lists were read
  type: list
  elements: raw
  sample: []
refused_count:
  description: How many these are.
  returned: success, and failure once the lists were read
  type: int
  sample: 0
left:
  description: What was not purged because the task failed, or because of O(stop_after); the first 20 objects.
  returned: success and failure
  type: list
  elements: raw
  sample: []
left_count:
  description: How many these are.
  returned: success, and failure once the lists were read
  type: int
  sample: 0
stopped:
  description: Whether O(stop_after) ended the purge. What is left is to be purged by another task.
  returned: success, and failure once the lists were read
  type: bool
  sample: false
progress_files:
  description: The files that tell how much was accepted of each list, with O(stop_after); the first 1,000.
  returned: success, and failure once the lists were read
  type: list
  elements: str
  sample: []
taken_over:
  description: The files with lists of earlier runs that were found.
  returned: success, and failure once the lists were read
  type: list
  elements: str
  sample: []
pending:
  description: The files with lists that wait for a later run.
  returned: success, and failure once the lists were read
  type: list
  elements: str
  sample: []
rate:
  description: What the service has said of its limits last.
  returned: success, and failure once the lists were read
  type: dict
  contains:
    limit:
      description: Requests that the account may send at once.
      type: float
      returned: when a request was accepted
    remaining:
      description: How many of them are left.
      type: float
      returned: when a request was accepted
    objects_remaining:
      description: How many objects may be purged at once.
      type: float
      returned: when a request was accepted
method:
  description: The option O(method).
  returned: success, and failure once the lists were read
  type: str
  sample: invalidate
network:
  description: The option O(network).
  returned: success, and failure once the lists were read
  type: str
  sample: production
type:
  description: What was purged; V(url), V(cpcode) or V(tag).
  returned: success, and failure once the lists were read
  type: str
  sample: url
api_host:
  description: The host that was asked.
  returned: success, and failure once the lists were read
  type: str
  sample: akab-example.luna.akamaiapis.net
credentials:
  description: Where the credentials came from. Empty in check mode where there are none.
  returned: success, and failure once the lists were read
  type: str
  sample: /home/deploy/.edgerc [ccu]
api_calls:
  description: How many requests were sent, by method, repeated ones included.
  returned: success, and failure once the lists were read
  type: dict
  sample: {invalidate: 12}
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
      description: A stable word such as C(refused_object), C(auth_refused), C(throttled), C(unreachable) or C(purge_limit).
      type: str
      returned: always
    action:
      description: The option O(method), if a request was tried.
      type: str
      returned: always
    path:
      description: The path of the API, or the one on NetStorage that the error is about.
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
    problem:
      description: What the service said, such as C(title), C(detail) and C(supportId).
      type: dict
      returned: when it said something
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.purging import PURGE


def main() -> None:
    run_module(PURGE)


if __name__ == "__main__":
    main()
