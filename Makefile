# From a fresh clone: `make` validates the catalog, builds the site and reruns the bundled reproductions; `make test` runs the tests.
# Everything is installed into .venv. Each target is a task of `python -m headkb.dev`, which does the same where there is no make.
#   make TORCH=cpu          torch for processors alone, where pip would take the one for NVIDIA GPUs
#   make PYTHON=python3.12  another Python
#   make setup LEVEL=base   no more than the catalog needs; LEVEL=site what the site needs
#   make lock UPGRADE=--upgrade

PYTHON ?= python3
DEV = $(PYTHON) -m headkb.dev
LEVEL ?= all
UPGRADE ?=
export TORCH VENV

.PHONY: all setup validate site serve reproduce test check fix record lock clean

all:
	@$(DEV)

setup:
	@$(DEV) $@ --level $(LEVEL)

validate site serve reproduce test check fix record clean:
	@$(DEV) $@

lock:
	@$(DEV) $@ -- $(UPGRADE)
