/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rehearses a restore: a throw-away virtual machine with sparse disks of the recorded sizes boots rescue media with the set on them,
 * restores, then boots what came back and waits for its login prompt. The source machine and its disks are never touched.
 */
#ifndef LIFEBOAT_REHEARSE_REHEARSE_H
#define LIFEBOAT_REHEARSE_REHEARSE_H

#include "../core/context.h"

/* No restore has work for more. */
#define REHEARSE_PROCESSORS_MAX 64

struct rehearse_options {
	const char *set;         /* directory of the set */
	const char *work;        /* directory for the disks, the ISO and the consoles' text, kept; NULL: a temporary one, removed */
	const char *firmware;    /* "bios" or "uefi"; NULL: as recorded */
	const char *pattern;     /* text the restored system's serial console must show; NULL: "login:" */
	const char *kernel;      /* kernel release of the rescue media (image.h); NULL: image.h's choice */
	unsigned deadline_s;     /* for each of the two boots; 0: 3600 */
	unsigned memory_mib;     /* 0: 1024 */
	unsigned processors;     /* 0: 2; at most REHEARSE_PROCESSORS_MAX */
	bool interactive;        /* the machine's console is this terminal, and nothing is answered by itself */
	bool kvm;                /* use hardware virtualization */
};

struct rehearse_result {
	bool passed;
	double first_screen_s;   /* seconds from power-on to the first screen, 0: not reached */
	double restored_s;       /* ... to the end of the restore */
	double boot_s;           /* ... of the second start to the pattern */
	char *end_state;         /* as the rescue system said it; NULL: it said none. Owned */
	char *last_screen;       /* on failure: the last lines of the console that failed, or NULL. Owned */
	char *reason;            /* on failure: one sentence. Owned */
};

/* 0 when the rehearsal was made (see result->passed), -errno with a sentence when it could not be made. Emits log events and, while
 * the virtual machine restores, its progress events. After each time that the machine's console was this terminal an event
 * {"event": "terminal-back", "full": true where screens were on it} is emitted, before anything else is said. */
int rehearse_run(struct context *ctx, const struct rehearse_options *options, struct rehearse_result *result);
void rehearse_result_done(struct rehearse_result *result);

#endif
