#!/usr/bin/env bash
# Runs the tests of the native passes on a library that ends the process at any access out of bounds and any undefined
# behaviour (AddressSanitizer, UndefinedBehaviorSanitizer). Linux with gcc; afterwards the usual library is built again.
#
#   .ci/sanitize.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?usage: $0 PYTHON}
restore() { "$python" portrait/native/build.py; }
trap restore EXIT

CC=gcc "$python" portrait/native/build.py --sanitize # not clang, whose sanitizers are other libraries
# The interpreter itself is not instrumented: the sanitizers come first, and what it never frees is no leak of ours.
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
"$python" -m pytest -q --capture=sys -p no:cacheprovider -p no:xdist tests/native
unset LD_PRELOAD
