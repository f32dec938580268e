/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recovery set that rides on rescue media.
 */
#ifndef LIFEBOAT_IMAGE_ISO_SET_H
#define LIFEBOAT_IMAGE_ISO_SET_H

#include "../set/set.h"
#include "grafts.h"

struct iso_set {
	struct set *set;         /* NULL: none */
	char *directory;         /* that holds lifeboat.json; NULL: none here does, until it is copied */
};

/* Opens the set at LOCATION, anything but a stream. 0 or -errno with a sentence. */
int iso_set_open(struct context *ctx, const char *location, struct iso_set *ret);
void iso_set_done(struct iso_set *set);
/* Puts the members the manifest names below /lifeboat, in the order a one-pass reader wants; one that is missing or has
 * another length is -EBADMSG. What lies in no directory here is copied below the directory WORK first. 0 or -errno with a sentence. */
int iso_set_add(struct context *ctx, struct iso_set *set, const char *work, struct grafts *grafts);
/* Its parts, for a set on several discs: what lies in no directory here is copied below WORK. 0 or -errno with a sentence. */
MUST_CHECK int iso_set_fetch(struct context *ctx, struct iso_set *set, const char *work);
/* Manifest and table of segments; attachments and index; the segments from FIRST on. As iso_set_add(). */
MUST_CHECK int iso_set_add_manifest(struct context *ctx, const struct iso_set *set, struct grafts *grafts);
MUST_CHECK int iso_set_add_index(struct context *ctx, const struct iso_set *set, struct grafts *grafts);
MUST_CHECK int iso_set_add_segments(struct context *ctx, const struct iso_set *set, size_t first, size_t count, struct grafts *grafts);
/* Bytes of all members. */
uint64_t iso_set_bytes(const struct iso_set *set);
/* Reads the set back out of the finished image IMAGE and compares every checksum. 0 or -errno with a sentence. */
int iso_set_check(struct context *ctx, const struct iso_set *set, const char *image);

#endif
