# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetStorage's Configuration API: which request stands for what. Lists rather than single objects: 50 requests a minute are all.

A change is sent once. Where its response is lost, ``change`` says so, and its caller looks whether the change was made.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .._config.members import Document, rows_of
from .._edgegrid.api_errors import ApiRequest
from .._edgegrid.client import ApiClient
from .._model.errors import BadReply, NetStorageError, ServiceFailed, Unreachable

BASE = "/storage/v1"
CP_CODE_NAMES = "/cprg/v1/cpcodes"
Method = t.Literal["POST", "PUT", "DELETE"]


class ChangeResponse(t.NamedTuple):
    """The response to a POST, PUT or DELETE.

    document  its JSON, None where the body is empty
    lost      the error after which nobody knows whether the change was made; None where the service has accepted it
    """

    document: t.Any = None
    lost: t.Optional[NetStorageError] = None


class ConfigurationApi:
    """The requests of the modules. Every method raises NetStorageError."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    # -- looking

    def groups(self) -> list[Document]:
        """All storage groups that the API client may see."""
        return self._rows("list_storage_groups", f"{BASE}/storage-groups")

    def group(self, number: int) -> Document:
        """A storage group that is known to be there."""
        return self._object("get_storage_group", f"{BASE}/storage-groups/{number}")

    def accounts(self) -> list[Document]:
        """All upload accounts, with their keys in clear."""
        return self._rows("list_upload_accounts", f"{BASE}/upload-accounts")

    def account(self, name: str) -> Document:
        """An upload account that is known to be there."""
        return self._object("get_upload_account", f"{BASE}/upload-accounts/{quote(name, safe='')}")

    def unused_cp_codes(self, contract: str) -> object:
        """See ``_config/cp_codes.py: numbers_in``."""
        return self.look("list_unused_cp_codes", f"{BASE}/cpcodes/unused", contractId=contract)

    def used_cp_codes(self) -> object:
        """See ``_config/cp_codes.py: user_of``."""
        return self.look("list_used_cp_codes", f"{BASE}/cpcodes/used")

    def named_cp_codes(self, contract: str, name: str) -> object:
        """See ``_config/cp_codes.py: named``. It is another API, which takes a grant of its own."""
        return self.look("find_cp_codes", CP_CODE_NAMES, contractId=contract, cpcodeName=name)

    def zones(self) -> list[str]:
        listed = self.look("list_zones", f"{BASE}/zones")
        rows = rows_of(listed.get("zones") if isinstance(listed, dict) else listed)
        return [str(row["zoneName"]) for row in rows if row.get("zoneName")]

    def rule_sets(self) -> list[Document]:
        return self._rows("list_rule_sets", f"{BASE}/rule-sets")

    def look(self, action: str, path: str, **query: str) -> t.Any:  # noqa: ANN401  # a document of any kind
        """The document of a GET, which is repeated where it fails."""
        return self._client.send(ApiRequest(action, path, query), "GET").document

    # -- changing

    def change(self, action: str, method: Method, path: str, document: object = None, **query: str) -> ChangeResponse:
        """Send a change, once but for a 429, which the service refuses unseen.

        Args:
            path: below ``/storage/v1``, percent-encoded.

        Raises:
            NetStorageError: the service has refused it.
        """
        try:
            return ChangeResponse(self._client.send(ApiRequest(action, BASE + path, query), method, document).document)
        except (Unreachable, BadReply, ServiceFailed) as error:
            error.hint = "It is not known whether the service has made the change. Run the task again: it looks first."
            return ChangeResponse(lost=error)

    def _rows(self, action: str, path: str) -> list[Document]:
        listed = self.look(action, path)
        if not isinstance(listed, list) and not (isinstance(listed, dict) and isinstance(listed.get("items"), list)):
            raise BadReply("The response is no list", path=path.encode(), action=action)
        return rows_of(listed)

    def _object(self, action: str, path: str) -> Document:
        found = self.look(action, path)
        if not isinstance(found, dict):
            raise BadReply("The response is no object", path=path.encode(), action=action)
        return found
