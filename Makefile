# Build, test and install imapsyncd and libimap4. `make help` lists the targets.
# Settings come from the command line or the environment, never from editing:
#   make CC=clang WERROR=1 B=build/clang SANITIZE=address,undefined

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

VERSION    := 0.1.0
SOVERSION  := 0
B          ?= build
PREFIX     ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/imapsyncd
UNITDIR    ?= $(PREFIX)/lib/systemd/system
USERUNITDIR ?= $(PREFIX)/lib/systemd/user
WERROR     ?= 0
SANITIZE   ?=
V          ?= 0

ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
PACKAGES   := openssl sqlite3 libevent libevent_openssl \
              ini_config libgsasl zlib libcurl jansson expat

Q := $(if $(filter 1,$(V)),,@)
# As many jobs as cores, where the caller did not say otherwise.
JOBS ?= $(shell nproc)
# Many tests wait for a time limit: two of them a core keep it busy.
TEST_JOBS = $(if $(filter file,$(origin JOBS)),$(shell echo $$((2 * $(JOBS)))),$(JOBS))
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

# Debian 12 packages, by what they are for.
BUILD_PKGS := gcc libc6-dev pkg-config \
	libssl-dev libsqlite3-dev libevent-dev libini-config-dev libgsasl-dev \
	zlib1g-dev libcurl4-openssl-dev libjansson-dev libexpat1-dev
# A real IMAP server, certificates for it (openssl), ps (procps).
DEMO_PKGS := dovecot-core dovecot-imapd openssl python3 procps
# Unit tests, headers as C++, formatting, man pages, units, killing at a system
# call (strace), programs whose Maildirs are taken over, Python's own tests of
# imaplib.
TEST_PKGS := $(DEMO_PKGS) libcmocka-dev g++ clang-format \
	mandoc strace systemd isync offlineimap3 neomutt notmuch maildir-utils aerc \
	libpython3.11-testsuite
# Sanitizers, fuzzing, coverage, analysis.
DEV_PKGS := $(TEST_PKGS) clang clang-tidy libclang-rt-14-dev llvm

# What the library is compared with.
BENCH_PKGS := $(DEV_PKGS) libetpan-dev

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wcast-qual -Wimplicit-fallthrough \
	$(if $(filter 1,$(WERROR)),-Werror)
HARDEN := -fstack-protector-strong -fPIC \
	$(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
LDHARDEN := -Wl,-z,relro,-z,now -Wl,--as-needed
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -Ilib/include -DVERSION='"$(VERSION)"' \
	-DSYSCONFDIR='"$(SYSCONFDIR)"' \
	-fvisibility=hidden -pthread $(WARNINGS) $(HARDEN) $(SANFLAGS) \
	$(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread $(LDHARDEN) $(SANFLAGS) $(LDFLAGS)
# Asked once, and only when something is compiled.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell $(PKG_CONFIG) --cflags $(PACKAGES)))$(PKG_CFLAGS)
# libresolv is glibc's.
PKG_LIBS   = $(eval PKG_LIBS := $$(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lresolv)$(PKG_LIBS)
LIB_LIBS   = $(eval LIB_LIBS := $$(shell $(PKG_CONFIG) --libs openssl libevent libgsasl zlib))$(LIB_LIBS)
TEST_LIBS  = $(eval TEST_LIBS := $$(shell $(PKG_CONFIG) --libs cmocka jansson))$(TEST_LIBS)

EXAMPLE_SRC := $(sort $(wildcard lib/examples/*.c))
LIB_SRC    := $(filter-out $(EXAMPLE_SRC),$(sort $(wildcard lib/*/*.c)))
# What does no I/O, and links libc and zlib.
ENGINE_SRC := $(filter lib/util/% lib/codec/% lib/wire/% lib/engine/% lib/mime/%,$(LIB_SRC))
DAEMON_SRC := $(sort $(wildcard config/*.c daemon/*/*.c daemon/*/*/*.c))
MAIN_SRC   := $(sort $(wildcard daemon/*.c))
# Of which each program has its own, and the rest.
PROGRAMS   := imapsyncd imapsyncctl
INSTALLED  := $(PROGRAMS) imap4-parse
MAIN_OF_imapsyncd := daemon/main.c daemon/cli.c
MAIN_OF_imapsyncctl := daemon/imapsyncctl.c
MAIN_SHARED := $(filter-out $(foreach p,$(PROGRAMS),$(MAIN_OF_$(p))),$(MAIN_SRC))
UNIT_SRC   := $(sort $(wildcard tests/lib/*/test_*.c tests/config/test_*.c \
              tests/daemon/test_*.c tests/daemon/*/test_*.c \
              tests/daemon/*/*/test_*.c))
# For real servers, by test_client.py and test_extensions.py of tests/e2e.
LIVE_SRC   := $(sort $(wildcard tests/lib/*/live_*.c))
SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))
SIM_SRC    := $(sort $(wildcard tests/sim/*.c))

obj = $(patsubst %.c,$(B)/%.o,$(1))
LIB_OBJ     := $(call obj,$(LIB_SRC))
ENGINE_OBJ  := $(call obj,$(ENGINE_SRC))
DAEMON_OBJ  := $(call obj,$(DAEMON_SRC))
MAIN_OBJ    := $(call obj,$(MAIN_SRC))
SUPPORT_OBJ := $(call obj,$(SUPPORT_SRC))
SIM_OBJ     := $(call obj,$(filter-out tests/sim/test_%,$(SIM_SRC)))
SIM_BIN     := $(patsubst %.c,$(B)/%,$(filter tests/sim/test_%,$(SIM_SRC)))
FUZZ_SRC    := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN    := $(patsubst %.c,$(B)/%,$(FUZZ_SRC))
EXAMPLE_BIN := $(patsubst lib/examples/%.c,$(B)/%,$(EXAMPLE_SRC))
UNIT_BIN    := $(patsubst %.c,$(B)/%,$(UNIT_SRC) $(LIVE_SRC))

SONAME := libimap4.so.$(SOVERSION)
LIBRARIES := libimap4.a libimap4-engine.a libimap4.so

.PHONY: all
## all: the daemon, the library and its example programs (the default)
all: $(addprefix $(B)/,$(PROGRAMS) $(LIBRARIES)) $(EXAMPLE_BIN)
	@:

# A changed setting rebuilds what depends on it, a removed file what it was in.
$(B)/.settings: STAMP = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(B)/.sources: STAMP = $(LIB_SRC) $(DAEMON_SRC) $(MAIN_SRC) $(SUPPORT_SRC)
$(B)/.settings $(B)/.sources: FORCE
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(STAMP))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(STAMP))' >$@
FORCE:

$(B)/%.o: %.c $(B)/.settings
	@mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo '  CC    $<')
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The library with its private names, for the daemon and the tests.
$(B)/libprivate.a: $(LIB_OBJ) $(B)/.sources
	@$(if $(filter 1,$(V)),,echo '  AR    $@')
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

# One object, in which only what is exported is global: a program may have a
# text_clean() of its own.
# GNU's does not read what clang makes to measure coverage.
OBJCOPY ?= objcopy
$(B)/libimap4.a: $(LIB_OBJ)
$(B)/libimap4-engine.a: $(ENGINE_OBJ)
$(B)/libimap4.a $(B)/libimap4-engine.a: $(B)/.sources Makefile
	@$(if $(filter 1,$(V)),,echo '  AR    $@')
	$(Q)rm -f $@ && $(LD) -r -o $(@:.a=.o) $(filter %.o,$^) && \
		$(OBJCOPY) --localize-hidden $(@:.a=.o) && ar rcs $@ $(@:.a=.o)

$(B)/libimap4.so: $(LIB_OBJ) lib/imap4.map $(B)/.sources
	@$(if $(filter 1,$(V)),,echo '  LD    $@')
	$(Q)$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(SONAME) \
		-Wl,--version-script=lib/imap4.map -o $@ $(LIB_OBJ) $(LIB_LIBS)

$(B)/libdaemon.a: $(DAEMON_OBJ) $(B)/.sources
	@$(if $(filter 1,$(V)),,echo '  AR    $@')
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(B)/libsupport.a: $(SUPPORT_OBJ) $(B)/.sources
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

define program
$(B)/$(1): $(call obj,$(MAIN_OF_$(1)) $(MAIN_SHARED)) $(B)/libdaemon.a $(B)/libprivate.a
	@$$(if $$(filter 1,$$(V)),,echo '  LD    $$@')
	$$(Q)$$(CC) -pie $$(ALL_LDFLAGS) -o $$@ $$^ $$(PKG_LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

$(EXAMPLE_BIN): $(B)/%: $(B)/lib/examples/%.o $(B)/libimap4.a
	@$(if $(filter 1,$(V)),,echo '  LD    $@')
	$(Q)$(CC) -pie $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

$(SIM_BIN): $(SIM_OBJ)
$(UNIT_BIN) $(SIM_BIN): $(B)/%: $(B)/%.o $(B)/libsupport.a $(B)/libdaemon.a $(B)/libprivate.a
	@$(if $(filter 1,$(V)),,echo '  LD    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libsupport.a \
		$(B)/libdaemon.a $(B)/libprivate.a $(PKG_LIBS) $(TEST_LIBS)

.PHONY: unit
unit: $(UNIT_BIN) $(SIM_BIN) $(FUZZ_BIN)
	@:

# ---- packages --------------------------------------------------------------

# $(call need,PACKAGES): a shell command that installs those that are missing.
# Where there is no dpkg the packages are somebody else's business. A Dovecot
# that comes in only for the tests must not start to serve this machine.
need = if command -v dpkg-query >/dev/null; then set --; \
	for p in $(sort $(1)); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null | \
			grep -qx installed || set -- "$$@" $$p; \
	done; \
	if [ $$\# -gt 0 ]; then \
		echo "installing: $$*"; \
		root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$root apt-get -qq update && \
		$$root env DEBIAN_FRONTEND=noninteractive apt-get -qq install \
			-y --no-install-recommends "$$@" >/dev/null || exit 1; \
		case " $$* " in *" dovecot-core "*) \
			[ ! -d /run/systemd/system ] || $$root systemctl -q \
				disable --now dovecot.socket dovecot.service;; \
		esac; \
	fi; \
fi

# Servers that cannot be installed beside Dovecot, and without which some tests
# are skipped.
unpacked = for s in cyrus courier; do \
	tests/servers/packages $$s >/dev/null || echo "tests with $$s are skipped"; \
done

.PHONY: deps deps-demo deps-dev deps-bench
## deps: install the Debian packages that building and testing need
deps:
	@$(call need,$(BUILD_PKGS) $(TEST_PKGS))
	@$(unpacked)
deps-demo:
	@$(call need,$(BUILD_PKGS) $(DEMO_PKGS))
## deps-dev: the same for lint, asan, fuzz and coverage
deps-dev:
	@$(call need,$(BUILD_PKGS) $(DEV_PKGS))
	@$(unpacked)
deps-bench:
	@$(call need,$(BUILD_PKGS) $(BENCH_PKGS))

# ---- tests -----------------------------------------------------------------
# What needs the packages runs in a second make, so that nothing is looked up
# before they are there.

.PHONY: demo
## demo: a sample mailbox, mirrored before your eyes
demo: deps-demo
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@tests/demo $(B)/imapsyncd

.PHONY: check check-full
## check: all tests that a change must pass; T=PATTERN SEED=N JOBS=N
check: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all unit
	@$(RUN_TESTS) $(T)
## check-full: the same with every crash point and long runs
check-full: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all unit
	@$(RUN_TESTS) --full $(T)
	@$(if $(T),,$(MAKE) --no-print-directory mutations tsan)
RUN_TESTS = CC='$(CC)' SANITIZE='$(SANITIZE)' JOBS='$(TEST_JOBS)' \
	$(if $(SEED),SEED='$(SEED)') python3 tests/run --build $(B)

.PHONY: mutations
## mutations: is every changed decision of daemon/core seen by a test? T=FILE
mutations: unit
	@COMPILE='$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' \
		LIBS='$(PKG_LIBS) $(TEST_LIBS)' python3 tests/mutations/run $(B) $(T)

.PHONY: asan
## asan: unit tests and some whole runs under the sanitizers, with clang
asan: deps-dev
	@$(MAKE) --no-print-directory $(PARALLEL) B=build/asan CC=clang \
		SANITIZE=address,undefined CFLAGS='-O1 -g' asan-run
ASAN_TESTS := unit test_mirror test_cut test_config test_client test_extensions \
	test_random_server test_hostile
.PHONY: asan-run
asan-run: all unit
	@TIMEOUT_FACTOR=4 $(RUN_TESTS) $(or $(T),$(ASAN_TESTS))

.PHONY: tsan
## tsan: some whole runs under ThreadSanitizer, with clang
tsan: deps-dev
	@$(MAKE) --no-print-directory $(PARALLEL) B=build/tsan CC=clang \
		SANITIZE=thread CFLAGS='-O1 -g' tsan-run
# Of whole runs only: patterns of which no unit test has the name.
TSAN_TESTS := test_mirror test_twoway test_several
.PHONY: tsan-run
tsan-run: all
	@TIMEOUT_FACTOR=4 $(RUN_TESTS) $(or $(T),$(TSAN_TESTS))

.PHONY: coverage
## coverage: what the tests reach, fails where too little; UNIT=1: without e2e
coverage: deps-dev
	@$(MAKE) --no-print-directory $(PARALLEL) B=build/coverage CC=clang \
		OBJCOPY=llvm-objcopy \
		CFLAGS='-O0 -g -fprofile-instr-generate -fcoverage-mapping' \
		LDFLAGS=-fprofile-instr-generate coverage-run
.PHONY: coverage-run
coverage-run: all unit
	@rm -rf $(B)/prof && mkdir -p $(B)/prof
	@LLVM_PROFILE_FILE='$(CURDIR)/$(B)/prof/%4m.profraw' \
		TIMEOUT_FACTOR=4 $(RUN_TESTS) $(or $(T),unit $(if $(UNIT),,e2e))
	@llvm-profdata merge -o $(B)/all.profdata $(B)/prof/*.profraw
	@llvm-cov show -format=html -output-dir=$(B)/html \
		-instr-profile=$(B)/all.profdata $(firstword $(COVERED)) \
		$(addprefix -object ,$(COVERED)) lib daemon config
	@llvm-cov report -instr-profile=$(B)/all.profdata \
		$(firstword $(COVERED)) $(addprefix -object ,$(COVERED)) \
		lib daemon config
	@echo 'line by line: $(B)/html/index.html'
	@tests/coverage $(if $(UNIT),--unit) $(B)/all.profdata $(COVERED)
COVERED = $(addprefix $(B)/,$(PROGRAMS)) $(EXAMPLE_BIN) $(UNIT_BIN) $(FUZZ_BIN)

FUZZ_TIME ?= 60
.PHONY: fuzz fuzz-bin fuzz-run
## fuzz: every parser under libFuzzer; FUZZ_TIME=60 seconds each, T=NAME
fuzz: deps-dev
	@$(MAKE) --no-print-directory $(PARALLEL) B=build/fuzz CC=clang \
		SANITIZE=address,undefined,fuzzer-no-link fuzz-bin
	@$(MAKE) --no-print-directory $(PARALLEL) -k B=build/fuzz CC=clang \
		SANITIZE=address,undefined,fuzzer-no-link fuzz-run
fuzz-bin: $(FUZZ_BIN)
# Elsewhere a target is a test that runs on the corpus that is kept.
FUZZ_MAIN = $(if $(findstring fuzzer,$(SANITIZE)),,$(B)/tests/fuzz/replay.o)
$(FUZZ_BIN): $(B)/%: $(B)/%.o $(FUZZ_MAIN) $(B)/libsupport.a $(B)/libdaemon.a \
		$(B)/libprivate.a
	@$(if $(filter 1,$(V)),,echo '  LD    $@')
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ \
		$^ $(PKG_LIBS) $(TEST_LIBS)
fuzz-run: $(if $(T),$(filter %$(T).run,$(FUZZ_BIN:=.run)),$(FUZZ_BIN:=.run))
# A corpus that is kept is read; what is found goes to the build directory.
%.run: %
	@mkdir -p $<.corpus
	@$< -max_total_time=$(FUZZ_TIME) -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=0 -verbosity=0 -artifact_prefix=$<. \
		$<.corpus $(wildcard tests/fuzz/corpus/$(patsubst fuzz_%,%,$(*F))) \
		>$<.log 2>&1 && echo 'ok    $(*F)' || \
		{ cat $<.log; echo 'FAIL  $(*F)'; exit 1; }

.PHONY: bench
## bench: speed, side by side with mbsync, libetpan, imaplib and bare copies
bench: deps-bench
	@$(MAKE) --no-print-directory $(PARALLEL) all bench-bin
	@tests/bench/parse --build $(B)
	@tests/bench/run --build $(B)
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
BENCH_BIN := $(patsubst %.c,$(B)/%,$(BENCH_SRC))
$(BENCH_BIN): $(B)/%: $(B)/%.o $(B)/libimap4.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(BENCH_LIBS)
$(B)/tests/bench/fetch_etpan: BENCH_LIBS = -letpan
$(B)/tests/bench/fetch_imap4: BENCH_LIBS = $(LIB_LIBS)
.PHONY: bench-bin
bench-bin: $(BENCH_BIN)

# ---- the source as such ----------------------------------------------------

FORMATTED := $(sort $(wildcard lib/*/*.[ch] lib/include/*.h \
	lib/include/imap4/*.h config/*.[ch] daemon/*.[ch] daemon/*/*.[ch] \
	daemon/*/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch] \
	tests/*/*/*/*.[ch]))

.PHONY: format
## format: clang-format over all C files
format:
	clang-format -i $(FORMATTED)

.PHONY: lint
## lint: every static check, clang-tidy included
lint: deps-dev
	@$(MAKE) --no-print-directory $(PARALLEL) all compile_commands.json
	@$(RUN_TESTS) lint
	@printf '%s\n' $(LIB_SRC) $(EXAMPLE_SRC) $(DAEMON_SRC) $(MAIN_SRC) | \
		xargs -P $(JOBS) -n 4 clang-tidy --quiet 2>$(B)/clang-tidy.log || \
		{ cat $(B)/clang-tidy.log; exit 1; }

.PHONY: compile_commands.json
## compile_commands.json: for editors and clang tools
compile_commands.json:
	@python3 tests/lint/compile-commands '$(CC) $(subst ','\'',$(ALL_CFLAGS))' \
		$(LIB_SRC) $(EXAMPLE_SRC) $(DAEMON_SRC) $(MAIN_SRC) $(SUPPORT_SRC) \
		$(UNIT_SRC) $(LIVE_SRC) >$@

# ---- installation ----------------------------------------------------------

INSTALL := install
D = $(DESTDIR)
USER_UNITS := imapsyncd.service imapsyncd-once.service imapsyncd-once.timer
UNITS := imapsyncd@.service $(USER_UNITS)
PUBLIC := $(sort $(patsubst lib/include/%,%,$(wildcard lib/include/*.h \
	lib/include/imap4/*.h)))
MAN1 := $(sort $(wildcard daemon/*.1 lib/*.1))
MAN3 := $(sort $(wildcard lib/*.3))
MAN5 := $(sort $(wildcard config/*.5))
SAMPLES := $(sort $(wildcard config/*.ini))
# $(call under,DIR): DIR in the terms of imap4.pc, so that it can be moved.
under = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

.PHONY: install
## install: under DESTDIR and PREFIX (also SYSCONFDIR UNITDIR USERUNITDIR ...)
# A test says AS_BUILT=1, so that it cannot exchange what others test.
install: $(if $(AS_BUILT),,all)
	$(Q)$(INSTALL) -d $(D)$(BINDIR) $(D)$(LIBDIR)/pkgconfig \
		$(D)$(INCLUDEDIR)/imap4 $(D)$(UNITDIR) $(D)$(USERUNITDIR)
	$(Q)$(INSTALL) -m 755 $(addprefix $(B)/,$(INSTALLED)) $(D)$(BINDIR)
	$(Q)$(INSTALL) -m 644 $(B)/libimap4.a $(B)/libimap4-engine.a $(D)$(LIBDIR)
	$(Q)$(INSTALL) -m 644 $(B)/libimap4.so $(D)$(LIBDIR)/libimap4.so.$(VERSION)
	$(Q)ln -sf libimap4.so.$(VERSION) $(D)$(LIBDIR)/$(SONAME)
	$(Q)ln -sf $(SONAME) $(D)$(LIBDIR)/libimap4.so
	$(Q)for f in $(PUBLIC); do \
		$(INSTALL) -m 644 lib/include/$$f $(D)$(INCLUDEDIR)/$$f || exit 1; \
	done
	$(Q)for p in imap4 imap4-engine; do \
		sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
			-e 's|@LIBDIR@|$(call under,$(LIBDIR))|' \
			-e 's|@INCLUDEDIR@|$(call under,$(INCLUDEDIR))|' \
			lib/$$p.pc.in >$(D)$(LIBDIR)/pkgconfig/$$p.pc || exit 1; \
	done
	$(Q)for u in $(UNITS); do \
		sed 's|/usr/bin/|$(BINDIR)/|' systemd/$$u \
			>$(B)/$$u || exit 1; \
	done
	$(Q)$(INSTALL) -m 644 $(B)/imapsyncd@.service $(D)$(UNITDIR)
	$(Q)$(INSTALL) -m 644 $(addprefix $(B)/,$(USER_UNITS)) $(D)$(USERUNITDIR)
	$(Q)$(call install_files,$(MAN1),$(MANDIR)/man1)
	$(Q)$(call install_files,$(MAN3),$(MANDIR)/man3)
	$(Q)$(call install_files,$(MAN5),$(MANDIR)/man5)
	$(Q)$(call install_files,$(SAMPLES),$(DOCDIR)/examples)
install_files = $(if $(1),$(INSTALL) -d $(D)$(2) && \
	$(INSTALL) -m 644 $(1) $(D)$(2),:)

.PHONY: uninstall
## uninstall: remove just what install put there
uninstall:
	$(Q)rm -f $(addprefix $(D)$(BINDIR)/,$(INSTALLED)) \
		$(D)$(LIBDIR)/libimap4.a $(D)$(LIBDIR)/libimap4-engine.a \
		$(D)$(LIBDIR)/libimap4.so $(D)$(LIBDIR)/$(SONAME) \
		$(D)$(LIBDIR)/libimap4.so.$(VERSION) \
		$(D)$(LIBDIR)/pkgconfig/imap4.pc \
		$(D)$(LIBDIR)/pkgconfig/imap4-engine.pc \
		$(addprefix $(D)$(INCLUDEDIR)/,$(PUBLIC)) \
		$(D)$(UNITDIR)/imapsyncd@.service \
		$(addprefix $(D)$(USERUNITDIR)/,$(USER_UNITS)) \
		$(addprefix $(D)$(MANDIR)/man1/,$(notdir $(MAN1))) \
		$(addprefix $(D)$(MANDIR)/man3/,$(notdir $(MAN3))) \
		$(addprefix $(D)$(MANDIR)/man5/,$(notdir $(MAN5))) \
		$(addprefix $(D)$(DOCDIR)/examples/,$(notdir $(SAMPLES)))
	$(Q)for d in $(INCLUDEDIR)/imap4 $(DOCDIR)/examples $(DOCDIR); do \
		[ ! -d $(D)$$d ] || rmdir --ignore-fail-on-non-empty $(D)$$d; \
	done

.PHONY: clean
## clean: remove the build directory
clean:
	rm -rf $(B)

.PHONY: help
## help: this list
help:
	@sed -n 's/^## \([a-z_.-]*\): \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		expand -t 26

-include $(patsubst %.c,$(B)/%.d,$(LIB_SRC) $(EXAMPLE_SRC) $(DAEMON_SRC) $(MAIN_SRC) $(SUPPORT_SRC) $(UNIT_SRC) $(LIVE_SRC) $(SIM_SRC) $(FUZZ_SRC) \
	tests/fuzz/replay.c $(BENCH_SRC))
