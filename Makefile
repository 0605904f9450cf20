# From a fresh clone: `make` sets up, validates, reruns the bundled reproductions and builds the site; `make test` sets up and tests.
# Needs Python >= 3.11.5 and make. Everything else goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Two steps of one environment: the package alone, which is enough for the catalog and has no torch, then everything else.
BASE := $(VENV)/.base
STAMP := $(VENV)/.installed
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Every package but torch is installed by version and hash; `make lock` writes these files.
LOCKED = $(PIP_INSTALL) --require-hashes --no-deps --requirement
THIS = $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
# An index with CPU builds of torch, for Linux machines where the ordinary one would bring CUDA: make TORCH_INDEX=https://…
TORCH_INDEX ?=
export NO_MKDOCS_2_WARNING = 1
# The models here are tiny: threads would only wait for one another.
export OMP_NUM_THREADS ?= 1

.PHONY: all setup validate reproduce site test check fix record lock serve clean

all: validate reproduce site
	@echo "Done: open site/index.html, or run 'make serve'."

setup: $(STAMP)

$(BASE): pyproject.toml requirements/base.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11, 5) or sys.exit(f"headkb needs Python 3.11.5 or newer, this is {v[0]}.{v[1]}.{v[2]}; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(LOCKED) requirements/base.txt
	$(THIS)
	@touch $@

$(STAMP): $(BASE) requirements/dev.txt requirements/torch.txt
	$(LOCKED) requirements/dev.txt
	$(if $(TORCH_INDEX),PIP_EXTRA_INDEX_URL=$(TORCH_INDEX) )$(PIP_INSTALL) --requirement requirements/torch.txt
	@touch $@

validate: $(BASE)
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

# Measures the organisms again after one was retrained: their runs, and the page that walks through IOI.
record: $(STAMP)
	$(BIN)/python tools/record_organisms.py

# Writes the files of `requirements/` anew after a dependency of pyproject.toml changed; `make lock UPGRADE=--upgrade` takes newest versions.
lock: $(BASE)
	$(PIP_INSTALL) uv
	$(BIN)/python tools/lock.py $(UPGRADE)

serve: $(STAMP)
	$(BIN)/mkdocs serve

clean:
	rm -rf $(VENV) site dist
