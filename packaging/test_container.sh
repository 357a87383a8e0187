#!/usr/bin/env bash
# Tries the steps of the Containerfile where no container can be built: in two folders with a minimal Debian. As root, Linux.
#
#   packaging/test_container.sh [DEBIAN.tar]     made by mmdebstrap where none is given; leaves all in build/container-test
#
# One is the stage that compiles, the other the image. In the image, the user that the Containerfile makes runs a folder
# without any network, and the server. Packages are fetched before, so that inside pip needs no configuration.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[[ ${INSIDE:-} ]] || exec env INSIDE=1 unshare --mount --pid --fork --mount-proc "$0" "$@" # what is mounted goes with this process
work=$root/build/container-test
debian=${1:-$work/debian.tar}
made=$work/made image=$work/image
mkdir -p "$work"
[[ -s $debian ]] || mmdebstrap --variant=minbase --include=python3,python3-venv,gcc,libc6-dev,python3-dev stable "$debian"
for folder in "$made" "$image"; do
    rm -rf "$folder" && mkdir -p "$folder"
    tar xf "$debian" -C "$folder" --exclude='./dev/*'
    mount --bind /dev "$folder/dev" && mount -t proc proc "$folder/proc"
done
chroot "$image" apt-get purge --quiet --yes --auto-remove gcc python3-dev libc6-dev >/dev/null # the image's stage has none

# The first stage: COPY . . and RUN packaging/container.sh
mkdir "$made/source" "$made/wheels"
git -C "$root" archive HEAD -- . ':!tests' ':!docs' | tar x -C "$made/source" # as .dockerignore has it
version=$(chroot "$made" python3 -c 'import sys; print("{}.{}".format(*sys.version_info))')
"${PYTHON:-python3}" - "$root/pyproject.toml" > "$work/needed.txt" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    read = tomllib.load(file)
project = read["project"]
print("\n".join(read["build-system"]["requires"] + project["dependencies"] + project["optional-dependencies"]["server"]))
PYTHON
"${PYTHON:-python3}" -m pip download --quiet --dest "$made/wheels" --python-version "$version" --only-binary :all: \
    --constraint "$root/constraints.txt" --requirement <(grep -v '^PySide6' "$work/needed.txt")
offline=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels)
"${offline[@]}" chroot "$made" sh -c 'cd /source && packaging/container.sh /opt/portrait'

# The second: COPY --from=made, RUN useradd, USER portrait
cp -a "$made/opt/portrait" "$image/opt/portrait"
chroot "$image" useradd --create-home portrait
mkdir -m 755 "$image/photos" && cp "$root/assets/samples/astronaut.jpg" "$image/photos" && chroot "$image" chown -R portrait /photos
token=tried-in-a-container
as_user=(env -i PATH=/opt/portrait/bin:/usr/bin:/bin HOME=/home/portrait LANG=C.UTF-8 PORTRAIT_TOKEN="$token"
    "$(command -v chroot)" --userspec=portrait:portrait "$image")
[[ $("${as_user[@]}" id -un) == portrait ]]
! "${as_user[@]}" touch /opt/portrait/written 2>/dev/null || { echo "error: the user can change the program" >&2; exit 1; }
unshare --net "${as_user[@]}" portrait batch /photos /photos/portraits --json | tail -n 1
test -s "$image/photos/portraits/astronaut.jpg"

"${as_user[@]}" portrait serve --port 8399 & server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
ask=(curl --silent --fail --noproxy '*' --retry 40 --retry-delay 1 --retry-connrefused --header "Authorization: Bearer $token")
"${ask[@]}" --data-binary @"$root/assets/samples/astronaut.jpg" "http://127.0.0.1:8399/portrait?f_number=2" -o "$work/served.jpg"
[[ $(stat -c %u "/proc/$server") -ne 0 ]] || { echo "error: served as root" >&2; exit 1; }
kill "$server" && wait "$server"
trap - EXIT
test -s "$work/served.jpg"
umount "$image/proc" "$image/dev"
echo "program: $(du -sm "$image/opt/portrait" | cut -f 1) MB, image with Debian: $(du -sm "$image" | cut -f 1) MB," \
    "compressed $(tar c -C "$image" . | gzip -1 | wc -c | awk '{print int($1 / 1e6)}') MB"
echo "The container's steps work."
