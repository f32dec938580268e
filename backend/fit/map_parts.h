/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The making of a disk map: captured disks with their candidates, and what was decided so far. Only map.c and its siblings use
 * this header.
 */
#ifndef LIFEBOAT_FIT_MAP_PARTS_H
#define LIFEBOAT_FIT_MAP_PARTS_H

#include "../core/macro.h"
#include "map.h"

/* A captured disk that carries something. */
struct source {
	struct node *disk;
	struct disk_candidate *candidates;
	size_t count;
	bool essential;          /* the system does not start without it */
	bool has_files;          /* files of the set, or images, lie on it */
	bool has_images;
	bool stays;              /* it is here, and holds the recovery set: it keeps what is on it */
	bool left_out;           /* it gets no target */
	struct node *target;     /* decided */
	struct node *tried;      /* in the pairing that is being tried */
	size_t tried_group;      /* of the disks that are equal to that one */
	size_t alike;            /* number of the first source whose disk is like this one, be it itself */
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
	bool doubted;            /* it is not certain */
	char *reason;            /* why: the first found */
	size_t *groups;          /* of each node of PRESENT: the place of the first disk that is equal to it, be it itself */
	unsigned tries;
};

/* Whether CANDIDATE may become the target of SOURCE, by one of several rules. */
typedef bool (*eligible)(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate);

/* Takes every captured disk that carries something, with its candidates. 0 or -errno with a sentence. */
MUST_CHECK int proposal_start(struct proposal *proposal, char *const *protected_disks);
void proposal_done(struct proposal *proposal);
/* The map is not certain: keeps REASON (taken; NULL: memory was too short for it) as why, unless there is one. */
void proposal_doubt(struct proposal *proposal, char *reason);
/* True when DISK is the target of a captured disk, or is being tried as one. */
bool proposal_has_taken(const struct proposal *proposal, const struct node *disk);
/* A source that neither has a target nor is left out. */
bool source_is_open(const struct source *source);
/* What SOURCE has to say of DISK. */
const struct disk_candidate *source_candidate(const struct source *source, const struct node *disk);
/* The first source without a target that the system needs, be it only together with others (both members of a mirror), in *RET; NULL: none.
 * 0 or -ENOMEM with a sentence. */
MUST_CHECK int proposal_find_missing(const struct proposal *proposal, const struct source **ret);
/* True when it was only plugged in when the machine was captured: a medium without files of the set. */
bool source_is_guest(const struct source *source);
/* Why SOURCE, which has no target, is not restored: one sentence. New string; NULL when out of memory. */
char *source_left_out_text(const struct source *source);
/* The map of all captured disks: the sources as decided, all else left out; certain when there is no reason against it. */
MUST_CHECK int proposal_map(const struct proposal *proposal, struct disk_map **ret);

/* Each adds a doubt where there is one: several ways to pair; a target that is neither blank nor the captured disk; a name of a target that
 * cannot be used for SOURCE; a target whose identity another disk has; a disk of which nobody can tell whether it could be one; sources that were
 * left out and have files; files that may not fit. */
void proposal_doubt_ambiguous(struct proposal *proposal);
void proposal_doubt_not_blank(struct proposal *proposal, const struct source *source);
void proposal_doubt_named(struct proposal *proposal, const struct source *source);
/* When DISK is one of several paths to a disk that nothing combines: the sentence that says so and what to do. New string; NULL: it is none. */
char *proposal_paths_words(const struct proposal *proposal, const struct node *disk);
void proposal_doubt_twins(struct proposal *proposal);
void proposal_doubt_untold(struct proposal *proposal);
void proposal_doubt_left_out(struct proposal *proposal);
void proposal_doubt_tight(struct proposal *proposal);
/* No present disk can take SOURCE: -ENOSPC where all are only too small, else -ENODEV, with a sentence that lists why, disk by disk. */
int proposal_fail_source(struct proposal *proposal, const struct source *source);

/* Finds the disks that the targets name. 0; -EINVAL for a kernel name, -ENOMEM. */
MUST_CHECK int proposal_take_targets(struct proposal *proposal);
/* True when the targets allow CANDIDATE to be erased. */
bool proposal_is_named(const struct proposal *proposal, const struct disk_candidate *candidate);
/* True when DISK was named by a name that no other disk here has. */
bool proposal_is_singled_out(const struct proposal *proposal, const struct node *disk);

/* Gives every open source a target that is eligible. Returns how many ways there are that restore different machines, up to two; of two the
 * first is taken, and of none nothing is decided. Which of two equal target disks, as many as are needed, gets which source is no
 * difference, nor is which of two source disks that are alike gets which target. */
unsigned pair_open(struct proposal *proposal, eligible is_eligible);

/* Fills the groups of equal target disks: blank, of the same size and sector sizes, so that what is made on one could be made on the other;
 * and which source disks are alike. Candidates are there. 0 or -ENOMEM with a sentence. */
MUST_CHECK int proposal_find_equals(struct proposal *proposal);

#endif
