"""An AppImage: a small program that mounts the squashfs image behind it, and starts AppRun inside.

The format: https://github.com/AppImage/AppImageSpec. The runtime is the file that APPIMAGE_RUNTIME names, such as that
of https://github.com/AppImage/type2-runtime; else the one of ``linux/runtime.c``, compiled here where libsquashfuse and
libfuse3 are installed as static libraries.
"""

import os
import shutil
import subprocess
from pathlib import Path

import identity

_MAGIC, _MAGIC_OFFSET = b"AI\x02", 8
"""In the padding of the ELF header: an AppImage of type 2."""
_RUNTIME_LIBRARIES = ("squashfuse_ll", "fuse3", "z", "lzma", "lz4", "zstd", "pthread", "dl", "m")


def make(root: Path, bundle: Path, target: Path) -> Path | None:
    """Write the AppImage of a bundle; None, with the reason on standard output, where a tool is missing."""
    if shutil.which("mksquashfs") is None:
        print("No AppImage: mksquashfs is not installed (apt install squashfs-tools).")
        return None
    runtime = find_runtime(root)
    if runtime is None:
        return None
    folder, image = root / "build" / "AppDir", root / "build" / "app.squashfs"
    fill_app_dir(root, bundle, folder)
    write_flatpak_manifest(root)
    image.unlink(missing_ok=True)
    options = ("-comp", "zstd", "-Xcompression-level", "15", "-b", "256K", "-root-owned", "-noappend", "-quiet")
    subprocess.run(["mksquashfs", folder, image, *options, "-no-progress"], check=True)
    head = bytearray(runtime.read_bytes())
    head[_MAGIC_OFFSET : _MAGIC_OFFSET + len(_MAGIC)] = _MAGIC
    target.write_bytes(bytes(head) + image.read_bytes())
    target.chmod(0o755)
    return target


def fill_app_dir(root: Path, bundle: Path, folder: Path) -> None:
    """Lay out the folder that the AppImage holds: program, desktop entry, icon, metadata, scripts of file managers."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bundle, folder / "usr/lib/portrait", symlinks=True)
    install(root, folder / "usr")
    app_id = identity.read_app_id(root)
    for name in (f"{app_id}.desktop", f"{app_id}.svg"):
        place = "applications" if name.endswith("desktop") else "icons/hicolor/scalable/apps"
        shutil.copy(folder / "usr/share" / place / name, folder / name)
    (folder / ".DirIcon").symlink_to(f"{app_id}.svg")
    (folder / "AppRun").symlink_to("usr/lib/portrait/portrait")  # no shell: it works with an empty PATH
    (folder / "usr/bin").mkdir()
    (folder / "usr/bin/portrait").symlink_to("../lib/portrait/portrait")


def install(root: Path, prefix: Path) -> None:
    """Copy what a desktop reads to ``prefix/share``: desktop entry, icon, metadata, manual, file managers' scripts."""
    linux, app_id = root / "packaging/linux", identity.read_app_id(root)
    files = {
        linux / "portrait.desktop.in": f"applications/{app_id}.desktop",
        linux / "portrait.metainfo.xml.in": f"metainfo/{app_id}.metainfo.xml",
        root / "assets/icons/portrait.svg": f"icons/hicolor/scalable/apps/{app_id}.svg",
        root / "docs/reference/portrait.1": "man/man1/portrait.1",
        linux / "nautilus/Make portrait": "portrait/nautilus/Make portrait",
        linux / "dolphin/portrait.desktop.in": "kio/servicemenus/portrait.desktop",
    }
    for source, place in files.items():
        target = prefix / "share" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        if source.suffix == ".in":
            target.write_text(identity.fill_template(source, app_id), encoding="utf-8", newline="\n")


def write_flatpak_manifest(root: Path) -> Path:
    """Write the manifest of the Flatpak, whose paths are those of ``build``, where it lies."""
    app_id = identity.read_app_id(root)
    target = root / "build" / f"{app_id}.yml"
    text = identity.fill_template(root / "packaging/linux/flatpak.yml.in", app_id)
    target.write_text(text, encoding="utf-8", newline="\n")
    return target


def find_runtime(root: Path) -> Path | None:
    """The runtime to put before the image; None, with the reason on standard output, where there is none."""
    if named := os.environ.get("APPIMAGE_RUNTIME"):
        return Path(named)
    target = root / "build" / "appimage-runtime"
    source = root / "packaging/linux/runtime.c"
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    libraries = [f"-l{name}" for name in _RUNTIME_LIBRARIES]
    command = [os.environ.get("CC", "cc"), "-Os", "-s", "-static", "-Wall", "-o", str(target), str(source)]
    done = subprocess.run([*command, "-I/usr/include/fuse3", *libraries], capture_output=True, text=True, check=False)
    if done.returncode:
        print("No AppImage: APPIMAGE_RUNTIME names no runtime, and linux/runtime.c does not compile. On Debian:")
        print("apt install libsquashfuse-dev libfuse3-dev zlib1g-dev liblzma-dev liblz4-dev libzstd-dev")
        print(done.stderr[:2000])
        return None
    return target
