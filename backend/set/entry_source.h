/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries in order, each with its content, from wherever they come: what puts them onto a tree knows no more of a set than this. Segments are
 * the one kind today (segment_reader.h); foreign archives will be others.
 */
#ifndef LIFEBOAT_SET_ENTRY_SOURCE_H
#define LIFEBOAT_SET_ENTRY_SOURCE_H

#include "pax.h"

/* One row a kind of source; SOURCE is its own. */
struct entry_source_type {
	int (*next)(struct context *ctx, void *source, struct pax_entry *entry);
	ssize_t (*data)(struct context *ctx, void *source, const void **ret);
	int (*damaged)(struct context *ctx, const void *source, const char *what);
	void (*close)(void *source);
};

/* By value; of one thread. Empty: no source. */
struct entry_source {
	const struct entry_source_type *type;
	void *source;
};

/* The next entry into *ENTRY, as pax_read(): 1, 0 at the end, -errno with a sentence. */
static inline int entry_next(struct context *ctx, const struct entry_source *from, struct pax_entry *entry)
{
	return from->type->next(ctx, from->source, entry);
}

/* The entry's data in order, as pax_read_data(). */
static inline ssize_t entry_data(struct context *ctx, const struct entry_source *from, const void **ret)
{
	return from->type->data(ctx, from->source, ret);
}

/* WHAT is wrong with the present entry, kept as the context's sentence: returns -EBADMSG. */
static inline int entry_damaged(struct context *ctx, const struct entry_source *from, const char *what)
{
	return from->type->damaged(ctx, from->source, what);
}

static inline void entry_source_close(struct entry_source *from)
{
	if (from->type)
		from->type->close(from->source);
	*from = (struct entry_source){ 0 };
}

#endif
