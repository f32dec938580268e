/* Where a set lies: a table of functions for each kind of place. Only for set*.c. */
#ifndef LIFEBOAT_SET_SET_SOURCE_H
#define LIFEBOAT_SET_SET_SOURCE_H

#include <errno.h>

#include "../core/context.h"

struct source_type;

struct set_source {
	const struct source_type *type;
	char *location;          /* as the person named it */
	int fd;                  /* directory: of the folder that holds the manifest */
	const char *folder;      /* image: folder of the members, "" or "lifeboat/" */
	struct archive *archive; /* image: the reader that last found a member; NULL when there is none */
	char *next;              /* image: name of the member it stands at; NULL when none */
	uint64_t next_size;
	uint64_t next_at;        /* so many bytes of its data were read */
	unsigned entries;        /* image: read since it was opened */
	pthread_mutex_t lock;    /* image: guards the reader */
};

/* A member is there and is no regular file. It was not opened. */
#define SOURCE_NO_FILE (-EISNAM)

struct source_type {
	bool random_access;      /* going from one member to another and back costs nothing */
	/* The whole member NAME in a new buffer. 0; -ENOENT, -EFBIG when it is longer than LIMIT, or another -errno, without a
	 * sentence. Thread-safe. */
	int (*load)(struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
	/* At most LENGTH bytes of the member NAME from OFFSET on, fewer only at its end: bytes, or -errno as above. Quick for who asks for one
	 * piece after the other. Thread-safe. */
	int (*read)(struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length);
	void (*close)(struct set_source *source);
};

/* Both, with source->location set: 0, -ENOENT when no manifest is there, -errno; no sentence. */
int source_open_directory(struct set_source *source, const char *location);
int source_open_image(struct set_source *source);

#endif
