"""Contact sheet of a batch: one HTML page that needs no other file, with a table that is sorted by a click."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from portrait.language import current_language, tr

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif }
body { margin: 2rem } h1 { font-size: 1.3rem }
table { border-collapse: collapse; width: 100% }
th { text-align: left; cursor: pointer; position: sticky; top: 0; background: Canvas }
th, td { padding: .4rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere }
img { max-width: 240px; max-height: 240px; display: block }
.failed td:first-child { color: #c0392b; font-weight: 600 }
"""  # not shown

_SCRIPT = """
document.querySelectorAll("th").forEach((heading, column) => heading.onclick = () => {
  const body = document.querySelector("tbody"), down = heading.dataset.down = heading.dataset.down === "1" ? "" : "1";
  const key = row => row.cells[column].dataset.key ?? row.cells[column].textContent;
  const rows = [...body.rows].sort((a, b) => key(a).localeCompare(key(b), undefined, {numeric: true}));
  body.append(...(down ? rows : rows.reverse()));
});
"""  # not shown


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One photo: paths, result, texts about it, seconds, and the JPEG thumbnails of photo and portrait; None: none."""

    photo: str
    portrait: str
    status: str
    texts: tuple[str, ...]
    seconds: float
    thumbnails: tuple[bytes | None, ...] = ()


class ContactSheet:
    """Takes rows and gives the page."""

    def __init__(self) -> None:
        self._rows: list[str] = []

    def add(self, row: SheetRow) -> None:
        """Add a row."""
        before, after = (*row.thumbnails, None, None)[:2]
        cells = (
            f"<td>{escape(row.status)}</td>",
            f"<td>{escape(row.photo)}</td>",
            f"<td>{_image(row.photo, before)}</td>",
            f"<td>{_image(row.portrait, after)}</td>",
            f"<td>{'<br>'.join(map(escape, row.texts))}</td>",
            f'<td data-key="{row.seconds}">{f"{row.seconds:.1f} s" if row.seconds else ""}</td>',  # not shown
        )
        self._rows.append(f'<tr class="{escape(row.status)}">{"".join(cells)}</tr>\n')  # not shown

    def to_html(self, title: str, counts: Mapping[str, int], left_out: Mapping[str, Mapping[str, object]]) -> str:
        """The whole page."""
        headings = "".join(f"<th>{name}</th>" for name in _headings())
        figures = [(name.replace("_", " "), count) for name, count in counts.items() if count]
        figures += [(tr("other files: {kind}", kind=kind), values["count"]) for kind, values in left_out.items()]  # type: ignore[misc]
        heading = tr("Portraits of {title}", title=title)
        line = " · ".join(f"{count} {escape(name)}" for name, count in figures)
        return (
            f'<!doctype html>\n<html lang="{current_language()}"><meta charset="utf-8">'  # not shown
            f"<title>{escape(title)}</title>\n"
            f"<style>{_STYLE}</style>\n<h1>{escape(heading)}</h1>\n<p>{line}</p>\n"
            f"<table><thead><tr>{headings}</tr></thead>\n<tbody>\n{''.join(self._rows)}</tbody></table>\n"
            f"<script>{_SCRIPT}</script></html>\n"
        )


def _headings() -> tuple[str, ...]:
    return tr("Result"), tr("Photo"), tr("Before"), tr("After"), tr("Details"), tr("Time")


def _image(path: str, thumbnail: bytes | None) -> str:
    if thumbnail is None:
        return ""
    data = base64.b64encode(thumbnail).decode("ascii")
    link = escape(path if "://" in path else Path(path).absolute().as_uri(), quote=True)
    return f'<a href="{link}"><img loading="lazy" alt="" src="data:image/jpeg;base64,{data}"></a>'  # not shown
