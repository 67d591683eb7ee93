"""The files of the page: those that lie in the folder when TensorBoard starts, and no other."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "static"
ENTRY = "index.js"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


def list_files() -> dict[str, tuple[Path, str]]:
    """By name the path and the content type of each file.

    Raises:
        FileNotFoundError: the folder, or the module that the page begins with, is missing.
    """
    files = {
        path.name: (path, _TYPES[path.suffix])
        for path in sorted(FOLDER.iterdir())
        if path.suffix in _TYPES and path.is_file()
    }
    if ENTRY not in files:
        raise FileNotFoundError(f"{FOLDER / ENTRY} is missing: install mnist_tb again")
    return files
