# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked, and what the service says to it. Pure."""

from __future__ import annotations

import typing as t

from .._usage_api.request import METHODS, Value
from .._usage_api.xml_parser import Row

READS = frozenset({"stat", "dir", "list", "du", "download"})
AT_THE_END, HALF_WAY = "at the end", "half way"
CREATES = frozenset({"upload", "mkdir", "symlink", "rename"})

Given = t.Union[Value, t.Callable[[bytes], bytes]]
"""The value of a parameter, or what makes it of the directory of the scene."""


class Reply(t.NamedTuple):
    """One response of the service itself.

    rows      of stat, dir and list; of all pages where these were walked
    resume    the marker of the next page
    begun     when the request was sent, seconds of a monotonic clock
    ended     when the response was there
    """

    status: int
    rows: tuple[Row, ...] = ()
    resume: bytes | None = None
    body: bytes = b""
    etag: str | None = None
    begun: float = 0.0
    ended: float = 0.0

    @property
    def is_done(self) -> bool:
        """Whether a change was carried out."""
        return self.status in (200, 204)


Earlier = t.Mapping[str, Reply]
Tell = t.Callable[[Reply, bytes, Earlier], str]
"""What a reply says, in words without names: the reply, the directory of the scene, earlier replies of the scene by name."""


class Ask(t.NamedTuple):
    """One request.

    name        by which outcomes and what was seen refer to it
    path        below the directory of the scene; empty for that itself
    tells       what its reply says
    walks       whether all pages are asked for
    resumes     of which earlier ask it goes on from the marker, and whether with it as the ``path`` or as ``start``
    leaves      when the client goes away: AT_THE_END, when all is sent; HALF_WAY, in the middle of the body
    """

    name: str
    action: str
    path: str
    tells: Tell
    parameters: tuple[tuple[str, Given], ...] = ()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    head: bool = False
    walks: bool = False
    resumes: tuple[str, str] | None = None
    leaves: str = ""

    @property
    def method(self) -> str:
        return "HEAD" if self.head else METHODS[self.action]

    @property
    def is_read(self) -> bool:
        return self.action in READS


class Scene(t.NamedTuple):
    """A directory of its own, in which something is made, something is done, and the result is looked at. Between these a while
    passes, so that a look does not meet an old state."""

    name: str
    make: tuple[Ask, ...] = ()
    before: tuple[Ask, ...] = ()
    act: tuple[Ask, ...] = ()
    look: tuple[Ask, ...] = ()

    @property
    def requests(self) -> int:
        """How many it takes where each page is complete."""
        return len(self.make) + len(self.before) + len(self.act) + len(self.look)

    @property
    def objects(self) -> int:
        """How many it may leave."""
        return sum(ask.action in CREATES for ask in (*self.make, *self.act))


Word = t.Union[str, tuple[str, ...]]
"""What a reply must say; one of several."""


class Question(t.NamedTuple):
    """One open question (docs/usage-api.md#unknowns).

    name      the knob of the emulator, or a name of its own
    asked     the question in words
    scene     where it is asked
    outcomes  for each answer what the replies say then, by their names. An answer is found where exactly one fits
    is_knob   whether the answers are settings of a knob
    needs     the action without which it cannot be asked
    """

    name: str
    asked: str
    scene: str
    outcomes: t.Mapping[t.Union[str, int], t.Mapping[str, Word]]
    is_knob: bool = True
    needs: str = ""


class Finding(t.NamedTuple):
    """What became of a question.

    answer    None where it was not found
    why       then the reason
    seen      what the replies said, without names of the account
    requests  how many requests it took; those of a scene count for each of its questions
    likely    where the answer is known in part: a setting that imitates what was seen
    """

    name: str
    asked: str
    is_knob: bool
    answer: t.Union[str, int, None]
    why: str = ""
    seen: tuple[str, ...] = ()
    requests: int = 0
    likely: t.Union[str, int, None] = None


def matching(question: Question, said: t.Mapping[str, str]) -> list[t.Union[str, int]]:
    """The answers that fit what was said."""
    return [
        answer
        for answer, words in question.outcomes.items()
        if all(_fits(said.get(name), word) for name, word in words.items())
    ]


def _fits(said: str | None, word: Word) -> bool:
    return said is not None and (said in word if isinstance(word, tuple) else said == word)
