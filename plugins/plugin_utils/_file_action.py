# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of ns_file: the content becomes a file, and the module gets that file, or first only its description."""

from __future__ import annotations

import typing as t

from ..module_utils._ansible.changing import FILE
from ..module_utils._local.file_content import head_of
from ..module_utils._model.masking import masked
from ..module_utils._model.paths import decoded, encoded
from ..module_utils._plan.render import DiffLimit, limited, shown_text
from ._content import SOURCES, content_of, given_source, refuse_remote
from ._module_action import ModuleAction, Result
from ._sources import Source, described, diff_size, found, opened, spooled
from ._vaulted import came_out_of_a_vault

_UNKNOWN_KEY = "(not shown: the key of the account is known to the target only, and could not be masked here)\n"


class FileAction(ModuleAction):
    """Three cases: no file to pass, a file that the module can read, and a file on the other side of a connection."""

    command = FILE

    def carry_out(self) -> Result:
        args = self._task.args
        given = given_source(args)
        remote = self.is_true("remote_src")
        if remote:
            refuse_remote(given, args.get("src"))
        if given is None or remote:
            return self.call({}, without=() if given == "src" else SOURCES)
        with self._source(given) as source:
            return self._hand_over(source) if self.is_local() and self.is_same_user() else self._describe(source)

    def _source(self, given: str) -> t.ContextManager[Source]:
        if given == "src":
            path = found(self._find_needle, self.searched(self._task.args["src"]))
            return opened(self._loader, path, self.is_true("decrypt"))
        return spooled(content_of(self._task.args, given), self._is_vaulted(given))

    def _is_vaulted(self, given: str) -> bool:
        """Called only where it makes a difference, because it decrypts all vaulted variables."""
        if not self._task.diff:
            return False
        args = self._task.args
        parts = [args[given]] if given == "content" else [args[given], decoded(content_of(args, given))]
        return came_out_of_a_vault(parts, self._task_vars)

    def _hand_over(self, source: Source) -> Result:
        handed = self._secrecy(source)
        if source.passing and self._task.async_val:
            # The job outlives this action, so it gets a copy of its own. A source of the user's is never removed.
            return self.call({**handed, "_file": self.ship(source), "_remove_file": True}, without=SOURCES)
        return self.call({**handed, "_file": source.path}, without=SOURCES)

    def _secrecy(self, source: Source) -> Result:
        """Content out of a vault is not shown, nor the content that it replaces, which is an older version of it."""
        return {"_is_secret": True} if source.vaulted and not self.is_true("show_vaulted") else {}

    def _describe(self, source: Source) -> Result:
        description = described(source, diff_size(), self.is_true("index_zip"))
        handed: dict[str, t.Any] = {**self._secrecy(source), "_described": description}
        if self._task.check_mode:
            return self._completed(self.call(handed, without=SOURCES), source)
        planned = self.call({**handed, "_plan_only": True}, without=SOURCES, last=False)
        done = not planned.get("changed") and not self._task.async_val  # an async task must end in a job
        if planned.get("failed") or done:
            return planned
        if _needs_bytes(planned):
            handed.update(_file=self.ship(source), _remove_file=True)
        return _added_up(planned, self.call(handed, without=SOURCES))

    def _completed(self, result: Result, source: Source) -> Result:
        """Fill the new text into the diff: the module knows only the old one."""
        for item in result.get("diff") or []:
            if "before" in item and "after" not in item:
                text = shown_text(head_of(encoded(source.path), diff_size()))
                # The module's own results come without the account's key; so does what is added to them. A key that only
                # the target knows cannot be masked here.
                keys = self.known_keys()
                item["after"] = masked(text, keys) if keys else _UNKNOWN_KEY
        if result.get("diff"):
            result["diff"] = limited(result["diff"], self._diff_lines())
        return result

    def _diff_lines(self) -> int:
        """Of an option that the module has accepted."""
        given = self._task.args.get("diff_limit") or {}
        return int(given.get("lines", DiffLimit().lines))


def _needs_bytes(planned: Result) -> bool:
    return any(step["step"] in ("upload", "replace") and step["path"] == planned["path"] for step in planned["plan"]["steps"])


def _added_up(planned: Result, result: Result) -> Result:
    """The result of the last call, with the requests of both."""
    if "api_calls" in result:
        calls = dict(planned["api_calls"])
        for action, count in result["api_calls"].items():
            calls[action] = calls.get(action, 0) + count
        result["api_calls"] = calls
    return result
