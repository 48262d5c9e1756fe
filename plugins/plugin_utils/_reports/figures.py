# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes and counts as people read them."""

from __future__ import annotations


def size(count: int) -> str:
    """``1234`` -> ``1.2 kB``"""
    amount, units = float(count), iter(("kB", "MB", "GB"))
    if count < 1000:
        return f"{count} bytes"
    unit = ""
    while amount >= 999.95 and unit != "TB":
        amount, unit = amount / 1000, next(units, "TB")
    return f"{amount:.1f} {unit}"


def grouped(count: int) -> str:
    """``12000`` -> ``12,000``"""
    return f"{count:,}"


def counted(count: int, word: str, words: str = "") -> str:
    """``1 file``, ``12,000 files``"""
    return f"{count:,} {word if count == 1 else words or word + 's'}"
