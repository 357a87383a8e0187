# make demo   portraits of the sample photos, and the app
# make check  the checks of daily work, without torch: a minute or two
# make test   every check that a change must pass; make coverage counts what of the code the tests run
# make bundle the app with all it needs for those without Python, and make test-bundle tries it
# make docs   the documentation as a site; make reference writes its generated pages anew
# They need Python 3.11 or newer with pip, and make the rest themselves.

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
SYSTEM := Windows
else
BIN := $(VENV)/bin
SYSTEM := $(shell uname -s)
endif
VENV_PYTHON := $(BIN)/python
# The exact versions to install; `make CONSTRAINTS=FILE …` takes others.
CONSTRAINTS ?= constraints.txt
# Installing compiles the native passes: done again when they change.
NATIVE := hatch_build.py $(wildcard portrait/native/build.py portrait/native/source/*)
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS)

# Tests run in one process a core; threads inside one of them would only take the cores from the others.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest
ON_ALL_CORES := -n auto --maxprocesses 4 --dist worksteal
# In one process: each further one would spend as long on collecting the tests as it then saves.
FAST_TESTS := $(PYTEST) -m "not slow" --ignore tests/export

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python …` chooses another.
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	"$$python" -c "$(IS_NEW_ENOUGH)" >/dev/null 2>&1 && echo "$$python" && break; done)

ifeq ($(SYSTEM),Linux)
DISPLAY_AT_HAND := $(DISPLAY)$(WAYLAND_DISPLAY)
else
DISPLAY_AT_HAND := yes
endif
ifneq ($(CI),)
DISPLAY_AT_HAND :=
endif

SAMPLES := assets/samples/astronaut.jpg assets/samples/camera.png assets/samples/hopper.jpg

.PHONY: help demo check fast-tests test coverage docs reference bundle test-bundle clean

help:
	@echo "make demo    portraits of the sample photos in demo/, then the app on one of them (with a display)"
	@echo "make check   linters, types, layers and the fast tests of the app; needs no torch"
	@echo "make test    the same with the training code and the slow tests"
	@echo "make coverage   all tests, and how much of the code they run: 97 % at least"
	@echo "make docs    the documentation as a site, in build/docs; every warning is an error"
	@echo "make reference   the generated pages of the documentation, anew; needs what make test needs"
	@echo "make bundle  the app for those without Python, in build/artefacts: AppImage, .dmg or .zip and installer"
	@echo "make test-bundle   starts it in an empty environment: a photo, a live run, the window"
	@echo "make clean   remove .venv, demo and caches"

demo: $(VENV)/app.stamp
	@$(VENV_PYTHON) main.py photo $(SAMPLES) -o demo --overwrite
	@echo "The portraits are in $(CURDIR)/demo:" && ls demo
ifneq ($(DISPLAY_AT_HAND),)
	@.ci/setup_system.sh $(VENV_PYTHON) app
	@echo "Opening the app; close its window to end." && $(VENV_PYTHON) main.py $(firstword $(SAMPLES))
else
	@echo "No display here: the app was not opened. Elsewhere: $(VENV_PYTHON) main.py"
endif

check: $(VENV)/dev.stamp
	@.ci/setup_system.sh $(VENV_PYTHON) test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy portrait main.py
	$(BIN)/lint-imports
	$(FAST_TESTS)

fast-tests: $(VENV)/dev.stamp
	@.ci/setup_system.sh $(VENV_PYTHON) test
	$(FAST_TESTS)

test: $(VENV)/dev-export.stamp
	@.ci/setup_system.sh $(VENV_PYTHON) test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) $(ON_ALL_CORES)

# Counting lines nearly doubles the time.
coverage: $(VENV)/dev-export.stamp
	@.ci/setup_system.sh $(VENV_PYTHON) test
	$(PYTEST) $(ON_ALL_CORES) --cov

# The site, from the pages as they stand: that they are current is a test.
docs: $(VENV)/docs.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

reference: $(VENV)/dev-export.stamp
	$(VENV_PYTHON) docs/generator

bundle: $(VENV)/app.stamp
	$(VENV_PYTHON) packaging/bundle.py

test-bundle:
	packaging/test_bundle.sh

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer on the PATH. Install one from https://www.python.org/downloads/," \
		"or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c "$(IS_NEW_ENOUGH)" || { echo "error: $(PYTHON) is not Python 3.11 or newer" >&2; exit 1; }
	@"$(PYTHON)" -c "import venv, ensurepip" 2>/dev/null || { echo "error: $(PYTHON) has no venv module." \
		"On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(VENV)/app.stamp: $(VENV)/python.stamp pyproject.toml $(CONSTRAINTS) $(NATIVE)
	@echo "Installing the app into $(VENV)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/python.stamp pyproject.toml $(CONSTRAINTS) $(NATIVE)
	@echo "Installing the app and its checks into $(VENV)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

# torch goes first and alone: where the machine offers a CPU build, resolving it beside the rest may take the CUDA one instead.
$(VENV)/dev-export.stamp: $(VENV)/python.stamp pyproject.toml $(CONSTRAINTS) $(NATIVE)
	@echo "Installing the app, the training code and their checks into $(VENV) (torch is large)"
	@$(PIP_INSTALL) torch==2.13.0
	@$(PIP_INSTALL) --editable '.[dev-export]'
	@touch $@

$(VENV)/docs.stamp: $(VENV)/python.stamp pyproject.toml $(CONSTRAINTS)
	@echo "Installing what makes the documentation into $(VENV)"
	@$(PIP_INSTALL) --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find portrait export tests -name __pycache__ -type d -prune -exec rm -rf {} +
