# Everything happens inside this folder: .venv (packages) and var (database, builds, logs).

PYTHON ?= python3
# cpu or gpu: which FAISS is installed; never both, they are the same module.
FAISS  ?= cpu
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready-$(FAISS)
PIP    := $(BIN)/pip install -qq --disable-pip-version-check --no-input -c constraints.txt
CHROMIUM_PACKAGES := chromium fonts-wqy-zenhei

.DEFAULT_GOAL := help
.PHONY: help setup demo test torture lint browser clean

help:
	@echo "make demo    install, load the sample collections, serve http://127.0.0.1:8501"
	@echo "make test    install what tests need and run them all"
	@echo "make torture kill processes 200 times, search for 3 minutes under load (about ten minutes)"
	@echo "make lint    ruff, ruff format --check, mypy --strict"
	@echo "make setup   create $(VENV) and install (FAISS=gpu for the GPU build of FAISS)"
	@echo "make clean   remove $(VENV), caches and build files; var/ is kept"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tongwen needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "installing into $(VENV); the first time takes some minutes"
	@# PyTorch alone and first: everything else depends on it, and this pin decides its build.
	@$(PIP) 'torch'
	@$(PIP) -e '.[$(FAISS),dev]'
	@touch $@

demo: setup
	@$(BIN)/tongwen demo

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Two at a time, each file by one of them: most tests wait for processes and keep one core busy.
test: setup browser
	@$(BIN)/pytest -n 2 --dist loadfile

# The same tests as in `make test`, for long: they print what they did and saw.
torture: setup
	@TORTURE_KILLS=200 TORTURE_SECONDS=180 $(BIN)/pytest -s tests/torture

# A missing browser is installed where that is allowed; else its tests say why they are skipped.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	command -v google-chrome >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "no chromium, no apt-get: browser tests skip"; exit 0; }; \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo="sudo -n"; fi; \
	  if [ -n "$$sudo" ] && ! $$sudo true 2>/dev/null; then \
	    echo "no chromium, no right to install it: browser tests skip"; exit 0; fi; \
	  echo "installing $(CHROMIUM_PACKAGES)"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  $$sudo apt-get update -qq </dev/null >/dev/null && \
	  $$sudo apt-get install -y -qq --no-install-recommends $(CHROMIUM_PACKAGES) \
	    </dev/null >/dev/null || echo "chromium could not be installed: browser tests skip"; }

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
