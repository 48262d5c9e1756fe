# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_upload_key: one key of an account, or all its HTTP API keys."""

from __future__ import annotations

import typing as t

from .._config.accounts import account_id_of
from .._config.members import Document
from .._model.errors import NotFound, Refused
from .flow import Run, Task, Waiting
from .key_options import UploadKeyOptions
from .key_rotation import AllKeys
from .key_work import KeyWork, OneKey, shown_keys
from .upload_account import PENDING, pending_in


class UploadKeyTask(Task):
    """Keys of one account."""

    def __init__(self, options: UploadKeyOptions) -> None:
        super().__init__(options.api, Waiting(options.wait, options.wait_timeout, options.wait_interval))
        self.options = options
        self._work: t.Optional[KeyWork] = None
        self._missing: t.Optional[NotFound] = None

    def plan(self, run: Run) -> None:
        options = self.options
        account = _account(run, options.upload_account_id)
        if account is None:
            run.outcome.values.update(identity=None, account_keys=[])
            run.outcome.pending = []
            if options.state == "absent":
                return
            hint = "ns_upload_account makes one, ns_config_info lists them."
            self._missing = NotFound(f"There is no upload account {options.upload_account_id}", hint=hint)
            if options.identity is not None:
                raise self._missing
            run.outcome.note(f"There is no upload account {options.upload_account_id} yet.")  # in check mode one would be made
            account = {"uploadAccountId": options.upload_account_id}
        self._work = work = AllKeys(options, account) if options.is_managed else OneKey(options, account)
        run.outcome.before = {options.type: shown_keys(work.keys)}
        work.tell(run)
        work.plan(run)
        run.outcome.after = {**run.outcome.before, options.type: work.foreseen()}

    def carry_out(self, run: Run) -> None:
        work = self._work
        if self._missing is not None:
            raise self._missing
        if work is None:
            return
        if run.outcome.changes:
            self._carry_out(run, work)
        if self.waiting.is_wanted:
            work.account = run.until_propagated(work.account, lambda: work.again(run), pending_in)
        work.tell(run)

    @staticmethod
    def _carry_out(run: Run, work: KeyWork) -> None:
        try:
            work.carry_out(run)
        except Refused as error:
            error.hint = PENDING.format("account") if pending_in(work.account) else error.hint
            raise


def _account(run: Run, name: str) -> t.Optional[Document]:
    accounts = run.api.accounts()
    run.outcome.keep_secret(accounts)
    return next((one for one in accounts if account_id_of(one) == name), None)
