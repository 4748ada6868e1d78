# Everything a person or a build server runs. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
export PATH := $(HOME)/.cargo/bin:$(PATH)

# What can be set: `make run PORT=8081 DATA_DIR=.data-2`.
PORT ?= 8080
DATA_DIR ?= .data
# A folder of real places to load instead of the invented borough.
REGION ?=
# `dev` compiles in a third of the time `release` does.
PROFILE ?= dev
# Where the tests find real data; those that need it are skipped without it.
MENDMAP_DATA ?= ../shared/data

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
MENDMAP := $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/mendmap
BUNDLER := $(MENDMAP)-bundle
OWN_TOOLS := $(TARGET_DIR)/tools
CARGO_DENY_VERSION := 0.20.2
SCHEMATHESIS_VERSION := 4.32.5
SCHEMATHESIS := $(OWN_TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION)/bin/schemathesis
DEPLOY_CHECK := $(OWN_TOOLS)/deploy-check

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Makes $(1) while nobody else in this folder does: two that install or bundle at once would break each other.
define alone
	flock --nonblock Makefile true || echo '== waiting until another make in this folder has built'
	flock Makefile $(MAKE) $(1)
endef

.PHONY: setup
setup: ## Install what is missing to run and test it (Debian 12; asks for sudo when not root)
	@$(call alone,setup-run setup-test)

.PHONY: run
run: ## Start it: site, API, worker, private database (PORT, DATA_DIR, REGION=folder)
	@$(call alone,build)
	exec env PORT='$(PORT)' DATA_DIR='$(DATA_DIR)' '$(MENDMAP)' serve --with-worker $(if $(REGION),--region '$(REGION)',--demo)

.PHONY: test
test: ## Check and test everything, and say how much that was
	@case "$${CI:-}:$(wildcard $(MENDMAP_DATA)/README.md)" in
	true:) echo "with CI=true the real data must be in $(MENDMAP_DATA)" >&2; exit 1 ;;
	:|false:) echo "== no real data in $(MENDMAP_DATA): the tests that need it are skipped" ;;
	esac
	rm -rf '$(TARGET_DIR)/test-output'
	took=''
	for part in lint test-rust survive-short e2e deploy-check; do
		began=$$SECONDS
		$(MAKE) "$$part"
		took+=" $$part $$((SECONDS - began)) s"
	done
	$(MAKE) test-totals
	echo "time           $$took"

.PHONY: lint
lint: ## Formatting, clippy with warnings denied, dependencies and their licences
	@$(call alone,setup-run setup-test)
	echo '== formatting'
	cargo fmt --all --check
	echo '== clippy'
	cargo clippy --locked -p mendmap-shared -p mendmap-api -p mendmap-bundle -p mendmap-twin --all-targets -- -D warnings
	# As Trunk compiles it, and as our bundler does.
	cargo clippy --locked -p mendmap-frontend --target wasm32-unknown-unknown -- -D warnings
	cargo clippy --locked -p mendmap-frontend --target wasm32-unknown-unknown --features split -- -D warnings
	$(MAKE) lint-dependencies

.PHONY: e2e
e2e: ## Browser tests (Playwright, axe) on Debian's Chromium
	@$(call alone,setup-test build-all bundle)
	echo '== browser'
	mkdir -p '$(TARGET_DIR)/test-output'
	cd e2e
	MENDMAP='$(abspath $(MENDMAP))' MENDMAP_DATA='$(abspath $(MENDMAP_DATA))' npm test 2>&1 | tee '$(abspath $(TARGET_DIR))/test-output/browser'

.PHONY: deploy-check
deploy-check: ## Check deploy/ without an account: templates, scripts, what lies in the image
	@$(call alone,setup-run setup-test build-all)
	echo '== deployment'
	mkdir -p '$(TARGET_DIR)/test-output'
	# What is shipped is a release build; any other is larger.
	export MENDMAP='$(abspath $(MENDMAP))' LIMIT_MEGABYTES='$(if $(filter release,$(PROFILE)),120,160)'
	cd deploy/check
	PYTHONDONTWRITEBYTECODE=1 '$(abspath $(DEPLOY_CHECK))/bin/python' -m unittest 2>&1 | tee '$(abspath $(TARGET_DIR))/test-output/deployment'

.PHONY: bench
bench: ## Measure how fast it is, in ratios (BENCH_FULL=1: 10 million reports too; the README names the rest)
	@$(call alone,setup-run setup-bench app)
	MENDMAP_DATA='$(abspath $(MENDMAP_DATA))' exec cargo bench --locked -p mendmap-api --bench load

TWIN := $(MENDMAP)-twin

.PHONY: twin
twin: ## Start the production topology on this machine, to watch it (TWIN_PORT=8090); Ctrl-C stops it
	@$(call alone,twin-build app)
	exec '$(TWIN)' up $(if $(TWIN_PORT),--port '$(TWIN_PORT)')

.PHONY: twin-trace
twin-trace: ## Follow one map view through edge, load balancer, task, cache and PostGIS
	@$(call alone,twin-build)
	exec '$(TWIN)' trace

.PHONY: survive
survive: ## Kill, freeze and starve the twin's parts under load, and compare what was acknowledged with what is there
	@$(call alone,twin-build)
	exec '$(TWIN)' survive

# Five of the faults, in under four minutes.
.PHONY: survive-short
survive-short:
	@$(call alone,twin-build)
	echo '== survival, five faults'
	mkdir -p '$(TARGET_DIR)/test-output'
	'$(TWIN)' --folder '$(TARGET_DIR)/survive/twin' survive --short --report '$(TARGET_DIR)/survive/short.json' 2>&1 | tee '$(TARGET_DIR)/test-output/survive'

.PHONY: twin-load
twin-load: ## Measure what the twin's edge answers by itself, and what three api processes are over one
	@$(call alone,twin-build packages-bench)
	exec '$(TWIN)' load

# What libFuzzer needs to see which way an input takes; `cargo fuzz` sets the same.
COVERAGE := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
FUZZ_SECONDS ?= 60

.PHONY: fuzz
fuzz: ## Throw made-up answers and calls at what reads other systems' (FUZZ_SECONDS for each target)
	@$(call alone,setup-run)
	host=$$(rustc -vV | sed -n 's/^host: //p')
	RUSTFLAGS='$(COVERAGE)' cargo build --locked --manifest-path api/fuzz/Cargo.toml --target "$$host" --target-dir '$(TARGET_DIR)/fuzz'
	for target in open311_answers open311_calls; do
		mkdir -p "$(TARGET_DIR)/fuzz/corpus/$$target"
		"$(TARGET_DIR)/fuzz/$$host/debug/$$target" -max_total_time='$(FUZZ_SECONDS)' "$(TARGET_DIR)/fuzz/corpus/$$target" $(wildcard $(MENDMAP_DATA)/open311)
	done

.PHONY: openapi
openapi: ## Write openapi/*.json anew from the code
	@cargo build --locked --profile '$(PROFILE)' -p mendmap-api
	for which in mendmap open311 ogc; do
		'$(MENDMAP)' openapi "$$which" > "openapi/$$which.json.new"
		mv "openapi/$$which.json.new" "openapi/$$which.json"
	done

.PHONY: clean
clean: ## Delete what was built and installed here; never the data
	@rm -rf '$(TARGET_DIR)' deploy/containers/database-ca/node_modules frontend/dist frontend/node_modules e2e/node_modules e2e/test-results e2e/playwright-report

# ---- Parts of the above ----

.PHONY: build
build: setup-run
	@cargo build --locked --profile '$(PROFILE)' -p mendmap-api -p mendmap-bundle
	'$(BUNDLER)'

# What the tests run. One invocation for all, as in `test-rust`: dependencies have the features that all of them ask for, and
# would be compiled anew for fewer.
.PHONY: build-all
build-all: setup-run
	@cargo build --locked --profile '$(PROFILE)' -p mendmap-shared -p mendmap-api -p mendmap-bundle -p mendmap-twin

.PHONY: bundle
bundle:
	@'$(BUNDLER)'

.PHONY: twin-build
twin-build: packages-twin build-all

# The app alone: `bench` builds the rest its own way.
.PHONY: app
app: setup-run
	@cargo build --locked --profile '$(PROFILE)' -p mendmap-bundle
	'$(BUNDLER)'

.PHONY: test-rust
test-rust:
	@echo '== unit and HTTP tests'
	mkdir -p '$(TARGET_DIR)/test-output'
	export MENDMAP_DATA='$(abspath $(MENDMAP_DATA))' SCHEMATHESIS='$(abspath $(SCHEMATHESIS))'
	packages='-p mendmap-shared -p mendmap-api -p mendmap-bundle -p mendmap-twin'
	if cargo nextest --version >/dev/null 2>&1; then
		cargo nextest run --locked $$packages 2>&1 | tee '$(TARGET_DIR)/test-output/rust'
	else
		cargo test --locked $$packages --lib --bins --tests 2>&1 | tee '$(TARGET_DIR)/test-output/rust'
	fi
	echo '== examples in the documentation'
	# All packages again: with fewer, their dependencies would be compiled anew for fewer features.
	cargo test --locked $$packages --doc 2>&1 | tee '$(TARGET_DIR)/test-output/doc'

.PHONY: test-totals
test-totals:
	@awk '
		function name(file) { sub(".*/", "", file); return file == "doc" ? "documentation" : file == "rust" ? "unit and HTTP" : file }
		/^[0-9]+ of [0-9]+ goals met/ { survived = $$0 }
		/^ *Summary \[/ || /^test result:/ || /^ +[0-9]+ (passed|skipped|flaky|failed)/ {
			for (i = 2; i <= NF; i++) {
				word = $$i; gsub(/[^a-z]/, "", word)
				if (word ~ /^(passed|skipped|ignored|flaky|failed)$$/ && $$(i - 1) ~ /^[0-9]+$$/) count[name(FILENAME), word] += $$(i - 1)
			}
		}
		# As Python prints them.
		/^Ran [0-9]+ tests? in / { count[name(FILENAME), "passed"] += $$2 }
		/^OK \(skipped=[0-9]+\)/ { gsub(/[^0-9]/, "", $$2); count[name(FILENAME), "skipped"] += $$2; count[name(FILENAME), "passed"] -= $$2 }
		function total(file) { return sprintf("%6d passed %4d skipped", count[file, "passed"] + count[file, "flaky"], count[file, "skipped"] + count[file, "ignored"]) }
		END {
			print "== all passed"
			split("unit and HTTP,documentation,browser,deployment", files, ",")
			for (i = 1; i <= 4; i++) printf "%-14s %s\n", files[i], total(files[i])
			printf "%-14s %s\n", "survival", survived
		}
	' '$(TARGET_DIR)/test-output/rust' '$(TARGET_DIR)/test-output/doc' '$(TARGET_DIR)/test-output/survive' '$(TARGET_DIR)/test-output/browser' '$(TARGET_DIR)/test-output/deployment'

.PHONY: lint-dependencies
lint-dependencies:
	@echo '== dependencies'
	export PATH="$(abspath $(OWN_TOOLS))/bin:$$PATH"
	if ! cargo deny --version >/dev/null 2>&1; then
		echo 'cargo-deny is missing: compiling it, once, takes a minute or two'
		if ! cargo install --quiet --debug --locked --root '$(OWN_TOOLS)' cargo-deny@$(CARGO_DENY_VERSION); then
			if [ "$${CI:-}" = true ]; then exit 1; fi
			echo 'NOT CHECKED: licences, bans and sources of the dependencies, as cargo-deny cannot be installed'
			exit 0
		fi
	fi
	cargo deny --locked check bans licenses sources
	if cargo deny fetch db >/dev/null 2>&1; then
		cargo deny --locked check --disable-fetch advisories
	else
		echo 'NOT CHECKED: security advisories, as their database cannot be reached'
	fi

# ---- What has to be installed. Each part looks first, and does nothing when all is there. ----

PACKAGES_TO_RUN := build-essential ca-certificates curl git libpq-dev pkg-config postgresql-15 postgresql-15-postgis-3
PACKAGES_TO_TEST := chromium gdal-bin memcached python3-aiosmtpd python3-venv
PACKAGES_TO_TWIN := haproxy memcached nginx
# Debian starts what it installs, on port 80; the twin starts its own on ports of its own, so Debian's stay off.
SERVICES_OF_TWIN := haproxy nginx
# pgbench comes with the server.
PACKAGES_TO_BENCH := chromium memcached wrk
NPM_PACKAGES := $(shell command -v node >/dev/null && command -v npm >/dev/null || echo nodejs npm)
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

# Installs the Debian packages in $(1) that are missing. Mendmap has a database cluster of its own, so Debian's need
# not exist; a cluster that is there already is left alone.
define install_packages
	@if ! command -v apt-get >/dev/null; then
		echo 'This is not Debian: see to it that what these packages hold is installed: $(1)'
		exit 0
	fi
	missing=()
	for package in $(1); do
		if [ "$$(dpkg-query --show --showformat='$${db:Status-Status}' "$$package" 2>/dev/null)" != installed ]; then
			missing+=("$$package")
		fi
	done
	if [ $${#missing[@]} -gt 0 ]; then
		echo "== installing $${missing[*]}"
		install=($(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends)
		$(AS_ROOT) apt-get update --quiet
		if [[ " $${missing[*]} " == *' postgresql-15 '* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
			"$${install[@]}" postgresql-common
			$(AS_ROOT) sed -ri "s/#?(create_main_cluster) .*$$/\1 = false/" /etc/postgresql-common/createcluster.conf
		fi
		ours=()
		for service in $(SERVICES_OF_TWIN); do
			if [[ " $${missing[*]} " == *" $$service "* ]]; then ours+=("$$service"); fi
		done
		for service in "$${ours[@]}"; do
			if [ -d /run/systemd/system ]; then $(AS_ROOT) systemctl mask --runtime --quiet "$$service.service"; fi
		done
		"$${install[@]}" "$${missing[@]}"
		for service in "$${ours[@]}"; do
			if [ -d /run/systemd/system ]; then
				$(AS_ROOT) systemctl unmask --runtime --quiet "$$service.service"
				$(AS_ROOT) systemctl disable --quiet "$$service.service"
			else
				$(AS_ROOT) invoke-rc.d --quiet "$$service" stop || true
				$(AS_ROOT) update-rc.d "$$service" disable
			fi
		done
	fi
endef

.PHONY: setup-run
setup-run: packages-run rust frontend/node_modules/.package-lock.json
	@if [ "$$(id -u)" = 0 ] && ! id -u mendmap >/dev/null 2>&1; then
		echo '== creating the system user mendmap, as PostgreSQL does not run as root'
		useradd --system --user-group --no-create-home --home-dir /var/lib/mendmap --shell /usr/sbin/nologin mendmap
	fi

.PHONY: setup-test
setup-test: packages-test e2e/node_modules/.package-lock.json $(SCHEMATHESIS) $(DEPLOY_CHECK)/installed
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy

.PHONY: setup-bench
setup-bench: packages-bench e2e/node_modules/.package-lock.json

.PHONY: packages-run packages-test packages-bench packages-twin
packages-run:
	$(call install_packages,$(PACKAGES_TO_RUN) $(NPM_PACKAGES))

packages-test:
	$(call install_packages,$(PACKAGES_TO_TEST))

packages-bench:
	$(call install_packages,$(PACKAGES_TO_BENCH))

packages-twin:
	$(call install_packages,$(PACKAGES_TO_TWIN))

.PHONY: rust
rust: packages-run
	@if rustc --version >/dev/null 2>&1 && [ -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
		exit 0
	fi
	if ! command -v rustup >/dev/null; then
		echo 'rustup is missing, which installs the Rust of rust-toolchain.toml with its WebAssembly part (a cargo of Debian is too old):' >&2
		echo "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --default-toolchain none" >&2
		echo 'Then run this again.' >&2
		exit 1
	fi
	if ! rustc --version >/dev/null 2>&1; then
		echo '== installing the Rust toolchain of rust-toolchain.toml'
		rustup toolchain install
	fi
	if [ ! -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
		rustup target add wasm32-unknown-unknown
	fi

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json | packages-run
	@cd frontend
	npm ci --no-progress
	touch node_modules/.package-lock.json

# Tries out what the descriptions of the APIs promise.
$(SCHEMATHESIS): | packages-test
	@echo '== installing schemathesis'
	/usr/bin/python3 -m venv --clear '$(OWN_TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION)'
	'$(OWN_TOOLS)/schemathesis-$(SCHEMATHESIS_VERSION)/bin/pip' install --quiet --disable-pip-version-check 'schemathesis==$(SCHEMATHESIS_VERSION)'

# Looks at templates and the image; requirements.txt pins every part.
$(DEPLOY_CHECK)/installed: deploy/check/requirements.txt | packages-test
	@echo '== installing cfn-lint and checkov'
	/usr/bin/python3 -m venv --clear '$(DEPLOY_CHECK)'
	'$(DEPLOY_CHECK)/bin/pip' install --quiet --disable-pip-version-check --requirement deploy/check/requirements.txt
	touch '$@'

e2e/node_modules/.package-lock.json: $(wildcard e2e/package.json e2e/package-lock.json) | packages-run
	@cd e2e
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-progress
	touch node_modules/.package-lock.json
