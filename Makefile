# Everything a person types. Each target is one call of the `sklad` command; `make help` lists them.
PYTHON ?= python3
SKLAD := bin/sklad
UV := .venv/bin/uv

.DEFAULT_GOAL := help
.PHONY: help up down status verify env logs reset bench test test-semantics test-faults test-compose pictures lint format lock

help:
	@echo 'make up                  install what is missing, start everything, load the data (again: safe and quick)'
	@echo 'make down                stop everything, keep the data'
	@echo 'make status              services, connectors, rows, freshness; exit code 1 if something is wrong'
	@echo 'make verify              compare the WMS and ClickHouse exactly, while both are at work; exit code 0, 1 or 2'
	@echo 'make env                 endpoints and credentials as shell exports: eval "$$(make -s env)"'
	@echo 'make logs s=connect      the log of a service'
	@echo 'make reset               stop everything and delete the data (asks first)'
	@echo 'make bench               ways into ClickHouse measured side by side, an hour or two; BENCH=--short: ten minutes'
	@echo 'make test                the tests that CI runs, on ports and folders of its own; runs beside `make up`'
	@echo 'make test-semantics      every kind of change, schema change, snapshot and message: exact or loud'
	@echo 'make test-faults         hours of kills, pauses, cuts and full disks under load; FAULT_EVENTS=1000 FAULT_SEED=1'
	@echo 'make test-compose        the end-to-end checks against docker-compose.yml, on a Docker engine'
	@echo 'make pictures            pictures of all dashboards, docs/images/*.png, from the running stack'
	@echo 'make lint                formatting, types, SQL;  make format mends what can be mended'
	@echo 'make lock                resolve all dependencies anew'

up down status verify: .venv/.installed
	@$(SKLAD) $@

bench: .venv/.development
	@PYTHONPATH=. .venv/bin/python -m benchmarks $(BENCH)

env: .venv/.installed
	@$(SKLAD) env

logs: .venv/.installed
	@test -n "$(s)" || { echo 'Which service? For example: make logs s=connect'; exit 2; }
	@$(SKLAD) logs $(s)

reset: .venv/.installed
	@$(SKLAD) reset

test: .venv/.development
	@$(SKLAD) test

test-semantics: .venv/.development
	@$(SKLAD) test -- tests/semantics

test-faults: .venv/.development
	@FAULT_EVENTS=$${FAULT_EVENTS:-1000} $(SKLAD) test -- tests/faults -s

test-compose: .venv/.development
	@.venv/bin/python -m pytest -m compose tests/compose

pictures: .venv/.development
	@PYTHONPATH=. .venv/bin/python docs/images/make.py

lint: .venv/.development
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/sqlfluff lint --disable-progress-bar superset/queries wms/ddl

format: .venv/.development
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

# The environment of the `sklad` command: pip brings uv, checked by its hash; uv brings the rest, checked the same way.
.venv/bin/uv: requirements/bootstrap.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 12) else "Sklad needs Python 3.11 or 3.12, $(PYTHON) is %d.%d. Name another: make up PYTHON=python3.11" % v)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo 'Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv'; exit 1; }
	@echo 'Installing the sklad command (once) …'
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

.venv/.installed: .venv/bin/uv requirements/sklad.lock
	@lock=sklad; test ! -e .venv/.development || lock=dev; \
	$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python requirements/$$lock.lock
	@touch $@

.venv/.development: .venv/bin/uv requirements/dev.lock
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python requirements/dev.lock
	@touch .venv/.installed $@

LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: .venv/.development
	for name in bootstrap sklad dev; do $(LOCK) requirements/$$name.in -o requirements/$$name.lock || exit 1; done
	for name in kafka debezium; do (cd kafka/jars/$$name && ../../../.venv/bin/jgo --ignore-config --resolver python lock) || exit 1; done
	for name in client jars; do $(LOCK) --constraint requirements/sklad.lock requirements/$$name.in -o requirements/$$name.lock || exit 1; done
	$(LOCK) airflow/requirements.in -o airflow/requirements.lock
	$(LOCK) --exclude-newer 2026-06-10 --exclude-newer-package clickhouse-connect=2026-11-20 --exclude-newer-package psycopg2-binary=2026-11-20 superset/requirements.in -o superset/requirements.lock
