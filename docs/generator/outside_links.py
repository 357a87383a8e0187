"""Hook of MkDocs: brings the repository's own documents and sample photos into the site, and follows links to them.

Documents link to each other as they lie in the repository, so that the links work there too; the site has only what
lies in ``docs``.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).parents[2]
_PLACE = "repository/"
_PATTERNS = (
    *("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"),
    *("assets/models/*.md", "assets/samples/*", "packaging/README.md"),
)
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands outside of ``docs``."""
    for name in _outside_files():
        files.append(File.generated(config, _PLACE + name, abs_src_path=str(_ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let every link lead to where its target stands in the site; a page without sections has no list of them."""
    if not re.search(r"(?m)^(##|:::)", markdown):
        page.meta.setdefault("hide", ["toc"])
    here = _repository_place(page.file.src_uri)

    def follow(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), match[1]))
        place = target.removeprefix("docs/") if target.startswith("docs/") else _PLACE + target
        return posixpath.relpath(place, posixpath.dirname(page.file.src_uri) or ".")

    return _LINK.sub(follow, markdown)


def _outside_files() -> list[str]:
    return sorted(path.relative_to(_ROOT).as_posix() for pattern in _PATTERNS for path in _ROOT.glob(pattern))


def _repository_place(source: str) -> str:
    """Where a page of the site stands in the repository."""
    return source.removeprefix(_PLACE) if source.startswith(_PLACE) else f"docs/{source}"
