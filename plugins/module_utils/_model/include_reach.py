# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which directories can contain something that an include matches. The others are not opened, and need not be readable."""

from __future__ import annotations

import typing as t

from .pattern_syntax import Pattern, Token

Match = t.Callable[[bytes], bool]


class IncludeReach:
    """The directories above what anchored patterns match. Where a pattern cannot be taken apart, that is every directory."""

    def __init__(self, includes: t.Sequence[Pattern], compiled: t.Callable[[t.Iterable[Pattern]], Match]) -> None:
        """
        Args:
            includes: the patterns; without any, everything takes part.
            compiled: makes one question of patterns.
        """
        above: dict[int, list[Pattern]] = {}
        spanned: list[Pattern] = []
        self.is_everywhere = not all(pattern.anchored for pattern in includes) or not includes
        for pattern in includes:
            slashes = [at for at, token in enumerate(pattern.tokens) if token.kind == "slash"]
            spans = next((at for at, token in enumerate(pattern.tokens) if _may_span(token)), len(pattern.tokens))
            parents = [pattern._replace(directory_only=True, tokens=pattern.tokens[:at]) for at in slashes if at < spans]
            for depth, parent in enumerate(parents, 1):
                above.setdefault(depth, []).append(parent)
            if spans < len(pattern.tokens):
                spanned += parents[-1:]
                self.is_everywhere = self.is_everywhere or not parents
        self._above = {} if self.is_everywhere else {depth: compiled(patterns) for depth, patterns in above.items()}
        self._spanned = compiled(() if self.is_everywhere else spanned)

    def has(self, key: bytes) -> bool:
        """Whether the directory with this key lies above something that may match. Whether it matches itself is not checked."""
        if self.is_everywhere:
            return True
        above = self._above.get(key.count(b"/"))
        return (above is not None and above(key)) or self._spanned(key)


def _may_span(token: Token) -> bool:
    """Stars that may stand for more than one component, and an escaped slash, beside which a component may be empty."""
    return len(token.raw) > 1 and token.kind in ("stars", "slash")
