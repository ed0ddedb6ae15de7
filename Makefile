# Everything runs in .venv, made here; `make demo` and `make test` are all the set-up there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test services services-stop lint format bench bench-growth bench-stores clean

demo: $(VENV)/installed
	$(BIN)/recollect demo

# On CI the servers of the live tests are started first; elsewhere those tests are skipped without them.
test: $(VENV)/installed $(if $(filter true,$(CI)),services)
	LANGGRAPH_STRICT_MSGPACK=true $(BIN)/python -m pytest

services:
	$(PYTHON) -m tests.services up

services-stop:
	$(PYTHON) -m tests.services down

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks.speed

# Writes a million memories: about ten minutes.
bench-growth: $(VENV)/installed
	$(BIN)/python -m benchmarks.growth

bench-stores: $(VENV)/installed services
	$(BIN)/python -m benchmarks.weaviate

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[cli,openai,langchain,weaviate,postgres]" --group dev
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
