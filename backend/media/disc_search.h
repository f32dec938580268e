/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set on several discs: in which drive the wanted one is, and what is in the others. */
#ifndef LIFEBOAT_MEDIA_DISC_SEARCH_H
#define LIFEBOAT_MEDIA_DISC_SEARCH_H

#include "../set/discs.h"
#include "media.h"

struct disc_search {
	char *place;             /* directory of the wanted disc, which stays mounted; NULL: it is in no drive */
	char **others;           /* for people, a sentence each: what is in the drives instead */
	char **ours;             /* device nodes of drives with other discs of the set */
};

/* Looks into all drives and removable disks for disc NUMBER of DISCS. What MEDIA has mounted and the rescue system does not use is let go of before.
 * 0, also when it is not there; -errno with a sentence. */
MUST_CHECK int disc_search(struct context *ctx, struct media *media, const struct discs *discs, uint32_t number, struct disc_search *ret);
void disc_search_done(struct disc_search *search);
/* Whether the medium that is mounted at DIRECTORY is one of several discs, which must be taken out for the others. */
bool disc_is_one_of_several(const char *directory);
/* What NAME and PLACE say of DISCS' disc NUMBER where the disc OTHER (NULL: none of a set) lies: sentence for people, a new string; NULL when it is
 * the wanted one, or out of memory. */
char *disc_refusal(const char *place, const struct discs *discs, uint32_t number, const struct discs *other);

#endif
