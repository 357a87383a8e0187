"""Commands that install system packages, for the package manager that is there."""

import shutil
from collections.abc import Mapping

_INSTALL = {
    "apt-get": "sudo apt install",  # not shown
    "dnf": "sudo dnf install",  # not shown
    "pacman": "sudo pacman -S",  # not shown
    "zypper": "sudo zypper install",  # not shown
}


def install_command(packages: Mapping[str, str]) -> str:
    """The command that installs packages here.

    Parameters
    ----------
    packages
        Package names by the program of the package manager; ``apt-get`` is there, and taken where no other fits.
    """
    found = next((manager for manager in _INSTALL if manager in packages and shutil.which(manager)), "apt-get")
    return f"{_INSTALL[found]} {packages[found]}"
