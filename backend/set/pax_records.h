/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a pax extended header, "LENGTH KEYWORD=VALUE\n", strict: each keyword known, none twice. Only for pax_read.c. */
#ifndef LIFEBOAT_SET_PAX_RECORDS_H
#define LIFEBOAT_SET_PAX_RECORDS_H

#include "pax.h"

enum record {
	RECORD_PATH,
	RECORD_LINKPATH,
	RECORD_SIZE,
	RECORD_UID,
	RECORD_GID,
	RECORD_MTIME,
	RECORD_ACL_ACCESS,
	RECORD_ACL_DEFAULT,
	RECORD_SPARSE_MAJOR,
	RECORD_SPARSE_MINOR,
	RECORD_SPARSE_NAME,
	RECORD_SPARSE_SIZE,
	RECORD_FLAGS,
	RECORD_HINTS,
	RECORD_TYPE,
	RECORD_PIECE_OF,
	RECORD_PIECE_OFFSET,
	RECORD_WHOLE_SIZE,
	RECORD_RECIPE,
	RECORD_COUNT,
};

struct pax_records {
	bool has[RECORD_COUNT];
	char *path, *linkpath, *sparse_name, *piece_of;
	uint64_t size, sparse_size, piece_offset, whole_size;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
	unsigned long flags;
	struct hints hints;
	struct pax_xattr *xattrs; /* sorted by name */
	size_t xattr_count, xattr_capacity;
};

/* Parses LENGTH bytes (a NUL follows them) into the empty RECORDS. 0, -EBADMSG or -ENOMEM. */
int pax_records_parse(const char *text, size_t length, struct pax_records *records);
void pax_records_done(struct pax_records *records);

#endif
