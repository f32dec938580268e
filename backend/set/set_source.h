/* Where a set lies: a table of functions for each kind of place. Only for set*.c. */
#ifndef LIFEBOAT_SET_SET_SOURCE_H
#define LIFEBOAT_SET_SET_SOURCE_H

#include "../core/context.h"

struct source_type;

struct set_source {
	const struct source_type *type;
	char *location;          /* as the person named it */
	int fd;                  /* directory: of the folder that holds the manifest */
	const char *folder;      /* image: folder of the members, "" or "lifeboat/" */
	struct archive *archive; /* image: the reader that last found a member; NULL when there is none */
	char *next;              /* image: name of the member it stands at, its data unread; NULL when none */
	uint64_t next_size;
	unsigned entries;        /* image: read since it was opened */
	pthread_mutex_t lock;    /* image: guards the reader */
};

struct source_type {
	bool random_access;
	/* The whole member NAME in a new buffer. 0; -ENOENT, -EFBIG when it is longer than LIMIT, or another -errno, without a
	 * sentence. Thread-safe. */
	int (*load)(struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
	void (*close)(struct set_source *source);
};

/* Both, with source->location set: 0, -ENOENT when no manifest is there, -errno; no sentence. */
int source_open_directory(struct set_source *source, const char *location);
int source_open_image(struct set_source *source);

#endif
