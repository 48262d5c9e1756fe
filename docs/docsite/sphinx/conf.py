# Copyright (c) edgeops.netstorage contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Sphinx for ``make docs``; ``tests/toolchain/docs_site.py`` lays out the pages and starts it."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

project = "edgeops.netstorage"
author = "edgeops.netstorage contributors"
project_copyright = author
html_title = "edgeops.netstorage"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
# No sphinx.ext.intersphinx: it would ask other sites.
myst_heading_anchors = 6
myst_enable_extensions = ["html_image"]
highlight_language = "yaml+jinja"
pygments_style = "default"
pygments_dark_style = "github-dark"
nitpicky = True
default_role = "any"

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
html_use_smartypants = False
antsibull_ext_color_scheme = "none"  # site.css has colours that fit the theme, light and dark
html_theme_options = {
    "navigation_with_keys": True,
    "source_repository": "https://github.com/edgeops/netstorage/",
    "source_branch": "main",
    "top_of_page_buttons": [],
}

# What the reference cites of Ansible's own documentation. Other labels are mistakes, and stay warnings.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
ANSIBLE_LABELS = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
}
ANSIBLE_PLUGIN = re.compile(r"ansible_collections\.(ansible)\.(builtin|posix)\.(\w+)")


def ansible_reference(_app: Sphinx, _env: object, node: pending_xref, content: nodes.TextElement) -> nodes.reference | None:
    """A link to Ansible's documentation for a label of it, without asking it for its inventory."""
    label = node.get("reftarget", "")
    plugin = ANSIBLE_PLUGIN.fullmatch(label)
    page = "collections/{}/{}/{}.html".format(*plugin.groups()) if plugin else ANSIBLE_LABELS.get(label)
    return nodes.reference("", "", content, internal=False, refuri=f"{ANSIBLE}/{page}") if page else None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("missing-reference", ansible_reference)
