#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_sync
short_description: Make a directory tree on Akamai NetStorage equal to a local one
version_added: 1.0.0
description:
  - Sends the contents of a local directory, compares by the checksums that the service lists, and changes only what differs.
  - Works in phases, each finished before the next starts; directories, assets, entry points, symlinks, deletes. A visitor
    never sees a page before what the page needs, and deletes are skipped as a whole if anything failed before.
  - All guards look at the whole plan before the first write.
  - Two options are needed, O(src) and O(path). The notes have all others in groups, by what they are for.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.plan.changed_paths
  - edgeops.netstorage.plan.pending_path
  - edgeops.netstorage.plan.parallel
  - edgeops.netstorage.plan.trees
  - edgeops.netstorage.plan.files
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.idempotent
attributes:
  action:
    support: full
    description: Has an action plugin, which finds O(src) on the controller, and renders templates there.

options:
  # Source
  src:
    description:
      - A directory, meaning its contents. With a local connection it lies on the controller and is found in C(files/) of a role
        as well; with O(remote_src=true) it lies where the module runs. Anything else is an error.
    type: path
    required: true
  templates:
    description:
      - Files of O(src) that are templates. What becomes of them is sent under the name without the last suffix, such as
        C(index.html) for C(index.html.j2).
      - They are rendered on the controller as M(ansible.builtin.template) does it, before the first request. What they include
        is looked for beside them, at the top of O(src), and where that module looks.
      - All other options see the name without the suffix. Rendered files are always compared by their checksum. Unless O(mtime)
        says otherwise, their time is that of the upload.
    type: list
    elements: str
    default: []
  show_vaulted:
    description:
      - Whether a diff shows rendered content in which a value out of a vault was found, and what such content replaces. By
        default it only says that the content differs.
      - Found are the values of vaulted variables as they are, and templates that are vaulted themselves. Values out of a file of
        variables that is encrypted as a whole look like any other; the keyword C(diff=false) hides them.
    type: bool
    default: false
  include:
    description:
      - Only entries that match one of these patterns take part, on both sides. Empty means all.
      - Patterns are those of C(.gitignore) without negation. C(*) and C(?) stay within a segment, C(**) spans segments; without a
        slash a pattern matches at any depth, with one it is anchored at the top; a slash at the end means directories only;
        a match on a directory covers everything below it. A backslash takes the meaning from the character behind it.
      - They are relative to O(src) and O(path). What can match nothing, such as C(./a), C({a,b}) or a path with the CP code, is
        refused with the spelling that would; C(docs/patterns.md) of the collection has the whole.
      - A directory in which no pattern can match anything is not opened, so it need not be readable.
    type: list
    elements: str
    default: []
  # Destination
  path:
    description: The directory to fill, relative to O(root) or absolute with the CP code. A slash at the end changes nothing.
    type: str
    required: true
    aliases: [dest]
  allow_root:
    description: Whether O(path) may be a whole CP code.
    type: bool
    default: false
  # Comparison
  links:
    description:
      - V(preserve) makes symlinks of symlinks. An absolute link inside O(src) becomes relative; one that leads outside fails.
      - V(follow) sends what they point to. V(skip) leaves them out, and leaves alone what has their name on the service.
    type: str
    choices: [preserve, follow, skip]
    default: preserve
  index_zip:
    description:
      - Archives that the service adds an index to when they are sent, so that it can serve what is in them (Serve from Zip).
        Their names must end in C(.zip), and the feature must be enabled for the upload directory.
      - What is stored is then larger than what was sent and has another checksum. So the archive on the service is looked into
        whether it has the same members, with the same checksums, in the same places; with O(compare=size_mtime) only where the
        time differs. An archive without an index is sent again.
    type: list
    elements: str
    default: []
  # Deletes
  delete:
    description: Whether to remove what is below O(path) and not in O(src).
    type: bool
    default: false
  immutable:
    description: What matches may be created and never changed; a difference fails the task before the first write.
    type: list
    elements: str
    default: []
  replace_links:
    description:
      - Whether a remote symlink that stands where a directory must be is removed. Without it the task fails; nothing is ever
        written through a symlink.
    type: bool
    default: false
  # Guards
  refuse:
    description:
      - What should not be public. A file to be sent that matches fails the task before the first write.
      - Unless the list is empty, files that begin as an Ansible Vault, a private key or a pointer of Git LFS are refused as well.
    type: list
    elements: str
    default: [".git/", ".git", ".svn/", ".hg/", ".env*", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.key", "*.p12", "*.pfx"]
  # Review
  plan_file:
    description:
      - Where the plan is written as a document, in check mode too, and also a plan that a guard refuses. A path on the machine
        where the module runs; its directory must exist.
      - JSON of the schema C(edgeops.netstorage/plan/1), one step a line, with the SHA-256 of every file that would be sent. In
        diff mode with the texts of the diff and the changed images.
      - Written before the first change, and anew at the end of a real run, with what became of the plan. Only its owner may
        read it.
    type: path
  expect_plan:
    description:
      - The document of a plan that was reviewed, as O(plan_file) wrote it. Today's plan must be that one, or the task fails
        before the first write and before all guards, and names the differences. In check mode, too.
      - A step of the document that today's plan does not have must be done already, so a deploy that was broken off is finished
        under the same document, and the run after that changes nothing.
      - Immediately before each delete and each replacement, one more request looks whether what was reviewed still stands there.
    type: path
  expect_digest:
    description:
      - The digest of a plan that was reviewed, RV(plan.digest). Today's plan must have the same one.
      - With O(expect_plan), the document must have it. Alone, it cannot say what differs, and cannot finish a deploy that was
        broken off.
    type: str
  expect_within:
    description: For how many seconds the document of O(expect_plan) holds. V(0) is for ever.
    type: int
    default: 86400
  # Execution
  publish_last:
    description: Entry points, sent after all other files. Each pattern is a wave of its own, in this order.
    type: list
    elements: str
    default: ["*.html", "*.htm", "*.m3u8", "*.mpd"]
  phases:
    description:
      - Which phases of the plan are carried out. V(all), or first V(early) (obstructions, directories and assets) on several
        hosts side by side, and then V(late) (entry points, links and deletes) on one of them. C(docs/large-trees.md) of the
        collection has the play, and says when that is worth it.
      - Whatever is chosen, the whole plan is made, and all guards look at the whole plan before the first write.
      - V(late) fails with the code C(early_phases) while anything of the early phases is left to do; replicas that lag are looked
        at again for O(verify_wait) seconds.
      - O(verify) belongs to V(late), and proves what that task has sent. Both tasks write O(plan_file), O(changed_paths_file) and
        the list below O(pending_path) for their own part, so two tasks on one machine need files of their own.
    type: str
    choices: [all, early, late]
    default: all
  shard:
    description:
      - With O(phases=early), the share of the early phases that this host carries out, such as V(2/4); at most 256. Every key
        belongs to one share, whatever a host's tree looks like, so the hosts need nothing of each other.
      - Every host needs the whole tree. Of the files that stand on the service already, it reads those of its share alone; with
        O(max_replace) all of them, and those that match O(immutable), because these guards need it.
      - O(max_requests_per_second) is the limit of all shares together, and divided among them. All other options are each
        host's own.
      - Symlinks where directories must be (O(replace_links)) are refused with the code C(shard_obstructions). O(templates) are
        refused, too.
    type: str
  shards:
    description:
      - With O(phases=late), the values RV(shard) that the early tasks of all hosts returned. The task fails with the code
        C(shards), and writes nothing, unless all of them are there and done, and had the same tree as this host. In check mode
        a share that was only planned counts as done.
      - Files that are no entry points are then compared by their size alone, because the hosts have just compared their content.
        Left out, the task compares everything by itself.
    type: list
    elements: dict
  # Proof and purge
  verify:
    description:
      - V(listing) lists the tree afterwards, before anything is deleted, and fails the task unless size and digest of
        every file and the target of every link that was sent are as they were sent.
      - V(full) downloads every file that was sent as well, and compares the content.
      - Where the service lists no MD5, V(listing) takes the one in the file's ETag. Where that has none, only the size is proved,
        and a warning says so.
      - Responses show one replica of the service, perhaps another one with each page of a listing. That proves what is
        stored there, and not that every replica and every edge server has it.
    type: str
    choices: [none, listing, full]
    default: none
  verify_wait:
    description: How many seconds to look again for what the service does not show yet, before O(verify) fails. Up to 3,600.
    type: float
    default: 10.0
notes:
  - The options in groups, by what they are for; C(docs/sync.md) of the collection has them as a table.
  - Source (what is sent, and which part of both trees takes part) - O(src), O(remote_src), O(templates), O(show_vaulted),
    O(include), O(exclude).
  - Destination (where it goes) - O(path), O(directories), O(allow_root), O(unusual_names).
  - Comparison (when a file, a time or a link differs) - O(compare), O(mtime), O(links), O(index_zip).
  - Deletes (what goes, and what stays whatever the source says) - O(delete), O(protect), O(immutable), O(replace_links).
  - Guards (what stops a plan before the first write) - O(max_delete), O(max_replace), O(adopt), O(allow_empty_source),
    O(refuse).
  - Review (the plan as a document, what a deploy is held to, and how much a diff shows) - O(plan_file), O(expect_plan),
    O(expect_digest), O(expect_within), O(diff_limit).
  - Execution (the order, how much at a time, what a failure ends, and several hosts) - O(publish_last), O(parallel), O(on_error),
    O(phases), O(shard), O(shards).
  - Proof and purge (whether it arrived, and what visitors see changed) - O(verify), O(verify_wait), O(changed_paths_file),
    O(pending_path).
  - Connection (the same for all modules) - O(host), O(root), O(account), O(key), O(protocol), O(validate_certs),
    O(ca_path), O(use_proxy), O(idle_timeout), O(max_retries), O(max_requests_per_second), O(max_bandwidth), O(settle).
seealso:
  - module: edgeops.netstorage.ns_symlink
  - module: ansible.posix.synchronize
"""

EXAMPLES = r"""
- name: Deploy a site
  edgeops.netstorage.ns_sync:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    src: site
    path: site
    delete: true
    exclude: ["*.map", /drafts/]

- name: Only the images, and nothing that others put there
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    include: ["*.png", "*.svg"]
    protect: [uploads/]

- name: A tree that lies on the build host
  edgeops.netstorage.ns_sync:
    src: /srv/build/site
    remote_src: true
    path: site
    max_delete: 20
    changed_paths_file: /srv/build/changed.txt
  delegate_to: build.example.com

- name: A site with templates, such as index.html.j2
  edgeops.netstorage.ns_sync:
    src: pages
    path: pages
    templates: ["*.j2"]
    exclude: [/layouts/]
  vars:
    season: winter

- name: Archives that the service serves files out of
  edgeops.netstorage.ns_sync:
    src: albums
    path: albums
    index_zip: ["*.zip"]

- name: What would be deployed, for a review
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    delete: true
    plan_file: "{{ playbook_dir }}/plan.json"
  check_mode: true
  register: reviewed

- name: Exactly what was reviewed, or nothing
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    delete: true
    expect_plan: "{{ playbook_dir }}/plan.json"
    expect_digest: "{{ reviewed.plan.digest }}"
    expect_within: 3600

- name: A deploy whose purge is made up for by any machine
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    delete: true
    pending_path: site.purge

- name: Carefully, within what was agreed with Akamai, and proved
  edgeops.netstorage.ns_sync:
    src: site
    path: site
    on_error: stop
    verify: full
    verify_wait: 30
    max_requests_per_second: 95
    max_bandwidth: 20M
  register: deployed

# A play whose hosts all have the same build, each with its share of the assets
- name: Assets, each host its share
  edgeops.netstorage.ns_sync:
    src: /srv/build/site
    remote_src: true
    path: site
    delete: true
    phases: early
    shard: "{{ ansible_play_hosts_all.index(inventory_hostname) + 1 }}/{{ ansible_play_hosts_all | length }}"
  register: part

- name: Pages, links and deletes, when all shares are done
  edgeops.netstorage.ns_sync:
    src: /srv/build/site
    remote_src: true
    path: site
    delete: true
    phases: late
    shards: "{{ ansible_play_hosts_all | map('extract', hostvars, ['part', 'shard']) | list }}"
  run_once: true
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
    digest:
      description:
        - The digest of the plan, for O(expect_digest). The same tree over the same state has the same one on every machine.
        - No time, revision, local path or account is part of it.
      type: str
      returned: when O(plan_file), O(expect_plan) or O(expect_digest) is set
      sample: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
shard:
  description:
    - What this host says of its share of the early phases, for O(shards) of the late task. Without O(shard) it is the only one.
    - RV(plan), RV(changed_paths) and all lists are about this share. What stays as it is is counted by the late task alone. A
      plan that a guard refused is shown as a whole.
  returned: with O(phases=early), and failure once there is a plan
  type: dict
  contains:
    index:
      description: The number of the share, from 1 on.
      type: int
      returned: always
    count:
      description: How many shares there are.
      type: int
      returned: always
    host:
      description: Where the tree goes.
      type: str
      returned: always
    path:
      description: The absolute path of the tree.
      type: str
      returned: always
    want_digest:
      description:
        - A digest of the names, kinds, sizes and targets of the whole wanted tree, and of the beginning of up to 1,000 files.
      type: str
      returned: always
      sample: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    planned:
      description: How many steps the share has.
      type: int
      returned: always
    done:
      description: How many of them were carried out.
      type: int
      returned: always
    failures:
      description: How many failed.
      type: int
      returned: always
    left:
      description: How many were not started; in check mode all of them.
      type: int
      returned: always
    bytes:
      description: What all its steps send.
      type: int
      returned: always
    unjudged:
      description: How many files of other shares were not compared, because that takes their content.
      type: int
      returned: always
    check:
      description: Whether it was only planned, in check mode.
      type: bool
      returned: always
    complete:
      description: Whether the task succeeded.
      type: bool
      returned: always
plan_file:
  description: Where the document of the plan was written.
  returned: when O(plan_file) is set, once there is a plan
  type: str
changed_paths:
  description:
    - Files and symlinks whose content or target changed, that appeared or that vanished; in check mode those that would.
    - At most 1,000, in the order of execution; all of them are in the file of O(changed_paths_file). Directories and times are no
      content.
  returned: success, and failure once there is a plan
  type: list
  elements: str
  sample: [/123456/site/index.html]
changed_paths_file:
  description: The file with all changed paths, as O(changed_paths_file) names it.
  returned: when O(changed_paths_file) is set, and there is a plan
  type: str
  sample: /srv/build/changed.txt
pending_list:
  description:
    - The list of this run that waits below O(pending_path).
    - It ends in C(.planned.gz) where the one of what has changed could not be stored.
  returned: when O(pending_path) is set, and there is something to purge
  type: str
  sample: /123456/www.purge/20261130T160852.123456789-1f2e3d4c.deployed.gz
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
unmatched_patterns:
  description:
    - By option, the patterns that the task gave and that match nothing of what was looked at, on either side. Neither defaults
      nor C(refuse) are among them.
    - A warning says so only where a name differs by upper and lower case, a blank or its Unicode form alone.
  returned: success, and failure once there is a plan
  type: dict
  sample: {protect: [uploads/]}
verified:
  description: What was proved of what was sent.
  returned: when O(verify) is not V(none), and a plan was carried out
  type: dict
  contains:
    by:
      description: The value of O(verify).
      type: str
      returned: always
    files:
      description: How many files are as they were sent.
      type: int
      returned: always
    links:
      description: How many symlinks are.
      type: int
      returned: always
    by_size:
      description: How many of the files are verified by their size alone, because their MD5 is not available.
      type: int
      returned: always
    seen_by:
      description: Who was asked. No proof is about all replicas.
      type: str
      returned: always
      sample: one replica, perhaps another one for each page of a listing and each download
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
    differences:
      description:
        - The first 20 differences between the reviewed plan and today's, each with C(path), C(what), C(reviewed) and C(now).
        - C(what) is C(not_reviewed), C(before_differs), C(after_differs), C(kind_differs), C(not_done), C(policy), C(place),
          C(refused_then), C(unknown_then), C(expired) or C(digest).
      type: list
      elements: dict
      returned: when the code is C(expect_plan)
    differences_total:
      description: How many there are.
      type: int
      returned: when the code is C(expect_plan)
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
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.changing import SYNC
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(SYNC)


if __name__ == "__main__":
    main()
