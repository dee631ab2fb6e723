# SPDX-License-Identifier: GPL-2.0
#
# The only door: everything is built, checked and run from here.
#
#   make modules             for Debian's newest tested kernel, which
#                            tools/buildroot brings along with its compilers
#   make modules KDIR=/path  for your own configured kernel tree, with this
#                            machine's compilers; add CC=, LLVM= as for the kernel
#
# What is built goes to build/.  V=1 shows the kernel build's commands.

MAKEFLAGS += --no-print-directory
in_root := tools/buildroot enter

# Rust on the host side is the build root's as well: the same version
# everywhere, and a C library no newer than the test machine's.  With
# CARGO=cargo it is this machine's.
CARGO ?= $(in_root) cargo
cargo_flags := --manifest-path testing/Cargo.toml --target-dir build/target

# As many jobs as processors, unless the caller has said -j.
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

##@ Build

.PHONY: all modules ipvsadm buildroot kernel-custom

all: modules ipvsadm		## The module and the command-line tool (the default)

ifdef KDIR
# Reached with the user's KDIR, or from below with the build root's.
release = $(shell cat $(KDIR)/include/config/kernel.release)
kbuild = $(MAKE) $(jobs) -C $(KDIR) $(kernel_cc) M=$(CURDIR)
kernel_cc = $(if $(KERNEL_CC),CC=$(KERNEL_CC))

modules: usable-kdir
	+@$(kbuild) MO=$(CURDIR)/build/module-$(release) modules

clippy-module: usable-kdir
	+@$(kbuild) MO=$(CURDIR)/build/clippy-$(release) CLIPPY=1 KRUSTFLAGS=-Dwarnings modules

.PHONY: usable-kdir
usable-kdir:
	@tools/usable-kdir $(KDIR) $(kernel_cc)
else
modules: 			## The module: build/module-RELEASE/rust_ipvs/rust_ipvs.ko
	+@$(in_root) $(MAKE) modules

clippy-module:
	+@$(in_root) $(MAKE) clippy-module
endif

ipvsadm: 			## The command-line tool: build/ipvsadm-rs
	@$(CARGO) build --profile dist $(cargo_flags) --package ipvsadm-rs
	@install build/target/dist/ipvsadm build/ipvsadm-rs

buildroot: 			## Only what the rest needs from Debian: compilers, kernel, test machine
	@tools/buildroot

kernel-custom: 			## A small debug kernel (lockdep, kmemleak, ...); takes long, once
	@tools/kernel-custom

##@ Install

.PHONY: install install-module install-dkms

DESTDIR ?=
# The kernel to install the module for.
RELEASE ?= $(if $(KDIR),$(release),$(shell uname -r))
built = build/module-$(RELEASE)/rust_ipvs/rust_ipvs.ko

install: install-module install-ipvsadm	## What is built, below DESTDIR, for kernel RELEASE (the running one)

install-module:			## Only the module, and the file by which modprobe finds it for ip_vs
	@[ -f $(built) ] || { echo "$(built) is not there: make modules, or name another kernel by RELEASE=" >&2; exit 1; }
	install -D -m 644 $(built) $(DESTDIR)/lib/modules/$(RELEASE)/updates/rust_ipvs.ko
	install -D -m 644 tools/modprobe.d/rust_ipvs.conf $(DESTDIR)/usr/lib/modprobe.d/rust_ipvs.conf
	[ ! -f $(DESTDIR)/lib/modules/$(RELEASE)/modules.order ] || depmod -b "$(DESTDIR)/" $(RELEASE)

install-dkms:			## The module's sources for DKMS, which builds it for each kernel
	@tools/dkms/install $(DESTDIR)

-include ipvsadm-rs/install.mk

##@ Run

.PHONY: demo shell

demo: all			## Show the module at work
	@tools/demo

shell: all			## A shell in a virtual machine, with the module at hand
	@tools/vm/run --shell

##@ Test

.PHONY: test test-debug rusttest fuzz fuzz-control bench plots feedback-plot

test: all			## All tests
	@testing/run

test-debug: kernel-custom ipvsadm	## Self-tests and stress in the debug kernel; takes long
	@$(in_root) $(MAKE) modules KDIR="$$(tools/kernel-custom path)"
	@testing/selftests/run --custom
	@testing/stress/run --custom

rusttest: 			## The tests of the pure crates alone, on the host
	@$(CARGO) test $(cargo_flags) --workspace

fuzz: 				## The fuzz targets, a million inputs each
	@$(CARGO) run --release $(cargo_flags) --package ipvs_fuzz -- all

fuzz-control: modules		## The control interface in a running kernel, for SECONDS (600)
	@testing/control-fuzz/run --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

bench: all			## Measure against C ip_vs
	@testing/bench/run

plots: 				## Simulate schedulers and draw Documentation/schedulers-*.svg
	@$(CARGO) run --release $(cargo_flags) --package ipvs_host_tests --example schedulers -- Documentation

feedback-plot: all		## Put load on servers with feedback and draw Documentation/feedback-load.svg
	@testing/feedback/run

##@ Style

.PHONY: check rustfmt rustfmtcheck clippy clippy-host clippy-module

rust_files = $(shell git ls-files --cached --others --exclude-standard '*.rs')

check: modules			## Formatting, lints and the rules of this code base
	@tools/check/all

rustfmt: 			## Format all Rust files
	@$(in_root) rustfmt --edition 2021 $(rust_files)

rustfmtcheck: 			## Fail if rustfmt would change a file
	@$(in_root) rustfmt --edition 2021 --check $(rust_files)

clippy: clippy-host clippy-module	## Lint the host crates and the module; warnings are errors

clippy-host:
	@$(CARGO) clippy $(cargo_flags) --workspace --all-targets -- -D warnings

##@ Other

.PHONY: clean help

clean: 				## Remove build/; the cache goes with tools/buildroot clean
	rm -rf build

help: 				## This list
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) ":" } \
		/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
