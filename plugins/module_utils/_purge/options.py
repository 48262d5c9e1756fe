# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of ns_purge. ``_ansible/purging.py`` makes the argument spec of them, as for those in ``_tasks/options.py``."""

from __future__ import annotations

import dataclasses
import typing as t

from .._edgegrid.api_settings import ApiSettings
from .._model.errors import BadOptions
from .._model.surrogates import refuse_halves
from .delivery import refuse_missing_delivery

Method = t.Literal["invalidate", "delete"]
Network = t.Literal["production", "staging"]
SOURCES = ("urls", "urls_file", "changed_paths_file", "cp_codes", "cache_tags")


@dataclasses.dataclass(frozen=True)
class PurgeOptions:
    """ns_purge. The constructor raises BadOptions.

    urls … cache_tags  what to purge: one of these (``SOURCES``)
    url, base, index, outside  how the paths of ``changed_paths_file`` become URLs
    purge_limit   the most URLs, 0 for any number
    pending_file  where lists of what is still to be purged are, by the beginning of their names; None for nowhere
    stop_after    seconds after which no more is sent of lists whose progress can be noted; None for no end
    """

    api: ApiSettings
    urls: t.Optional[t.Sequence[str]] = None
    urls_file: t.Optional[str] = None
    changed_paths_file: t.Optional[str] = None
    url: t.Optional[str] = None
    base: t.Optional[str] = None
    index: t.Sequence[str] = ("index.html",)
    outside: t.Literal["fail", "skip"] = "fail"
    cp_codes: t.Optional[t.Sequence[int]] = None
    cache_tags: t.Optional[t.Sequence[str]] = None
    method: Method = "invalidate"
    network: Network = "production"
    wait: bool = True
    on_refused: t.Literal["fail", "skip"] = "fail"
    purge_limit: int = 20_000
    pending_file: t.Optional[str] = None
    stop_after: t.Optional[float] = None
    max_requests_per_second: t.Optional[float] = None

    def __post_init__(self) -> None:
        refuse_halves({**vars(self.api), **vars(self)})
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"Of {', '.join(SOURCES)} {' and '.join(given) or 'none'} {'are' if len(given) > 1 else 'is'} set"
            raise BadOptions(told, hint="Set one of them. An empty list is fine: then nothing is purged.")
        refuse_missing_delivery("changed_paths_file", given[0] == "changed_paths_file", self.url, self.base)
        if self.stop_after is not None:
            self._check_stop_after(self.stop_after)
        if self.purge_limit < 0:
            raise BadOptions("purge_limit is below 0", hint="0 sets no limit.")
        rate = self.max_requests_per_second
        if rate is not None and not 0.001 <= rate <= 1_000_000:
            raise BadOptions("max_requests_per_second is not between 0.001 and 1,000,000", hint="Leave it out for no cap.")

    def _check_stop_after(self, seconds: float) -> None:
        if not 0 < seconds <= 86_400:
            raise BadOptions("stop_after is not more than 0 and at most 86,400", hint="Leave it out for no end.")
        if self.changed_paths_file is None or self.pending_file is not None:
            hint = "Set changed_paths_file to the directory of lists. With pending_file the progress is noted in any case."
            raise BadOptions("stop_after belongs to changed_paths_file, without pending_file", hint=hint)
