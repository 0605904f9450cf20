# From a fresh clone: `make` sets up, validates, reruns the bundled reproductions and builds the site; `make test` sets up and tests.
# Needs Python >= 3.11.5 and make. Everything else goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# An index with CPU builds of torch, for Linux machines where the ordinary one would bring CUDA: make TORCH_INDEX=https://…
TORCH_INDEX ?=
# Folders with models, and with published attention data, that reproductions may use; a missing one only leaves those runs out.
export HEADKB_MODELS ?= $(wildcard ../shared/models)
export HEADKB_FIXTURES ?= $(wildcard ../shared/fixtures)
export NO_MKDOCS_2_WARNING = 1
# The models here are tiny: threads would only wait for one another.
export OMP_NUM_THREADS ?= 1

.PHONY: all setup validate reproduce site test check fix record serve clean

all: validate reproduce site
	@echo "Done: open site/index.html, or run 'make serve'."

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11, 5) or sys.exit(f"headkb needs Python 3.11.5 or newer, this is {v[0]}.{v[1]}.{v[2]}; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),PIP_EXTRA_INDEX_URL=$(TORCH_INDEX) )$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

validate: $(STAMP)
	$(BIN)/headkb validate catalog

reproduce: $(STAMP)
	$(BIN)/headkb reproduce --check

site: $(STAMP)
	$(BIN)/mkdocs build --strict --clean
	$(BIN)/python tools/linkcheck.py site

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/headkb validate catalog --strict

fix: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Measures the organisms anew, after one was trained again: their runs, and the page that walks through IOI.
record: $(STAMP)
	$(BIN)/python tools/record_organisms.py

serve: $(STAMP)
	$(BIN)/mkdocs serve

clean:
	rm -rf $(VENV) site dist
