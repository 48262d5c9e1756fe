# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the public surface of the collection to tests/public_surface.txt: all that a playbook may rely on, one fact a line.

Options and what they may be, results, codes of failures, members of documents, variables of roles and playbooks, action groups. A
unit test holds the file equal to the tree, so no change of it goes unseen, and ``make release`` reads from it which version may
come next: a fact that goes, or a new option that must be set, is a major release; any other new fact is a minor one.

It reads files and imports nothing of the collection.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import typing as t
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta
from surface_in_code import documents, failure_codes, name_of, settings, text_of, tree, values_of, yaml_in, yaml_of
from surroundings import NAME, NAMESPACE, ROOT

SURFACE = ROOT / "tests/public_surface.txt"
OURS, BUILTIN = f"{NAMESPACE}.{NAME}.", "ansible.builtin."
EXPERIMENTAL = {f"{OURS}provisioning", f"{OURS}experimental"}
"""The fragments that say so."""
PLUGINS = {"module": "modules", "lookup": "lookup", "filter": "filter"}
MAGIC = {"playbook_dir", "inventory_dir", "ansible_check_mode", "ansible_playbook_python", "omit", "item", "lookup", "now"}
"""Names in playbooks that Ansible knows."""

Described = dict[str, t.Any]


def facts(root: Path = ROOT) -> list[str]:
    """All facts of a checkout, sorted."""
    found = {fact for part in (plugins, groups, settings, roles, playbooks, documents) for fact in part(root)}
    found |= {f"failure {code}" for code in failure_codes(root)}
    return sorted(found)


# -- modules, lookups, filters


def plugins(root: Path) -> t.Iterator[str]:
    for kind, folder in PLUGINS.items():
        for file in sorted((root / "plugins" / folder).glob("*.py")):
            docs, returned = assigned(tree(file))["DOCUMENTATION"], assigned(tree(file))["RETURN"]
            described = whole(root, yaml_in(docs))
            plugin = f"{kind} {file.stem}"
            yield plugin
            if EXPERIMENTAL.intersection(yaml_in(docs).get("extends_documentation_fragment", [])):
                yield f"{plugin}, experimental"
            yield from options(plugin, described.get("options", {}))
            yield from results(plugin, yaml_in(returned))
            for name, attribute in described.get("attributes", {}).items():
                yield f"{plugin}, attribute {name}: {attribute.get('support', attribute.get('membership', 'described'))}"


def assigned(node: ast.Module | ast.ClassDef) -> dict[str, str]:
    """The texts of a file or class, by the name that each is assigned to."""
    found = [(name_of(part.targets[0]), text_of(part.value)) for part in node.body if isinstance(part, ast.Assign)]
    return {name: text for name, text in found if text is not None}


def whole(root: Path, described: Described) -> Described:
    """A documentation with the options and attributes of its fragments; what it says itself wins."""
    joined: Described = {"options": {}, "attributes": {}}
    fragments = described.get("extends_documentation_fragment", [])
    for name in [fragments] if isinstance(fragments, str) else fragments:
        fragment = fragment_of(root, name)
        for part in joined:
            joined[part].update(fragment.get(part, {}))
    for part, own in joined.items():
        for name, told in described.get(part, {}).items():
            own[name] = {**own.get(name, {}), **told}
    return joined


def fragment_of(root: Path, full_name: str) -> Described:
    """Such as ``edgeops.netstorage.plan.parallel``: the part PARALLEL of the fragment ``plan``."""
    is_ours = full_name.startswith(OURS)
    name, _dot, part = full_name.removeprefix(OURS if is_ours else BUILTIN).partition(".")
    if is_ours:
        file = root / "plugins/doc_fragments" / f"{name}.py"
    else:
        found = importlib.util.find_spec(f"ansible.plugins.doc_fragments.{name}")
        file = Path(str(found and found.origin))
    (fragment,) = (node for node in tree(file).body if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment")
    values: Described = yaml_in(assigned(fragment)[part.upper() or "DOCUMENTATION"])
    return values


def options(owner: str, described: t.Mapping[str, Described], above: str = "") -> t.Iterator[str]:
    """What an option, or a variable of a role, may be, where else it comes from, and what it is if it is not given."""
    word = "variable" if owner.startswith("role ") else "option"
    for name, option in described.items():
        full = f"{owner}, {word} {above}{name}"
        yield f"{full}: {kind_of(option)}"
        yield f"{full}, required" if option.get("required") else f"{full}, default {shown(option.get('default'))}"
        yield from (f"{full}, choice {shown(choice)}" for choice in option.get("choices", ()))
        yield from (f"{full}, alias {alias}" for alias in option.get("aliases", ()))
        yield from (f"{full}, environment {variable}" for variable in environment(option))
        yield from (f"{full}, variable {variable['name']}" for variable in option.get("vars", ()))
        yield from (f"{full}, ansible.cfg {place['section']}.{place['key']}" for place in option.get("ini", ()))
        inner = option.get("suboptions") or option.get("options") or {}
        yield from options(owner, inner, f"{above}{name}{'[]' if option.get('type') == 'list' else ''}.")


def kind_of(described: Described) -> str:
    kind = described.get("type", "str")
    return f"{kind} of {described['elements']}" if "elements" in described else str(kind)


def shown(value: t.Any) -> str:
    """A value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def environment(option: Described) -> list[str]:
    """Variables that Ansible reads for it, and those that its description names with ``E()``."""
    named = re.findall(r"E\((\w+)\)", str(option.get("description", "")))
    return sorted({*named, *(variable["name"] for variable in option.get("env", ()))})


def results(plugin: str, described: t.Mapping[str, Described], above: str = "") -> t.Iterator[str]:
    for name, value in described.items():
        yield f"{plugin}, returns {above}{name}: {kind_of(value)}"
        is_list = value.get("type") == "list"
        yield from results(plugin, value.get("contains") or {}, f"{above}{name}{'[]' if is_list else ''}.")


# -- action groups, roles, playbooks


def groups(root: Path) -> t.Iterator[str]:
    """Groups that extend others are told with what these have."""
    declared = yaml_of(root / "meta/runtime.yml")["action_groups"]
    for group in declared:
        yield from (f"action group {group}: {member}" for member in group_members(declared, group))


def group_members(declared: t.Mapping[str, t.Any], group: str) -> t.Iterator[str]:
    for member in declared[group]:
        if isinstance(member, str):
            yield member
        else:
            for other in member["metadata"]["extend_group"]:
                yield from group_members(declared, other.rpartition(".")[2])


def roles(root: Path) -> t.Iterator[str]:
    for file in sorted(root.glob("roles/*/meta/argument_specs.yml")):
        role = f"role {file.parents[1].name}"
        given = sorted(given_by(file.parents[1]))
        for entry, spec in yaml_of(file)["argument_specs"].items():
            owner = role if entry == "main" else f"{role} (tasks_from {entry})"
            yield owner
            yield from options(owner, spec.get("options", {}))
            told = str(spec.get("description", ""))
            yield from (f"{owner}, sets {name}" for name in given if f"C({name})" in told)


def given_by(role: Path) -> set[str]:
    """The names of facts, statistics and registered results in its tasks. Which of them are public its description says."""
    found: set[str] = set()
    for file in (role / "tasks").glob("*.yml"):
        tasks = yaml_of(file)
        found.update(values_of(tasks, "register"))
        for name in ("set_fact", "set_stats"):
            for given in values_of(tasks, f"{BUILTIN}{name}"):
                found.update(given.get("data", given))
    return found


def playbooks(root: Path) -> t.Iterator[str]:
    """Their variables are those that a play sets, so that others may be given, and those that it leaves to the caller."""
    for file in sorted(root.glob("playbooks/*.yml")):
        playbook = f"playbook {file.stem}"
        yield playbook
        for play in yaml_of(file):
            own = play.get("vars", {})
            yield from (f"{playbook}, variable {name}" for name in own)
            known = {*own, *MAGIC, *values_of(play, "register")}
            yield from (f"{playbook}, variable {name}, required" for name in asked(play) - known)


def asked(node: t.Any) -> set[str]:
    """The names in all templates of a play."""
    if isinstance(node, str):
        try:
            return meta.find_undeclared_variables(Environment(autoescape=True).parse(node))
        except TemplateSyntaxError:
            return set()
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return set().union(*map(asked, inside))


def written(lines: t.Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    before = SURFACE.read_text(encoding="utf-8").splitlines() if SURFACE.exists() else []
    now = facts()
    SURFACE.write_text(written(now), encoding="utf-8")
    print(f"{SURFACE.relative_to(ROOT)}: {len(now)} facts, {len(set(now) - set(before))} new, {len(set(before) - set(now))} gone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
