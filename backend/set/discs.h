/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that is spread over several discs: the file that each of them has beside the manifest, docs/set-format.md, "On several discs". It says which
 * disc this is, and where each segment lies.
 */
#ifndef LIFEBOAT_SET_DISCS_H
#define LIFEBOAT_SET_DISCS_H

#include <stdint.h>

#include "../core/context.h"
#include "../core/digest.h"

#define VOLUME_NAME "lifeboat.volume"
#define DISCS_LIMIT 999        /* of a set */
#define VOLUME_FILE_LIMIT (1u << 20)

struct disc {
	char *label;             /* of its filesystem */
	uint32_t first, count;   /* segments on it: numbers from first on; none: count is 0 */
};

struct discs {
	char *set_id;
	char sha256[DIGEST_HEX]; /* the manifest's closing digest */
	uint32_t number;         /* which of them this is, from 1 */
	uint32_t count;
	struct disc *list;     /* COUNT of them */
};

/* Parses LENGTH bytes; strict. 0, -EBADMSG, -ENOMEM. */
MUST_CHECK int discs_parse(const char *text, size_t length, struct discs **ret);
/* The file's text for VOLUMES with its number. New string; NULL when out of memory. */
char *discs_print(const struct discs *discs);
void discs_free(struct discs *discs);
static inline void cleanup_discs(struct discs **discs)
{
	discs_free(*discs);
}
#define AUTO_DISCS CLEANUP(cleanup_discs)

/* The volume, from 1, that the segment SEGMENT lies on; 0: on none. */
uint32_t discs_find(const struct discs *discs, uint32_t segment);
/* Segments of all. */
uint32_t discs_segments(const struct discs *discs);
/* Whether OTHER is of the same set, spread in the same way. */
bool discs_match(const struct discs *discs, const struct discs *other);
/* "disc 2 of 3 (LIFEBOAT_0A1B2C3D_2)". New string; NULL when out of memory. */
char *discs_describe(const struct discs *discs, uint32_t number);
/* What the directory or the image PLACE, or its folder "lifeboat", is a volume of. 0; -ENOENT: it is none, or there is nothing; -errno. */
MUST_CHECK int discs_read(const char *place, struct discs **ret);

#endif
