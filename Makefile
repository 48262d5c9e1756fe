# Two commands from a fresh clone: `make quickstart` and `make test`. `make help` lists the rest.
# Only relative paths here: the checkout may lie at a path with blanks in it.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

STAGES := lint types sanity unit contract integration units targets interop molecule importer

.PHONY: help quickstart check test test-all venv core emulator clients coverage bench soak docs report-sample tools surface release \
	release-dry-run tarball publish clean $(STAGES)

help:
	@echo "make quickstart    deploy the example site to a NetStorage on this machine"
	@echo "                   with every line of the diffs: make quickstart ARGS=--full"
	@echo "make check         what to run before each commit: lint, types, unit, contract and one playbook"
	@echo "make test          what decides: every stage below, in this order"
	@echo "make test-all      every test on every ansible-core, the release candidate of the next one as well"
	@echo "make <stage>       one of: $(STAGES)"
	@echo "                   options for pytest: make unit ARGS='-k paths -x'"
	@echo "make core CORE=2.19  what differs between ansible-cores, on this one alone"
	@echo "make emulator      the emulator's own tests, on the oldest Python that it runs on"
	@echo "make clients       clients of others from PyPI and npm against the emulator"
	@echo "make coverage      which lines and branches the tests reach, by room; a quarter of an hour"
	@echo "make bench         count requests and time, beside the real rclone"
	@echo "                   processor time of a request, by HTTP client: make bench ARGS=http"
	@echo "make soak          kills, faults, every knob and ten minutes of load; takes its time"
	@echo "make docs          the documentation as a site: the guides beside the reference of all plugins and roles"
	@echo "make report-sample write the sample reports of docs/, and with chromium their pictures"
	@echo "make surface       write down the public surface anew, after a change that is meant"
	@echo "make release       VERSION=1.2.3: version, changelog, commit, tag and tarball"
	@echo "make release-dry-run  the same in a clone, which is removed again"
	@echo "make tarball       the tarball of the commit that is checked out, the same bytes wherever it is built"
	@echo "make publish       hand it to the Galaxy that ansible-galaxy is set up for"
	@echo "make venv          only prepare the environments"
	@echo "make clean         remove everything that the above made in this folder"
	@echo "PYTHON=...         the Python to build the environments with (3.11 or newer; now: $(PYTHON))"

quickstart:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py runtime
	@$(BIN)/python tests/toolchain/quickstart.py $(ARGS)

venv:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py dev cores

check: venv
	@$(BIN)/python tests/toolchain/stages.py check

test: venv
	@$(BIN)/python tests/toolchain/stages.py test

test-all: venv
	@$(PYTHON) tests/toolchain/prepare.py preview docs emulator
	@$(BIN)/python tests/toolchain/stages.py everything

core:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py dev core-$(CORE)
	@$(BIN)/python tests/toolchain/stages.py core-$(CORE)

$(STAGES): venv
	@$(BIN)/python tests/toolchain/stages.py $@ -- $(ARGS)

emulator:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py dev emulator
	@$(BIN)/python tests/toolchain/stages.py emulator -- $(ARGS)

clients: tools
	@$(BIN)/python tests/clients/run.py $(ARGS)

coverage: tools
	@$(BIN)/python tests/toolchain/coverage_run.py $(ARGS)

bench: venv
	@$(BIN)/python tests/bench/run.py $(ARGS)

soak: venv
	@$(BIN)/python tests/soak/run.py $(ARGS)

docs:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py docs
	@.venv-docs/bin/python tests/toolchain/docs_site.py

report-sample: venv
	@$(BIN)/python tests/browser/report_sample.py

tools:
	@$(PYTHON) tests/toolchain/require_python.py
	@$(PYTHON) tests/toolchain/prepare.py dev

surface: tools
	@$(BIN)/python tests/toolchain/public_surface.py

release: tools
	@$(BIN)/python tests/toolchain/release.py $(VERSION)

release-dry-run: tools
	@$(BIN)/python tests/toolchain/release.py --dry-run $(VERSION)

tarball: tools
	@$(BIN)/python tests/toolchain/release.py --tarball

publish: tarball
	@$(BIN)/ansible-galaxy collection publish edgeops-netstorage-*.tar.gz

clean:
	rm -rf .venv .venv-* .cache .ansible .hypothesis .pytest_cache .mypy_cache .ruff_cache tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
