# One door to everything. `make help` lists the targets. Needs python3.11 or newer, pip and make; no root.

VENV   := .venv
STAMP  := $(VENV)/.installed
PY     := $(VENV)/bin/python
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV      = $(shell command -v uv || echo $(CURDIR)/.venv-tools/bin/uv)
ARGS   ?=
RECORD ?=
PROVIDERS ?=

.DEFAULT_GOAL := help
.PHONY: help install run demo test fmt lint types arch coverage providers-test providers-faults chaos laws fuzz bench \
        gen-fixtures gen-sdk-fixtures programs recordings contract-report release constitution-check clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Create .venv with every extra and the developer tools, as uv.lock pins them

$(STAMP): pyproject.toml uv.lock
	@command -v uv >/dev/null 2>&1 || test -x .venv-tools/bin/uv || \
	    { echo "uv is missing: installing it into .venv-tools"; \
	      $(PYTHON) -m pip install --quiet --disable-pip-version-check --target .venv-tools uv; }
	@$(UV) sync --frozen --all-extras --python "$$(test -x $(PY) && echo $(PY) || echo $(PYTHON))"
	@touch $@

run: install ## Fetch the local model and serve the sample agent on port 7777
	@$(VENV)/bin/agnolo local pull
	@exec $(VENV)/bin/agnolo serve $(ARGS)

demo: install ## Show the main job end to end: stream, call a tool, remember after a kill -9
	@$(PY) scripts/demo.py $(ARGS)

test: install ## Run all tests (ARGS="-k name -x" is passed to pytest)
	@$(PY) -m pytest $(ARGS)

fmt: install ## Format, and fix what can be fixed safely
	@$(VENV)/bin/ruff check --fix --exit-zero --quiet .
	@$(VENV)/bin/ruff format .

lint: install ## Check format and lint rules
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .

types: install ## Check types: strict on src, standard on the rest, and what users see of an agent also with mypy
	@$(VENV)/bin/pyright
	@$(VENV)/bin/mypy tests/types

arch: install ## Check layers, shape and footprint
	@$(VENV)/bin/lint-imports --no-logo
	@$(PY) -m pytest --quiet tests/test_shape.py tests/test_shape_checks.py tests/test_footprint.py

coverage: install ## Run all tests with branch coverage, failing under 90 %
	@$(PY) -m pytest --cov --cov-report=term-missing $(ARGS)

providers-test: install ## Decode every recorded exchange, then try the providers whose keys are set (PROVIDERS="groq …", RECORD=folder)
	@$(PY) -m pytest tests/providers $(ARGS)
	@$(PY) -m tests.providers.conformance --report artifacts/recordings.md
	@$(PY) -m tests.live $(if $(RECORD),--record "$(RECORD)") $(PROVIDERS)

providers-faults: install ## Cut recorded streams at every byte and break them in every way, into artifacts/faults.md
	@$(PY) -m tests.providers.fault_report $(ARGS)

chaos: install ## Kill the server at random points and check that nothing acknowledged is lost
	@$(PY) -m tests.chaos $(ARGS)

laws: install ## Try the laws of every run (one terminal event, one result a call, ...) on 2,000 random runs each
	@LAW_EXAMPLES=2000 $(PY) -m pytest tests/engine/test_run_laws.py $(ARGS)

fuzz: install ## Fuzz the reply decoders (hypothesis, and atheris fetched by uv), into artifacts/fuzz.md
	@UV="$(UV)" $(PY) -m tests.fuzz $(ARGS)

bench: install ## Measure against the reference, short version, into bench/report.md
	@UV="$(UV)" $(PY) -m bench $(ARGS)

recordings: install ## Check every recorded exchange and request; writes artifacts/recordings.md and contracts/deviations.md
	@$(PY) -m tests.providers.conformance --deviations
	@$(PY) -m tests.providers.conformance --report artifacts/recordings.md $(ARGS)

gen-sdk-fixtures: install ## Let the vendors' SDKs, in an environment of their own, read every recorded exchange
	@UV="$(UV)" $(PY) scripts/sdk_fixtures.py

gen-fixtures: install ## Run the contract scenarios against the pinned reference (VERIFY_ONLY=true: check digests)
	@UV="$(UV)" $(PY) -m contracts.generate $(ARGS)

programs: install ## Run FOLDER, programs written for Agno, on the reference and on Agnolo, into artifacts/programs.md
	@UV="$(UV)" $(PY) -m contracts.programs $(FOLDER) $(ARGS)

contract-report: install ## Run the contract scenarios on Agnolo and write contracts/report.md
	@$(PY) -m contracts.report

release: install ## Build sdist and wheel and assemble CHANGELOG.md; publishes nothing
	@UV="$(UV)" $(PY) scripts/release.py

constitution-check: install ## Run all gates and end with a one-screen summary
	@$(PY) scripts/constitution.py

clean: ## Remove build products and caches; .venv stays
	@rm -rf dist build htmlcov .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
	@find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
