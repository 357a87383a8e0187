"""The description of the server in OpenAPI 3.1, and the page that shows it; both are made from the settings table."""

import html
import json
from pathlib import Path
from typing import Any

from portrait import __version__
from portrait.core.people.people_choice import PEOPLE_FORM
from portrait.language import mark, tr
from portrait.server.choice import OFFERED, PEOPLE, parameter_schema
from portrait.server.options import ServerOptions
from portrait.server.work import MEDIA_TYPES

_SUMMARIES = {"/portrait": mark("The portrait of a photo"), "/matte": mark("The matte of a photo, 16-bit grey PNG")}
_REFUSALS = {
    "400": mark("An option cannot be used"),
    "401": mark("The token is missing or wrong"),
    "408": mark("The upload took too long"),
    "413": mark("The photo is too large"),
    "422": mark("The photo cannot be made into a portrait"),
    "429": mark("Too many requests; the header Retry-After says when to try again"),
    "503": mark("All workers are busy; the header Retry-After says when to try again"),
    "504": mark("The work took too long"),
}


def describe(options: ServerOptions) -> dict[str, Any]:
    """The description as an object of JSON."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Portrait", "version": __version__, "license": {"name": "Apache-2.0"}},
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error", "hint"],
                    "properties": {"error": {"type": "string"}, "hint": {"type": "string"}},
                }
            },
        },
        "paths": {
            **{path: {"post": _operation(path, options)} for path in _SUMMARIES},
            "/health": {"get": {"summary": tr("Whether the server is there"), "security": [], "responses": _ok({})}},
        },
    }


def page(address: str) -> str:
    """A page in HTML with what can be asked for at an address, and a form to try it; it loads nothing else."""
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td><code>{html.escape(row.allowed)}</code></td>"
        f"<td><code>{html.escape(str(row.default))}</code></td><td>{html.escape(tr(row.help))}</td></tr>"
        for name, row in OFFERED.items()
    )
    header = "Authorization: Bearer $PORTRAIT_TOKEN"  # not shown
    example = f'curl -H "{header}" --data-binary @in.jpg "{address}portrait?f_number=2" -o out.jpg'
    texts = {name: html.escape(text) for name, text in _page_texts().items()}
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return template % {**texts, "rows": rows, "example": html.escape(example), "version": __version__}


def _page_texts() -> dict[str, str]:
    return {
        "title": tr("Portraits over HTTP"),
        "intro": tr("POST a photo as the body to /portrait or /matte; options stand in the query. The description:"),
        "token": tr("Token"),
        "options": tr("Options"),
        "send": tr("Make a portrait"),
    }


def _operation(path: str, options: ServerOptions) -> dict[str, Any]:
    types = ["image/png"] if path == "/matte" else list(MEDIA_TYPES.values())
    refusals = {
        status: {"description": tr(text), "content": {"application/json": {"schema": _ERROR}}}
        for status, text in _REFUSALS.items()
    }
    return {
        "summary": tr(_SUMMARIES[path]),
        "parameters": [*(_parameter(name) for name in OFFERED), _people_parameter()],
        "requestBody": {
            "required": True,
            "description": tr("The photo, at most {n} bytes.", n=options.max_bytes),
            "content": {"application/octet-stream": {}, "image/*": {}},
        },
        "responses": {**_ok({media_type: {} for media_type in types}), **refusals},
    }


_ERROR = {"$ref": "#/components/schemas/Error"}


def _ok(content: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": tr("Done"), **({"content": content} if content else {})}}


def _parameter(name: str) -> dict[str, Any]:
    row = OFFERED[name]
    return {"name": name, "in": "query", "description": tr(row.help), "schema": parameter_schema(row)}


def _people_parameter() -> dict[str, Any]:
    return {"name": PEOPLE, "in": "query", "description": PEOPLE_FORM, "schema": {"type": "string", "default": "main"}}


def to_json(description: dict[str, Any]) -> bytes:
    """A description as bytes."""
    return json.dumps(description, ensure_ascii=False, indent=1).encode()
