# `make run` and `make serve` need Python 3.11+; `make test` also installs PostgreSQL and Chromium where it may (deploy/test-deps.sh).
PYTHON ?= python3
BIN := .venv/bin
RUN_LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock
BENCH_LOCK := requirements-bench.lock
LEARN_LOCK := requirements-learn.lock
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run serve test check soak bench bench-phi bench-compliance compliance-train phi-train phi-lists phi-fuzz learn bench-learn bench-scoring bench-desk bench-lighthouse openapi lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

.venv/run.stamp: $(RUN_LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Liaison needs Python 3.11 or newer: set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing from $(RUN_LOCK) (once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(RUN_LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: $(DEV_LOCK) .venv/run.stamp
	@echo "Installing from $(DEV_LOCK) (once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(DEV_LOCK)
	@touch $@

run: .venv/run.stamp  ## run every channel once over the sample practice
	@$(BIN)/liaison run $(ARGS)

serve: .venv/run.stamp  ## open the desk on http://127.0.0.1:8765
	@$(BIN)/liaison serve $(ARGS)

test: .venv/dev.stamp  ## install what tests need and run them all
	@sh deploy/test-deps.sh
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

check: .venv/dev.stamp  ## lint, format, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: .venv/dev.stamp  ## the long property and crash tests
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -n 2 --timeout=3600 $(ARGS)

bench: .venv/dev.stamp  ## every figure in docs/benchmarks.md
	$(BIN)/python bench/run.py $(ARGS)

.venv/bench.stamp: $(BENCH_LOCK) .venv/dev.stamp
	@echo "Installing from $(BENCH_LOCK) (once)…" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(BENCH_LOCK)
	@touch $@

bench-phi: .venv/bench.stamp  ## the scrubber's accuracy and speed beside Presidio and scrubadub (docs/phi.md)
	$(BIN)/python bench/phi/accuracy.py
	@mkdir -p build
	$(BIN)/python bench/phi/train.py --part train --out build/tagger-train.json
	$(BIN)/python bench/phi/accuracy.py --generated 4 --weights build/tagger-train.json
	$(BIN)/python bench/phi/structured.py
	$(BIN)/python bench/phi/speed.py --long $(ARGS)

phi-train: .venv/bench.stamp  ## train the tagger of names and towns again
	$(BIN)/python bench/phi/train.py --part all

phi-lists: .venv/bench.stamp  ## derive the wide word lists again (needs Debian's wamerican-large)
	$(BIN)/python bench/phi/lists.py

phi-fuzz: .venv/bench.stamp  ## fuzz the scrubber with atheris; ARGS="-max_total_time=3600" for longer
	$(BIN)/python bench/phi/fuzz.py -max_total_time=60 $(ARGS)

bench-compliance: .venv/bench.stamp  ## how often and how fast the compliance check is right (docs/compliance.md)
	$(BIN)/python bench/compliance/accuracy.py
	$(BIN)/python bench/compliance/train.py --evaluate
	$(BIN)/python bench/compliance/speed.py

compliance-train: .venv/bench.stamp  ## train the second reader again
	$(BIN)/python bench/compliance/train.py

learn: .venv/run.stamp  ## add what `liaison model learn` needs to .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LEARN_LOCK)

bench-learn: .venv/dev.stamp  ## learning's time beside scikit-learn's bare fit (docs/learning.md)
	$(BIN)/python bench/learn.py --leaks 20 $(ARGS)

bench-scoring: .venv/bench.stamp  ## scoring's speed beside bare numpy and bare SQL (docs/benchmarks.md); ARGS=--quick for small sizes
	$(BIN)/python -m bench.scoring $(ARGS)

bench-desk: .venv/dev.stamp  ## the desk's pages, decisions and batches on both engines (docs/benchmarks.md); ARGS=--quick for small sizes
	$(BIN)/python -m bench.desk $(ARGS)

LIGHTHOUSE := bench/desk/lighthouse
bench-lighthouse: .venv/dev.stamp  ## Lighthouse's scores of the desk's pages (needs Node.js and Chromium)
	@cmp -s $(LIGHTHOUSE)/package-lock.json $(LIGHTHOUSE)/node_modules/.locked || { npm ci --prefix $(LIGHTHOUSE) --ignore-scripts --no-audit --no-fund --loglevel=error >&2 && cp $(LIGHTHOUSE)/package-lock.json $(LIGHTHOUSE)/node_modules/.locked; }
	$(BIN)/python -m bench.desk.audits

openapi: .venv/run.stamp  ## write docs/openapi.json from the app (a test compares)
	@$(BIN)/python -c 'import json; from approvals.web.api.app import create_api, document; \
	print(json.dumps(document(create_api(None, requests_per_minute=1)), indent=1))' > docs/openapi.json

lock:  ## write the lock files again from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build pyproject.toml -o $(RUN_LOCK)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build --group dev pyproject.toml -c $(RUN_LOCK) -o $(DEV_LOCK)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --extra learn pyproject.toml -c $(DEV_LOCK) -o $(LEARN_LOCK)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --group build --group dev --group bench pyproject.toml -c $(DEV_LOCK) -o $(BENCH_LOCK)

clean:  ## remove the environment (never the state in .liaison)
	rm -rf .venv build dist
