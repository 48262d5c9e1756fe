# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of all modules that ask Akamai's other APIs, which are signed with EdgeGrid."""

from __future__ import annotations


class ModuleDocFragment:
    """Who asks, and where."""

    DOCUMENTATION = r"""
options:
  api_host:
    description:
      - The host of the API client, such as C(akab-….luna.akamaiapis.net), as Akamai Control Center shows it with the secret.
      - O(api_host), O(client_token), O(access_token) and O(client_secret) belong together. Without them, the environment
        where the module runs is asked for E(AKAMAI_HOST), E(AKAMAI_CLIENT_TOKEN), E(AKAMAI_ACCESS_TOKEN) and
        E(AKAMAI_CLIENT_SECRET); with a O(section), first for variables such as C(AKAMAI_CCU_HOST) for the section C(ccu).
        Without those, O(edgerc) is read. Some of the four without the others are an error.
    type: str
  client_token:
    description: The client token of the API client. It is masked as a secret is.
    type: str
  access_token:
    description: The access token of the API client. It is masked as a secret is.
    type: str
  client_secret:
    description:
      - The client secret of the API client. It is masked wherever the collection writes.
      - Callbacks that print raw task arguments show what the task says; use a variable out of a vault.
    type: str
  edgerc:
    description:
      - A file with credentials, on the machine where the module runs; C(~/.edgerc) by default. Other users should not be able
        to read it; that they are is a warning.
      - Falls back to the environment variable E(AKAMAI_EDGERC), read where the module runs.
    type: path
  section:
    description:
      - The section of O(edgerc), and a part of the names of variables of the environment. V(default) by default.
      - Falls back to the environment variable E(AKAMAI_EDGERC_SECTION), read where the module runs.
    type: str
  account_switch_key:
    description:
      - The account to work on, for API clients that may manage several, such as C(A-CCT1234:1ABCD). Else the C(account_key) of
        the section.
      - Fast Purge does not know it, so M(edgeops.netstorage.ns_purge) refuses it.
    type: str
  api_protocol:
    description:
      - V(http) is for the emulator. It is part of the signature.
      - Falls back to the environment variable E(NETSTORAGE_API_PROTOCOL), read where the module runs.
    type: str
    choices: [https, http]
    default: https
  validate_certs:
    description:
      - Whether the certificate of O(api_host) must verify. V(false) lets anybody on the way read and change what is sent.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a directory with the certificates of the authorities to trust, instead of those that come with requests.
        E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are honoured as well.
      - Falls back to the environment variable E(NETSTORAGE_CA_PATH), read where the module runs.
    type: path
  use_proxy:
    description:
      - Whether the proxy settings of the environment (E(https_proxy), E(http_proxy), E(all_proxy), E(no_proxy)) are used.
      - Redirects are never followed, and C(.netrc) is never read.
    type: bool
    default: true
  idle_timeout:
    description: Seconds without a single byte after which a request counts as broken.
    type: float
    default: 60.0
  max_retries:
    description:
      - How often a request is repeated after a throttled, broken or missing response, 0 to 100. Each try is signed anew.
      - After a 429 the wait is as long as the headers of the response say, else five seconds; after other failures it grows.
    type: int
    default: 5
requirements:
  - requests >= 2.31 where the module runs
"""
