#!/usr/bin/env bash
# Do frames of the virtual camera reach another program? A script, not a test: it starts PipeWire in a session of its own.
#
#   tests/pipewire_check.sh PYTHON [FRAMES]
#
# Needs pipewire, wireplumber, gstreamer1.0-pipewire, gstreamer1.0-tools, gstreamer1.0-plugins-base and dbus. A reader takes
# FRAMES frames (300) from the camera that `portrait live --source synthetic --virtual-camera` gives, twice, and each time
# the number of frames that arrived, and whether they differ from one another, is printed. Exits with 1 if any is missing.
set -euo pipefail
if [ -z "${PIPEWIRE_CHECK_INSIDE:-}" ]; then
    PIPEWIRE_CHECK_INSIDE=1 exec timeout -k 5 180 dbus-run-session -- bash "$0" "$@"
fi
python=$1 frames=${2:-300} width=320 height=240
folder=$(mktemp -d)
export XDG_RUNTIME_DIR=$folder
chmod 700 "$folder"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
pipewire >"$folder/pipewire.log" 2>&1 &
sleep 1
wireplumber >"$folder/wireplumber.log" 2>&1 &
sleep 2
cd "$(dirname "$0")/.."
"$python" main.py live --headless --source synthetic --size ${width}x${height} --virtual-camera >"$folder/live.log" 2>&1 &
sleep 6
for reader in first second; do
    timeout -k 1 60 gst-launch-1.0 -q pipewiresrc target-object=portrait-camera num-buffers="$frames" \
        ! video/x-raw,format=YUY2 ! filesink location="$folder/$reader.raw" 2>>"$folder/reader.log" || true
    "$python" - "$folder/$reader.raw" "$frames" $((width * height * 2)) <<'P'
import hashlib, sys
content, wanted, size = open(sys.argv[1], "rb").read(), int(sys.argv[2]), int(sys.argv[3])
whole, rest = divmod(len(content), size)
digests = [hashlib.sha256(content[at * size : (at + 1) * size]).digest() for at in range(whole)]
print(f"{whole} frames, {rest} bytes left over, {len(set(digests))} different ones")
sys.exit(0 if whole == wanted and rest == 0 and len(set(digests)) > wanted // 2 else 1)
P
done
