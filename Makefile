PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCKED := $(VENV)/.locked
READY  := $(VENV)/.ready
FAST   := not slow and not e2e
SPREAD := -n auto --maxprocesses 4 --dist loadfile --benchmark-disable
DYNAMO := $(BIN)/python -m tests.real.dynamodb_local
GATED  := */autoscaler/core/*,*/autoscaler/services/*
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# What the functions on AWS import. Their runtime brings boto3.
FUNCTIONS := aws-lambda-powertools pydantic pyyaml tzdata urllib3
# What the functions on Google Cloud import; their runtime brings nothing.
GOOGLE    := functions-framework google-cloud-compute google-cloud-firestore google-cloud-pubsub \
	google-cloud-secret-manager pydantic pyyaml tzdata urllib3
# The tool that deploys, and the cloud on this computer that tries it.
OSLS       := build/osls/node_modules/.package-lock.json
LOCALSTACK := build/localstack/.ready
# What Google's Terraform provider takes, for the tests of infra/gcp.
PROVIDER   := build/terraform/google.json

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check bench bench-quick faults e2e-machine e2e-aws e2e-gcp package-aws package-gcp fmt lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with everything (PYTHON=python3.13 picks the interpreter)

demo: $(READY) ## show the autoscaler at work on this computer
	$(BIN)/autoscaler demo

test: $(READY) ## run every test, with the coverage gate for core and services
	$(DYNAMO)
	@if command -v npm >/dev/null; then $(MAKE) --silent $(OSLS) $(PROVIDER); else echo "npm is not here, so nothing tries the templates"; fi
	$(BIN)/pytest $(SPREAD) --cov --cov-report=
	$(BIN)/coverage report --include='$(GATED)' --fail-under=100

check: $(READY) ## lint, types, import contracts and the fast tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(SPREAD) -m '$(FAST)'

bench: $(READY) ## play ClearML's own autoscaler beside ours, and time what has a figure (TRACES_DIR=)
	$(BIN)/python -m tests.benchmarks.side_by_side $(ARGS)
	$(BIN)/pytest tests/benchmarks --benchmark-only
	$(DYNAMO)
	$(BIN)/python -m tests.benchmarks.aws.beside_peer
	$(BIN)/python -m tests.benchmarks.aws.cost
	$(BIN)/python -m tests.benchmarks.aws.memory

bench-quick: $(READY) ## the same in short: fails where a ratio became worse
	$(BIN)/python -m tests.benchmarks.side_by_side --quick $(ARGS)

faults: $(READY) ## run the services under fault: 200 runs of 4 hours, then each rule left out, then DynamoDB and Firestore
	$(BIN)/python -m tests.faults --seeds 50 --rate 0,1,5,12 --json
	$(BIN)/python -m tests.faults --drop fast --first --seeds 12 --rate 12,5
	$(DYNAMO)
	$(BIN)/python -m tests.faults --state dynamodb --seeds 4 --rate 1,12 --hours 0.5 --json
	$(BIN)/python -m tests.faults --state firestore-fake --seeds 2 --rate 1,12 --hours 0.5 --json
	$(BIN)/python -m tests.faults --state firestore --seeds 2 --rate 1,12 --hours 0.5 --json

e2e-machine: $(READY) ## run machines with real agents and end them in every way, as JSON
	$(BIN)/python -m tests.e2e.machine $(ARGS)

e2e-aws: $(READY) $(OSLS) $(LOCALSTACK) ## deploy to a cloud on this computer and run tasks there, as JSON
	$(DYNAMO)
	$(BIN)/python -m tests.e2e.aws $(ARGS)

e2e-gcp: $(READY) ## run the functions of Google Cloud on this computer, and tasks on machines, as JSON
	$(BIN)/python -m tests.e2e.gcp $(ARGS)

package-aws: $(READY) $(OSLS) ## build what `osls deploy` deploys to AWS (CONFIG=autoscaler.yaml)
	$(BIN)/python -m infra.package $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

package-gcp: $(READY) ## build what is deployed to Google Cloud (CONFIG=autoscaler.yaml)
	@if command -v npm >/dev/null; then $(MAKE) --silent $(OSLS); else echo "npm is not here: deploy with terraform alone"; fi
	$(BIN)/python -m infra.package --host gcp $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

fmt: $(READY) ## format the code and apply the safe fixes
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: $(READY) ## pin every dependency again (ARGS=--upgrade takes the newest versions)
	$(COMPILE) $(ARGS) --extra aws --extra gcp --extra process --group dev pyproject.toml -o requirements/dev.lock
	printf '%s\n' $(FUNCTIONS) | $(COMPILE) $(ARGS) -c requirements/dev.lock - -o requirements/aws.lock
	printf '%s\n' $(GOOGLE) | $(COMPILE) $(ARGS) -c requirements/dev.lock - -o requirements/gcp.lock
	echo boto3 | $(COMPILE) $(ARGS) -c requirements/dev.lock - -o requirements/boto3.lock
	echo google-cloud-compute | $(COMPILE) $(ARGS) -c requirements/dev.lock - -o requirements/gce.lock
	echo uv | $(COMPILE) $(ARGS) - -o requirements/uv.lock

clean: ## remove .venv, caches and everything else that was built
	rm -rf $(VENV) build dist .coverage .coverage.* .benchmarks .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find functions shared tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): $(LOCKED) pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(LOCKED): requirements/uv.lock requirements/dev.lock
	@command -v $(PYTHON) >/dev/null || { \
		echo "make: $(PYTHON) was not found: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: $$($(PYTHON) --version) is too old: install Python 3.11 or newer, or name one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "make: $(PYTHON) cannot create virtual environments: install its venv module (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.lock
	@touch $@

$(OSLS): requirements/osls/package.json requirements/osls/package-lock.json
	mkdir -p build/osls && cp $^ build/osls
	cd build/osls && npm ci --silent --no-audit --no-fund --ignore-scripts

$(PROVIDER): requirements/terraform/package.json requirements/terraform/package-lock.json tests/infra/gcp/schema.py | $(READY)
	mkdir -p build/terraform && cp requirements/terraform/*.json build/terraform
	cd build/terraform && npm ci --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps
	$(BIN)/python -m tests.infra.gcp.schema build/terraform/node_modules/@cdktf/provider-google/.jsii >$@
	rm -rf build/terraform/node_modules

$(LOCALSTACK): tests/e2e/aws/install.py | $(READY)
	$(BIN)/python -m tests.e2e.aws.install build
