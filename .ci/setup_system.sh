#!/usr/bin/env bash
# Installs the system libraries that Qt's window system plugins need, and Xvfb for the tests. Linux only; does nothing when
# all is there.
#
#   .ci/setup_system.sh PYTHON app|test
#
# PYTHON has PySide6 installed. `app`: what opening a window on the display at hand needs. `test`: what the tests need (Qt
# without a screen, X11, a virtual X server). Missing packages are installed through apt as root or with password-less sudo;
# otherwise the exact command is printed and the exit status is 1.
set -euo pipefail

say() { printf 'system set-up: %s\n' "$*" >&2; }

qt_binaries() { # the libraries and plugins that Qt will load, one path a line
    local qt_dir plugin
    qt_dir=$("$python" -c 'import importlib.util as u; print(u.find_spec("PySide6").submodule_search_locations[0])')
    printf '%s\n' "$qt_dir"/QtWidgets*.so
    for plugin in "${plugins[@]}"; do printf '%s\n' "$qt_dir/Qt/plugins/platforms/libq$plugin.so"; done
}

missing_libraries() { # shared libraries that the loader does not find, one soname a line
    # Qt's own libraries are found through the binaries' run path; whatever stays "not found" comes from the system.
    qt_binaries | while read -r binary; do LC_ALL=C ldd "$binary"; done | awk '/=> not found/ {print $1}' | sort -u
}

package_of() { # the Debian and Ubuntu package of a shared library
    case "$1" in
        libEGL.so.1) echo libegl1 ;;
        libGL.so.1) echo libgl1 ;;
        libGLX.so.0) echo libglx0 ;;
        libOpenGL.so.0) echo libopengl0 ;;
        libX11.so.6) echo libx11-6 ;;
        libX11-xcb.so.1) echo libx11-xcb1 ;;
        libdbus-1.so.3) echo libdbus-1-3 ;;
        libfontconfig.so.1) echo libfontconfig1 ;;
        libfreetype.so.6) echo libfreetype6 ;;
        libgssapi_krb5.so.2) echo libgssapi-krb5-2 ;;
        libglib-2.0.so.0 | libgthread-2.0.so.0 | libgio-2.0.so.0 | libgobject-2.0.so.0) echo libglib2.0-0 ;;
        libwayland-client.so.0) echo libwayland-client0 ;;
        libwayland-cursor.so.0) echo libwayland-cursor0 ;;
        libwayland-egl.so.1) echo libwayland-egl1 ;;
        libxkbcommon.so.0) echo libxkbcommon0 ;;
        libxkbcommon-x11.so.0) echo libxkbcommon-x11-0 ;;
        libxcb.so.1) echo libxcb1 ;;
        libxcb-cursor.so.0) echo libxcb-cursor0 ;;
        libxcb-glx.so.0) echo libxcb-glx0 ;;
        libxcb-icccm.so.4) echo libxcb-icccm4 ;;
        libxcb-image.so.0) echo libxcb-image0 ;;
        libxcb-keysyms.so.1) echo libxcb-keysyms1 ;;
        libxcb-randr.so.0) echo libxcb-randr0 ;;
        libxcb-render.so.0) echo libxcb-render0 ;;
        libxcb-render-util.so.0) echo libxcb-render-util0 ;;
        libxcb-shape.so.0) echo libxcb-shape0 ;;
        libxcb-shm.so.0) echo libxcb-shm0 ;;
        libxcb-sync.so.1) echo libxcb-sync1 ;;
        libxcb-util.so.1) echo libxcb-util1 ;;
        libxcb-xfixes.so.0) echo libxcb-xfixes0 ;;
        libxcb-xinerama.so.0) echo libxcb-xinerama0 ;;
        libxcb-xkb.so.1) echo libxcb-xkb1 ;;
        libz.so.1) echo zlib1g ;;
        libzstd.so.1) echo libzstd1 ;;
        *) return 1 ;;
    esac
}

has_fonts() {
    local folder
    for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" "${HOME:-/root}/.local/share/fonts"; do
        [[ -d $folder && -n $(find -L "$folder" -name '*.[to]t[fc]' -print -quit) ]] && return 0
    done
    return 1
}

needed_packages() { # one package a line; a library that no package is known for stands as soname:NAME
    missing_libraries | while read -r library; do package_of "$library" || echo "soname:$library"; done
    has_fonts || echo fonts-dejavu-core
    [[ $purpose == app ]] && return
    command -v xvfb-run >/dev/null && command -v Xvfb >/dev/null || echo xvfb
    command -v xauth >/dev/null || echo xauth
}

install_packages() {
    local privilege=() log
    if ! command -v apt-get >/dev/null; then
        say "this system has no apt. Install what these Debian packages hold through its own package manager, then run again: $*"
        return 1
    fi
    if [[ $(id -u) -ne 0 ]]; then
        if ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
            say "Qt needs system packages, and installing them needs a password. Run this, then start again:"
            printf '\n    sudo sh -c "apt-get update && apt-get install -y --no-install-recommends %s"\n\n' "$*" >&2
            return 1
        fi
        privilege=(sudo -n)
    fi
    say "installing $*"
    # A broken source of another program must not stop us here: if it matters, the installation below fails and says why.
    log=$("${privilege[@]}" apt-get update -qq 2>&1) || say "apt-get update failed, going on with the lists at hand: $log"
    # A machine that has just booted may hold the lock for its automatic updates: wait for it.
    log=$("${privilege[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@" 2>&1) || { say "apt-get install failed: $log"; return 1; }
}

main() {
    local missing packages
    missing=$(needed_packages | sort -u)
    [[ -n $missing ]] || return 0
    mapfile -t packages <<<"$missing"
    if [[ $missing == *soname:* ]]; then
        say "no package known for $(sed -n 's/^soname://p' <<<"$missing" | paste -sd ' ')"
        say "find it with 'apt-file search NAME', install it and run again"
        return 1
    fi
    install_packages "${packages[@]}"
    missing=$(needed_packages | sort -u)
    [[ -z $missing ]] || { say "still missing after the installation: ${missing//$'\n'/ }"; return 1; }
}

if [[ $# -ne 2 || ($2 != app && $2 != test) ]]; then
    echo "usage: $0 PYTHON app|test" >&2
    exit 2
fi
[[ $(uname -s) == Linux ]] || exit 0 # Qt's wheels for macOS and Windows bring all they need
shopt -s inherit_errexit             # a failure inside $(…) must stop the script, not read as "nothing missing"
python=$1 purpose=$2
if [[ $purpose == test ]]; then
    plugins=(offscreen xcb)
elif [[ -n ${DISPLAY:-} ]]; then
    plugins=(xcb)
else
    plugins=(wayland)
fi
main
