# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of the lookups. They run on the controller, where C(module_defaults) do not reach them."""

from __future__ import annotations


class ModuleDocFragment:
    """Each option is looked for in the lookup itself, in a variable, in the environment and in ``ansible.cfg``, in this order."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - The upload host of the storage group, C(<prefix>-nsu.akamaihd.net), with an optional C(:port). Required.
      - O(root) may be written behind it, as rclone users do; C(example-nsu.akamaihd.net/123456).
    type: str
    vars:
      - name: netstorage_host
    env:
      - name: NETSTORAGE_HOST
    ini:
      - section: netstorage
        key: host
  root:
    description:
      - The base path, a CP code with or without a directory; C(/123456) or C(/123456/site).
      - A path that does not begin with a slash is relative to it; one that does must lie inside it.
    type: str
    vars:
      - name: netstorage_root
    env:
      - name: NETSTORAGE_ROOT
    ini:
      - section: netstorage
        key: root
  account:
    description: The Id of the upload account. Required.
    type: str
    vars:
      - name: netstorage_account
    env:
      - name: NETSTORAGE_ACCOUNT
    ini:
      - section: netstorage
        key: account
  key:
    description:
      - The HTTP API key of the upload account (rclone calls it the G2O key). At least 16 characters. Required.
      - Give it with a variable out of a vault. It is not read from C(ansible.cfg), which is not a place for a secret.
    type: str
    vars:
      - name: netstorage_key
    env:
      - name: NETSTORAGE_KEY
  protocol:
    description: V(http) is for the emulator and for networks that end TLS elsewhere.
    type: str
    choices: [https, http]
    default: https
    vars:
      - name: netstorage_protocol
    env:
      - name: NETSTORAGE_PROTOCOL
    ini:
      - section: netstorage
        key: protocol
  validate_certs:
    description: Whether the certificate of O(host) must verify. V(false) lets anybody on the way read and change what is sent.
    type: bool
    default: true
    vars:
      - name: netstorage_validate_certs
    ini:
      - section: netstorage
        key: validate_certs
  ca_path:
    description:
      - A file or a directory with the certificates of the authorities to trust, instead of those that come with requests.
    type: path
    vars:
      - name: netstorage_ca_path
    env:
      - name: NETSTORAGE_CA_PATH
    ini:
      - section: netstorage
        key: ca_path
  idle_timeout:
    description:
      - Seconds without a single byte after which a request counts as broken.
      - The head of a response must be complete so many seconds after its first byte, and the rest of the response to a change so
        many seconds after that. Listings and contents have no limit on their total time, nor has what is sent.
    type: float
    default: 60.0
    vars:
      - name: netstorage_idle_timeout
    ini:
      - section: netstorage
        key: idle_timeout
  max_retries:
    description: How often a request is repeated after a throttled, broken or missing response, 0 to 100. Each try is signed anew.
    type: int
    default: 5
    vars:
      - name: netstorage_max_retries
    ini:
      - section: netstorage
        key: max_retries
  use_proxy:
    description:
      - Whether the proxy settings of the environment (E(https_proxy), E(http_proxy), E(all_proxy), E(no_proxy)) are used.
    type: bool
    default: true
    vars:
      - name: netstorage_use_proxy
    ini:
      - section: netstorage
        key: use_proxy
  max_requests_per_second:
    description: The most requests that one lookup sends in a second, 0.001 to 1,000,000. No cap by default.
    type: float
    vars:
      - name: netstorage_max_requests_per_second
    ini:
      - section: netstorage
        key: max_requests_per_second
  max_bandwidth:
    description: The most bytes that one lookup receives in a second, such as V(20M). No cap by default.
    type: str
    vars:
      - name: netstorage_max_bandwidth
    ini:
      - section: netstorage
        key: max_bandwidth
  unusual_names:
    description:
      - NetStorage takes empty, C(.) and C(..) components and trailing slashes literally. V(refuse) fails on such a path.
    type: str
    choices: [refuse, allow]
    default: refuse
    vars:
      - name: netstorage_unusual_names
    ini:
      - section: netstorage
        key: unusual_names
requirements:
  - requests >= 2.31 on the controller
"""
