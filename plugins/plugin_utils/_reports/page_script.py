# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The script of a page. It only adds comfort: without it the page is complete. No value is ever written into it."""

from __future__ import annotations

SCRIPT = """
'use strict';
(function () {
  var all = function (selector, inside) { return Array.from((inside || document).querySelectorAll(selector)); };
  all('[hidden].js').forEach(function (element) { element.hidden = false; });

  // Filter of the steps
  var words = document.getElementById('words'), shown = document.getElementById('shown');
  if (words) {
    var rows = all('#steps tbody tr.a, #steps tbody tr.c, #steps tbody tr.d, #steps tbody tr.u').map(function (row) {
      return { row: row, text: row.textContent.toLowerCase() };
    });
    var toggles = all('#filter button');
    var filter = function () {
      var parts = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
      var off = toggles.filter(function (one) { return one.getAttribute('aria-pressed') === 'false'; });
      var hidden = off.map(function (one) { return one.className; });
      var count = 0;
      rows.forEach(function (one) {
        var fits = hidden.indexOf(one.row.className) === -1 &&
          parts.every(function (part) { return one.text.indexOf(part) !== -1; });
        one.row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      all('#steps tbody').forEach(function (body) { body.hidden = !body.querySelector('tr[class]:not([hidden])'); });
      shown.textContent = count.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' shown';
    };
    words.addEventListener('input', filter);
    words.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') { words.value = ''; filter(); }
    });
    toggles.forEach(function (one) {
      one.addEventListener('click', function () {
        one.setAttribute('aria-pressed', String(one.getAttribute('aria-pressed') === 'false'));
        filter();
      });
    });
    filter();
  }

  // Open and close all directories
  all('button.unfold').forEach(function (button) {
    button.addEventListener('click', function () {
      var open = button.getAttribute('aria-expanded') !== 'true';
      all('details', button.closest('section')).forEach(function (one) { one.open = open; });
      button.setAttribute('aria-expanded', String(open));
      button.textContent = open ? 'Close all' : 'Open all';
    });
  });

  // Copy a digest
  all('button.copy').forEach(function (button) {
    button.addEventListener('click', function () {
      var digest = button.parentNode.querySelector('bdi');
      var told = function () { button.textContent = 'Copied'; setTimeout(function () { button.textContent = 'Copy'; }, 2000); };
      var select = function () { getSelection().selectAllChildren(digest); button.textContent = 'Selected'; };
      if (navigator.clipboard) { navigator.clipboard.writeText(digest.textContent).then(told, select); } else { select(); }
    });
  });

  // Two images over each other, with a slider
  all('.pair').forEach(function (pair) {
    var images = all('img', pair);
    if (images.length !== 2) { return; }
    var swipe = document.createElement('div'), range = document.createElement('input'), label = document.createElement('label');
    swipe.className = 'swipe';
    images.forEach(function (image) { var copy = image.cloneNode(); copy.alt = ''; swipe.appendChild(copy); });
    range.type = 'range'; range.min = 0; range.max = 100; range.value = 50;
    label.className = 'slide';
    label.append('Before', range, 'After');
    range.setAttribute('aria-label', 'How much of the image before is seen');
    var slide = function () { swipe.lastChild.style.clipPath = 'inset(0 0 0 ' + (100 - range.value) + '%)'; };
    range.addEventListener('input', slide);
    slide();
    var details = document.createElement('details'), summary = document.createElement('summary');
    summary.textContent = 'Compare with a slider';
    details.append(summary, swipe, label);
    pair.appendChild(details);
  });
}());
"""
