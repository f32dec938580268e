/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb "show": what a set is and what it holds. */
#ifndef LIFEBOAT_VERBS_SHOW_SET_H
#define LIFEBOAT_VERBS_SHOW_SET_H

#include <jansson.h>
#include <sys/types.h>
#include <time.h>

#include "../core/context.h"
#include "../layout/layout.h"
#include "../layout/tree.h"

struct shown_set;

/* Opens the set at LOCATION. 0 or -errno with a sentence. */
MUST_CHECK int shown_set_open(struct context *ctx, const char *location, struct shown_set **ret);
void shown_set_close(struct shown_set *shown);
static inline void cleanup_shown_set(struct shown_set **shown)
{
	shown_set_close(*shown);
}
#define AUTO_SHOWN_SET CLEANUP(cleanup_shown_set)

/* What a person wants to know of it first, new; NULL when out of memory:
 * {"label", "set_id", "created", "tool", "host", "os", "kernel", "architecture", "firmware", "loader": texts, "entries", "bytes", "segments",
 * "stored", "changed": numbers, "optional": [feature that this version does not know], "storage": [node], "attachments": [{"name", "kind",
 * "stored", "secret"}], "lost", "excluded": [sentence]}.
 * A node of the storage is {"type", "words", "size", "used", "kind", "label", "path", "private"}: "words" say what it is, "kind" and "label" are a
 * filesystem's, "path" (escaped) and "private" (it was not mounted; its files are below PATH) a mount's; other nodes are left out. */
json_t *shown_set_summary(const struct shown_set *shown);
/* The manifest as it is stored (docs/set-format.md), *RET_LENGTH bytes, new; NULL when out of memory. */
char *shown_set_manifest(const struct shown_set *shown, size_t *ret_length);
/* The captured storage: a model that front ends may read (layout/layout.h). Borrowed. */
const struct layout *shown_set_storage(const struct shown_set *shown);
/* An attachment's bytes, new. 0 or -errno with a sentence. */
MUST_CHECK int shown_set_attachment(struct context *ctx, struct shown_set *shown, const char *name, void **ret, size_t *ret_length);

/* One file of the set; names are bytes. */
struct shown_entry {
	const char *path, *link, *hard_link; /* target of a symbolic link; the entry that this is another name of; NULL: none */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	time_t mtime;
	uint64_t size;
	dev_t device;
	bool changed;            /* while it was read */
	const char *line;        /* as in the index; NULL where that was not asked for */
};

/* Calls VISIT for every entry that PATHS (NULL-ended; NULL: all) name or lead to, once the index was checked. VISIT gives 0 or -errno with a
 * sentence, which ends it. LINES: with the lines of the index. 0 or -errno with a sentence. */
MUST_CHECK int shown_set_each(struct context *ctx, struct shown_set *shown, char *const *paths, bool lines,
			      int (*visit)(void *data, const struct shown_entry *entry), void *data);

#endif
