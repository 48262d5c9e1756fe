# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record a deploy in a real terminal (tmux), and draw what is to be read there: docs/pictures/progress.svg.

``.venv/bin/python tests/browser/progress_picture.py``, with tmux; then look at the picture. The service is a slow emulator, so
the figures are those of no real one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path
from xml.sax.saxutils import escape

from ansible_collections.edgeops.netstorage.tests.fork_server.client import PROGRAM
from ansible_collections.edgeops.netstorage.tests.integration.playbook_runner import Player
from ansible_collections.edgeops.netstorage.tests.integration.service import Service, serving

PICTURE = Path(__file__).resolve().parents[2] / "docs/pictures/progress.svg"
FILES, SIZE, LATENCY_MS = 1380, 30_000, 150
COLUMNS, ROWS = 116, 24
COMMAND = "ansible-playbook deploy.yml"
PATIENCE = 120.0  # seconds
# What the terminal shows when it is recorded, and what is written above the recording.
MOMENTS = (("left", "While it runs, one line is drawn again and again."), ("PLAY RECAP", "In the end it is gone."))
WIDTH, LINE, LETTER, MARGIN, TOP = 872, 18, 7.22, 16, 44
PLAYBOOK = {
    "name": "Make www equal to site",
    "edgeops.netstorage.ns_sync": {"src": "site", "path": "www", "delete": True},
}


def record(player: Player) -> list[list[str]]:
    """The lines of the terminal at each moment."""
    for number in range(FILES):
        file = player.work / f"site/{number % 30:02}/{number:04}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(SIZE))
    arguments, environment = player.call(player.write("deploy.yml", [PLAYBOOK]), (), None, None)
    script = player.work / "play"
    script.write_text(f"#!/bin/sh\nexec {PROGRAM} {' '.join(arguments)}\n")
    script.chmod(0o755)
    hidden = ("CI", "TMUX", "ANSIBLE_NOCOLOR", "ANSIBLE_CALLBACKS_ENABLED")
    surroundings = {name: value for name, value in environment.items() if name not in hidden}
    with tempfile.TemporaryDirectory() as sockets:
        tmux = ["tmux", "-S", f"{sockets}/socket", "-f", os.devnull]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        keep = [";", "set-option", "-g", "remain-on-exit", "on"]
        subprocess.run([*tmux, "new-session", "-d", *size, str(script), *keep], env=surroundings, cwd=player.work, check=True)
        try:
            return [_seen(tmux, text) for text, _caption in MOMENTS]
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


def _seen(tmux: t.Sequence[str], text: str) -> list[str]:
    """What is to be read when a text is there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True)
        lines = [line.rstrip() for line in done.stdout.splitlines()]
        if any(text in line for line in lines):
            while not lines[-1] or lines[-1].startswith("Pane is dead"):
                lines.pop()
            return lines
        time.sleep(0.2)
    raise TimeoutError(f"the terminal never shows {text!r}")


def drawn(recordings: t.Sequence[t.Sequence[str]]) -> str:
    """The picture: one window of a terminal below the other."""
    parts, top = list[str](), 0
    for lines, (_text, caption) in zip(recordings, MOMENTS, strict=True):
        shown = [f"$ {COMMAND}", *lines]
        height = TOP + LINE * len(shown) + MARGIN
        parts.append(f'<rect y="{top}" width="{WIDTH}" height="{height}" rx="8" fill="#1e2227"/>')
        place = f'x="{MARGIN}" y="{top + 26}"'
        parts.append(f'<text {place} fill="#9aa5b1" font-family="sans-serif">{escape(caption)}</text>')
        for number, line in enumerate(shown):
            colour = "#e5c07b" if line.startswith("changed") else "#61afef" if line.startswith("  www") else "#dfe3e8"
            place = f'x="{MARGIN}" y="{top + TOP + LINE * number + 14}"'
            length = f'textLength="{len(line) * LETTER:.1f}" lengthAdjust="spacingAndGlyphs" ' if line else ""
            parts.append(f'<text {place} {length}fill="{colour}" xml:space="preserve">{escape(line)}</text>')
        top += height + MARGIN
    size = f'viewBox="0 0 {WIDTH} {top - MARGIN}" width="{WIDTH}" height="{top - MARGIN}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
    title = "<title>ansible-playbook in a terminal, while a deploy runs and afterwards</title>"
    font = 'font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="12"'
    return "\n".join([f"{head} {font}>", title, *parts, "</svg>\n"])


def main() -> int:
    if shutil.which("tmux") is None:
        print("There is no tmux here.")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "service").mkdir()
        (Path(scratch) / "work").mkdir()
        with serving(Path(scratch) / "service") as service:
            PICTURE.write_text(drawn(_recorded(service, Path(scratch) / "work")), encoding="utf-8")
    print(PICTURE)
    return 0


def _recorded(service: Service, work: Path) -> list[list[str]]:
    service.emulator.control.set_latency(LATENCY_MS)
    return record(Player(service, work))


if __name__ == "__main__":
    sys.exit(main())
