/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person in a rescue shell has to know of the session: /run/lifeboat/README says what is where, and how to get back
 * into a system that was restored.
 */
#ifndef LIFEBOAT_SESSION_README_H
#define LIFEBOAT_SESSION_README_H

#include <stdbool.h>

#include "../media/media.h"
#include "../plan/plan.h"

/* What it says; all of it is borrowed. */
struct readme {
	const char *state;           /* the directory it lies in */
	const char *root;            /* where the new system is mounted */
	const char *socket;          /* of the engine */
	const char *log;             /* NULL: none is kept */
	const char *set;             /* where the set lies; NULL: none was chosen */
	const struct media *media;
	const struct plan *plan;     /* NULL: none was made */
	bool written;                /* disks may have been written by this session */
	bool written_before;         /* ... or by one that crashed */
	bool mounted;                /* the new system is */
};

/* Its text. New string; NULL when out of memory. */
char *readme_text(const struct readme *readme);

#endif
