"""Settings of Sphinx for the API reference, which is made of the docstrings alone: `nox -s docs`."""

import mnist_tb

project = "mnist_tb"
version = release = mnist_tb.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.intersphinx", "myst_parser"]
html_theme = "furo"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
default_role = "code"
napoleon_google_docstring = True
# Without internet the links are left out, and nothing else is amiss.
intersphinx_mapping = {"numpy": ("https://numpy.org/doc/stable", None), "python": ("https://docs.python.org/3", None)}
intersphinx_timeout = 10
suppress_warnings = ["intersphinx.external"]


def link_keras(app, env, node, contnode):
    """Keras publishes no inventory: its names link to its API pages."""
    target = node.get("reftarget", "")
    if not target.startswith(("keras.", "tf_keras.")):
        return None
    from docutils.nodes import reference

    return reference("", "", contnode, internal=False, refuri=f"https://keras.io/search.html?query={target}")


def setup(app):
    """Connect the links to Keras."""
    app.connect("missing-reference", link_keras)
