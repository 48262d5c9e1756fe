# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates in the tree of ns_sync: rendered on the controller, planned and shown as content, by the module and without it."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible.release import __version__
from ansible_collections.edgeops.netstorage.tests.integration.cores import IN_PROCESS, MODULE, every_core
from ansible_collections.edgeops.netstorage.tests.integration.interpreters import by_the_module, plain_python
from ansible_collections.edgeops.netstorage.tests.integration.playbook_cases import build
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Outcome, Player, Result
from ansible_collections.edgeops.netstorage.tests.integration.service import (
    DIR,
    KEY,
    MTIME,
    Link,
    Service,
    changes,
    described,
    digest,
)

WAYS = (IN_PROCESS, MODULE)

CORE = tuple(map(int, __version__.split(".")[:2]))

pytestmark = every_core("templating", ways=[IN_PROCESS])
SECRETS = ("the-new-secret", "the-old-secret")
NOTE = "content that came out of a vault is not shown; set show_vaulted: true to show it"
SITE = {
    "index.html.j2": "<h1>{{ title }}</h1>\n{% include 'drafts/part.html' %}\n",
    "about.html": "{{ title }} stays as it is\n",
    "kept.html.j2": "{{ title }}",
    "plain/a.txt.tpl": "{% for number in [1, 2] %}\n{{ number }} {{ title | lower }}\n{% endfor %}",
    "plain/b.tpl": "no template, and no file that takes part",
    "drafts/part.html": "<p>{{ title }}</p>",
    "drafts/other.html.j2": "{{ nothing_that_is_defined }}",
    "deep/er/native.txt.j2": "{{ [1, 2] }}",
    "deep/er/none.txt.j2": "{{ none }}",
    "deep/er/s\u00fc\u00df.txt.j2": "gr\u00fc\u00dfe \\n",
}
RENDERED = {
    "index.html": "<h1>Season</h1>\n<p>Season</p>\n",
    "about.html": SITE["about.html"],
    "plain/a.txt": "1 season\n2 season\n",
    "deep/er/native.txt": "[1, 2]",
    "deep/er/none.txt": "",
    "deep/er/s\u00fc\u00df.txt": "gr\u00fc\u00dfe \\n",
}
ROLE = {
    "index.html": "<title>From the role</title>\n<h1>From the role</h1>\n<footer>From the role of index.html</footer>\n",
    "news/feed.xml": "<entry>From the role</entry>\n",
    "news/entry.xml": "<entry>{{ rendered_title }}</entry>\n",
}


def prepare(work: Path) -> None:
    (work / "vault-password").write_text("open-sesame")
    command = [str(Path(sys.executable).with_name("ansible-vault")), "encrypt_string", SECRETS[0], "--name", "password",
               "--vault-password-file", "vault-password"]  # fmt: skip
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    (work / "vaulted.yml").write_text(done.stdout)
    build(work / "site", SITE)
    build(work / "timed", {"a.txt.j2": "{{ title }}", "b.txt": "b"})
    build(work / "hidden", {"login.txt.j2": "password={{ password }}\n", "open.txt.j2": "{{ title }}\n", "static.txt": "s\n"})


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """In the task's own process, as usual on the controller; or by the module, here because another Python is named."""
    if request.param == "here":
        return []
    return by_the_module(tmp_path_factory.mktemp("python"))


@pytest.fixture(scope="module")
def stage(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Player:
    return Player(service, tmp_path_factory.mktemp("stage"))


def times(work: Path) -> dict[str, str]:
    return {"ANSIBLE_LOCAL_TEMP": str(work / "local-tmp"), "ANSIBLE_REMOTE_TMP": str(work / "remote-tmp")}


@pytest.fixture(scope="module")
def played(stage: Player, way: list[str]) -> dict[str, tuple[Outcome, dict[str, t.Any]]]:
    """Four runs, and a fifth after nothing but a variable has changed, to another value of the same length."""
    if not (stage.work / "vaulted.yml").exists():
        prepare(stage.work)
    stage.service.reset()
    old = {"index.html.j2": "sent before it was a template", "index.html": "<h1>Before</h1>\n", "kept.html": "kept"}
    stage.service.load(old, "/123456/site")
    for folder in ("hidden", "shown"):
        stage.service.load({"login.txt": f"password={SECRETS[1]}\n"}, f"/123456/{folder}")
    options = ("--vault-password-file", "vault-password", *way)
    runs: dict[str, tuple[str, ...]] = {
        "check": ("--check",), "diff": ("--check", "--diff", "-vvv"), "real": ("--diff",), "again": ("--diff",),
        "other": ("--extra-vars", "title=Reason"),
    }  # fmt: skip
    told = {}
    for run, more in runs.items():
        outcome = stage.play("templates.yml", *options, *more, environment=times(stage.work))
        assert outcome.status == 0, outcome.output[-4000:]
        told[run] = outcome, stage.service.tree()
    return told


def steps(result: Result) -> list[str]:
    return [f"{step['step']} {step['path'].removeprefix('/123456/')} ({step['why']})" for step in result["plan"]["steps"]]


@pytest.mark.parametrize("run", ["check", "diff", "real"])
def test_the_plan_has_the_rendered_names(played: dict[str, tuple[Outcome, dict[str, t.Any]]], run: str) -> None:
    assert steps(played[run][0].results["A tree with templates"]) == [
        "mkdir site/ (implicit)", "mkdir site/deep/ (absent)", "mkdir site/deep/er/ (absent)", "mkdir site/plain/ (absent)",
        "upload site/deep/er/native.txt (absent)", "upload site/deep/er/none.txt (absent)",
        "upload site/deep/er/s\u00fc\u00df.txt (absent)", "upload site/plain/a.txt (absent)",
        "upload site/about.html (absent)", "upload site/index.html (size differs)",
    ]  # fmt: skip


def test_check_mode_sends_nothing(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    for run in ("check", "diff", "again"):
        assert changes(played[run][0].requests) == []


def test_templates_are_stored_rendered(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    tree = played["real"][1]
    directories = {f"site/{name}": DIR for name in ("", "deep/", "deep/er/", "plain/")}
    kept = {"site/kept.html": "kept", "site/index.html.j2": "sent before it was a template"}  # protected; takes no part
    wanted = described({**{f"site/{name}": text for name, text in RENDERED.items()}, **kept, **directories})
    assert {name: value for name, value in tree.items() if name.startswith("site/")} == wanted


def test_a_role_finds_its_templates(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    tree = played["real"][1]
    assert {name: tree.get(f"role/{name}") for name in ROLE} == described(ROLE)
    assert "role/parts/" not in tree


def test_the_second_run_has_nothing_to_do(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    assert all(result["changed"] is False for result in played["again"][0].results.values())


def test_content_is_compared_whatever_is_trusted(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    """Neither the template nor the length of what it becomes has changed, and the time of one of them is the same."""
    outcome, tree = played["other"]
    assert steps(outcome.results["A tree with templates"]) == [
        "upload site/plain/a.txt (content differs)", "upload site/index.html (content differs)",
    ]  # fmt: skip
    assert steps(outcome.results["A tree whose files all get the same time"]) == ["upload timed/a.txt (content differs)"]
    assert tree["timed/a.txt"] == digest("Reason")


def test_a_rendered_file_is_as_old_as_its_upload(stage: Player, played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    """What was rendered is as old as its upload: a visitor's browser must not take it for what it has."""
    assert played["other"][0].status == 0
    found = stage.service.times()
    assert found["site/about.html"] == MTIME
    assert found["site/index.html"] > MTIME + 86_400
    assert found["timed/a.txt"] == found["timed/b.txt"] == 1234567890


@pytest.mark.parametrize("run", ["diff", "real"])
def test_the_diff_shows_what_becomes_of_templates(played: dict[str, tuple[Outcome, dict[str, t.Any]]], run: str) -> None:
    output = played[run][0].output
    for line in ("-<h1>Before</h1>\n", "+<h1>Season</h1>\n", "+2 season\n", "+<footer>From the role of index.html</footer>\n"):
        assert line in output


@every_core("templating", "vault", "display")
def test_what_came_out_of_a_vault_is_hidden(played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    for run in ("check", "diff", "real", "again"):
        result = played[run][0].results["Templates with a vaulted value"]
        assert not any(secret in str(result) for secret in SECRETS)
    result = played["diff"][0].results["Templates with a vaulted value"]
    assert result["diff"][-1]["prepared"] == f"({NOTE})\n"
    assert [item["after"] for item in result["diff"] if "after" in item] == ["Season\n", "s\n"]
    assert "download" not in result["api_calls"]
    shown = played["diff"][0].results["Templates with a vaulted value that may be seen"]
    pairs = [(item["before"], item["after"]) for item in shown["diff"] if "after" in item]
    new = SECRETS[0] if CORE < (2, 22) else "$REDACTED$"  # then Ansible itself masks what came out of a vault
    assert (f"password={SECRETS[1]}\n", f"password={new}\n") in pairs
    assert played["real"][1]["hidden/login.txt"] == digest(f"password={SECRETS[0]}\n")


def test_nothing_stays_on_the_controller(stage: Player, played: dict[str, tuple[Outcome, dict[str, t.Any]]]) -> None:
    assert played["other"][0].status == 0
    assert [path for path in (stage.work / "local-tmp").rglob("*") if "ns_templates" in path.name] == []


def play(player: Player, tasks: t.Sequence[Result], *options: str, **play: t.Any) -> Outcome:
    named = [{"name": f"Task {number}", "ignore_errors": True, **task} for number, task in enumerate(tasks)]
    return player.play(player.write("play.json", named, **play), *options, environment=times(player.work))


def sync(player: Player, **options: t.Any) -> Result:
    given = {"src": str(player.work / "tree"), "path": "site", "templates": ["*.j2"], **options}
    return {"edgeops.netstorage.ns_sync": given}


BROKEN = {
    "first\nsecond {{ missing }}\n": ("line 2 ", "'missing' is undefined"),
    "{{ one_of(1) }}\n\n{{ one_of(2) }}": ("line 1", "'one_of' is undefined"),
    "\n\n{% if %}\n": ("line 3 ", "Expected an expression"),
    "a\n{{ 1 / 0 }}": ("line 2 ", "division by zero"),
    "\n{{ 'a' | no_such_filter }}": ("line 2 ", "no_such_filter"),
    "\n{% include 'nowhere.html' %}": ("line 2 ", "nowhere.html"),
    "\n{{ lookup('file', 'nowhere.txt') }}": ("", "nowhere.txt"),
    "\n{{ {'a': 1}.b.c }}": ("line 2 ", "'b'"),
    "{% set x = 1 %}\n{{ x + 'a' }}": ("line 2 ", "int"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_template_that_fails(player: Player, tmp_path: Path, way: str) -> None:
    variables = {"ansible_python_interpreter": str(plain_python(tmp_path))} if way == "module" else {}
    tasks = []
    for number, text in enumerate(BROKEN):
        build(player.work / f"tree{number}", {"fine.txt.j2": "fine", "d/broken.txt.j2": text, "static.txt": "s"})
        tasks.append(sync(player, src=str(player.work / f"tree{number}")))
    outcome = play(player, tasks, vars=variables)
    assert outcome.requests == []
    assert len(outcome.results) == len(BROKEN), outcome.output
    for result, (line, reason) in zip(outcome.results.values(), BROKEN.values(), strict=True):
        assert result["failure"]["code"] == "bad_source", result
        assert result["changed"] is False
        assert "The template d/broken.txt.j2" in result["msg"]
        assert line in result["msg"] and reason in result["msg"], result["msg"]
    assert [path for path in (player.work / "local-tmp").rglob("*") if "ns_templates" in path.name] == []


def test_the_key_is_in_no_message(player: Player) -> None:
    build(player.work / "tree", {"a.html.j2": "\n{% include '" + KEY + "' %}"})
    outcome = play(player, [sync(player)], "-vvv")
    assert "cannot be rendered" in outcome.result["msg"]
    assert KEY not in str(outcome.result["msg"])
    assert KEY not in outcome.output


REFUSED: dict[str, tuple[Result, dict[str, t.Any], str, str]] = {
    "two of one name": ({"a.html": "", "a.html.j2": ""}, {}, "bad_source", "a.html.j2 and a.html would both become a.html"),
    "two templates of one name": (
        {"a.html.j2": "", "a.html.tpl": ""},
        {"templates": ["a.*"]},
        "bad_source",
        "would both become a.html",
    ),
    "no suffix": ({"README": ""}, {"templates": ["README"]}, "bad_source", "README is a template and has no suffix"),
    "a link": ({"a.html.j2": Link("b.html.j2"), "b.html.j2": ""}, {}, "bad_source", "set links: follow to render"),
    "not UTF-8": ({"a.html.j2": b"\xff"}, {}, "bad_source", "a.html.j2 is not UTF-8"),
    "remote_src": ({"a.html.j2": ""}, {"remote_src": True}, "bad_options", "remote_src: true contradict each other"),
    "a pattern that is none": ({"a.html.j2": ""}, {"templates": ["!x"]}, "bad_options", "templates: '!x'"),
    "what should not be public": ({".env.j2": "x"}, {}, "refuse", ".env must not be published"),
    "a key": ({"a.txt.j2": "-----BEGIN {{ 'PRIVATE' }} KEY-----\n"}, {}, "refuse", "is a private key"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_template_says_why_and_sends_nothing(player: Player, tmp_path: Path, way: str) -> None:
    variables = {"ansible_python_interpreter": str(plain_python(tmp_path))} if way == "module" else {}
    tasks = []
    for number, (tree, options, _code, _text) in enumerate(REFUSED.values()):
        build(player.work / f"tree{number}", tree)
        tasks.append(sync(player, src=str(player.work / f"tree{number}"), **options))
    outcome = play(player, tasks, vars=variables)
    assert changes(outcome.requests) == []
    assert len(outcome.results) == len(REFUSED), outcome.output
    for result, (name, (_tree, _options, code, text)) in zip(outcome.results.values(), REFUSED.items(), strict=True):
        assert result["failure"]["code"] == code, (name, result)
        assert text in result["msg"], name


def test_another_user_could_not_read_it(player: Player) -> None:
    build(player.work / "tree", {"a.html.j2": ""})
    keywords = {"become": True, "become_user": "nobody", "become_method": "ansible.builtin.su"}
    outcome = play(player, [{**sync(player), **keywords}])
    assert outcome.requests == []
    assert outcome.result["failure"]["code"] == "bad_options"
    assert "become: false" in outcome.result["msg"]


@every_core("templating", "async", ways=[MODULE])
def test_a_job_has_its_own_copy(player: Player, tmp_path: Path) -> None:
    build(player.work / "tree", {"a.html.j2": "{{ 40 + 2 }}", "b.html": "b"})
    variables = {"ansible_python_interpreter": str(plain_python(tmp_path))}
    environment = {**times(player.work), "ANSIBLE_ASYNC_DIR": str(tmp_path / "async")}
    tasks = [
        {"name": "Start", **sync(player), "async": 60, "poll": 0, "register": "job"},
        {
            "name": "End",
            "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
            "register": "end", "until": "end is finished", "retries": 100, "delay": 0.1,
        },
    ]  # fmt: skip
    outcome = player.play(player.write("job.json", tasks, vars=variables), environment=environment)
    assert outcome.status == 0, outcome.output
    assert player.service.tree()["site/a.html"] == digest("42")
    mode = [path.stat().st_mode & 0o777 for path in (player.work / "remote-tmp").rglob("ns_templates")]
    assert mode in ([0o700], [])  # Ansible's wrapper removes it a few seconds after the end
    assert [path for path in (player.work / "local-tmp").rglob("*") if "ns_templates" in path.name] == []


def test_both_ways_render_the_same_result(player: Player, tmp_path: Path) -> None:
    build(player.work / "tree", {"a.txt.j2": "{{ 1 + 1 }}\n", "index.html": "page", "d/b.html.j2": "b"})
    told = []
    for variables in ({}, {"ansible_python_interpreter": str(plain_python(tmp_path))}):
        player.service.reset()
        outcome = play(player, [sync(player, parallel=1)], "--diff", vars=variables)
        assert outcome.status == 0, outcome.output
        result = dict(outcome.result)
        result.pop("ansible_facts", None)
        told.append({name: value for name, value in result.items() if not name.startswith("_ansible")})
    assert told[0] == told[1]
