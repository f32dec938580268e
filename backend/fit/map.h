/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which present disk takes the place of which captured one: by identity first (WWN, serial), then by what the operator says, then by
 * where it is connected, and alone only when nothing is ambiguous. The disks beneath the recovery set are never candidates.
 */
#ifndef LIFEBOAT_FIT_MAP_H
#define LIFEBOAT_FIT_MAP_H

#include "../core/macro.h"
#include "../layout/layout.h"

struct disk_candidate {
	struct node *disk;       /* present disk, borrowed from the present layout */
	size_t place;            /* its number among the nodes of that layout */
	bool usable;
	char *reason;            /* why not usable, one sentence; NULL when usable */
	bool blank;              /* carries no signature, no table, or nothing but an unfinished restore of this set */
	bool same_identity;      /* it is the captured disk: WWN, or serial and model that are its own, or shared ones beside size and contents */
	bool claims_identity;    /* it has WWN, or serial and model, of the captured disk; many disks may have them */
	bool same_place;         /* it alone is connected where the captured disk was (by-path), and has its size, or nearly so */
	bool resumes;            /* an unfinished restore of this set made on it what the captured disk carried */
	bool is_protected;       /* it holds the recovery set or the rescue system, that is why it is not usable */
	bool is_medium;          /* so it does, and is the captured disk, by its identity or by size and contents */
	bool untold;             /* not usable because nobody can tell whether something uses it */
	bool too_small;          /* that is why it is not usable */
	char *shrinks;           /* usable, but this becomes smaller, for people; NULL when nothing does */
	bool doubtful;           /* usable, but not certain that all files fit */
};

struct disk_pair {
	char *source;            /* id of the captured disk */
	char *target;            /* id of the present disk; NULL: not restored (data only disks may be left out) */
	char *left_out;          /* it carries something and is not restored: why, one sentence; else NULL */
	bool loses;              /* files of the set lie on it that are not here: it is not left out without a person's word */
};

struct disk_map {
	struct disk_pair *pairs;
	size_t count;
	bool certain;            /* nobody has to be asked */
	bool beyond_targets;     /* targets were named, and a disk that none of them names is among the pairs */
	char *reason;            /* why it is not certain, one sentence */
};

/* Candidates for the captured disk SOURCE: every present disk, best first, with reasons for those that cannot serve (too
 * small for what is used, sectors too large, read only, busy, holds the set). PROTECTED: kernel names (NULL-ended) of disks that must not be touched.
 * */
MUST_CHECK int disk_candidates(struct context *ctx, const struct layout *captured, const struct node *source,
		    const struct layout *present, char *const *protected_disks, struct disk_candidate **ret, size_t *ret_count);
void disk_candidates_free(struct disk_candidate *candidates, size_t count);

/* How the caller has targets named, for sentences that say so. */
#define TARGET_OPTION_KERNEL "lifeboat.target="
#define TARGET_OPTION_PROGRAM "--target "

/* Proposes a whole map: by identity, then by place (by-path name and size), then where there is only one way; several TARGETS that fit several
 * captured disks alike are taken in their order. Ways that restore the same machine are one: which of two equal blank disks gets which captured
 * disk, or which of two members of an array that are alike gets which disk. A captured disk without which the system starts may be left
 * out where no disk can take it: without a doubt when the set has no files of it, or when it is here itself and holds the set.
 * An uncertain map holds the best proposal for a person, with its reason. TARGETS: NULL-ended identities that may be erased (the
 * kernel argument lifeboat.target: serial, WWN, by-path name, "model:serial", or "blank"), NULL when none was named: then the map is
 * certain only when there is exactly one way and each target is blank or is the captured disk itself. It is not certain of a disk whose
 * identity another present disk shares, unless a name that only one of them has was given. OPTION: TARGET_OPTION_*. A smaller disk comes into it only
 * where no disk of full size would do, and is certain only when all files surely fit. 0, -ENODEV or -ENOSPC with a
 * sentence when no map is possible, -EINVAL for a target that is a kernel name. */
MUST_CHECK int disk_map_propose(struct context *ctx, const struct layout *captured, const struct layout *present,
		     char *const *protected_disks, char *const *targets, const char *option, struct disk_map **ret);
/* How several saved disks get one target disk, for a person who has too few. New string. */
char *disk_map_share_words(void);
/* Builds a map from pairs a person chose; checks as strictly. PAIRS: {"disk:0":"disk:1"}. */
MUST_CHECK int disk_map_from_json(struct context *ctx, json_t *pairs, const struct layout *captured, const struct layout *present,
		       char *const *protected_disks, struct disk_map **ret);
/* Whether MAP has a pair for each disk of WANTED that carries something, and none for a disk that is not there. */
bool disk_map_is_of(const struct disk_map *map, const struct layout *wanted);
/* {"disk:0":"disk:1","disk:1":null} */
json_t *disk_map_to_json(const struct disk_map *map);
void disk_map_free(struct disk_map *map);

#endif
