# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as one page for a reviewer: the verdict first, then what needs attention, then everything else.

The page is one file that fetches nothing: its policy allows its own style and script by their hashes, and images as ``data:``. It
is complete without either, because some servers forbid both. The same input gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

from .figures import counted, grouped, size
from .markup import css_class, definitions, name, path, prose, safe, section, sign, sizes
from .page_attention import attention
from .page_contents import images, texts
from .page_script import SCRIPT
from .page_style import STYLE
from .page_tree import tree
from .reader import read
from .report import COUNTS, REMARKS, Report, Step, Verdict

STEPS = 5000
_BANDS = {
    Verdict.NOTHING: "grey", Verdict.IN_SYNC: "green", Verdict.CHANGES: "blue", Verdict.DEPLOYED: "green",
    Verdict.DRIFT: "amber", Verdict.REFUSED: "red", Verdict.FAILED: "red", Verdict.PARTLY: "red",
}  # fmt: skip
_VERBS = {"creates": "to create", "changes": "to change", "deletes": "to delete"}
_DONE = {"creates": "created", "changes": "changed", "deletes": "deleted"}
_DRIFTED = {"creates": "missing", "changes": "different", "deletes": "too many"}
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)Z\Z")
_REASON = re.compile(r"(?:[:,] )?(?:[0-9]+ → )?[0-9]+ bytes(?:, md5 [0-9a-f]+ → [0-9a-f]+)?\Z")


def plan_html(value: object, *, title: str = "", limit: int = STEPS, revision: str = "", drift: bool = False) -> str:
    """The plans of all results and documents together, as one page.

    Args:
        value: a result, the results of a loop, a plan document, or a list of these.
        title: the heading.
        limit: rows of the tree, and of the table of steps. Counts and deletes are complete.
        revision: of what is deployed, where the document does not say.
        drift: whether the plan was made to see what differs, so that steps mean drift.

    Raises:
        BadOptions: the value is none of these.
    """
    report = read(value, drift=drift)
    told = " ".join(title.split()) or f"Plan for {report.base or 'several directories'}"
    attending, cards = attention(report)
    sections = [
        ("attention", counted(cards, "thing") + " to look at", attending),
        ("tree", "Tree", _tree(report, limit)),
        ("steps", counted(len(report.steps), "step"), _steps(report, max(limit, 0))),
        ("texts", counted(len(report.texts), "text"), texts(report)),
        ("images", counted(len(report.images), "image"), images(report)),
        ("outcome", "Outcome", _outcome(report)),
    ]
    parts = [
        _head(told, report.verdict),
        _band(report, told, revision),
        '<main class="wrap">\n',
        _figures(report),
        _navigation([(identity, label) for identity, label, body in sections if body]),
        *(body for _identity, _label, body in sections),
        "</main>\n",
        _footer(report),
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n",
    ]
    return "".join(parts)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(title: str, verdict: Verdict) -> str:
    allowed = f"style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; {allowed}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{verdict.value}: {safe(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )


def _band(report: Report, title: str, revision: str) -> str:
    facts = [("Revision", name(revision))] if revision else []
    for origin in report.origins:
        place = f"{safe(origin.host)} {name(origin.path)}" if origin.path else safe(origin.host)
        facts += [("Place", place)] if place else []
        facts += [("Revision", name(origin.revision))] if origin.revision and origin.revision != revision else []
        facts += [("Made", _time(origin.made))] if origin.made else []
        copy = ' <button type="button" class="copy js" hidden>Copy</button>'
        facts += [("Digest", name(origin.digest) + copy)] if origin.digest else []
    return (
        f'<header class="band {_BANDS[report.verdict]}">\n<div class="wrap">\n<h1>{safe(title)}</h1>\n'
        f'<p class="verdict"><strong>{report.verdict.value}</strong></p>\n<p class="lead">{_lead(report)}</p>\n'
        f"{definitions(dict.fromkeys(facts), 'facts')}</div>\n</header>\n"
    )


def _time(text: str) -> str:
    match = _TIME.match(text)
    return f"{match.group(1)} {match.group(2)} UTC" if match else safe(text)


def _lead(report: Report) -> str:
    """The verdict in a sentence."""
    verdict = report.verdict
    sentence = _planned(report, _VERBS)
    if verdict in (Verdict.NOTHING, Verdict.IN_SYNC):
        return f"Everything is as it is wanted: {counted(report.counts['unchanged'], 'entry is', 'entries are')} unchanged."
    if verdict is Verdict.DEPLOYED:
        return _planned(report, _DONE, "fetched" if report.fetches else "sent")
    if verdict is Verdict.DRIFT:
        return _planned(report, _DRIFTED)
    if verdict is Verdict.PARTLY:
        return f"{_ended(report)} The plan: {sentence}"
    if verdict in (Verdict.REFUSED, Verdict.FAILED):
        nothing = "Nothing was changed." if verdict is Verdict.REFUSED else "No step was completed."
        return f"{nothing} The plan: {sentence}" if report.planned else nothing
    return sentence


def _planned(report: Report, words: t.Mapping[str, str], sent: str = "") -> str:
    parts = [f"{grouped(report.counts[word])} {words[word]}" for word in COUNTS if report.counts[word]]
    amount = f"; {size(report.counts['bytes'])} {sent or ('to fetch' if report.fetches else 'to send')}"
    return f"{', '.join(parts)}{amount if report.counts['bytes'] else ''}."


def _ended(report: Report) -> str:
    done, failed, left = (sum(getattr(one, word) or 0 for one in report.endings) for word in ("done", "failed", "left"))
    parts = [f"{grouped(failed)} failed"] if failed else []
    parts += [f"{grouped(left)} not started"] if left else []
    return f"{counted(done, 'step')} carried out{', ' + ', '.join(parts) if parts else ''}."


def _figures(report: Report) -> str:
    counts = report.counts
    drifted = report.verdict in (Verdict.DRIFT, Verdict.IN_SYNC)
    rows = [
        f"<div><dt>{_DRIFTED[word] if drifted else word}</dt> "
        f'<dd class="{css_class(char) if counts[word] else "soft"}">{grouped(counts[word])}</dd></div>'
        for word, char in zip(COUNTS, "+~-")
    ]
    largest = max(report.steps, key=lambda step: step.sent, default=None)
    rest = [(word, grouped(counts[word])) for word in REMARKS if counts[word] or word == "unchanged"]
    rest += [("to fetch" if report.fetches else "to send", size(counts["bytes"]))]
    if largest is not None and largest.sent:
        rest += [("largest file", f"{name(report.below(largest.path))}, {size(largest.sent)}")]
    return '<dl class="figures">\n' + "\n".join(rows) + "\n</dl>\n" + definitions(rest, "rest")


def _navigation(links: t.Sequence[tuple[str, str]]) -> str:
    items = "\n".join(f'<li><a href="#{identity}">{label}</a>' for identity, label in links)
    return f'<nav aria-label="Parts of this page">\n<ul>\n{items}\n</ul>\n</nav>\n' if links else ""


def _tree(report: Report, limit: int) -> str:
    body = tree(report, limit)
    if not body:
        return ""
    tools = '<p class="tools corner js" hidden><button type="button" class="unfold" aria-expanded="false">Open all</button></p>\n'
    return section("tree", "Tree", f'{tools}<div class="tree">\n{body}</div>', _unlisted(report))


def _unlisted(report: Report) -> str:
    if not report.unlisted:
        return ""
    return (
        f"A result lists only the first steps: {counted(report.unlisted, 'step')} of {grouped(report.planned)} are not here. "
        "A plan document (plan_file) has them all."
    )


def _steps(report: Report, limit: int) -> str:
    if not report.steps:
        return ""
    shown = report.steps[:limit]
    remark = "In the order in which they are carried out."
    remark += f" Paths are below {name(report.base)}." if report.base else ""
    if len(shown) < len(report.steps):
        remark += f" The first {grouped(len(shown))} of {grouped(len(report.steps))} steps are shown."
    tools = (
        '<div class="tools js" id="filter" hidden>\n<input type="search" id="words" placeholder="Filter by path, step or reason" '
        'aria-label="Filter the steps by path, step or reason" autocomplete="off">\n'
        + "\n".join(
            f'<button type="button" class="{css_class(char)}" aria-pressed="true">{word}</button>'
            for char, word in (("+", "+ new"), ("~", "~ changed"), ("-", "− deleted"))
        )
        + '\n<span id="shown" role="status"></span>\n</div>\n'
    )
    head = '<thead><tr><th><th>Step<th>Path<th>Why<th>Size</thead>\n'
    table = f'<table class="steps">\n{head}{"".join(_rows(report, shown))}</table>'
    return section("steps", "Steps", tools + table, f"{remark} {_unlisted(report)}".strip())


def _rows(report: Report, steps: t.Sequence[Step]) -> t.Iterator[str]:
    """A body for each phase."""
    phase = None
    for step in steps:
        if step.phase != phase:
            yield "</tbody>\n" if phase is not None else ""
            phase = step.phase
            heading = prose(phase.replace("_", " ").capitalize())
            yield "<tbody>\n" + (f'<tr><th colspan="5" scope="rowgroup">{heading}\n' if heading else "")
        what = f"{prose(step.kind)}<td>{path(step, report.below)}<td>{prose(_reason(step))}<td>{sizes(step)}"
        yield f'<tr class="{css_class(step.sign)}"><td>{sign(step.sign)}<td>{what}</tr>\n'
    yield "</tbody>\n"


def _reason(step: Step) -> str:
    """Why, with what differs but for sizes and digests: sizes have a column."""
    if step.after and step.after.target and step.detail.startswith("was -> "):
        return step.why
    detail = _REASON.sub("", step.detail)
    return detail if detail.startswith(step.why) else f"{step.why}: {detail}" if detail else step.why


def _outcome(report: Report) -> str:
    blocks = [
        definitions(
            (
                ("State", prose(ending.state)),
                ("Done", "" if ending.done is None else grouped(ending.done)),
                ("Failed", grouped(ending.failed) if ending.done is not None else ""),
                ("Not started", grouped(ending.left) if ending.done is not None else ""),
                ("Seconds", safe(ending.seconds)),
                ("Ended", _time(ending.ended)),
                ("Requests", ", ".join(f"{safe(word)} {grouped(count)}" for word, count in ending.api_calls)),
            ),
            "pairs",
        )
        for ending in report.endings
    ]
    body = "".join(f'<div class="calm">\n{block}</div>\n' for block in blocks if block)
    return section("outcome", "Outcome", body)


def _footer(report: Report) -> str:
    policies = list(dict.fromkeys(origin.policy for origin in report.origins if origin.policy))
    text = "".join(
        "<h2>Policy</h2>\n" + definitions([(safe(word), name(value) if value else "none") for word, value in policy], "pairs")
        for policy in policies
    )
    made = {f"{safe(origin.schema)}, collection {safe(origin.collection)}" for origin in report.origins if origin.schema}
    source = "".join(f"{line}. " for line in sorted(made))
    text += f'<p class="soft">{source}Made by edgeops.netstorage.ns_plan_html.</p>\n'
    return f'<footer>\n<div class="wrap">\n{text}</div>\n</footer>\n'
