# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ns_config_info: what there is, in one list each."""

from __future__ import annotations

import typing as t

from .._config.accounts import account_facts, account_id_of, is_account_pending
from .._config.cp_codes import numbers_in
from .._config.groups import group_facts, is_gone, is_pending, name_of
from .._config.members import Document, rows_of, snake
from .._config.secrets import without_secrets
from .flow import Run, Task, Waiting
from .options import ConfigInfoOptions


class ConfigInfo(Task):
    """Reads; its plan is always empty. Keys are left out of results, and masked wherever else they stand, unless asked for."""

    def __init__(self, options: ConfigInfoOptions) -> None:
        super().__init__(options.api, Waiting())
        self._options = options

    def plan(self, run: Run) -> None:
        wanted, values = set(self._options.gather), run.outcome.values
        pending: list[str] = []
        groups: list[Document] = []
        if wanted & {"storage_groups", "cp_codes"}:
            groups = run.api.groups()
            self._guard_secrets(run, groups)
            pending += [name_of(group) for group in groups if is_pending(group)]
        if "storage_groups" in wanted:
            values["storage_groups"] = [self._shown(group_facts(group)) for group in groups]
        if "upload_accounts" in wanted:
            accounts = run.api.accounts()
            self._guard_secrets(run, accounts)
            pending += [account_id_of(account) for account in accounts if is_account_pending(account)]
            values["upload_accounts"] = [self._shown(account_facts(account)) for account in accounts]
        if "cp_codes" in wanted:
            self._cp_codes(run, groups)
        if "zones" in wanted:
            values["zones"] = sorted(run.api.zones())
        if "rule_sets" in wanted:
            values["rule_sets"] = [self._shown(_rule_set(rules)) for rules in run.api.rule_sets()]
        run.outcome.pending = pending

    def carry_out(self, run: Run) -> None:
        """There is nothing to do."""

    def _cp_codes(self, run: Run, groups: t.Sequence[Document]) -> None:
        """The list of used ones has all contracts; that of unused ones is for one contract."""
        used = run.api.used_cp_codes()
        run.outcome.values["used_cp_codes"] = [_rule_set(row) for row in rows_of(used)]
        contracts = sorted({str(group["contractId"]) for group in groups if group.get("contractId") and not is_gone(group)})
        if self._options.contract_id is not None:
            contracts = [self._options.contract_id]
        if not contracts:
            run.outcome.note("No storage group names a contract, so unused CP codes were not listed. Set contract_id.")
        run.outcome.values["unused_cp_codes"] = [
            {"cp_code": number, "contract_id": contract}
            for contract in contracts
            for number in numbers_in(run.api.unused_cp_codes(contract))
        ]

    def _guard_secrets(self, run: Run, documents: t.Sequence[Document]) -> None:
        if not self._options.with_secrets:
            run.outcome.keep_secret(documents)

    def _shown(self, facts: t.Any) -> t.Any:  # noqa: ANN401  # a value of JSON
        return facts if self._options.with_secrets else without_secrets(facts)


def _rule_set(row: Document) -> dict[str, t.Any]:
    renamed = {"cpcode_id": "cp_code"}
    told = {snake(name): value for name, value in row.items() if name != "links"}
    return {renamed.get(name, name): value for name, value in told.items()}
