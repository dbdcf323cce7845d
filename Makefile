# Everything one does with a clone. Python 3.11 to 3.13 and make must be there; each target brings the rest.

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
EMULATOR_READY := .venv-emulator/.ready
GATE_READY := .venv-gate/.ready
LAMBDA_READY := .venv-lambda/.ready
PEERS_READY := .venv-peers/.ready
SEARCH_READY := .venv-search/.ready
TEST_WORKERS ?= 2
PACKAGES := domain projections application adapters conciliar handlers

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-aws test-http test-all-pythons test-kill simulate fuzz check bench bench-matching bench-matching-speed bench-dynamodb bench-stores bench-replay bench-search bench-statements bench-payments fmt lock openapi package aws-local template security clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV_READY) $(EMULATOR_READY) $(SEARCH_READY) ## make .venv with everything that development needs

demo: $(RUN_READY) ## a bank's day, generated, reconciled and shown
	@$(BIN)/conciliar demo

test: $(DEV_READY) $(EMULATOR_READY) $(SEARCH_READY) ## the whole test suite, but for what test-aws runs
	@$(BIN)/pytest -q -n $(TEST_WORKERS)

test-aws: $(DEV_READY) $(EMULATOR_READY) $(SEARCH_READY) ## the long suites against AWS: an emulator, or the server of CONCILIAR_DYNAMODB_URL
	@$(BIN)/pytest -q -n $(TEST_WORKERS) -m services --timeout 600

test-http: $(DEV_READY) ## ask the HTTP interface whatever its document allows, and more: SEED repeats a run
	@CONCILIAR_HTTP_EXAMPLES=$(or $(EXAMPLES),40) CONCILIAR_HTTP_SEED=$(SEED) $(BIN)/pytest -q -s -m services --timeout 3600 tests/http/test_schemathesis.py

test-all-pythons: $(DEV_READY) $(EMULATOR_READY) $(SEARCH_READY) ## the suite on each supported Python that is here
	@scripts/test-all-pythons

test-kill: $(DEV_READY) ## kill a run with SIGKILL at 20 moments: each next run ends the same
	@$(BIN)/python -m benchmarks.kill

simulate: $(DEV_READY) ## ten million steps of the whole service under faults, from one seed: SEED=1
	@$(BIN)/python -m tests.simulation --seed $(or $(SEED),1)

fuzz: $(DEV_READY) ## damage files of every format, some thousand times: each is read or refused
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -q -n $(TEST_WORKERS) --timeout 3600 -k "damage or hostile or fuzz or read_or_refused" tests/adapters

check: $(DEV_READY) ## format, lint, types, layers, dead code, dependencies, lock, tidy rules
	@scripts/check

bench: $(DEV_READY) ## the whole pipeline over 100,000 payments, beside its two floors
	@$(BIN)/python -m benchmarks.pipeline

bench-matching: $(DEV_READY) $(PEERS_READY) ## matching beside pandas, polars, duckdb, splink and others: cost, and what they get wrong
	@$(BIN)/python -m benchmarks.matching

bench-matching-speed: $(DEV_READY) ## what an item costs the engine, from 10,000 open payments to 100,000, beside a dict
	@$(BIN)/python -m benchmarks.matching_speed --picture docs/pictures/matching-speed.svg

bench-dynamodb: $(DEV_READY) ## the client's CPU for an append, beside a bare conditional put
	@$(BIN)/python -m benchmarks.dynamodb_append

bench-stores: $(DEV_READY) $(EMULATOR_READY) $(PEERS_READY) ## SQLite, PostgreSQL, eventsourcing-dynamodb and ours: throughput, price, conformance
	@$(BIN)/python -m benchmarks.stores

bench-replay: $(DEV_READY) ## how many facts a second become state again: STORE=demo-out/store
	@$(BIN)/python -m benchmarks.replay $(or $(STORE),demo-out/store)

bench-statements: $(DEV_READY) ## camt.053 of 100 MB and a CSV of 700,000 rows, beside their floors
	@$(BIN)/python -m benchmarks.camt
	@$(BIN)/python -m benchmarks.statement_csv

bench-payments: $(DEV_READY) ## payment import of 100,000 commands: CPU time and memory
	@$(BIN)/python -m benchmarks.payment_commands

bench-search: $(DEV_READY) $(SEARCH_READY) ## a real OpenSearch over five million payments: questions, days, facts in; DOCUMENTS=200000 for fewer
	@$(BIN)/python -m benchmarks.search --documents $(or $(DOCUMENTS),5000000)

fmt: $(DEV_READY) ## format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(DEV_READY) ## write the lock files again after a change of pyproject.toml
	@scripts/lock

openapi: $(DEV_READY) ## write docs/openapi.json from the routes
	@$(BIN)/python scripts/openapi.py

package: $(DEV_READY) ## build/lambda.zip: what functions carry, for arm64, the same bytes each time
	@scripts/package

aws-local: $(DEV_READY) $(EMULATOR_READY) ## the template on a local AWS, a day of commands and a file sent, and what came of it
	@$(BIN)/python -m tests.aws

template: $(DEV_READY) ## write template.yaml from its parts in deploy/template
	@$(BIN)/python scripts/template.py

security: $(DEV_READY) $(GATE_READY) ## cfn-lint, SAM and checkov over the template, and our own controls
	@scripts/security

clean: ## remove .venv and every cache
	rm -rf $(VENV) .venv-* .pytest_cache .hypothesis .ruff_cache .import_linter_cache dist build
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A full environment serves the demo too; a bare one is enough for it.
$(RUN_READY): requirements.lock requirements-build.lock pyproject.toml scripts/setup
	@scripts/setup $(if $(wildcard $(DEV_READY)),dev,run)
	@touch $@

$(DEV_READY): requirements-dev.lock requirements-build.lock pyproject.toml scripts/setup
	@scripts/setup dev
	@touch $@ $(RUN_READY)

$(GATE_READY): requirements-gate.lock scripts/setup
	@scripts/setup gate
	@touch $@

$(LAMBDA_READY): requirements-lambda.lock scripts/setup
	@scripts/setup lambda
	@touch $@

$(PEERS_READY): requirements-peers.lock scripts/setup
	@scripts/setup peers
	@touch $@

$(EMULATOR_READY): requirements-emulator.lock scripts/setup
	@scripts/setup emulator
	@touch $@

$(SEARCH_READY): requirements-search.lock scripts/setup scripts/search.py
	@scripts/setup search
	@if [ -d .venv-search/opensearch ]; then touch $@; fi
