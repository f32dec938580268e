# SPDX-License-Identifier: GPL-3.0-or-later
# Lifeboat: plain GNU make.
#
#   make             the program, build/lifeboat
#   make demo        capture a small Debian, build the rescue ISO, lose the machine, get it back (MODE=nuke: unattended)
#   make check       every test: check-unit check-tui check-loop check-layers check-releases check-vm, with what they need installed first
#   make check-unit  tests/unit: C programs, no root needed          make check-tui  whole frames of the console at 80x24
#   make check-loop  tests/loop: loop devices, root needed            make check-vm   tests/vm: virtual machines
#   make check-releases  tests/releases: other releases of the distribution, in root directories of their own
#   make check-layers  the ways dependencies run, clang's warnings    make cppcheck   static analysis
#   make asan        unit, tui, loop under ASan, UBSan, LSan (clang)  make tsan       unit, loop under TSan (clang)
#   make fuzz        fuzzers, FUZZ_SECONDS each                       make coverage   lines that the unit tests reach
#   make check-all   check with the largest sizes, then asan and tsan
#   make bench       against GNU tar, zstd; over HTTP, NFS         make install    DESTDIR= PREFIX=/usr/local
#   make packages    installs the Debian packages of tests/packages   make pot        rebuilds po/lifeboat.pot
#   make clean       removes build/
#
# Knobs: CC CPPFLAGS CFLAGS LDFLAGS HARDENING WERROR BUILD=build V=1 FUZZ_SECONDS=20 MODE=interactive|nuke

CC ?= cc
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
MODE ?= interactive
POT ?= po/lifeboat.pot
FUZZ_SECONDS ?= 20
CFLAGS ?= -O2 -g
Q := $(if $(V),,@)

LIBRARIES := libnewt ncursesw libkmod blkid libarchive libcurl expat libmicrohttpd fdisk mount libzstd libcrypto jansson uuid
# The packages come first on a fresh machine; pkg-config is asked only once they are there.
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBRARIES))
PKG_LIBS = $(ARCHIVE_LIBS) $(filter-out -larchive,$(shell pkg-config --libs $(LIBRARIES))) -lacl -lm -lpthread

# The shared libarchive needs libxml2 for a format that nobody uses here (xar), and that needs ICU: a sixth of a boot archive. The static one is taken
# where there is one, with the libraries that the shared one needs but for that, and nothing behind the names that would come of it.
ARCHIVE = $(wildcard $(shell $(CC) -print-file-name=libarchive.a))
ARCHIVE_NEEDS = $(filter-out libxml2.% libc.%,$(shell readelf -dW $(ARCHIVE:.a=.so) | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'))
ARCHIVE_UNUSED = $(sort $(shell nm -u $(ARCHIVE) | sed -n 's/^ *U \(xml.*\|UTF8Toisolat1\)$$/\1/p'))
ARCHIVE_LIBS = $(if $(ARCHIVE),$(ARCHIVE) $(ARCHIVE_NEEDS:%=-l:%) -u archive_unused $(ARCHIVE_UNUSED:%=-Wl$(comma)--defsym=%=archive_unused),-larchive)

# A warning is an error for developers: in a clone. Whoever builds a release elsewhere has other compilers.
WERROR ?= $(if $(wildcard .git),-Werror)
# _FORTIFY_SOURCE needs optimisation; sanitizers have checks of their own (HARDENING=).
HARDENING ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENED_LINK = $(if $(HARDENING),-pie -Wl$(comma)-z$(comma)relro -Wl$(comma)-z$(comma)now)
comma := ,

STRICT := -std=gnu17 -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-missing-field-initializers
DEFINES := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DLOCALEDIR='"$(PREFIX)/share/locale"'
COMPILE = $(CC) $(STRICT) $(DEFINES) $(HARDENING) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(HARDENED_LINK) $(LDFLAGS)

BACKEND := $(sort $(wildcard backend/*/*.c))
UI := $(sort $(wildcard ui/*.c))
SCREENS := $(sort $(wildcard screens/*.c))
UNIT := $(sort $(wildcard tests/unit/test_*.c))

BACKEND_OBJECTS := $(BACKEND:%.c=$(BUILD)/%.o)
UI_OBJECTS := $(UI:%.c=$(BUILD)/%.o)
SCREENS_OBJECTS := $(SCREENS:%.c=$(BUILD)/%.o)
UNIT_PROGRAMS := $(UNIT:%.c=$(BUILD)/%)
# What unit tests link: all but main().
TESTED_OBJECTS := $(BACKEND_OBJECTS) $(UI_OBJECTS) $(filter-out %/main.o,$(SCREENS_OBJECTS))

.PHONY: all always demo check check-all check-unit check-tui check-loop check-vm check-layers check-releases syntax cppcheck asan tsan coverage fuzz bench install packages pot clean
.SECONDARY:

all: $(BUILD)/lifeboat

$(BUILD)/lifeboat: $(BACKEND_OBJECTS) $(UI_OBJECTS) $(SCREENS_OBJECTS)
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $^ $(PKG_LIBS)
# It goes into every boot archive; debuggers and sanitizers find what lies beside it.
	$(Q)objcopy --only-keep-debug $@ $@.debug && objcopy --strip-debug --add-gnu-debuglink=$@.debug $@

# What a test prepares is looked at by what it asserts.
$(BUILD)/tests/%.o: STRICT += -Wno-unused-result

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(COMPILE) -c -o $@ $<

# Where the catalogues will be is compiled in: another PREFIX recompiles those objects.
$(BUILD)/prefix: always
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@
$(patsubst %.c,$(BUILD)/%.o,$(shell grep -lw LOCALEDIR $(BACKEND) $(SCREENS))): $(BUILD)/prefix

$(BUILD)/libtested.a: $(TESTED_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libtested.a
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $< $(BUILD)/libtested.a $(PKG_LIBS) -lcmocka

# Programs that test scripts run.
$(BUILD)/tests/loop/%: $(BUILD)/tests/loop/%.o $(BUILD)/libtested.a
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $< $(BUILD)/libtested.a $(PKG_LIBS)

packages:
	tests/packages

demo: packages
	$(MAKE) all
	tests/demo --mode $(MODE)

check: packages
	tests/run all

check-all: packages
	TEST_SIZE=full tests/run all
	$(MAKE) asan
	$(MAKE) tsan

check-unit check-tui check-loop check-vm check-layers check-releases: packages
	tests/run $(@:check-%=%)

# Every file as clang sees it, every header by itself; makes nothing.
syntax:
	@find backend ui screens tests -name '*.c' | xargs -P 2 -n 40 clang -fsyntax-only $(STRICT) -Wno-unused-result $(DEFINES) $(PKG_CFLAGS)
	@find backend ui screens -name '*.h' | xargs -P 2 -n 40 gcc -fsyntax-only -x c $(STRICT) $(DEFINES) $(PKG_CFLAGS)

# It does not know the cleanup attribute (LeakSanitizer looks for leaks), nor that NULL is a pointer in the C library here.
cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ --include=tests/cppcheck.h \
	  --suppress=memleak --suppress=resourceLeak --suppress=varFuncNullUB -j2 backend ui screens

asan: packages
	tests/sanitize address
tsan: packages
	tests/sanitize thread

coverage: packages
	tests/coverage

fuzz: packages
	tests/fuzz/run $(FUZZ_SECONDS)

bench: packages
	$(MAKE) all
	tests/bench/run

install: all
	install -D -m 755 $(BUILD)/lifeboat "$(DESTDIR)$(PREFIX)/bin/lifeboat"
	for page in docs/man/*.[1-9]; do [ -e "$$page" ] || continue; \
	  sed 's|^\.Pa docs/|.Pa $(PREFIX)/share/doc/lifeboat/|' "$$page" | install -D -m 644 /dev/stdin \
	    "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}" || exit 1; done
	install -d "$(DESTDIR)$(PREFIX)/share/doc/lifeboat" && install -m 644 README.md docs/*.md "$(DESTDIR)$(PREFIX)/share/doc/lifeboat"
	for catalogue in po/*.po; do [ -e "$$catalogue" ] || continue; language=$${catalogue##*/}; language=$${language%.po}; \
	  mkdir -p "$(DESTDIR)$(PREFIX)/share/locale/$$language/LC_MESSAGES" && \
	  msgfmt -o "$(DESTDIR)$(PREFIX)/share/locale/$$language/LC_MESSAGES/lifeboat.mo" "$$catalogue" || exit 1; done

# Functions of backend/ that make sentences, and which argument is the format.
SENTENCES = sentence:1 sentence_words:1 PLURAL:2,3 context_fail:3 context_reword:3 context_warn:2 context_info:2 session_note:2 session_skip:2 \
  outcome_end:3 outcome_list:2 question_option:3 job_reason:2 job_breaks:2 job_tells:3 job_note:2 job_step:2 work_failed:5

pot:
	xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=catalogue_text $(SENTENCES:%=--keyword=%) --add-comments=TRANSLATORS --add-location=file --package-name=lifeboat -o $(POT) screens/*.c ui/*.c backend/*/*.c

clean:
	rm -rf build

# Beside objects alone: trees of whole machines may lie below it while tests run.
-include $(shell find $(BUILD)/backend $(BUILD)/ui $(BUILD)/screens $(BUILD)/tests -name '*.d' -type f 2>/dev/null)
