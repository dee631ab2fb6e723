# SPDX-License-Identifier: GPL-2.0
#
# Documentation and installation of the command-line tool; part of the Makefile.

##@ Install the tool

.PHONY: man install-ipvsadm

prefix ?= /usr
sbindir ?= $(prefix)/sbin
mandir ?= $(prefix)/share/man
# Also as ipvsadm, ipvsadm-save and ipvsadm-restore, with the service: REPLACE=1.
REPLACE ?=

manual = build/manual
packaging = ipvsadm-rs/packaging

man: 				## Manual pages and completions of the tool: build/manual
	@$(CARGO) run --quiet $(cargo_flags) --package ipvsadm-rs --example manual -- $(manual)

# Whoever installs is often not who builds, and has no build root: nothing is built here.
build/ipvsadm-rs $(manual)/ipvsadm.8:
	@echo "$@ is not there: make ipvsadm man" >&2; exit 1

install-ipvsadm: build/ipvsadm-rs $(manual)/ipvsadm.8	## Only the tool; REPLACE=1: also by the names of ipvsadm, as a service
	install -D -m 755 build/ipvsadm-rs $(DESTDIR)$(sbindir)/ipvsadm-rs
	install -D -m 644 $(manual)/ipvsadm.8 $(DESTDIR)$(mandir)/man8/ipvsadm-rs.8
	install -m 644 $(wildcard $(manual)/ipvsadm-rs-*.8) $(DESTDIR)$(mandir)/man8/
	install -D -m 644 $(manual)/ipvsadm.bash $(DESTDIR)$(prefix)/share/bash-completion/completions/ipvsadm-rs
	install -D -m 644 $(manual)/_ipvsadm $(DESTDIR)$(prefix)/share/zsh/vendor-completions/_ipvsadm-rs
	install -D -m 644 $(manual)/ipvsadm.fish $(DESTDIR)$(prefix)/share/fish/vendor_completions.d/ipvsadm-rs.fish
	[ -z "$(REPLACE)" ] || $(MAKE) replace-ipvsadm

.PHONY: replace-ipvsadm
replace-ipvsadm:
	for name in ipvsadm ipvsadm-save ipvsadm-restore; do \
		ln -sf ipvsadm-rs $(DESTDIR)$(sbindir)/$$name && \
		install -m 644 $(manual)/$$name.8 $(DESTDIR)$(mandir)/man8/ || exit; \
	done
	install -D -m 644 $(manual)/ipvsadm.bash $(DESTDIR)$(prefix)/share/bash-completion/completions/ipvsadm
	install -D -m 644 $(manual)/ipvsadm.fish $(DESTDIR)$(prefix)/share/fish/vendor_completions.d/ipvsadm.fish
	install -D -m 755 $(packaging)/service $(DESTDIR)$(prefix)/libexec/ipvsadm/service
	install -D -m 644 $(packaging)/ipvsadm.service $(DESTDIR)$(prefix)/lib/systemd/system/ipvsadm.service
	install -D -m 755 $(packaging)/init $(DESTDIR)/etc/init.d/ipvsadm
	sed -i 's,/usr/libexec/,$(prefix)/libexec/,' $(DESTDIR)$(prefix)/lib/systemd/system/ipvsadm.service $(DESTDIR)/etc/init.d/ipvsadm
	[ -e $(DESTDIR)/etc/default/ipvsadm ] || install -D -m 644 $(packaging)/default $(DESTDIR)/etc/default/ipvsadm
	[ -e $(DESTDIR)/etc/ipvsadm.rules ] || install -D -m 644 $(packaging)/rules $(DESTDIR)/etc/ipvsadm.rules
