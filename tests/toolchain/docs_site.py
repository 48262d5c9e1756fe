# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation's site, what ``make docs`` does: the guides beside the reference of modules, plugins and roles.

The guides are the Markdown pages in ``docs/``, as GitHub shows them; no text is there twice. This script lays them out for Sphinx
in ``.cache/docs/source``, beside what antsibull-docs makes of the collection. What ``docs/README.md`` lists becomes the
navigation: each heading there a part of it. A link to a file that is no page of the site leads to the repository.

A warning is a failure: a link to a page or a heading that is not there, a page that nobody lists. Nothing is asked of a network.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

from surroundings import CACHE, DOCS_VENV, NAME, NAMESPACE, ROOT, clean_environment, venv_bin

SITE = CACHE / "docs"
SOURCE, HTML = SITE / "source", SITE / "html"
SETTINGS = ROOT / "docs/docsite/sphinx"
REPOSITORY = "https://github.com/edgeops/netstorage/blob/main"
LIST = "docs/README.md"
RST = ROOT / "docs/docsite/rst/guides.rst"
BESIDES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
FOLDERS = ("pictures", "drawings", "examples")
"""What lies beside the guides and is shown or linked by them."""
_LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s:#<>]+)(?P<anchor>#[^)\s]*)?(?=\))")
_FENCED = re.compile(r"(^(?P<fence>`{3,}).*?^(?P=fence) *$)", re.M | re.S)
_LISTED = re.compile(r"^\* \[(?P<name>[^\]]+)\]\((?P<path>[^)\s#]+\.md)\)", re.M)
_PART = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.M)
_CONTENTS = re.compile(r"^\.\. contents::\n(?:   .*\n)*", re.M)
_TITLE = re.compile(r"^.+\n=+\n", re.M)
_GUIDES = re.compile(r"^Guides\n-+\n\n\.\. toctree::\n(?:    .*\n|\n)*", re.M)
_ENTRY = re.compile(r"^    (?P<page>(?P<name>\w+)_(?:module|filter|lookup|role))$", re.M)


def pages() -> dict[str, str]:
    """Each page of the repository that is one of the site, and where it is there."""
    guides = {f"docs/{file.name}": file.name for file in sorted((ROOT / "docs").glob("*.md"))}
    names = sorted(file.parent.name for file in (ROOT / "roles").glob("*/README.md"))
    roles = {f"roles/{name}/README.md": f"roles/{name}.md" for name in names}
    besides = {name: name.lower() for name in BESIDES if (ROOT / name).exists()}
    return {**guides, **roles, **besides, LIST: "index.md"}


def place_of(path: str, site: dict[str, str]) -> str | None:
    """Where a file or folder of the repository is in the site, if it is."""
    within = path.startswith(tuple(f"docs/{folder}/" for folder in FOLDERS))
    is_shown = within and not path.endswith(".md") and (ROOT / path).is_file()
    return site.get(path) or (path.removeprefix("docs/") if is_shown else None)


def relinked(text: str, name: str, site: dict[str, str]) -> str:
    """A page with its links as they must be where it is in the site. What is in a block of code is left alone.

    Raises:
        FileNotFoundError: a link to what is not in the repository.
    """

    def link(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), match["path"]))
        if not (ROOT / path).exists():
            raise FileNotFoundError(f"{name} links to {match['path']}, and there is no {path}")
        place, anchor = place_of(path, site), match["anchor"] or ""
        here = posixpath.dirname(site[name]) or "."
        return f"{posixpath.relpath(place, here) if place else f'{REPOSITORY}/{path}'}{anchor}"

    parts = _FENCED.split(text)
    return "".join(part if number % 3 == 1 else _LINK.sub(link, part) for number, part in enumerate(parts) if number % 3 != 2)


def parts(listed: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The headings of the list, each with its pages: the name for the navigation, and the path."""
    return [
        (part["title"], [(entry["name"], entry["path"]) for entry in _LISTED.finditer(part["text"])])
        for part in _PART.finditer(listed)
    ]


def navigation(listed: str) -> str:
    """The list as it is, relinked before, and the trees of pages that Sphinx makes its navigation of."""
    trees = ["```{toctree}\n:hidden:\n\nAll guides <self>\n```\n"]
    for title, entries in parts(listed):
        lines = "\n".join(f"{name} <{path.removesuffix('.md')}>" for name, path in entries)
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {title}\n\n{lines}\n```\n")
    trees.append("```{toctree}\n:hidden:\n:caption: Reference\n\nreference/index\n```\n")
    return f"{listed}\n" + "\n".join(trees)


def for_docs_ansible_com(listed: str) -> str:
    """The list as reStructuredText, which is all that docs.ansible.com takes of a collection beside its plugins."""
    lines = [f".. _ansible_collections.{NAMESPACE}.{NAME}.docsite.guides:", "", "Guides", "======", ""]
    lines += [".. This page is written by ``make docs`` from docs/README.md.", ""]
    for title, entries in parts(listed):
        lines += [title, "-" * len(title), ""]
        for name, path in entries:
            lines.append(f"* `{name} <{REPOSITORY}/{posixpath.normpath(posixpath.join('docs', path))}>`__")
        lines.append("")
    return "\n".join(lines)


def lay_out() -> None:
    """Write the source of the site, but for the reference; and the list for docs.ansible.com, which git knows."""
    RST.write_text(for_docs_ansible_com((ROOT / LIST).read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(SITE, ignore_errors=True)
    site = pages()
    for name, place in site.items():
        text = relinked((ROOT / name).read_text(encoding="utf-8"), name, site)
        (SOURCE / place).parent.mkdir(parents=True, exist_ok=True)
        (SOURCE / place).write_text(navigation(text) if name == LIST else text, encoding="utf-8")
    for folder in FOLDERS:
        if (ROOT / "docs" / folder).exists():
            shutil.copytree(ROOT / "docs" / folder, SOURCE / folder, ignore=shutil.ignore_patterns("*.md"))
    (SOURCE / "reference").mkdir(mode=0o755)


def shorten_reference() -> None:
    """What antsibull-docs writes for docs.ansible.com, made to fit beside guides.

    The theme shows the contents of each page already; in the navigation a name is enough; the list of the guides is at home.
    """
    for file in (SOURCE / "reference").glob("*.rst"):
        text = _CONTENTS.sub("", file.read_text(encoding="utf-8"))
        if file.name == "index.rst":
            text = _GUIDES.sub("", _TITLE.sub("Modules, plugins and roles\n==========================\n", text, count=1))
            text = _ENTRY.sub(r"    \g<name> <\g<page>>", text)
        if file.name == "changelog.rst" and not _TITLE.search(text):  # before the first release
            text = text.replace(":\n", ":\n\nChangelog\n=========\n", 1)
        file.write_text(text, encoding="utf-8")
    shutil.rmtree(SOURCE / "reference/docsite")


def run(*arguments: str | Path) -> int:
    environment = clean_environment(DOCS_VENV) | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([venv_bin(DOCS_VENV) / arguments[0], *arguments[1:]], env=environment, cwd=ROOT, check=False).returncode


def main() -> int:
    lay_out()
    reference = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version")
    failed = run("antsibull-docs", "collection", *reference, "--dest-dir", SOURCE / "reference", f"{NAMESPACE}.{NAME}")
    if not failed:
        shorten_reference()
        strict = ("-W", "--keep-going", "-n", "-q", "-j", "auto")
        failed = run("sphinx-build", *strict, "-c", SETTINGS, "-d", SITE / "doctrees", SOURCE, HTML)
    if not failed:
        print(f"The site is in {(HTML / 'index.html').relative_to(ROOT)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
