# Three commands for a person: `make report`, `make test`, and `make campaigns`, which runs what
# `make test` takes a sample of. All set themselves up first. What takes longer still is left to
# `make thorough`; pytest says how far it is.
# Without make (Windows), the README has the same steps as plain lines.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: report browser test campaigns thorough docs lint clean
.DEFAULT_GOAL := report

report: $(READY)
	$(BIN)/python -m report $(ARGS)

# The printed book in Chromium: every page at two widths, light and dark, and all that moves.
browser: report
	GRADPROOF_BOOK=build/report $(BIN)/python -m pytest -rs tests/report/test_browser.py

test: $(READY)
	$(BIN)/python -m pytest -n auto $(ARGS)

campaigns: $(READY)
	$(BIN)/python -m pytest -n auto --campaigns -m "campaign or hypothesis" --hypothesis-profile ci $(ARGS)

thorough: $(READY)
	$(BIN)/python -m pytest -n auto --thorough -m thorough $(ARGS)

# Every page of docs/ and the reference as HTML, in build/docs; a warning is an error.
docs: $(READY)
	$(BIN)/python -m sphinx -W -q -b html docs build/docs

# Style, types and which room may import which; .ci/run calls it after the tests.
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"gradproof needs Python 3.11 or newer; {sys.executable} is {v.major}.{v.minor}. Name another: make PYTHON=python3.12 ...")'
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) build out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
