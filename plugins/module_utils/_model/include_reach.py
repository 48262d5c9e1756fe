# Copyright: edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which directories can contain something that an include matches. The others are not opened, and need not be readable."""

from __future__ import annotations

import re
import typing as t

Match = t.Callable[[bytes], bool]

_SPANS_A_SLASH = re.compile(r"\[[^\]]*/|\\/")  # a bracket expression or an escape: such a pattern is not taken apart


class IncludeReach:
    """The directories above what anchored patterns match. Where a pattern cannot be taken apart, that is every directory."""

    def __init__(self, includes: t.Iterable[str], compiled: t.Callable[[t.Iterable[str]], Match]) -> None:
        """
        Args:
            includes: the patterns; without any, everything takes part.
            compiled: makes one question of patterns.
        """
        above: dict[int, list[str]] = {}
        spanned: list[str] = []
        texts = tuple(includes)
        self.is_everywhere = not texts
        for text in texts:
            parts = _parts(text)
            for depth, part in enumerate(parts, 1):
                if "**" in part:
                    spanned.append(_directory(parts[: depth - 1]))
                    break
                if depth < len(parts):
                    above.setdefault(depth, []).append(_directory(parts[:depth]))
            self.is_everywhere = self.is_everywhere or not parts or "/" in spanned
        self._above = {} if self.is_everywhere else {depth: compiled(patterns) for depth, patterns in above.items()}
        self._spanned = compiled(() if self.is_everywhere else spanned)

    def has(self, key: bytes) -> bool:
        """Whether the directory with this key lies above something that may match. Whether it matches itself is not checked."""
        if self.is_everywhere:
            return True
        above = self._above.get(key.count(b"/"))
        return (above is not None and above(key)) or self._spanned(key)


def _parts(text: str) -> list[str]:
    """The components of an anchored pattern; none of one that matches at any depth, or cannot be taken apart."""
    parts = text.strip("/").split("/")
    is_anchored = text.startswith("/") or len(parts) > 1
    return parts if is_anchored and not _SPANS_A_SLASH.search(text) else []


def _directory(parts: t.Sequence[str]) -> str:
    return f"/{'/'.join(parts)}/" if parts else "/"
