# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random patterns and paths, and what ``git check-ignore`` says of them.

Both must say the same, or the collection must refuse a pattern that git matches with nothing. Where it does otherwise on
purpose, there is a row of ``DELIBERATE``. docs/patterns.md shows the table, and ``tests/unit/model/test_gitignore.py`` holds the
two together.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
import typing as t
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ansible_collections.edgeops.netstorage.plugins.module_utils._model.errors import BadOptions
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.filters import Patterns
from ansible_collections.edgeops.netstorage.plugins.module_utils._model.pattern_syntax import Places

SIGNS = "aabbcA.-]^! \\*?#ä1_:["
CLASSES = ("alpha", "digit", "lower", "upper", "punct", "space", "alnum", "print", "graph", "cntrl", "blank", "xdigit", "word")
KEYS = 10  # of each pattern
AT_ONCE = 400  # patterns for one process of git
MEMORY = "/dev/shm"  # where there is one, directories cost next to nothing


class Case(t.NamedTuple):
    """A pattern and keys; that of a directory has a slash at the end."""

    pattern: str
    keys: tuple[str, ...]


class Deliberate(t.NamedTuple):
    """Something that is otherwise than in .gitignore on purpose.

    written   examples of it; the first one is tried
    git       what .gitignore makes of it
    here      what the collection does: it refuses, unless this says otherwise
    instead   what the hint of the refusal says to write
    key       git matches the first example with it; empty where git matches nothing
    concerns  whether it excuses that a pattern is refused which git matches with something
    """

    written: tuple[str, ...]
    git: str
    instead: tuple[str, ...]
    key: str = ""
    concerns: Callable[[str], bool] = lambda _pattern: False
    here: str = "refused"


def unescaped(pattern: str, signs: str) -> bool:
    """Whether one of the signs stands in a pattern without a backslash before it."""
    at = 0
    while at < len(pattern):
        if pattern[at] in signs:
            return True
        at += 2 if pattern[at] == "\\" else 1
    return False


DELIBERATE = (
    Deliberate(
        ("!*.html",), "takes back what a pattern above it has ruled out", (r"\!*.html",), "a.html", lambda it: it.startswith("!")
    ),
    Deliberate(("# maps",), "a comment", (r"\# maps",), "", lambda it: it.startswith("#")),
    Deliberate(("*.{png,jpg}",), "a name with braces", ("*.png", "*.jpg", r"\{"), "a.{png,jpg}", lambda it: unescaped(it, "{}")),
    Deliberate(("[c-ab]",), "a set without the range, which runs backwards", ("a-c",), "b", lambda it: unescaped(it, "[")),
    Deliberate(
        ("./uploads/", "/css/../uploads/", "//uploads/"),
        "nothing: no name has such a component",
        ("/uploads/",),
        concerns=lambda it: "//" in it,
    ),
    Deliberate(("../uploads/",), "nothing", ()),
    Deliberate(("/123456/site/uploads/",), "nothing: it is relative to the directory", ("/uploads/",)),
    Deliberate(("[draft",), "nothing: the bracket has no end", (r"\[",)),
    Deliberate(("[[:letter:]]",), "nothing: there is no such class", ("alpha",)),
    Deliberate(("draft\\",), "nothing: there is no character behind the backslash", (r"\\",)),
    Deliberate(("?.html", "[ä-ü].html"), "one byte", (), "", here="one character; where a name is no UTF-8, one byte"),
)
# What the examples are relative to.
PLACES = Places(b"/123456/site")


def table() -> list[tuple[str, ...]]:
    """The rows of the page."""
    rows = [("pattern", "in `.gitignore`", "here", "to write")]
    for row in DELIBERATE:
        cells = [", ".join(f"`{one}`" for one in some) for some in (row.written, row.instead)]
        rows.append((cells[0], row.git, row.here, cells[1]))
    return rows


class Grammar:
    """Makes cases. Half of the patterns are made of one of their paths, so that much matches."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def case(self) -> Case:
        keys = [self._key() for _number in range(KEYS)]
        pattern = self._pattern(self._chance.choice(keys).rstrip("/").split("/"))
        directories = {key[: at + 1] for key in keys for at, sign in enumerate(key) if sign == "/"}
        return Case(pattern, tuple(key for key in keys if f"{key}/" not in directories))

    def _key(self) -> str:
        if self._chance.random() < 0.25:
            return "/".join(self._name() for _depth in range(self._chance.choice((1, 1, 2)))) + "/"
        return "/".join(self._name() for _depth in range(self._chance.choice((1, 1, 2, 2, 3, 4))))

    def _name(self) -> str:
        name = "".join(self._chance.choices(SIGNS, k=self._chance.choice((1, 1, 2, 3))))
        return name if name.strip(".") else f"{name}a"

    def _pattern(self, parts: list[str]) -> str:
        chance = self._chance
        first = chance.choice((0, 0, len(parts) - 1))
        made = [self._component(part) for part in parts[first : chance.randint(first, len(parts)) or 1] or parts[-1:]]
        if chance.random() < 0.3:
            made.insert(chance.randint(0, len(made)), chance.choice(("**", "**", "***", "*")))
        text = chance.choice(("", "", "/")) + "/".join(made) + chance.choice(("", "", "", "/", "/**", "/*"))
        if chance.random() < 0.08:
            at = chance.randint(0, len(text))
            text = text[:at] + chance.choice(("/", "\\", "\\/", "**", "[", "./", "../", "{", "a{b,c}", "!", "#")) + text[at:]
        return text + chance.choice(("", "", "", "", "", " ", "  ", "\\ "))

    def _component(self, part: str) -> str:
        made = [self._sign(sign) for sign in part]
        if self._chance.random() < 0.4:
            first = self._chance.randint(0, len(made))
            made[first : self._chance.randint(first, len(made))] = [self._chance.choice(("*", "*", "**"))]
        return "".join(made)

    def _sign(self, sign: str) -> str:
        roll = self._chance.random()
        if roll < 0.12:
            return "?"
        if roll < 0.35:
            return self._set(sign)
        if roll < 0.42:
            return f"\\{sign}"
        return f"\\{sign}" if sign in "*?[\\" and roll < 0.9 else sign

    def _set(self, sign: str) -> str:
        chance = self._chance
        members = [self._member(sign) for _number in range(chance.choice((1, 1, 2, 3)))]
        return f"[{chance.choice(('', '', '^', '!'))}{chance.choice(('', '', '', ']'))}{''.join(members)}]"

    def _member(self, sign: str) -> str:
        chance = self._chance
        one, other = chance.choice((sign, chance.choice(SIGNS))), chance.choice(SIGNS)
        low, high = sorted((one, other)) if chance.random() < 0.9 else (one, other)
        escaped = [f"\\{sign}" if sign in "]\\[-" and chance.random() < 0.8 else sign for sign in (low, high)]
        forms = (f"[:{chance.choice(CLASSES)}:]", f"{escaped[0]}-{escaped[1]}", escaped[0], "-", "/")
        return chance.choices(forms, (3, 6, 5, 1, 1))[0]


def ask_git(cases: Sequence[Case], encoding: str = "latin-1") -> list[list[bool]]:
    """Whether git's check-ignore has a pattern for each key. Each case has a folder with a .gitignore of its own.

    git compares bytes. In Latin-1 each character is one, and bytes beyond ASCII are in no class for git either.
    """
    with tempfile.TemporaryDirectory(prefix="gitignore-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        git = ["git", "-C", folder, "-c", "core.ignorecase=false", "-c", f"core.excludesFile={os.devnull}"]
        subprocess.run([*git, "init", "-q", "--template="], env=environment, check=True)
        asked = []
        for number, case in enumerate(cases):
            top = Path(folder, str(number))
            top.mkdir()
            (top / ".gitignore").write_bytes(case.pattern.encode(encoding) + b"\n")
            for key in case.keys:
                path = b"%d/%b" % (number, key.encode(encoding))
                if key.endswith("/"):
                    os.makedirs(os.path.join(os.fsencode(folder), path), exist_ok=True)
                asked.append(path.rstrip(b"/") + b"\0")
        command = [*git, "check-ignore", "--stdin", "-z", "--no-index", "-v", "-n"]
        told = subprocess.run(command, input=b"".join(asked), env=environment, capture_output=True, check=False)
        fields = told.stdout.split(b"\0")[:-1]
        assert len(fields) == 4 * len(asked), told.stderr.decode()
        sources = iter(fields[::4])
        return [[next(sources) != b"" for _key in case.keys] for case in cases]


def difference(case: Case, git: Sequence[bool], rows: Sequence[Deliberate]) -> str | None:
    """What the collection does otherwise than git, and no row excuses."""
    try:
        patterns = Patterns([case.pattern])
    except BadOptions as refusal:
        excused = not any(git) or any(row.concerns(case.pattern) for row in rows)
        return None if excused else f"{case}: git has {git}, and it is refused: {refusal}"
    here = [patterns.match(key.encode()) for key in case.keys]
    return None if here == list(git) else f"{case}: git has {git}, and here it is {here}"


def compared(seed: int, count: int) -> Iterator[tuple[Case, list[bool], str | None]]:
    """Cases of a seed, each with what git says and where that is not what the collection does."""
    grammar = Grammar(random.Random(seed))
    while count > 0:
        cases = [grammar.case() for _number in range(min(count, AT_ONCE))]
        count -= len(cases)
        for case, git in zip(cases, ask_git(cases), strict=True):
            yield case, git, difference(case, git, DELIBERATE)
