#!/usr/bin/python
# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ns_conformance
short_description: Find out how Akamai NetStorage answers what its documentation leaves open
version_added: 1.0.0
description:
  - Asks the service, in one scratch directory, the questions that Akamai's documentation leaves open; whether a rename replaces
    what is there, whether a repeated signature is refused, what is in the C(ETag) of a download. What it answers is a
    fingerprint, the settings of the emulator of this collection that imitate this service.
  - What only reads comes first. What writes comes after that, and only with O(write=true). What was made is removed at the end.
  - A run takes about two minutes, and at most 300 requests, those included that repeat or clean up. What does not fit is listed
    as not asked. What the service did not answer, because a request failed or its response was lost, is not known and never
    guessed.
  - In the fingerprint is nothing of the account, of the host, or of any name.
  - O(idle_timeout) is 20 seconds and O(max_retries) 5 at most, since a run has an end.
  - A run that is stopped or killed leaves what it has made, all of it in the directory C(ns-conformance-work) in O(path). The
    next run with O(write=true) removes that first.
author:
  - edgeops.netstorage contributors (@edgeops)
extends_documentation_fragment:
  - edgeops.netstorage.connection
  - edgeops.netstorage.attributes
  - edgeops.netstorage.attributes.usage
  - edgeops.netstorage.attributes.not_idempotent
  - edgeops.netstorage.experimental
attributes:
  check_mode:
    support: full
    description: Asks what only reads, as without O(write).
  diff_mode:
    support: N/A
    description: What it makes is removed again.

options:
  path:
    description:
      - The scratch directory, relative to O(root) or absolute with the CP code. Nobody else may use it meanwhile.
      - It need not be there. If it is, it must be empty, but for what an earlier run has left.
      - The root of a CP code is refused.
    type: str
    required: true
  write:
    description:
      - Whether to ask what only something that is written can tell; files of a few bytes, directories and symlinks, all of them
        in O(path).
      - It asks for a quick-delete too, of a directory that it has made.
    type: bool
    default: false
seealso:
  - module: edgeops.netstorage.ns_info
    description: Whether the account has access at all.
"""

EXAMPLES = r"""
- name: Ask what only reads
  edgeops.netstorage.ns_conformance:
    host: example-nsu.akamaihd.net
    root: /123456
    account: deploy
    key: "{{ netstorage_key }}"
    path: conformance
  register: asked

- name: Ask everything
  edgeops.netstorage.ns_conformance:
    path: conformance
    write: true
  register: asked

- name: Keep the fingerprint, for netstorage-emulator serve --profile
  ansible.builtin.copy:
    content: "{{ asked.profile | to_nice_json }}\n"
    dest: service.json
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
summary:
  description: A line that says how much was found, and one for each question, for people.
  returned: success
  type: list
  elements: str
  sample: ["35 of 37 questions are answered", "rename_existing: replace"]
answers:
  description: All questions that a run may ask, those of the emulator's knobs first.
  returned: success
  type: list
  elements: dict
  contains:
    question:
      description: The knob of the emulator, or a name of its own.
      type: str
      returned: always
    asked:
      description: The question in words.
      type: str
      returned: always
    is_knob:
      description: Whether RV(answers[].answer) is a setting of a knob.
      type: bool
      returned: always
    answer:
      description: The answer. Null where it is not known.
      type: str
      returned: always
    why:
      description:
        - Why it is not known; not asked, not answered, or answered in a way that is none of the answers that are thought of.
      type: str
      returned: always
    seen:
      description: What the responses said, without names; C(done), a status, or what stands at a path afterwards.
      type: list
      elements: str
      returned: always
    requests:
      description: How many requests it took. Questions of one scene share theirs.
      type: int
      returned: always
  sample:
    - question: rename_existing
      asked: rename onto a file or a symlink
      is_knob: true
      answer: replace
      why: ""
      seen: ["rename onto a file: done", "a: nothing", "b: file of 5 bytes"]
      requests: 12
not_asked:
  description: What no run finds out, and why.
  returned: success
  type: list
  elements: str
  sample: ["plain HTTP: it would show the signature to anybody on the way"]
profile:
  description: The fingerprint, as C(netstorage-emulator serve --profile) reads it from a file in JSON.
  returned: success
  type: dict
  contains:
    about:
      description: What this is.
      type: str
      returned: always
    knobs:
      description:
        - The settings that were found, by knob. One that is known in part, such as C(page_size) of C(dir) alone, has the default
          of the emulator for the rest, and is in RV(profile.not_known) as well.
      type: dict
      returned: always
    not_known:
      description: Why others were not, by knob. The emulator has its defaults there.
      type: dict
      returned: always
form:
  description: The same as a page in Markdown, ready to be posted.
  returned: success
  type: str
requests_sent:
  description: How many requests were sent, repeated ones and those that clean up included; 300 at most.
  returned: success
  type: int
  sample: 203
left:
  description: How many entries could not be removed, or that it is not known; then a warning says so. 0 where nothing is left.
  returned: success
  type: int
  sample: 0
path:
  description: The absolute path of the scratch directory, with the CP code.
  returned: success
  type: str
  sample: /123456/conformance
account:
  description: The upload account that asked.
  returned: success
  type: str
  sample: deploy
host:
  description: The upload host that was asked.
  returned: success
  type: str
  sample: example-nsu.akamaihd.net
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
        - A stable word such as C(auth_refused), C(not_empty) (the scratch directory has something in it), C(not_a_directory),
          C(link_in_the_way) or C(partly_done) (what an earlier run has left is not all removed yet).
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
"""

from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.conforming import CONFORMANCE
from ansible_collections.edgeops.netstorage.plugins.module_utils._ansible.module import run_module


def main() -> None:
    run_module(CONFORMANCE)


if __name__ == "__main__":
    main()
