"""What goes into the bundle, and what of its parts is left out; used by ``portrait.spec``."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

Entry = tuple[str, str, str]
"""Of PyInstaller: path in the bundle, path here, kind."""

METADATA = ("portrait", "numpy", "opencv-python-headless", "onnxruntime", "pillow", "pi-heif", "PySide6-Essentials")
"""Distributions whose metadata the app reads: versions for ``doctor``, plug-ins of virtual cameras."""

HIDDEN_IMPORTS = ("PySide6.QtSvg", "pi_heif", "_pi_heif")
"""Modules that are imported by others in a way that PyInstaller does not see."""

EXCLUDED_MODULES = [
    "av",  # wheels with GPL encoders: docs/adr/049
    "pillow_heif",  # wheels with x265, GPL: pi-heif reads the same
    "pyvirtualcam",  # GPL
    *("torch", "onnx", "ray", "pymatting", "numba", "scipy", "matplotlib", "pandas", "export"),
    *("readline", "curses", "_curses", "rlcompleter"),  # GNU readline is GPL
    *("tkinter", "IPython", "pytest", "setuptools", "pip", "wheel", "numpy.f2py", "numpy.distutils", "lib2to3"),
    *("onnxruntime.quantization", "onnxruntime.transformers", "onnxruntime.tools", "PIL.ImageTk", "PIL.ImageQt"),
    *(f"PySide6.Qt{name}" for name in ("Qml", "Quick", "QuickWidgets", "Designer", "Help", "Sql", "Test", "Network")),
    *(f"PySide6.Qt{name}" for name in ("OpenGL", "OpenGLWidgets", "PrintSupport", "Xml", "UiTools", "Concurrent")),
]

_UNUSED = re.compile(
    r"""
    (^|/)plugins/(
        platforms/(?!.*(xcb|wayland|offscreen|cocoa|windows|direct2d))
      | platformthemes/(?!.*xdgdesktopportal)                # the one of GTK brings all of GTK
      | platforminputcontexts/.*virtualkeyboard              # brings Qt Quick
      | imageformats/(?!.*(svg|jpeg|ico|icns))
      | (tls|networkinformation|sqldrivers|qmltooling|designer|egldeviceintegrations|generic|printsupport
        | position|sensors|multimedia|vectorimageformats|assetimporters|scxmldatamodel
        | wayland-graphics-integration-server)/
    )
  | (^|/)qml/
  | (^|/)translations/(?!qtbase_(ko|en)\.qm)
  | (lib|Qt6|libQt6|Qt)(Qml|Quick|QmlModels|QmlMeta|QmlWorkerScript|VirtualKeyboard|Pdf|Network|Sql|Test|EglF[Ss]\w*)
    \.(so|dll|dylib|framework)
  | opengl32sw\.dll | d3dcompiler | opencv_videoio_ffmpeg\w*\.dll\.disabled
  | (^|/)numpy/(.*/)?tests/
  | (^|/)share/(icons|themes|fontconfig)/
    """,
    re.VERBOSE,
)


_OF_SYSTEM = "GL|EGL|GLX|OpenGL|GLdispatch|drm|gbm|fontconfig|stdc\\+\\+|gcc_s|dbus-1|systemd|X11|X11-xcb|xcb"


def data_files(root: Path) -> list[tuple[str, str]]:
    """Files shipped beside the code, as PyInstaller takes them: source and folder."""
    texts = [(str(path), "portrait/language") for path in sorted((root / "portrait/language").glob("*.po"))]
    sources = [
        (str(path), "portrait/native/source") for path in sorted((root / "portrait/native/source").glob("*.[ch]"))
    ]
    packaged = [(str(root / "LICENSE"), ".")]  # a library tells whether it was made of these sources
    return [(str(root / "assets"), "portrait/assets"), *texts, *sources, *packaged, *_notices(root)]


def _notices(root: Path) -> list[tuple[str, str]]:
    """The licences of the parts, written by ``licences.py`` before."""
    path = root / "build" / "THIRD_PARTY_LICENCES.txt"
    return [(str(path), ".")] if path.exists() else []


def native_libraries(root: Path) -> list[tuple[str, str]]:
    """The native passes; without them the app runs on NumPy."""
    folder = root / "portrait" / "native" / "library"
    return [(str(path), "portrait/native/library") for path in sorted(folder.glob("*")) if path.is_file()]


def is_bundled(module: str) -> bool:
    """Whether a module of the app belongs into the bundle."""
    return not module.startswith(("portrait.batch.ray_", "portrait.native.build"))


def is_needed(destination: str) -> bool:
    """Whether a file is needed, by its path in the bundle."""
    return _UNUSED.search(destination.replace("\\", "/")) is None


def keep_needed(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of a PyInstaller list that are needed; on Linux without what belongs to the system."""
    kept = [entry for entry in entries if is_needed(entry[0])]
    return kept if sys.platform != "linux" else [entry for entry in kept if not _is_of_system(entry[0])]


@cache
def linked_libraries(path: str) -> frozenset[str]:
    """Names of the libraries that an ELF file itself is linked with, by objdump."""
    told = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=False).stdout
    return frozenset(re.findall(r"^\s*NEEDED\s+(\S+)$", told, re.MULTILINE))


def drop_orphans(binaries: Iterable[Entry], imports_of: Callable[[str], Iterable[str]]) -> list[Entry]:
    """The binaries without the libraries that none of the others loads: those of plug-ins that were left out.

    ``imports_of`` gives the names of the libraries that the binary at a path is linked with.
    """
    kept = list(binaries)
    while True:
        wanted = {name for entry in kept for name in imports_of(entry[1])}
        left = [entry for entry in kept if not _is_plain_library(entry[0]) or Path(entry[0]).name in wanted]
        if len(left) == len(kept):
            return kept
        kept = left


def _is_plain_library(destination: str) -> bool:
    """Whether it is a library that others load, as ``libX11.so.6``; not a module, a plug-in or Qt's own."""
    return re.fullmatch(r"lib[^/]*\.so(\.[\d.]+)?", destination) is not None and "libpython" not in destination


def _is_of_system(destination: str) -> bool:
    """Libraries that must match drivers, fonts or services of the machine, which every desktop has."""
    return re.search(rf"(^|/)lib({_OF_SYSTEM})\.so", destination) is not None
