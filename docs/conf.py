"""How Sphinx builds the documentation: ``make docs``, into build/docs.

The pages are the Markdown files of this folder, in English and Korean; the reference is made of
docstrings. A warning is an error, so that a link that leads nowhere ends the build.
"""

import gradproof

project = "gradproof"
author = copyright = "The gradproof developers"
version = release = gradproof.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns: list[str] = []
root_doc = "index"
html_theme = "alabaster"
html_title = f"gradproof {version}"
html_show_copyright = False

myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_mock_imports = ["torch", "jax"]  # extras, which the pages name and do not need
autodoc_typehints = "none"  # the sections of the docstrings say it in words
autodoc_member_order = "bysource"
