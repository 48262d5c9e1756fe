# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the house, held by reading the code: who may import whom, sizes, names, and docs that say what is so."""

from __future__ import annotations

import ast
import functools
import importlib
import pathlib
import re
import typing as t

import pytest
import yaml
from ansible_collections.edgeops.netstorage.tests.unit.ansible.test_one_declaration import MODULES as DECLARED

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PLAYED = (ROOT / "tests/integration", ROOT / "playbooks")
COLLECTION = "ansible_collections.edgeops.netstorage."
FLOORS = {
    "modules": 9, "lookup": 9, "filter": 9, "callback": 9, "action": 9, "doc_fragments": 9,
    "plugin_utils": 8,
    "_ansible": 7, "_progress": 7,
    "_reports": 6, "_run": 6, "_edge": 6, "_provisioning": 6, "_conformance": 6,
    "_execute": 5, "_queries": 5,
    "_tasks": 4, "_purge": 4,
    "_usage_api": 3, "_review": 3, "_shards": 3,
    "_http": 2, "_edgegrid": 2, "_local": 2, "_plan": 2, "_config": 2,
    "_model": 1, "_threads": 1,
}  # fmt: skip
GENERAL = ("_http", "_threads")
# The pure rooms may have these of the standard library, and nothing that knows of files, clocks, threads or networks.
PURE = {
    "__future__", "collections", "dataclasses", "difflib", "enum", "fnmatch", "functools", "hashlib", "heapq", "itertools", "re",
    "typing", "unicodedata", "zlib",
}  # fmt: skip
"""The fragment that all modules extend."""

MODULES = {name: command for name, (command, _declared) in DECLARED.items()}
GROUPS = {"usage": "edgeops.netstorage.connection", "config": "edgeops.netstorage.edgegrid"}
"""The action groups, and the fragment with the connection of their modules."""

COLLECTION_FILES = sorted(PLUGINS.rglob("*.py"))
EMULATOR = ROOT / "roles/emulator/files"
EMULATOR_FILES = sorted([*EMULATOR.rglob("*.py"), *(ROOT / "tests/emulator").rglob("*.py")])
ALL_FILES = [
    *COLLECTION_FILES,
    *(file for folder in ("tests", "playbooks", "roles") for file in sorted((ROOT / folder).rglob("*.py"))),
]
USAGE_API = ROOT / "docs/usage-api.md"


def place(file: pathlib.Path) -> str:
    return str(file.relative_to(ROOT))


def tree(file: pathlib.Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def room_of(parts: t.Sequence[str]) -> str | None:
    """``plugins, module_utils, _run, flow`` is in the room ``_run``; other people's modules are in none."""
    if parts[:1] != ["plugins"] and parts[:1] != ("plugins",):
        return None
    in_a_room = parts[1] == "module_utils" or (parts[1] == "plugin_utils" and parts[2] in FLOORS)
    return parts[2] if in_a_room else parts[1]


def imports(file: pathlib.Path) -> t.Iterator[str]:
    """The full names of what a file imports; of the collection's own as ``plugins.…``."""
    folder = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(COLLECTION) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])]).removeprefix(COLLECTION)
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", COLLECTION_FILES, ids=place)
def test_a_room_imports_only_from_floors_below(file: pathlib.Path) -> None:
    home = room_of(file.relative_to(ROOT).parts)
    assert home in FLOORS
    for name in imports(file):
        room = room_of(name.split("."))
        if room is not None and room != home:
            assert FLOORS[room] < FLOORS[home], f"{place(file)} imports {name}"


@pytest.mark.parametrize("file", COLLECTION_FILES, ids=place)
def test_only_who_may_touches_the_world(file: pathlib.Path) -> None:
    home = t.cast(str, room_of(file.relative_to(ROOT).parts))
    foreign = {name.split(".")[0] for name in imports(file) if not name.startswith("plugins.")}
    if home in ("_model", "_plan", "_config", "_shards"):
        assert foreign <= PURE
    assert "ansible" not in foreign or FLOORS[home] >= FLOORS["_ansible"]
    assert "urllib3" not in foreign or home == "_http"
    assert "requests" not in foreign or home in ("_http", "_edgegrid")
    assert "akamai" not in foreign, "edgegrid-python is the other implementation in the tests, and needs a newer Python"
    assert not foreign & {"http", "socket", "ssl"} or home in ("_http", "_usage_api")  # the second names their errors


@pytest.mark.parametrize("file", [file for file in COLLECTION_FILES if file.parent.name in GENERAL], ids=place)
def test_http_and_threads_know_nothing_of_netstorage(file: pathlib.Path) -> None:
    """So that another transport can take the place of ours, and the rooms to come can use them."""
    assert {room_of(name.split(".")) for name in imports(file)} <= {None, *GENERAL}
    code = file.read_text(encoding="utf-8").partition('"""')[2].lower()
    assert not re.search(r"netstorage|akamai(?!hd\.net)|usage.api|cp.?code", code)


def reads(file: pathlib.Path, word: str) -> int:
    nodes = [node for node in ast.walk(tree(file)) if isinstance(getattr(node, "ctx", None), ast.Load)]
    return sum(getattr(node, "attr", getattr(node, "id", None)) == word for node in nodes)


def test_check_mode_is_read_once_by_each_caller_of_the_flow() -> None:
    readers = {place(file): reads(file, "check_mode") for file in COLLECTION_FILES if reads(file, "check_mode")}
    assert readers.pop("plugins/module_utils/_ansible/module.py") == 1
    assert all(file.startswith(("plugins/plugin_utils/", "plugins/action/")) for file in readers), readers
    assert set(readers.values()) <= {1}, readers


def test_the_flow_branches_once_on_check() -> None:
    inside = {
        place(file): reads(file, "check")
        for file in COLLECTION_FILES
        if room_of(file.relative_to(ROOT).parts) in ("_run", "_execute", "_queries", "_tasks")
    }
    assert {file: count for file, count in inside.items() if count} == {"plugins/module_utils/_run/flow.py": 1}


def documentation(file: pathlib.Path) -> set[int]:
    """The lines of a plugin's documentation blocks, counted from 1."""
    blocks = [node for node in tree(file).body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    named = [node for node in blocks if t.cast(ast.Name, node.targets[0]).id in ("DOCUMENTATION", "EXAMPLES", "RETURN")]
    return {number for node in named for number in range(node.lineno, (node.end_lineno or 0) + 1)}


def test_only_the_controller_displays() -> None:
    """A module has a result, and nothing else."""
    displaying = {place(file) for file in COLLECTION_FILES if any("utils.display" in name for name in imports(file))}
    assert displaying
    assert {file for file in displaying if not file.startswith("plugins/plugin_utils/")} == set()


def test_threads_are_started_in_one_place() -> None:
    """So that each wait hears a signal, and a system that gives no threads fails nothing."""
    starters = ("Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor")
    starting = {place(file) for file in COLLECTION_FILES if any(reads(file, word) for word in starters)}
    assert starting == {"plugins/module_utils/_threads/worker_pool.py"}


@pytest.mark.parametrize("file", ALL_FILES, ids=place)
def test_no_file_is_long_and_no_name_means_anything(file: pathlib.Path) -> None:
    documented_lines = documentation(file) if PLUGINS in file.parents else ()
    assert len(file.read_text(encoding="utf-8").splitlines()) - len(documented_lines) <= 400
    assert not {"utils", "common", "helpers", "helper", "manager", "misc"} & set(file.stem.split("_"))


@pytest.mark.parametrize("room", sorted({file.parent for file in COLLECTION_FILES}), ids=place)
def test_a_room_has_at_most_14_files(room: pathlib.Path) -> None:
    """But for the folders that Ansible has one file of each module in."""
    assert room.name in ("modules", "action") or len(list(room.glob("*.py"))) <= 14


@pytest.mark.parametrize("file", [*COLLECTION_FILES, *EMULATOR_FILES], ids=place)
def test_functions_are_small_and_errors_are_named(file: pathlib.Path) -> None:
    for node in ast.walk(tree(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 45, f"{node.name} is long"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
            last = node.body[-1]
            tidies_up_only = isinstance(last, ast.Raise) and last.exc is None
            assert not caught & {"Exception", "BaseException"} or tidies_up_only, f"line {node.lineno}"


@pytest.mark.parametrize("file", COLLECTION_FILES, ids=place)
def test_what_a_class_must_give_is_abstract(file: pathlib.Path) -> None:
    """So that what is missing shows when an object is made, and not when it is asked."""
    assert not [node.lineno for node in ast.walk(tree(file)) if isinstance(node, ast.Name) and node.id == "NotImplementedError"]


@pytest.mark.parametrize("file", sorted(PLUGINS.glob("module_utils/_tasks/*.py")), ids=place)
def test_tasks_are_set_up_by_their_constructors_alone(file: pathlib.Path) -> None:
    """What looking finds out is in what it returns (``Comparison``)."""
    functions = [node for node in ast.walk(tree(file)) if isinstance(node, ast.FunctionDef) and node.name != "__init__"]
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)) and isinstance(node.value, ast.Name):
            assert node.value.id != "self", f"line {node.lineno}: {node.attr} is set"


@pytest.mark.parametrize("file", sorted([*PLUGINS.glob("modules/*.py"), *PLUGINS.glob("action/*.py")]), ids=place)
def test_a_module_is_documentation_and_wiring(file: pathlib.Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    code = {number for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")}
    assert len(code - documentation(file)) <= 40


def test_no_package_file_is_needed() -> None:
    folders = [PLUGINS, ROOT / "tests/unit", ROOT / "tests/emulator/tests"]
    assert [place(file) for folder in folders for file in folder.rglob("__init__.py")] == []


def test_the_emulator_and_the_collection_share_no_code() -> None:
    for file in EMULATOR_FILES:
        assert not [name for name in imports(file) if name.startswith(("ansible", "plugins"))], place(file)
    for file in COLLECTION_FILES:
        assert not [name for name in imports(file) if "emulator" in name], place(file)


# -- documentation


def anchors(page: str) -> list[str]:
    """What GitHub makes of the headings of a page: lower case, blanks to hyphens, punctuation dropped."""
    outside_of_code = re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)
    headings = re.findall(r"^#{1,6} +(.+?) *$", outside_of_code, flags=re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def citing() -> list[pathlib.Path]:
    """All that may cite the page: code, tests, documentation. Not what the tools write, which git ignores."""
    folders = ("plugins", "tests", "docs", "roles", "playbooks", "extensions")
    inside = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".md", ".yml")]
    made = [ROOT / "tests/output", EMULATOR / "build"]
    return sorted([*(file for file in inside if not any(map(file.is_relative_to, made))), *ROOT.glob("*.md")])


def test_what_is_cited_of_the_usage_api_is_a_heading_of_its_page() -> None:
    page = USAGE_API.read_text(encoding="utf-8")
    known = anchors(page)
    assert len(set(known)) == len(known), "two headings with one anchor"
    cited = {(place(USAGE_API), anchor) for anchor in re.findall(r"\]\(#([\w-]+)\)", page)}
    for file in citing():
        found = re.findall(r"usage-api\.md#([\w-]+)", file.read_text(encoding="utf-8"))
        cited |= {(place(file), anchor) for anchor in found}
    assert len(cited) > 30
    assert sorted((file, anchor) for file, anchor in cited if anchor not in known) == []


def test_nothing_is_cited_that_is_not_in_the_repository() -> None:
    """Numbers of sections of a document that is elsewhere; also where a line ends within the words."""
    absent = re.compile(r"reference,?[\s#]+(?:sections?\b|[0-9])|section [0-9.]+ of the reference|feature\s+study", re.I)
    assert [place(file) for file in citing() if absent.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_files_of_rooms_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"(?<![\w/])(?:_[a-z]\w*|plugin_utils)/\w+\.py", (ROOT / page).read_text(encoding="utf-8"))
    rooms = {"plugin_utils": PLUGINS, "_reports": PLUGINS / "plugin_utils"}
    assert named
    assert [file for file in named if not (rooms.get(file.split("/")[0], PLUGINS / "module_utils") / file).exists()] == []


def texts(module: str) -> t.Any:
    return importlib.import_module(f"{COLLECTION}plugins.modules.{module}")


def of_fragment(name: str) -> dict[str, dict[str, t.Any]]:
    """The options of ``connection``, or of a group such as ``plan.parallel``."""
    file, _dot, group = name.removeprefix("edgeops.netstorage.").partition(".")
    fragment = importlib.import_module(f"{COLLECTION}plugins.doc_fragments.{file}").ModuleDocFragment
    options: dict[str, dict[str, t.Any]] = yaml.safe_load(getattr(fragment, group.upper() or "DOCUMENTATION")).get("options", {})
    return options


@functools.cache
def fragments_of(module: str) -> list[str]:
    """Those that a module's documentation is made of; its connection comes first, where it has one."""
    fragments: list[str] = yaml.safe_load(texts(module).DOCUMENTATION).get("extends_documentation_fragment", [])
    assert (module == "ns_verify_edge") == (fragments[0] not in GROUPS.values())
    return fragments


@functools.cache
def group_of(module: str) -> str:
    """The action group whose connection it has; of one without a connection empty."""
    return next((group for group, fragment in GROUPS.items() if fragment in fragments_of(module)[:1]), "")


def documented(module: str, but_for: t.Collection[str] = ()) -> dict[str, dict[str, t.Any]]:
    """The options of a module, with those of its fragments."""
    own = yaml.safe_load(texts(module).DOCUMENTATION)["options"]
    parts = [own, *(of_fragment(name) for name in fragments_of(module) if name not in but_for)]
    joined = {name: option for part in parts for name, option in part.items()}
    assert len(joined) == sum(map(len, parts)), "an option is described twice"
    return joined


def said(option: dict[str, t.Any]) -> dict[str, t.Any]:
    """What a spec and its documentation must say alike."""
    values = {name: option.get(name) for name in ("default", "choices", "elements")}
    aliases, required = option.get("aliases", []), option.get("required", False)
    return {"type": option.get("type", "str"), "aliases": aliases, "required": required, **values}


@pytest.mark.parametrize("module", MODULES)
def test_the_options_are_those_of_the_documentation(module: str) -> None:
    spec = {name: option for name, option in MODULES[module].spec.items() if not name.startswith("_")}
    docs = documented(module)
    assert set(spec) == set(docs)
    for name, option in spec.items():
        expected = said(option)
        if "fallback" in option:
            # What a fallback may give is required of the user all the same.
            assert f"E({option['fallback'][1][0]})" in str(docs[name]["description"])
        assert said(docs[name]) == expected, name


@pytest.mark.parametrize("module", MODULES)
def test_no_option_is_a_word_of_tasks(module: str) -> None:
    taken = {
        "action", "any_errors_fatal", "args", "async", "become", "check_mode", "connection", "debugger", "delay",
        "delegate_to", "diff", "environment", "ignore_errors", "loop", "name", "no_log", "notify", "poll", "port",
        "register", "remote_user", "retries", "run_once", "tags", "throttle", "timeout", "until", "vars", "when",
    }  # fmt: skip
    assert not taken & set(documented(module))


_DEFAULTS = {
    "usage": ("group/edgeops.netstorage.all", "group/edgeops.netstorage.usage"),
    "config": ("group/edgeops.netstorage.config",),
}


def used(node: t.Any, module: str) -> t.Iterator[str]:
    """The options that a playbook or a list of tasks gives to a module, by itself or as defaults of the group."""
    if isinstance(node, list):
        for item in node:
            yield from used(item, module)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in (f"edgeops.netstorage.{module}", *_DEFAULTS.get(group_of(module), ())) and isinstance(value, dict):
                yield from value
            else:
                yield from used(value, module)


@functools.cache
def playbooks() -> list[t.Any]:
    """All that tests and the collection itself play."""
    files = [file for folder in PLAYED for file in folder.rglob("*.yml")]
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


@functools.cache
def keys_in_tests() -> set[str]:
    """Those of dictionaries, as integration tests write tasks."""
    trees = [tree(file) for folder in PLAYED for file in folder.rglob("*.py")]
    keys = [key for one in trees for node in ast.walk(one) if isinstance(node, ast.Dict) for key in node.keys]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


@functools.cache
def played(module: str) -> set[str]:
    """Options in the examples of a module, in playbooks, and in tasks that integration tests write as dictionaries."""
    return {*used([yaml.safe_load(texts(module).EXAMPLES), playbooks()], module), *keys_in_tests()}


@pytest.mark.parametrize("module", MODULES)
def test_every_option_has_an_example_or_is_played(module: str) -> None:
    assert sorted(set(documented(module, but_for=GROUPS.values())) - played(module)) == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_shared_option_has_an_example_or_is_played(group: str) -> None:
    members = [module for module in MODULES if group_of(module) == group]
    assert sorted(set(of_fragment(GROUPS[group])).difference(*(played(module) for module in members))) == []


def test_the_first_name_of_the_group_is_an_alias() -> None:
    """Which module belongs to which group, `make lint` holds (antsibull-nox.toml)."""
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    assert groups["all"] == [{"metadata": {"extend_group": ["usage"]}}]


def test_every_module_is_looked_at_here() -> None:
    assert sorted(file.stem for file in PLUGINS.glob("modules/*.py")) == sorted(MODULES)
