/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the contents of the boot archive are made of; for its writer only. */
#ifndef LIFEBOAT_IMAGE_CONTENTS_ENTRY_H
#define LIFEBOAT_IMAGE_CONTENTS_ENTRY_H

#include "contents.h"

struct contents_entry {
	char *path;              /* in the archive, absolute */
	mode_t type;             /* S_IFDIR, S_IFLNK, S_IFREG or S_IFCHR */
	mode_t mode;             /* permissions */
	dev_t device;
	bool is_text;            /* data is the content of the file */
	char *data;              /* else: target of a link, or the file of the machine to read */
};

/* Calls EACH for every entry, parents first, until it gives something else than 0; that is the result. */
int contents_walk(const struct contents *contents, int (*each)(void *data, const struct contents_entry *entry), void *data);

#endif
