"""Write the generated pages of the reference: ``python docs/generator``, in an environment with torch."""

from pathlib import Path

import reference

from export.cli.application import app

DOCS = Path(__file__).parents[1]

for name, text in {**reference.app_pages(), **reference.export_pages(app)}.items():
    (DOCS / name).write_text(text, encoding="utf-8", newline="\n")
