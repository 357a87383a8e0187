"""Version and id of the application, read from ``portrait/__init__.py``, and the templates that they are put into."""

import re
from pathlib import Path


def read_version(root: Path) -> str:
    """The version."""
    return _read(root, "__version__")


def read_app_id(root: Path) -> str:
    """The id by which desktops and software centres know the application, such as ``org.example.Portrait``."""
    return _read(root, "APP_ID")


def fill_template(template: Path, app_id: str) -> str:
    """The text of an ``.in`` file with the id, and that of its developer (the id without its last part), in place.

    Raises
    ------
    ValueError
        A name between ``@`` that is neither.
    """
    values = {"APP_ID": app_id, "DEVELOPER_ID": app_id.rpartition(".")[0]}
    text = template.read_text(encoding="utf-8")
    if unknown := {*re.findall(r"@([A-Z_]+)@", text)} - {*values}:
        raise ValueError(f"{template} asks for {', '.join(sorted(unknown))}")
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)


def _read(root: Path, name: str) -> str:
    text = (root / "portrait" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(rf'^{name} = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise ValueError(f"portrait/__init__.py has no {name}")
    return found.group(1)
