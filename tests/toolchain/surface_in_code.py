# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the public surface stands in code alone: the codes of failures, and the members of documents."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import yaml

UTILS = "plugins/module_utils"
PROGRESS = "plugins/plugin_utils/_progress/screen.py"
GUARD = "GuardTripped"
PLAN = "document edgeops.netstorage/plan/1"
DRIFT = "document edgeops.netstorage/drift/1"
LOG = "document revision log"

# Where the members of a plan document are written down: before what, in which file, by which function or class.
PLAN_PARTS = (
    ("", "_review/document.py", "write_document"),
    ("", "_run/documented_review.py", "write"),
    ("outcome.", "_run/documented_review.py", "end"),
    ("outcome.failed[].", "_plan/outcome.py", "failure_of"),
    ("policy.", "_tasks/sync.py", "_reviewed_policy"),
    ("summary.", "_plan/steps.py", "summary"),
    ("steps[].", "_review/document.py", "step_values"),
    ("steps[].before.", "_review/step_record.py", "Side"),
    ("steps[].before.", "_review/document.py", "_side_values"),
    ("steps[].after.", "_review/step_record.py", "Side"),
    ("steps[].after.", "_review/document.py", "_side_values"),
    ("texts[].", "_plan/render.py", "diffs"),
    ("images[].", "_run/changed_images.py", "changed_images"),
)
WORDS = (("step", "StepKind"), ("why", "Why"), ("phase", "Phase"))
"""Members of steps whose value is one of a few words, and the enumeration in _plan/steps.py with these."""

NO_MEMBERS = {"texts[].prepared"}
"""The lines of the plan itself, which are among the diffs and not among the texts."""

Function = (ast.FunctionDef, ast.ClassDef)


def yaml_in(text: str) -> t.Any:
    """By the parser in C where there is one, which takes a tenth of the time."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def yaml_of(file: Path) -> t.Any:
    return yaml_in(file.read_text(encoding="utf-8"))


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def text_of(node: ast.AST | None) -> str | None:
    """A literal text; of anything else nothing."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(node: ast.AST | None) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def calls(node: ast.AST, name: str) -> list[ast.Call]:
    return [call for call in ast.walk(node) if isinstance(call, ast.Call) and name_of(call.func) == name]


# -- what is set beside options


def settings(root: Path) -> t.Iterator[str]:
    """The variable for the progress of tasks, which is no option of a module."""
    found = {
        name_of(part.targets[0]): ast.literal_eval(part.value)
        for part in tree(root / PROGRESS).body
        if isinstance(part, ast.Assign) and name_of(part.targets[0]) in ("VARIABLE", "ENVIRONMENT", "SETTINGS")
    }
    setting = f"setting {found['VARIABLE']}"
    yield f"{setting}, environment {found['ENVIRONMENT']}"
    yield f'{setting}, default "{found["SETTINGS"][0]}"'
    yield from (f'{setting}, choice "{choice}"' for choice in found["SETTINGS"])


# -- codes of failures


def failure_codes(root: Path) -> set[str]:
    """Every value that ``failure.code`` may have: those of the classes of errors, and those of the guards."""
    found: set[str] = set()
    for file in sorted((root / UTILS).rglob("*.py")):
        if not re.search(rf"\bcode = |{GUARD}", file.read_text(encoding="utf-8")):
            continue  # parsing takes longer
        module = tree(file)
        found |= class_codes(module)
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            found |= guard_codes(module, function)
    # The two bases are no failures: nothing raises the first one, and a guard has a word of its own.
    return found - {"error", "guard"}


def class_codes(module: ast.Module) -> set[str]:
    """Of errors, ``code = "…"``; of guards that are classes of their own, what they hand to theirs."""
    found: set[str | None] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            assigned = [part for part in node.body if isinstance(part, ast.Assign) and name_of(part.targets[0]) == "code"]
            found |= {text_of(part.value) for part in assigned}
            if GUARD in map(name_of, node.bases):
                found |= {text_of(call.args[0]) for call in calls(node, "__init__") if call.args}
    return {code for code in found if code is not None}


def guard_codes(module: ast.Module, function: ast.FunctionDef) -> set[str]:
    """The first argument of each ``GuardTripped(…)``. Where it is an argument of the function, what its callers give.

    Raises ValueError where neither tells the word.
    """
    found: set[str] = set()
    parameters = [argument.arg for argument in function.args.args]
    for call in calls(function, GUARD):
        code, word = text_of(call.args[0]), name_of(call.args[0])
        if code is not None:
            found.add(code)
            continue
        if word not in parameters:
            raise ValueError(f"line {call.lineno}: the word of a guard is a literal, or an argument of the function")
        given = [text_of(caller.args[parameters.index(word)]) for caller in calls(module, function.name)]
        found |= {one for one in given if one is not None}
    return found


# -- documents


def documents(root: Path) -> t.Iterator[str]:
    """The facts of all documents that other programs may read."""
    for prefix, file, name in PLAN_PARTS:
        found = {f"{prefix}{member}" for member in members(root / UTILS / file, name)}
        yield from (f"{PLAN}, member {member}" for member in found - NO_MEMBERS)
    yield f"{PLAN}, member steps"
    for member, name in WORDS:
        yield from (f"{PLAN}, member steps[].{member}, word {word}" for word in words(root / UTILS / "_plan/steps.py", name))
    for node in tree(root / UTILS / "_tasks/sync.py").body:
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) == "_OF_PATTERNS":
            yield from (f"{PLAN}, member policy.{text_of(text)}" for text in ast.walk(node.value) if text_of(text))
    status = yaml_of(root / "roles/mirror/vars/main.yml")["_mirror_status"]
    yield from (f"{DRIFT}, member {member}" for member in re.findall(r"'(\w+)':", status))
    for file in ("roles/release/tasks/main.yml", "roles/rollback/tasks/back.yml"):
        for entry in values_of(yaml_of(root / file), "release_entry"):
            yield from (f"{LOG}, member {member}" for member in entry)


def values_of(node: t.Any, name: str) -> t.Iterator[t.Any]:
    """Every value of this name, at any depth."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == name:
            yield value
        yield from values_of(value, name)


def members(file: Path, name: str) -> list[str]:
    """What a function writes into dictionaries, or the fields of a class. Raises StopIteration where there is no such thing."""
    node = next(node for node in ast.walk(tree(file)) if isinstance(node, Function) and node.name == name)
    if isinstance(node, ast.ClassDef):
        return [name_of(field.target) for field in node.body if isinstance(field, ast.AnnAssign)]
    found: set[str] = set()
    inner = {id(inside) for one in ast.walk(node) if isinstance(one, ast.Dict) for inside in nested(one)}
    for one in ast.walk(node):
        if isinstance(one, ast.Dict) and id(one) not in inner:
            found |= set(keys(one))
    stored = [part for part in ast.walk(node) if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)]
    found |= {word for part in stored if isinstance(part.value, ast.Name) and (word := text_of(part.slice)) is not None}
    for call in calls(node, "update"):
        found |= {keyword.arg for keyword in call.keywords if keyword.arg is not None}
        found |= {name for argument in call.args for name in unpacked(argument)}
    return sorted(found)


def words(file: Path, name: str) -> list[str]:
    """The values of an enumeration; where these are numbers, its names in lower case."""
    (node,) = (node for node in tree(file).body if isinstance(node, ast.ClassDef) and node.name == name)
    assigned = [part for part in node.body if isinstance(part, ast.Assign)]
    return [text_of(part.value) or name_of(part.targets[0]).lower() for part in assigned]


def nested(display: ast.Dict) -> t.Iterator[ast.Dict]:
    """The dictionaries in the values of one."""
    for value in display.values:
        yield from (node for node in ast.walk(value) if isinstance(node, ast.Dict) and node is not display)


def keys(display: ast.Dict, prefix: str = "") -> t.Iterator[str]:
    """The names in a dictionary, and those in the first one in each of its values."""
    for key, value in zip(display.keys, display.values, strict=True):
        word = text_of(key)
        if key is None:
            yield from (prefix + name for name in unpacked(value))
        elif word is not None:
            yield prefix + word
            parts = list(ast.walk(value))
            is_list = any(isinstance(part, (ast.List, ast.ListComp)) for part in parts)
            for inner in [part for part in parts if isinstance(part, ast.Dict)][:1]:
                yield from keys(inner, f"{prefix}{word}{'[]' if is_list else ''}.")


def unpacked(value: ast.AST) -> list[str]:
    """What ``named("key", …)`` stands for; of anything else nothing."""
    member = text_of(value.args[0]) if isinstance(value, ast.Call) and name_of(value.func) == "named" else None
    return [] if member is None else [member, f"{member}_b64"]
