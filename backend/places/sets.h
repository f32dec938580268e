/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sets of a place: found, looked at as far as names and sizes tell, and those that are no longer wanted removed. */
#ifndef LIFEBOAT_PLACES_SETS_H
#define LIFEBOAT_PLACES_SETS_H

#include <stdint.h>

#include "place.h"
#include "retention.h"

enum set_state {
	SET_WHOLE,               /* every member is there, as long as it should be; what is in them only 'verify' knows */
	SET_DAMAGED,             /* it has a manifest, and something of it is missing, or it cannot be opened */
	SET_HALF,                /* no manifest: a capture under way, one that was stopped, or a set whose removing was stopped */
};

struct known_set {
	char *folder;            /* in the place; "": the place itself */
	enum set_state state;
	char *id, *host, *label; /* NULL: not known; of LABEL also: it has none */
	char manifest[65];       /* its digest */
	time_t created;          /* of SET_HALF: when anything in it was written last */
	uint64_t bytes, stored;  /* that were captured; that it takes there, as far as it is listed */
	char *why;               /* a sentence, of what is not whole, or why no rule is for it; NULL */
	char **marks;            /* that tell its machine from another of the same name; NULL: none, it is a plain tree's */
	bool foreign;            /* of SET_HALF: something is in it that no capture makes, or nothing that only one makes */
	unsigned kept;           /* rules that keep it (retention.h) */
	bool goes;               /* no rule keeps it */
	bool removed;
};

struct sets {
	struct place *place;
	struct known_set *sets;  /* by host, each host's newest first; those without a host last */
	size_t count;
};

/* Looks at what is in WHERE (place.h) and in the folders below it; with WRITE, to remove of it; PATIENCE as there. 0 or -errno with a sentence; a set
 * that cannot be opened is no failure. *RET is for sets_free(). */
MUST_CHECK int sets_find(struct context *ctx, const char *where, bool write, double patience, struct sets **ret);
void sets_free(struct sets *sets);
static inline void cleanup_sets(struct sets **sets)
{
	sets_free(*sets);
}
#define AUTO_SETS CLEANUP(cleanup_sets)

/* Decides by RULES, for each machine by itself, which sets go: whole ones that no rule keeps, and half ones in which nothing was written for a day.
 * Damaged ones stay, and count for no rule; so do those of which no machine is known, those whose time cannot be right, and half ones with
 * something in them that is no set's. 0 or -ENOMEM. */
MUST_CHECK int sets_judge(struct sets *sets, const struct retention *rules, time_t now);
/* Removes what goes, manifests first, and says what it did; one that is another set by now, or that a capture writes to, is left, with a warning. 0;
 * or -errno with a sentence of the first that could not be removed, after which the others are still tried. */
MUST_CHECK int sets_prune(struct context *ctx, struct sets *sets);

/* Names of members below a set's folder: what a listing may hold that is the set's, and nothing else is removed. */
bool set_owns_name(const char *folder, const char *name);

/* For sets.c: tells the machines of sets FIRST to END, which have the same host name, apart: those are of one machine that share a mark with each
 * other, or with a third; plain trees are of one. RET_MACHINES[i - FIRST]: the first set of the same machine, counted from FIRST. 0 or -ENOMEM. */
MUST_CHECK int sets_tell_machines(const struct sets *sets, size_t first, size_t end, size_t *ret_machines);

/* For sets*.c: what lies at FOLDER; *RET_IS: anything of a set. */
MUST_CHECK int known_set_look(struct context *ctx, struct place *place, const char *folder, struct known_set *ret, bool *ret_is);
void known_set_done(struct known_set *set);

#endif
