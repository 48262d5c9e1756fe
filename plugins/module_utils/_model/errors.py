# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of the collection, each with what was tried, where, and what to do next.

Every error of the collection is one of these; ``_ansible`` turns them into ``fail_json`` at one place. The account's
key is never part of one.
"""

from __future__ import annotations

import typing as t

from .paths import shown


class NetStorageError(Exception):
    """The base of all. ``code`` is the stable word that playbooks may branch on (``failure.code``).

    ``advice`` is the default for the hint.
    """

    code = "error"
    advice = ""

    def __init__(
        self,
        message: str,
        *,
        path: bytes | None = None,
        action: str | None = None,
        status: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.action = action
        self.status = status
        self.hint = hint or self.advice
        self.has_changed = False  # whether the path is no longer as it was, although what was asked for failed
        self.problem: dict[str, t.Any] = {}  # what an API said of it (application/problem+json), without secrets
        self.detail = ""  # its words in full, to be compared and not shown

    def __str__(self) -> str:
        return self._told(self.hint)

    @property
    def brief(self) -> str:
        """Without the default hint, for a message with several errors."""
        return self._told("" if self.hint == self.advice else self.hint)

    def _told(self, hint: str) -> str:
        where = f" ({shown(self.path)})" if self.path is not None and shown(self.path) not in self.message else ""
        end = "" if self.message.endswith(".") else "."
        return f"{self.message}{where}{end} {hint}".rstrip()

    def failure(self) -> dict[str, t.Any]:
        """The ``failure`` value of a result: code, action, path, status, hint; of an API's error ``problem`` as well."""
        values = {
            "code": self.code,
            "action": self.action,
            "path": None if self.path is None else shown(self.path),
            "status": self.status,
            "hint": self.hint,
        }
        return {**values, "problem": self.problem} if self.problem else values


class BadOptions(NetStorageError):
    """The options contradict each other or have impossible values. Raised before the first request."""

    code = "bad_options"


class BadSource(NetStorageError):
    """The local side is missing, of the wrong kind, or holds something that cannot be sent."""

    code = "bad_source"


class SourceChanged(BadSource):
    """A local file changed while it was being read; nothing of it was kept on the service."""

    code = "source_changed"


class ObjectChanged(NetStorageError):
    """A file changed on the service while it was fetched; nothing of it was put in its place."""

    code = "object_changed"
    advice = "Run the task again; it reads the current state."


class LocalFailed(NetStorageError):
    """The local file system refused what a step had to do."""

    code = "local_failed"
    advice = "Run the task again when that is repaired: it does only what is left."


class GuardTripped(NetStorageError):
    """The plan does more than the author of the task is likely to intend. Nothing was written."""

    code = "guard"

    def __init__(self, guard: str, message: str, *, path: bytes | None = None, hint: str = "") -> None:
        super().__init__(message, path=path, hint=hint)
        self.code = guard


class LinkInTheWay(NetStorageError):
    """A symlink stands where a directory must be; the collection never writes through one."""

    code = "link_in_the_way"


class NotADirectory(NetStorageError):
    """A file stands at the path, and no directory of that name."""

    code = "not_a_directory"


class AuthRefused(NetStorageError):
    """403: signature, clock, account, CP code or path were refused; the hint names the likely causes."""

    code = "auth_refused"


class ObjectRefused(AuthRefused):
    """400 or 403 to a purge: the service refuses one of its objects, and so nothing of the request was purged.

    ``refused`` is that object.
    """

    code = "refused_object"
    refused: str | int = ""
    advice = (
        "The API client may not purge that host name or CP code, or it is misspelt. Correct it, extend the grant, or set "
        "on_refused: skip."
    )


class QuickDeleteOff(AuthRefused):
    """403 to a quick-delete: it is not enabled, as it is not by default. Nothing was removed."""

    code = "quick_delete_off"
    advice = "Akamai enables quick-delete on request. quick_delete: allowed deletes object by object where it is not."


class StillDeleting(NetStorageError):
    """A quick-delete was accepted, and the directory is not yet seen to be gone."""

    code = "still_deleting"
    advice = "The service goes on by itself. Run the task again later, or raise quick_delete_wait."


class NotFound(NetStorageError):
    """404. Whether that is a failure is the caller's decision; a listing's 404 never means "empty" by itself."""

    code = "not_found"
    advice = "Something else may have removed it meanwhile. Run the task again; it reads the current state."


class Conflict(NetStorageError):
    """409 or 412, or another 4xx with which the service refuses what the request asks for."""

    code = "conflict"
    advice = "Something else may stand there, or change it at the same time. Run the task again; it reads the current state."


class BeforeDiffers(Conflict):
    """Under a reviewed plan: something else than what was reviewed stood where a step was about to delete or replace."""

    code = "before_differs"
    advice = "Somebody else wrote there. Make and review a new plan."


class Refused(NetStorageError):
    """Any other 4xx: the service does not do this request (400, 405, 416 …) or an action it lacks (501)."""

    code = "refused"
    advice = "The service does not accept this request. Check host and root; Ask Akamai's support what the account may do."


class Throttled(NetStorageError):
    """429 or 423 to the last try."""

    code = "throttled"
    advice = "Run the task again later, or set max_requests_per_second to a rate that the service accepts."


class ServiceFailed(NetStorageError):
    """5xx to the last try."""

    code = "service_failed"
    advice = "The fault is with the service. Run the task again later: it does only what is left."


class Unreachable(NetStorageError):
    """No connection, no TLS, or no response to the last try."""

    code = "unreachable"
    advice = "Run the task again: it does only what is left."


class BadReply(NetStorageError):
    """The response is not what the protocol promises."""

    code = "bad_response"
    advice = "Run the task again. If the error persists, something between this machine and the service changes its responses."


class ListingIncomplete(BadReply):
    """A listing broke off, contradicts itself or is in a loop. It is unknown, never empty."""

    code = "listing_incomplete"


class ListingDisorder(ListingIncomplete):
    """A key of a listing did not increase: the service orders names otherwise than by the bytes of the whole key."""

    code = "listing_disorder"


class LocalUnknown(NetStorageError):
    """Parts of the local tree could not be read. What they might hold was left alone, and nothing was deleted."""

    code = "local_unknown"


class PartlyDone(NetStorageError):
    """Some steps failed. Their siblings went on, later phases did not start, nothing was deleted."""

    code = "partly_done"


class StaleEdge(NetStorageError):
    """An edge serves something else than what is expected."""

    code = "stale_edge"


class MissingAtEdge(NetStorageError):
    """An edge says that there is nothing where something is expected."""

    code = "missing_at_edge"


class Stopped(NetStorageError):
    """The run was cancelled: by a signal, or because the process that started it has ended. No further request was sent."""

    code = "stopped"


class Unproved(NetStorageError):
    """What was sent is not what the service shows afterwards."""

    code = "unproved"


class Undone(NetStorageError):
    """What was done is no longer so, because a request whose response was lost was carried out after it."""

    code = "undone"
    advice = "Run the task again: it does what is left."


class NotPropagated(NetStorageError):
    """A change of the Configuration API was made, and is not known to the network in the time that the task waits."""

    code = "not_propagated"
    advice = "The change is made; propagation takes 60 to 120 minutes. Run the task again later, or raise wait_timeout."


class UnknownId(NetStorageError):
    """The service has made something, and it cannot be told which of several new ones it is."""

    code = "unknown_id"
