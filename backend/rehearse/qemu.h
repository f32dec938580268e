/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a throw-away virtual machine: QEMU with given disks and medium, its consoles written to files that are watched while it
 * runs. Software emulation unless asked otherwise, so that it works everywhere.
 */
#ifndef LIFEBOAT_REHEARSE_QEMU_H
#define LIFEBOAT_REHEARSE_QEMU_H

#include "../core/context.h"

struct qemu_disk {
	char *path;              /* raw image */
	char *serial;            /* at most 20 characters are seen by the machine; NULL: none */
	uint32_t sector;         /* logical sector, bytes */
	unsigned boot_order;     /* BIOS starts from the disk with the lowest */
};

struct qemu {
	const struct qemu_disk *disks;
	size_t disk_count;
	const char *cdrom;       /* ISO to boot from; NULL: from the first disk */
	bool uefi;
	const char *variables;   /* file that keeps the UEFI variables; made from the template when missing */
	unsigned memory_mib;
	unsigned processors;
	bool kvm;                /* hardware virtualization */
	bool terminal;           /* the first console is this terminal; Ctrl-A X turns the machine off */
	const char *console;     /* file for what the first serial console says */
	const char *log;         /* file for the second serial line; NULL: none */
	bool copies_screen;      /* what BIOS, and through it the boot loader, shows as text goes to the second serial line too */
};

/* Asked a few times a second while the machine runs: 0 continue, 1 enough (it is switched off), -errno give up. */
typedef int (*qemu_watch)(void *data, double seconds);

/* 0 when QEMU and, for UEFI, its firmware are installed; -ENOENT with a sentence. */
int qemu_check(struct context *ctx, bool uefi);

/* Runs the machine until it turns itself off or WATCH has seen enough. 0 with *RET_OFF telling whether it turned itself off;
 * -ETIMEDOUT after DEADLINE_S, -ENOENT when QEMU or the UEFI firmware is not installed, -ECANCELED, each with a sentence. */
int qemu_run(struct context *ctx, const struct qemu *machine, unsigned deadline_s, qemu_watch watch, void *data, bool *ret_off);

#endif
