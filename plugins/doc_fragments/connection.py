# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Connection options, and the two that say how directories and odd names are treated."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - The upload host of the storage group, C(<prefix>-nsu.akamaihd.net), with an optional C(:port).
      - O(root) may be written behind it, as rclone users do; C(example-nsu.akamaihd.net/123456).
      - Falls back to the environment variable E(NETSTORAGE_HOST), read where the module runs.
    type: str
    required: true
  root:
    description:
      - The base path, a CP code with or without a directory; C(/123456) or C(/123456/site).
      - A O(path) that does not begin with a slash is relative to it; one that does must lie inside it.
      - Left out, every path is absolute and begins with the CP code.
      - Falls back to the environment variable E(NETSTORAGE_ROOT), read where the module runs.
    type: str
  account:
    description:
      - The Id of the upload account.
      - Falls back to the environment variable E(NETSTORAGE_ACCOUNT), read where the module runs.
    type: str
    required: true
  key:
    description:
      - The HTTP API key of the upload account (rclone calls it the G2O key). At least 16 characters.
      - It is masked wherever the collection writes. Callbacks that print raw task arguments show what the task says, and the
        keyword C(environment) shows it in command lines; use a variable out of a vault.
      - Falls back to the environment variable E(NETSTORAGE_KEY), read where the module runs.
    type: str
    required: true
  protocol:
    description:
      - V(http) is for the emulator and for networks that end TLS elsewhere.
      - Falls back to the environment variable E(NETSTORAGE_PROTOCOL), read where the module runs.
    type: str
    choices: [https, http]
    default: https
  validate_certs:
    description: Whether the certificate of O(host) must verify. V(false) lets anybody on the way read and change what is sent.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a directory with the certificates of the authorities to trust, instead of those that come with requests.
        E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are honoured as well.
      - Falls back to the environment variable E(NETSTORAGE_CA_PATH), read where the module runs.
    type: path
  idle_timeout:
    description:
      - Seconds without a single byte after which a request counts as broken.
      - The head of a response must be complete so many seconds after its first byte, and the rest of the response to a change so
        many seconds after that. Listings and contents have no limit on their total time, nor has what is sent.
    type: float
    default: 60.0
  max_retries:
    description: How often a request is repeated after a throttled, broken or missing response, 0 to 100. Each try is signed anew.
    type: int
    default: 5
  use_proxy:
    description:
      - Whether the proxy settings of the environment (E(https_proxy), E(http_proxy), E(all_proxy), E(no_proxy)) are used.
      - Redirects are never followed, and C(.netrc) is never read.
    type: bool
    default: true
  max_requests_per_second:
    description:
      - The most requests that this task sends in a second, on all its connections together, 0.001 to 1,000,000. No cap by
        default.
      - Without it the task goes as fast as the service lets it. When the service throttles (429, 503) or gets slow, all
        connections hold back together, and try again to go faster later.
    type: float
  max_bandwidth:
    description: The most bytes that this task sends and receives in a second, such as V(20M). No cap by default.
    type: bytes
  settle:
    description:
      - Seconds for which the service takes a signature. A request whose response was lost may be carried out as late as that,
        over whatever came after it, so a task waits that long before it ends, and before it puts something where a lost request
        could still remove it. A task that lost no response never waits.
      - V(0) trusts the service to carry nothing out late.
    type: float
    default: 60.0
  directories:
    description:
      - V(explicit) makes every directory on the way explicit, as rclone does, so that it stays when it is empty and is
        seen by every client.
      - V(leave) creates nothing but what was asked for; directories then exist implicitly, because something lies below.
    type: str
    choices: [explicit, leave]
    default: explicit
  unusual_names:
    description:
      - NetStorage takes empty, C(.) and C(..) components and trailing slashes literally. V(refuse) fails on such a O(path) and
        leaves such entries alone where they are found; V(allow) treats them as any other name.
      - V(refuse) fails on names and targets with control characters, such as the line break that a folded scalar of YAML ends
        in. A slash at the end of the path of a directory is dropped, as people write it out of habit.
      - V(refuse) also fails on two names of a source that differ only by their Unicode form, such as one C(é) and another one
        made of C(e) and an accent; V(allow) lets both be there.
    type: str
    choices: [refuse, allow]
    default: refuse
  diff_limit:
    description:
      - How much the diff of a task shows in all. What is left out is said in its last lines.
      - Texts are shown up to the size that Ansible sets for diffs (C(max_diff_size)), and lines up to 2,000 characters.
    type: dict
    suboptions:
      files:
        description: How many files are shown with their content. The others have a line each.
        type: int
        default: 20
      lines:
        description: How many lines there are at most. Those of the plan come first, and content gets what they leave.
        type: int
        default: 1000
requirements:
  - requests >= 2.31 where the module runs
attributes:
  check_mode:
    support: full
    description: Shows the plan that the real run would carry out, and sends nothing that changes anything.
  diff_mode:
    support: full
    description: Shows the plan in lines and unified diffs of text; old text is downloaded only for this.
"""
