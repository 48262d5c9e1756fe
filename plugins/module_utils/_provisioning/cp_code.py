# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_cp_code: a CP code for NetStorage, found or made. None can be deleted or renamed, so one is made only after looking."""

from __future__ import annotations

import typing as t

from .._config.cp_codes import UNMADE, id_in, named, numbers_in, user_of, uses_of
from .._config.differences import added
from .._model.errors import AuthRefused, GuardTripped, NotFound, UnknownId
from .flow import Run, Task, Waiting
from .options import CpCodeOptions

WHAT = "cp_code"


class CpCodeTask(Task):
    """Looks for a CP code in the order of the options, and makes one at last."""

    def __init__(self, options: CpCodeOptions) -> None:
        super().__init__(options.api, Waiting(options.wait, options.wait_timeout, options.wait_interval))
        self._options = options
        self._may_find = options.find != "none"
        self._unused: list[int] = []
        self._used: object = None

    def plan(self, run: Run) -> None:
        options = self._options
        self._unused = self._now_unused(run)
        found, purgeable = self._found(run)
        run.outcome.values.update(created=False, purgeable=purgeable)
        if found is None:
            run.outcome.changes = [added(WHAT, "", {"cp_code_name": options.cp_code_name, "contract_id": options.contract_id})]
            run.outcome.after = dict(t.cast("dict[str, t.Any]", run.outcome.changes[0].after))
            run.outcome.values.update(cp_code=UNMADE, used_by=None)
            return
        self._tell(run, found)

    def carry_out(self, run: Run) -> None:
        if run.outcome.changes:
            run.outcome.values.update(cp_code=self._make(run), created=True)
        number = run.outcome.values["cp_code"]
        if not self.waiting.is_wanted and not run.outcome.changes:
            return
        unused = self._now_unused(run)
        if self.waiting.is_wanted and not self._is_known(run, unused, number):
            unused = run.until_propagated(
                unused, lambda: self._now_unused(run), lambda now: [] if self._is_known(run, now, number) else [str(number)]
            )
        run.outcome.pending = [] if self._is_known(run, unused, number) else [str(number)]

    # -- looking

    def _found(self, run: Run) -> tuple[t.Optional[int], t.Optional[bool]]:
        options = self._options
        if options.cp_code is not None:
            return self._given(run, options.cp_code), None
        if options.any_unused and self._unused:
            return self._unused[0], None
        if options.cp_code_name is None:
            hint = "Set cp_code_name as well: then one is made, or found by that name."
            raise NotFound(f"The contract {options.contract_id} has no unused CP code", hint=hint)
        return self._by_name(run, options.cp_code_name)

    def _given(self, run: Run, number: int) -> int:
        """Raises NotFound, unless the task waits for it."""
        if number in self._unused or uses_of(self._now_used(run), number) or self.waiting.is_wanted:
            return number
        hint = "Is it one for NetStorage, of this contract? A new one takes up to two hours; wait: true waits for it."
        raise NotFound(f"CP code {number} is neither among the unused ones of {self._options.contract_id} nor used", hint=hint)

    def _by_name(self, run: Run, name: str) -> tuple[t.Optional[int], t.Optional[bool]]:
        if not self._may_find:
            return None, None
        try:
            rows = named(run.api.named_cp_codes(self._options.contract_id, name), name)
        except AuthRefused as error:
            if error.status != 403 or self._options.find == "cprg" or not self._options.create_blindly:
                error.hint = (
                    "Names of CP codes are looked up in the CP codes API, which takes a grant of its own (CPcode and Reporting "
                    "group, READ). Add it, or set create_blindly: true for once: each run with it makes one more CP code."
                )
                raise
            self._may_find = False
            run.outcome.note("The API client may not look up names of CP codes, so one is made blindly.")
            return None, None
        if len(rows) > 1:
            numbers = ", ".join(str(row["cp_code"]) for row in rows)
            message = f"Several CP codes are called {name}: {numbers}"
            raise GuardTripped("ambiguous", message, hint="Set cp_code to the one that is meant.")
        return (rows[0]["cp_code"], rows[0]["purgeable"]) if rows else (None, None)

    def _now_used(self, run: Run) -> object:
        """The list of used ones, which is read once."""
        if self._used is None:
            self._used = run.api.used_cp_codes()
        return self._used

    def _now_unused(self, run: Run) -> list[int]:
        return numbers_in(run.api.unused_cp_codes(self._options.contract_id))

    def _is_known(self, run: Run, unused: t.Sequence[int], number: int) -> bool:
        return number in unused or user_of(run.api.used_cp_codes(), number) is not None

    def _tell(self, run: Run, number: int) -> None:
        is_unused = number in self._unused
        used = None if is_unused else self._now_used(run)
        run.outcome.values.update(cp_code=number, used_by=user_of(used, number))
        run.outcome.pending = [] if is_unused or uses_of(used, number) else [str(number)]

    # -- making one

    def _make(self, run: Run) -> int:
        """The new CP code, by the response, by its name, or by what is unused now and was not before.

        Raises:
            NetStorageError: the service has refused it, or it is not known whether it has made one.
            UnknownId: it has, and nobody can say which.
        """
        document = {"contractId": self._options.contract_id, "cpcodeName": self._options.cp_code_name}
        response = run.change("create_cp_code", "POST", "/cpcodes", document)
        number = id_in(response.document)
        if number is not None:
            return number
        candidates = run.confirmed(response, lambda: self._new_ones(run, response.lost is not None), bool)
        told = ", ".join(map(str, candidates)) or "none yet"
        if response.lost is not None and not self._may_find:  # it may be somebody else's: none of these lists has names
            hint = f"It is not known whether a CP code was made. New and unused: {told}. Look in Control Center first."
            response.lost.hint = hint
            raise response.lost
        if len(candidates) == 1:
            return candidates[0]
        hint = "Run the task again later: it finds the CP code by its name. Or set cp_code to the one that Control Center shows."
        raise UnknownId(f"A CP code was made, and the service does not say which; new and unused: {told}", hint=hint)

    def _new_ones(self, run: Run, is_lost: bool) -> list[int]:
        """Those of the name, else those that are unused now and were not: but not as long as a name may say whose they are."""
        name = self._options.cp_code_name or ""
        if self._may_find:
            found = [row["cp_code"] for row in named(run.api.named_cp_codes(self._options.contract_id, name), name)]
            if found or is_lost:
                return found
        return [number for number in self._now_unused(run) if number not in self._unused]
