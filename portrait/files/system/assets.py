"""Where the files shipped with the app lie: models, sample photos, icons."""

from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parents[2]


def asset_path(*parts: str) -> Path:
    """Path of a shipped file or folder, in a checkout as well as in an installed wheel.

    Parameters
    ----------
    *parts
        Path below ``assets/``, as in ``asset_path("models", "person.onnx")``.

    Raises
    ------
    FileNotFoundError
        The asset is in neither place; the message names it.
    """
    in_wheel = _PACKAGE_DIR / "assets"
    in_checkout = _PACKAGE_DIR.parent / "assets"
    for folder in (in_wheel, in_checkout):
        path = folder.joinpath(*parts)
        if path.exists():
            return path
    missing = "/".join(parts)
    raise FileNotFoundError(f"assets/{missing} is in neither {in_wheel} nor {in_checkout}")
