# Two commands are the whole set-up: `make run` and `make test`. Both make .venv where it is missing.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench lock clean

run: .venv/ready  ## The example deliberation at http://127.0.0.1:8080/
	$(BIN)/minipublic demo

test: .venv/ready-dev  ## All tests
	$(BIN)/pytest -n 2 --dist worksteal

check: .venv/ready-dev  ## Style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready-dev  ## Ratios against a baseline in the same run
	$(BIN)/python -m bench

lock: .venv/ready-dev  ## Pin every dependency anew, by version and hash
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 pyproject.toml --group build --group dev -o requirements-dev.lock

# Where the system's Python comes without ensurepip, its own pip fills the environment.
.venv/bin/python:
	$(PYTHON) -m venv .venv || $(PYTHON) -m venv --clear --without-pip .venv

.venv/ready: requirements.lock pyproject.toml | .venv/bin/python
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check \
		--require-hashes -r requirements.lock
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check \
		--require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
