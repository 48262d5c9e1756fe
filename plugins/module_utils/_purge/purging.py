# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_purge: lists of earlier runs first, then what the task says, in requests that the service takes."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._edgegrid.client import ApiClient
from .._edgegrid.credential_sources import FoundCredentials, find_credentials
from .._model.errors import BadOptions, GuardTripped, NetStorageError, ObjectRefused
from .._model.paths import shown
from .._threads.cancellation import Cancellation
from .fast_purge import FastPurge
from .objects import Object, batches
from .options import PurgeOptions
from .pending_files import Order, PendingFiles, WaitingList, refuse_same_file
from .purge_outcome import PurgeOutcome
from .sources import ToPurge, opened

MOST_REFUSALS = 20  # objects that are dropped from one request
_LONG = 60  # seconds from which on a run is announced
_NO_SWITCH = "Fast Purge has no account switch key: it purges what the API client's own account delivers"


@dataclasses.dataclass
class Purged:
    """The end of a run. ``values`` are those of the result, with notes and the error beside them."""

    values: dict[str, t.Any]
    notes: list[str]
    error: NetStorageError | None


def purge(options: PurgeOptions, found: FoundCredentials | None, is_check: bool, cancellation: Cancellation) -> Purged:
    """Purge, or in check mode find out what would be purged; then nothing is sent and nothing is written.

    Args:
        found: the credentials; None in check mode only.

    Raises:
        NetStorageError: before anything was sent.
    """
    notes: list[str] = []
    run = _Run(options, PurgeOutcome(), notes)
    error: NetStorageError | None = None
    values: dict[str, t.Any] = {}
    pending = _pending_files(options)
    with opened(options) as given:
        waiting = pending.waiting() if pending is not None else []
        try:
            run.foresee(given, waiting)
            if is_check or found is None:
                run.outcome.pending = [one.path for one in waiting]
                run.warn_of_limit()
            else:
                values, error = run.carry_out(given, waiting, pending, found, cancellation)
        finally:
            for one in waiting:
                one.close()
    told = {
        "method": options.method,
        "network": options.network,
        "type": given.kind,
        "api_host": found.credentials.host if found is not None else "",
        "credentials": found.source if found is not None else "",
        "api_calls": {},
        "rate": {},
    }
    values = {**run.outcome.values(is_check, error is not None), **told, **values}
    return Purged(values, run.notes, error)


def keep(options: PurgeOptions) -> None:
    """Write what is to be purged to ``pending_file``, where there is one, because it cannot be purged now.

    Raises:
        NetStorageError: it is nothing that could be purged.
    """
    pending = _pending_files(options)
    if pending is not None:
        with opened(options) as given:
            if given.count:
                pending.add(Order(given.kind, options.method, options.network), given.count, given.read()).close()


class _Run:
    def __init__(self, options: PurgeOptions, outcome: PurgeOutcome, notes: list[str]) -> None:
        self._options, self.outcome, self.notes = options, outcome, notes
        self._begun = time.monotonic()

    # -- before the first request

    def foresee(self, given: ToPurge, waiting: t.Sequence[WaitingList]) -> None:
        for one in waiting:
            self.outcome.taken.append(one.path)
            self.outcome.plan(one.order.kind, one.count - one.done, _requests(one.objects(), one.order))
        order = Order(given.kind, self._options.method, self._options.network)
        self.outcome.plan(given.kind, given.count, _requests(given.read(), order))
        self._urls = sum(one.count - one.done for one in waiting if one.order.kind == "url")
        self._urls += given.count if given.kind == "url" else 0
        if self.outcome.seconds >= _LONG:
            self.notes.append(f"{self._size()} take at least {self._time()}: that is how fast the service lets an account purge.")

    def warn_of_limit(self) -> None:
        """In check mode: a job that plans a deploy does not fail because of the purge."""
        try:
            self.guard()
        except GuardTripped as error:
            self.notes.append(f"The run will fail: {error}")

    def guard(self) -> None:
        """Raises GuardTripped where more URLs would be purged than ``purge_limit`` says."""
        limit = self._options.purge_limit
        if limit and self._urls > limit:
            message = f"{self._size()} are to be purged, which takes at least {self._time()}, and purge_limit is {limit:,}"
            hint = "Purge by cp_codes or cache_tags in seconds instead, or raise purge_limit (0 for none)."
            if self.outcome.pending:
                kept = ", ".join(shown(path) for path in self.outcome.pending)
                hint += f" What is to be purged waits in {kept}; remove that when it was purged otherwise."
            raise GuardTripped("purge_limit", message, hint=hint)

    def _size(self) -> str:
        return f"{self.outcome.planned:,} objects"

    def _time(self) -> str:
        seconds = self.outcome.seconds
        return f"{seconds / 60:,.0f} minutes" if seconds >= 120 else f"{seconds:,.0f} seconds"

    # -- sending

    def carry_out(
        self,
        given: ToPurge,
        waiting: t.Sequence[WaitingList],
        pending: PendingFiles | None,
        found: FoundCredentials,
        cancellation: Cancellation,
    ) -> tuple[dict[str, t.Any], NetStorageError | None]:
        """What the requests add to the result, and the first error."""
        order = Order(given.kind, self._options.method, self._options.network)
        own = [pending.add(order, given.count, given.read())] if pending is not None and given.count else []
        try:
            lists = [*waiting, *own]
            self.outcome.pending = [one.path for one in lists]
            self.guard()
            return self._ask_service(lists, None if own else given, found, cancellation)
        finally:
            for one in own:
                one.close()

    def _ask_service(
        self, lists: t.Sequence[WaitingList], given: ToPurge | None, found: FoundCredentials, cancellation: Cancellation
    ) -> tuple[dict[str, t.Any], NetStorageError | None]:
        if not self.outcome.planned:
            self._forget(lists)
            return {}, None
        with ApiClient(found.credentials, self._options.api, cancellation=cancellation) as client:
            service = FastPurge(client, self._options.max_requests_per_second)
            error = self._send_all(service, lists, given)
            if error is None and self._options.wait and self.outcome.accepted and not self.outcome.is_stopped:
                cancellation.sleep(self.outcome.last_wait)
            return {"api_calls": dict(client.api_calls), "rate": service.rate}, error

    def _send_all(self, service: FastPurge, lists: t.Sequence[WaitingList], given: ToPurge | None) -> NetStorageError | None:
        """A list that has a refused object does not keep the others from being purged; any other error does."""
        first: NetStorageError | None = None
        for one in lists:
            if first is not None and not isinstance(first, ObjectRefused):
                self.outcome.leave(one.objects(), one.count - one.done)
                continue
            begun = one.done
            sent, error = self._send(service, one.order, ToPurge(one.order.kind, one.count - one.done, one.objects), one)
            self._end(one, begun + sent, error)
            first = first or error
        if given is not None:
            order = Order(given.kind, self._options.method, self._options.network)
            if first is not None and not isinstance(first, ObjectRefused):
                self.outcome.leave(given.read(), given.count)
            else:
                sent, error = self._send(service, order, given, None)
                if self._options.stop_after is not None:
                    self.outcome.noted = given.note(sent)
                first = error or first
        return first

    def _send(
        self, service: FastPurge, order: Order, objects: ToPurge, noted: WaitingList | None
    ) -> tuple[int, NetStorageError | None]:
        """The objects in their order, until an error or the end of the time. Tells how many were accepted."""
        over, begun = 0, noted.done if noted is not None else 0
        error: NetStorageError | None = None
        following = batches(objects.read(), order.kind)
        for batch in following:
            self.outcome.is_stopped = 0 < over < objects.resumable and self._is_time_over()
            try:
                if not self.outcome.is_stopped:
                    self._send_batch(service, order, batch)
            except NetStorageError as failed:
                error = failed
            if error is not None or self.outcome.is_stopped:
                rest = (one for more in following for one in more)
                self.outcome.leave((one for part in (batch, rest) for one in part), objects.count - over)
                break
            over += len(batch)
            if noted is not None:
                noted.note(begun + over)
        return over, error

    def _is_time_over(self) -> bool:
        return self._options.stop_after is not None and time.monotonic() - self._begun >= self._options.stop_after

    def _end(self, noted: WaitingList, done: int, error: NetStorageError | None) -> None:
        if error is None:
            noted.remove()
            self.outcome.pending.remove(noted.path)
        elif done:
            noted.note(done, at_once=True)

    def _send_batch(self, service: FastPurge, order: Order, batch: t.Sequence[Object]) -> None:
        """With ``on_refused: skip`` without those that are refused; then one request more for each of them."""
        left = list(batch)
        for tries in range(MOST_REFUSALS + 1):
            if not left:
                return
            try:
                self.outcome.accept(service.purge(order, left))
                return
            except ObjectRefused as error:
                if self._options.on_refused == "fail" or tries == MOST_REFUSALS:
                    raise
                left = [one for one in left if one != error.refused]
                self.outcome.skip(error.refused)
                self.notes.append(f"{error.message}. It was left out (on_refused: skip).")

    def _forget(self, lists: t.Sequence[WaitingList]) -> None:
        for one in lists:
            one.remove()
            self.outcome.pending.remove(one.path)


def credentials_of(
    options: PurgeOptions, is_check: bool, environment: t.Mapping[str, str]
) -> tuple[FoundCredentials | None, list[str]]:
    """The credentials, and notes on them.

    In check mode there need not be any: the job that plans a deploy may have none on purpose. Else what is to be purged is kept,
    as the next run may have nothing of its own to purge.

    Raises:
        BadOptions: there are none, or they cannot purge.
    """
    try:
        found = find_credentials(options.api, environment)
    except BadOptions as error:
        if not is_check:
            keep(options)
            raise
        return None, [f"Nothing is sent in check mode, so this did not fail: {error}"]
    if found.credentials.account_switch_key is not None:
        hint = "Leave out account_switch_key, or set a section of edgerc that has no account_key."
        raise BadOptions(_NO_SWITCH, hint=hint)
    return found, list(found.notes)


def _pending_files(options: PurgeOptions) -> PendingFiles | None:
    if options.pending_file is None:
        return None
    others = {"urls_file": options.urls_file, "changed_paths_file": options.changed_paths_file, "edgerc": options.api.edgerc}
    refuse_same_file(others, options.pending_file)
    return PendingFiles(options.pending_file)


def _requests(objects: t.Iterable[Object], order: Order) -> int:
    return sum(1 for _batch in batches(objects, order.kind))
