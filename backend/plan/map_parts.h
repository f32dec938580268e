/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The making of a disk map: captured disks with their candidates, and what was decided so far. Only map.c and its siblings use
 * this header.
 */
#ifndef LIFEBOAT_PLAN_MAP_PARTS_H
#define LIFEBOAT_PLAN_MAP_PARTS_H

#include "../core/macro.h"
#include "map.h"

/* A captured disk that has to get a place. */
struct source {
	struct node *disk;
	struct disk_candidate *candidates;
	size_t count;
	bool essential;          /* the system does not start without it */
	struct node *target;     /* decided */
	struct node *tried;      /* in the pairing that is being tried */
};

/* The state of one proposal. */
struct proposal {
	struct context *ctx;
	const struct layout *captured, *present;
	struct source *sources;
	size_t count;
	char *const *targets;    /* names that may be erased, or NULL */
	struct node **named;     /* disks that TARGETS name, in their order; NULL in it: none or several */
	const char *option;      /* how targets are named, for sentences */
	bool blank_named;        /* "blank" is among the targets */
	char *reason;            /* why it is not certain: the first found */
	unsigned tries;
};

/* Takes every captured disk that carries something, with its candidates. 0 or -errno with a sentence. */
MUST_CHECK int proposal_start(struct proposal *proposal, char *const *protected_disks);
void proposal_done(struct proposal *proposal);
/* True when DISK is the target of a captured disk, or is being tried as one. */
bool proposal_has_taken(const struct proposal *proposal, const struct node *disk);
/* What SOURCE has to say of DISK. */
const struct disk_candidate *source_candidate(const struct source *source, const struct node *disk);
/* The map of all captured disks: the sources as decided, all else left out; certain when there is no reason against it. */
MUST_CHECK int proposal_map(const struct proposal *proposal, struct disk_map **ret);

#endif
