# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of the Configuration API share: look, compare, guard, [check mode ends here], change, look again, result.

A module gives a ``Task``. Everything that it finds out on the way is in the ``Outcome``, from which the result is made, also
where the task fails halfway.
"""

from __future__ import annotations

import abc
import dataclasses
import typing as t

from .._config.differences import Change, summary
from .._config.members import Document
from .._config.secrets import secrets_in_document, without_secrets
from .._edgegrid.api_errors import ApiRequest
from .._edgegrid.api_settings import ApiSettings
from .._edgegrid.client import ApiClient
from .._edgegrid.credential_sources import find_credentials
from .._model.errors import NetStorageError, NotPropagated, Unproved
from .._model.masking import SHORTEST
from .._queries.base import Answer
from .._threads.cancellation import Cancellation
from .configuration_api import ChangeResponse, ConfigurationApi, Method

LISTED = 1000
_PAUSES = (2.0, 5.0)  # seconds between looks whether a change was made, after its response was lost

Found = t.TypeVar("Found")


class Waiting(t.NamedTuple):
    """The options ``wait``, ``wait_timeout`` and ``wait_interval``."""

    is_wanted: bool = False
    timeout: float = 0.0
    interval: float = 1.0


@dataclasses.dataclass
class Outcome:
    """What happens in a run.

    changes        the plan
    before, after  the projections of the object for the diff, without secrets; empty where there is none
    pending        what is not known to the network yet, None where the service does not tell
    values         what the module adds to the result
    is_changed     whether a change was made, or may have been
    secrets        what the result must not show
    """

    changes: list[Change] = dataclasses.field(default_factory=list)
    before: Document = dataclasses.field(default_factory=dict)
    after: Document = dataclasses.field(default_factory=dict)
    pending: t.Optional[list[str]] = None
    values: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    is_changed: bool = False
    secrets: list[str] = dataclasses.field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def keep_secret(self, document: object) -> None:
        """Mask whatever a response has of secrets; a short text would mask parts of everything."""
        self.secrets += [secret for secret in secrets_in_document(document) if len(secret) >= SHORTEST]

    def result(self, is_check: bool, with_diff: bool, api_calls: t.Mapping[str, int], is_failed: bool) -> dict[str, t.Any]:
        is_changed = self.is_changed or (is_check and not is_failed and bool(self.changes))
        values: dict[str, t.Any] = {
            "changed": is_changed,
            "plan": {"summary": summary(self.changes), "changes": [change.as_dict() for change in self.changes[:LISTED]]},
            "propagated": None if self.pending is None else not self.pending,
            "pending": self.pending or [],
            "api_calls": dict(api_calls),
            **self.values,
        }
        if with_diff and self.changes:
            values["diff"] = [{"before": without_secrets(self.before), "after": without_secrets(self.after)}]
        if self.notes:
            values["notes"] = self.notes[:LISTED]
        return values


class Run(t.NamedTuple):
    """What a task works with."""

    api: ConfigurationApi
    outcome: Outcome
    waiting: Waiting
    sleep: t.Callable[[float], None]

    def change(self, action: str, method: Method, path: str, document: object = None, **query: str) -> ChangeResponse:
        """See ``ConfigurationApi.change``; what the service accepts makes the task changed."""
        response = self.api.change(action, method, path, document, **query)
        self.outcome.is_changed = self.outcome.is_changed or response.lost is None
        return response

    def confirmed(
        self, response: ChangeResponse, look: t.Callable[[], Found], is_made: t.Callable[[Found], bool], what: str = ""
    ) -> Found:
        """The object after a change. Where the response was lost, a few looks show whether it was made; it is not sent again.

        Args:
            what: the change in words; then one that was accepted and is not seen is an error as well.

        Raises:
            Unproved: the service has accepted the change, and does not show it.
            NetStorageError: the error of the change, where it is not seen to be made.
        """
        found = look()
        if response.lost is None:
            if what and not is_made(found):
                raise Unproved(
                    f"The service has accepted {what}, and does not show it", hint="Run the task again: it looks first."
                )
            return found
        for pause in _PAUSES:
            if is_made(found):
                break
            self.sleep(pause)
            found = look()
        if not is_made(found):
            raise response.lost
        self.outcome.is_changed = True
        self.outcome.note(f"The response to a change was lost ({response.lost.message}), and the change is made.")
        return found

    def until_propagated(self, found: Found, look: t.Callable[[], Found], pending: t.Callable[[Found], list[str]]) -> Found:
        """Look once in each interval until nothing is pending.

        Args:
            found: what the last look found.

        Raises:
            NotPropagated: ``wait_timeout`` is over.
        """
        waited = 0.0
        while pending(found):
            if waited >= self.waiting.timeout:
                self.outcome.pending = pending(found)
                raise NotPropagated(
                    f"After {waited:,.0f} seconds (wait_timeout) this is still pending: {', '.join(pending(found)[:10])}"
                )
            pause = min(self.waiting.interval, self.waiting.timeout - waited)
            self.sleep(pause)
            waited += pause
            found = look()
        return found


class Task(abc.ABC):
    """What one module wants.

    settings  of the API client
    waiting   whether it waits for propagation
    """

    def __init__(self, settings: ApiSettings, waiting: Waiting) -> None:
        self.settings, self.waiting = settings, waiting

    @abc.abstractmethod
    def plan(self, run: Run) -> None:
        """Look, and fill the plan of the outcome. Sends only GETs. Raises NetStorageError, from guards as well."""

    @abc.abstractmethod
    def carry_out(self, run: Run) -> None:
        """Do what the plan says, if there is anything in it, and wait where that is wanted. Raises NetStorageError."""


def run_task(task: Task, environment: t.Mapping[str, str], cancellation: Cancellation, is_check: bool, with_diff: bool) -> Answer:
    """The result of a task.

    Raises:
        NetStorageError: before the first request.
    """
    found = find_credentials(task.settings, environment)
    outcome, error = Outcome(notes=list(found.notes)), None
    with ApiClient(found.credentials, task.settings, cancellation=cancellation) as client:
        waiting = ApiRequest("wait", "/storage/v1")
        run = Run(ConfigurationApi(client), outcome, task.waiting, lambda seconds: client.sleep(seconds, waiting))
        try:
            task.plan(run)
            if not is_check:
                task.carry_out(run)
        except NetStorageError as failed:
            error = failed
        values = outcome.result(is_check, with_diff, client.api_calls, error is not None)
    values.update(api_host=found.credentials.host, credentials=found.source)
    return Answer(values, outcome.notes, error, [*found.credentials.secrets, *outcome.secrets])
