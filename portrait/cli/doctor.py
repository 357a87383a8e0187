"""``portrait doctor``: what is there, what works, and what to do about what does not."""

import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import typer

import portrait
from portrait.cli.display import QT_HINT, find_qt_problem, has_display, has_font_for
from portrait.cli.finding import Finding
from portrait.cli.log_file import log_path
from portrait.cli.optional_parts import check_raw, check_videos
from portrait.errors import EXIT_FAILED, ModelError, PortraitError
from portrait.extras import is_bundle
from portrait.files.heif_library import heif_package
from portrait.files.system.private_paths import shorten_home
from portrait.language import current_language, mark, tr
from portrait.settings import load_settings, settings_path

if TYPE_CHECKING:
    from portrait.engine import PortraitEngine, Quality
    from portrait.inference.providers import ProviderStatus

PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "pillow", heif_package(), "PySide6-Essentials")
_BUILD = "python portrait/native/build.py"  # not shown
_REINSTALL = mark("Install Portrait again, in the folder that it came from: pip install --force-reinstall .")

_STATES = {"ok": mark("ok"), "limit": mark("limit"), "problem": mark("problem")}
_TOPICS = {
    "package": mark("package"),
    "packages": mark("package"),
    "model": mark("model"),
    "processor": mark("processor"),
    "camera": mark("camera"),
    "cameras": mark("camera"),
    "video": mark("video"),
    "videos": mark("video"),
    "raw": mark("raw"),
    "display": mark("display"),
    "settings": mark("settings"),
    "log": mark("log"),
    "native": mark("native"),
    "calls": mark("calls"),
    "font": mark("font"),
    "fonts": mark("font"),
}


def examine() -> None:
    """Check what is installed and plugged in, and make a real portrait with the bundled model."""
    findings = []
    for check in CHECKS:
        for finding in _run_check(check):
            findings.append(finding)
            _print(finding)
    if any(finding.state == "problem" for finding in findings):
        typer.echo(tr("Portraits cannot be made here until the problems above are solved."))
        raise typer.Exit(EXIT_FAILED)
    typer.echo(tr("Portraits can be made here."))


def _run_check(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Run a check; an error that it raises becomes a finding, for a broken package must not end the examination."""
    topic = check.__name__.removeprefix("check_")
    try:
        yield from check()
    except PortraitError as exc:
        yield Finding(topic, exc.message, "problem", exc.hint)
    except (ImportError, OSError) as exc:  # a library, or a file shipped with the app
        yield Finding(topic, tr("cannot be loaded: {reason}", reason=exc), "problem", tr(_REINSTALL))


def _print(finding: Finding) -> None:
    state, topic = tr(_STATES[finding.state]), tr(_TOPICS.get(finding.topic, finding.topic))
    typer.echo(shorten_home(f"{_pad(state, 8)}{_pad(topic, 10)}{finding.text}"))
    if finding.hint:
        typer.echo(shorten_home(f"{'':18}-> {finding.hint}"))


def _pad(text: str, width: int) -> str:
    """Spaces behind a text up to a number of columns of a terminal, where letters of East Asia take two."""
    return text + " " * (width - sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text))


def check_python() -> Iterator[Finding]:
    """The interpreter and the system."""
    yield Finding("python", tr("{version} on {system}", version=platform.python_version(), system=platform.platform()))


def check_packages() -> Iterator[Finding]:
    """The installed packages, and OpenCV packages that conflict with Qt."""
    yield Finding("package", f"portrait {portrait.__version__}{' (bundle)' if is_bundle() else ''}")
    for name in PACKAGES:
        try:
            yield Finding("package", f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding("package", tr("{name} is not installed", name=name), "problem", tr(_REINSTALL))
    for rival in ("opencv-python", "opencv-contrib-python"):
        try:
            text = tr(
                "{rival} {version} brings its own Qt, which breaks the window", rival=rival, version=version(rival)
            )
        except PackageNotFoundError:
            continue
        yield Finding("package", text, "limit", tr("pip uninstall {rival}, then install Portrait again", rival=rival))


def check_native() -> Iterator[Finding]:
    """The native passes, and what they were compiled with."""
    from portrait.native.shared_library import find_library

    library = find_library()
    if library is not None:
        yield Finding(
            "native", tr("passes in C: build {build} by {compiler}", build=library.build, compiler=library.compiler)
        )
        return
    text = tr("there are no passes in C, NumPy does the same more slowly")
    yield Finding(
        "native",
        text,
        "limit",
        tr("Install clang or gcc, then Portrait again; in a checkout: {command}", command=_BUILD),
    )


def check_model() -> Iterator[Finding]:
    """A portrait of a bundled photo in each quality, and the network on every other execution provider."""
    from portrait.engine import open_engine
    from portrait.files.system.assets import asset_path
    from portrait.inference.providers import list_providers
    from portrait.inference.second_opinion import find_second_opinion

    engine = open_engine()
    yield _try_engine(engine, "fast")
    yield _try_engine(engine, "fine")
    if find_second_opinion(asset_path("models")) is None:
        text = tr("fine takes more animals and things for people: its network of classes is not installed")
        yield Finding("model", text, "limit", tr(_REINSTALL))
    for status in list_providers():
        if status.name != "cpu":
            yield _try_provider(status)


def _try_engine(engine: "PortraitEngine", quality: "Quality") -> Finding:
    """Make a portrait of a sample photo and time it."""
    from portrait.core.lens.blur_options import BlurOptions
    from portrait.files.image_io import load_photo
    from portrait.files.system.assets import asset_path

    image = load_photo(asset_path("samples", "astronaut.jpg")).image
    segmenter = engine.segmenter_of(quality)
    name, provider = segmenter.spec.name, segmenter.provider
    started_s = time.perf_counter()
    result = engine.process(image, BlurOptions(), quality=quality)
    elapsed_ms = 1e3 * (time.perf_counter() - started_s)
    if not result.has_person:
        return Finding(
            "model", tr("{name} does not see the person in a sample photo", name=name), "problem", tr(_REINSTALL)
        )
    text = tr(
        "{name} on {active}: {quality} portrait of a sample photo in {elapsed_ms:.0f} ms",
        name=name,
        active=provider.active,
        quality=quality,
        elapsed_ms=elapsed_ms,
    )
    return Finding("model", text, "limit" if provider.reason else "ok", provider.reason)


def _try_provider(status: "ProviderStatus") -> Finding:
    """Measure the network on an execution provider beside the CPU, if it is available."""
    from portrait.files.system.assets import asset_path
    from portrait.inference.model_store import find_model
    from portrait.inference.provider_choice import measure_provider
    from portrait.inference.providers import find_provider
    from portrait.inference.sessions import default_threads

    if not status.available:
        return Finding("processor", tr("{label} is not used: {reason}", label=status.label, reason=status.reason))
    try:
        path = find_model(None, asset_path("models"))
        measured = measure_provider(path, default_threads(), find_provider(status.name))
    except ModelError as exc:
        return Finding("processor", f"{status.label}: {exc.message}", "limit", exc.hint)
    is_right = measured.is_right and not measured.failure
    return Finding("processor", f"{status.label}: {measured.describe()}", "ok" if is_right else "limit")


def check_cameras() -> Iterator[Finding]:
    """The cameras and their formats."""
    from portrait.capture import list_sources

    cameras = [source for source in list_sources() if source.kind == "camera"]
    for camera in cameras:
        yield Finding("camera", f"{camera.id}: {camera.name} ({', '.join(camera.formats) or tr('formats unknown')})")
    if not cameras:
        yield Finding(
            "camera", tr("none was found"), "limit", tr("Plug one in; live --source synthetic works without.")
        )


def check_calls() -> Iterator[Finding]:
    """Whether Live can be a camera for video calls."""
    from portrait.sinks.virtual_camera import list_camera_kinds, why_no_virtual_camera

    reason = why_no_virtual_camera()
    if reason is not None:
        yield Finding("calls", reason.message, "limit", reason.hint)
        return
    usable = [kind.name for kind in list_camera_kinds() if kind.is_available]
    yield Finding("calls", tr("Live can be a camera for other programs through {names}", names=", ".join(usable)))


def check_display() -> Iterator[Finding]:
    """Whether the app can open its window."""
    if problem := find_qt_problem():
        yield Finding("display", tr("Qt does not load: {problem}", problem=problem), "limit", tr(QT_HINT))
    elif has_display():
        yield Finding("display", tr("Qt can open a window"))
    else:
        hint = tr("The app needs one; photo, batch and live --headless do not.")
        yield Finding("display", tr("there is none"), "limit", hint)


def check_fonts() -> Iterator[Finding]:
    """Whether a font has the letters of the language of the window, where the system may come without."""
    if current_language() != "ko":
        return
    if has_font_for("ko"):
        yield Finding("font", tr("a font has Korean letters"))
    else:
        hint = tr("On Debian and Ubuntu: sudo apt install fonts-noto-cjk")
        yield Finding("font", tr("no font has Korean letters"), "limit", hint)


def check_settings() -> Iterator[Finding]:
    """Paths of settings and log, and whether the settings can be read."""
    path = settings_path()
    try:
        load_settings(path)
        yield Finding("settings", _written(path))
    except PortraitError as exc:
        yield Finding("settings", exc.message, "limit", exc.hint)
    yield Finding("log", _written(log_path()))


def _written(path: Path) -> str:
    """The path, and whether the file is there."""
    return str(path) if path.exists() else tr("{path} (not written yet)", path=path)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_python,
    check_packages,
    check_native,
    check_model,
    check_cameras,
    check_calls,
    check_videos,
    check_raw,
    check_display,
    check_fonts,
    check_settings,
)
