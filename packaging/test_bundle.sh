#!/usr/bin/env bash
# Tries the AppImage in build/artefacts as on a machine without Python: an empty environment and an empty PATH. Linux.
#
#   packaging/test_bundle.sh [APPIMAGE]     leaves window.png and the portraits in build/bundle-test
#
# Checks the size, `doctor`, a portrait, a batch in processes of its own, a live run of the synthetic source, and the window on a virtual display.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=${1:-$(ls -t "$root"/build/artefacts/*.AppImage | head -n 1)}
work=$root/build/bundle-test
largest_mb=180
rm -rf "$work" && mkdir -p "$work/home" && cd "$work"
clean=(env -i HOME="$work/home" PATH= LANG=C.UTF-8 ${APPIMAGE_EXTRACT_AND_RUN:+APPIMAGE_EXTRACT_AND_RUN=1})

size_mb=$(($(stat -c %s "$program") / 1000000))
echo "size: $size_mb MB of $largest_mb"
((size_mb <= largest_mb)) || { echo "error: too large" >&2; exit 1; }

"${clean[@]}" "$program" --version
"${clean[@]}" "$program" doctor | tee doctor.txt
"${clean[@]}" "$program" photo "$root/assets/samples/astronaut.jpg" -o astronaut.jpg --json | tee photo.json
"${clean[@]}" "$program" live --headless --source synthetic --seconds 3 --json | tee live.json
# Processes of their own are this program once more.
mkdir photos && cp "$root/assets/samples/astronaut.jpg" photos
"${clean[@]}" "$program" batch photos portraits --workers 1 --time-limit 120
test -s portraits/astronaut.jpg
grep -q '"status": "done"' photo.json
test -s astronaut.jpg

# What desktops and software centres read. Without an address nobody can be asked for a home page: docs/adr/115.
share=$root/build/AppDir/usr/share
if command -v desktop-file-validate >/dev/null && command -v appstreamcli >/dev/null && [[ -d $share ]]; then
    desktop-file-validate "$share"/applications/*.desktop
    appstreamcli validate --no-net "$share"/metainfo/*.metainfo.xml | tee appstream.txt
fi

if command -v Xvfb >/dev/null; then
    exec {ready}<> <(:)
    Xvfb -displayfd "$ready" -screen 0 1280x860x24 -nolisten tcp >/dev/null 2>&1 & server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    read -r number <&"$ready"
    "${clean[@]}" DISPLAY=":$number" "$program" "$root/assets/samples/astronaut.jpg" 2> window.log & app=$!
    sleep "${WINDOW_SECONDS:-12}"
    kill -0 "$app" || { echo "error: the window is gone" >&2; cat window.log >&2; exit 1; }
    [[ ! -x $root/.venv/bin/python ]] || "$root/.venv/bin/python" -c \
        "from PIL import ImageGrab; ImageGrab.grab(xdisplay=':$number').save('window.png')"
    kill -INT "$app" 2>/dev/null || true
    wait "$app" || true
    cat window.log
fi
echo "The bundle works."
