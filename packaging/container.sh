#!/bin/sh
# Installs the commands into a virtual environment without what only the window needs: the steps of the Containerfile.
#
#   packaging/container.sh FOLDER [PYTHON]
set -eu
folder=$1
python=${2:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
"$python" -m venv "$folder"
requirements=$(mktemp)
# What pyproject.toml requires, without Qt, which photo, batch, serve and live --headless never load.
"$folder/bin/python" - "$here/pyproject.toml" > "$requirements" <<'PYTHON'
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
names = project["dependencies"] + project["optional-dependencies"]["server"]
print("\n".join(name for name in names if not name.startswith("PySide6")))
PYTHON
install="$folder/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check"
$install --constraint "$here/constraints.txt" --requirement "$requirements"
$install --no-deps "$here"
rm -f "$requirements"
"$folder/bin/python" -m pip uninstall --quiet --yes pip
find "$folder" -name __pycache__ -type d -prune -exec rm -rf {} +
"$folder/bin/portrait" photo "$here/assets/samples/astronaut.jpg" -o "${TMPDIR:-/tmp}/portrait-tried/"
du -sm "$folder" | cut -f 1
