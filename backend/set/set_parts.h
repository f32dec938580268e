/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an open set is, for the files that open and read it. Only for set.c and set_open.c. */
#ifndef LIFEBOAT_SET_SET_PARTS_H
#define LIFEBOAT_SET_SET_PARTS_H

#include "set.h"
#include "set_source.h"

struct set {
	struct set_source *source;
	struct manifest *manifest;
	char *location;          /* for set_open() */
	char *place;             /* for people */
	int index_fd;            /* of a stream: the index, in memory; -1 */
	struct member_state file; /* what the manifest lies in, when it was opened; not of a stream */
	char file_sha256[DIGEST_HEX]; /* of the manifest's bytes */
};

#endif
