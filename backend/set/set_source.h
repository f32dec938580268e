/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set's members as its place gives them: by name where access is random, one after the other where it is not. Only for set*.c. */
#ifndef LIFEBOAT_SET_SET_SOURCE_H
#define LIFEBOAT_SET_SET_SOURCE_H

#include <errno.h>

#include "../core/context.h"
#include "../core/digest.h"
#include "../core/location.h"

struct source_type;
struct passed;
struct spread;
struct passed_stream;
struct pipe;
struct remote;
struct stream_reader;
struct stream_table;
struct tape;
struct window;

#define MEMBER_SIZE_UNKNOWN UINT64_MAX

/* What its place says of a member now. */
struct member_state {
	uint64_t size;           /* bytes; MEMBER_SIZE_UNKNOWN where it does not say */
	char version[DIGEST_HEX]; /* made of the time it was written at or the like; another one: it is another file */
	struct timespec changed;  /* anything of it, its name and owner too; 0: its place does not say */
};

struct set_source {
	/* Set last when it is opened. Atomic: source_stop() may come while a call that was given up still opens it. */
	const struct source_type *_Atomic type;
	int fd;                  /* directory: of the folder that holds the manifest; stream in a file: that */
	char *path;              /* image, stream in a file: its file */
	int above;               /* the same, on a server: the directory that PATH goes through, open; else -1 */
	struct stream_table *table; /* stream in a file: where its members lie */
	char *folder;            /* forward, server: of the members, "" or with a '/' at its end */
	struct remote *remote;   /* server: that it lies on */
	struct window *window;   /* server: of the member that is read piece by piece; guarded by the lock */
	struct pipe *pipe;       /* stream: that it comes through */
	struct passed_stream *passed; /* stream that has passed, through a pipe or on tape: what was kept of it; NULL */
	struct tape *tape;       /* that it lies on; NULL */
	void (*let_go)(struct tape *tape); /* of its drive, which one program opens at a time; who loads from it opens it again */
	void (*tape_is_whole)(struct tape *tape); /* told when the end of the stream was read: no tape is asked for to see what follows it */
	bool in_place;           /* it says more to a person than an error: asked in the caller's own thread and context */
	struct spread *spread;   /* on several discs (set_discs.h); NULL */
	bool passes;             /* such a one is wanted, set before it is opened */
	bool arrives;            /* the same, and what comes through a pipe is taken as it comes: it is open at its beginning */
	uint64_t behind;         /* the same: bytes behind its end, from the first that is not zero */
	struct archive *archive; /* forward: the reader; NULL when none is open */
	char *next;              /* forward: name of the member it stands at; NULL when none */
	uint64_t next_size;
	uint64_t next_at;        /* so many bytes of its data were read */
	unsigned entries;        /* forward: read since it was opened */
	pthread_mutex_t lock;    /* forward: guards the reader */
	atomic_uint holders;
	double patience;         /* seconds that one answer may take; 0: no limit */
};

/* A member is there and is no regular file. It was not opened. */
#define SOURCE_NO_FILE (-EISNAM)

/* Either LOAD and READ, or NEXT and DATA. All errors are -errno; CTX, of the call alone, has a sentence where the errno does not say it all. */
struct source_type {
	/* Random access. Thread-safe. */
	int (*load)(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
	int (*read)(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length);
	/* Forward: stands the source at the next regular file, of which source->next and next_size tell. 1; 0 at the end; -errno. */
	int (*next)(struct set_source *source);
	/* At most LENGTH bytes of that file, from where the call before ended; 0 at its end. */
	ssize_t (*data)(struct set_source *source, void *buffer, size_t length);
	/* The open file that NAME's bytes lie in, a regular one: the member, or the image of all. Descriptor. NULL: they lie in none here. */
	int (*open)(struct set_source *source, const char *name);
	/* Where in that file NAME lies, in bytes; -ENOENT. NULL: the file is the member, or the image of all. */
	int (*stretch)(struct set_source *source, const char *name, uint64_t *ret_offset, uint64_t *ret_size);
	/* What the server says of NAME, with both ends of it read when TOUCH; where there is no OPEN. NULL: a stream. */
	int (*look)(struct context *ctx, struct set_source *source, const char *name, bool touch, struct member_state *ret);
	/* Before the first member again. NULL: a stream, which passes once. */
	int (*rewind)(struct set_source *source);
	/* Reads what is left of a stream; *RET_BEHIND: bytes behind its end, from the first that is not zero. NULL: it is none. */
	int (*drain)(struct set_source *source, uint64_t *ret_behind);
	/* Ends what is being asked of it, from another thread; NULL: nothing can. */
	void (*stop)(struct set_source *source);
	void (*close)(struct set_source *source);
	unsigned readers;        /* members that are best loaded at a time; 0: one */
	bool patient;            /* it knows by itself when its place is away: an answer that comes slowly is one */
};

/* One that source_open() fills, with one holder; NULL when out of memory. */
struct set_source *source_new(void);
/* Lets go of it; the last holder's call closes and frees it. NULL is ignored. */
void source_release(struct set_source *source);
/* What is still asked of it for somebody who has given up ends soon. */
void source_stop(struct set_source *source);

/* Opens what the table of schemes has for LOCATION: 0; -ENOENT when no manifest is there; -errno. A sentence only where the place is refused. */
int source_open(struct context *ctx, const struct location *location, struct set_source *source);
int source_open_directory(struct set_source *source, const char *path);
int source_open_mounted(struct context *ctx, const struct location *location, struct set_source *source);
int source_open_image(struct set_source *source, const char *path);
/* An image or a stream, whichever PATH is; PLACE is its name for people. */
int source_open_file(struct context *ctx, struct set_source *source, const char *path, const char *place);
int source_open_server(struct context *ctx, const struct location *location, struct set_source *source);
/* Whether PATH begins as a stream does. */
bool source_file_is_stream(const char *path);
int source_open_stream_file(struct context *ctx, struct set_source *source, const char *path, const char *place);
/* FD is borrowed: a stream that is read once. -EILSEQ: it is no tar; -ESPIPE: it is one as captured, which tells too late what is in it, and SOURCE
 * does not say that it may pass. */
int source_open_stream(struct context *ctx, struct set_source *source, int fd);
/* Lets all of a stream pass, which PLACE names and whose first member, NAME of SIZE bytes, READER stands in. */
int source_pass_stream(struct context *ctx, struct set_source *source, struct stream_reader *reader, const char *place, const char *name,
		       uint64_t size);
/* The same, but only its beginning and the attachments that this names are taken; READER, which CLOSE_PIPE ends with its source, is read on by
 * source_arrive(). */
int source_begin_arriving(struct context *ctx, struct set_source *source, struct stream_reader *reader, void (*close_pipe)(struct set_source *source),
			  const char *name, uint64_t size);
/* The next segment that comes, whose length may be up to 4 GiB: 1 with its number and, where it may be one of files, its SIZE bytes in a new buffer,
 * else NULL, and it is kept. 0: the stream has ended. -EBADMSG: what came next was damaged; who calls again gets what follows. Other -errno, with a
 * sentence where the errno does not say it all. One thread at a time. */
int source_arrive(struct context *ctx, struct set_source *source, uint32_t *ret_number, void **ret, size_t *ret_size);
/* Keeps the SIZE bytes DATA of the segment NUMBER, which came last. 0 or -errno. */
int source_keep(struct set_source *source, uint32_t number, const void *data, size_t size);
/* What it is then: members that are no segments are there, of others -ESPIPE. */
extern const struct source_type source_passed_type;
/* What passed of the member NAME, or NULL and NUMBER of the segment, borrowed; NULL: nothing. */
struct passed *source_passed(struct set_source *source, const char *name, uint32_t number);
/* On a tape: all bytes of an attachment or a segment that was kept when it passed, because it comes too late to be waited for. */
int source_load_kept(struct set_source *source, const struct passed *passed, void **ret);
int source_open_tape(struct context *ctx, const struct location *location, struct set_source *source);
/* Of a stream that has passed: length and digest of the member NAME, or NULL and NUMBER of the segment. 0; -ENOENT. */
int source_find_passed(struct set_source *source, const char *name, uint32_t number, uint64_t *ret_size, char sha256[DIGEST_HEX]);
/* Also after source_open() failed. */
void source_close(struct set_source *source);

/* The whole member NAME in a new buffer. 0; -ENOENT, -EFBIG when it is longer than LIMIT, or another -errno, with a sentence as types do.
 * Thread-safe. */
int source_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
/* At most LENGTH bytes of the member NAME from OFFSET on, fewer only at its end: bytes, or -errno as above. Quick for who asks for one
 * piece after the other. Thread-safe. */
int source_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length);
/* Going from one member to another and back costs nothing. */
static inline bool source_is_random_access(const struct set_source *source)
{
	return source->type->load && !source->passed && !source->spread;
}
/* Members pass once, in their order. */
static inline bool source_is_stream(const struct set_source *source)
{
	return (source->passed && !source->tape) || (!source->tape && !source->type->load && !source->type->rewind);
}

/* Of what NAME lies in, and of no stream (set_look.c); 0 or -errno as above. What it is now: */
int source_look(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret);
/* That, and whether its first and last block can be read from where it lies, past what memory holds. */
int source_touch(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret);
/* The digest of all its bytes - no more than about LIMIT -, read in that way. */
int source_digest(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX]);
/* Of all members of a set of so many segments (of an image: 0; of a server some, evenly spread): a digest over what source_look() says of them; what
 * is missing counts as that. */
int source_stamp(struct context *ctx, struct set_source *source, size_t segments, char hex[DIGEST_HEX]);

/* All these, asked in a way that can be given up (set_patient.c): -ECANCELED when CTX is cancelled, -ETIMEDOUT when the source's patience is at its
 * end; what then still waits for the kernel holds the source. A sentence comes into CTX where the source made one. */
int patient_open(struct context *ctx, struct set_source *source, const char *place);
int patient_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
int patient_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length);
int patient_look(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret);
int patient_touch(struct context *ctx, struct set_source *source, const char *name, struct member_state *ret);
int patient_stamp(struct context *ctx, struct set_source *source, size_t segments, char hex[DIGEST_HEX]);
int patient_digest(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, char hex[DIGEST_HEX]);
int patient_arrive(struct context *ctx, struct set_source *source, uint32_t *ret_number, void **ret, size_t *ret_size);
/* Of a stream, when nothing more of it is wanted: reads it to its end, so that who writes it can end. */
int patient_drain(struct context *ctx, struct set_source *source, uint64_t *ret_behind);

/* The same for those that go forward (set_forward.c): members by name, taken in the order they lie in at the cost of one pass. */
int forward_load(struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length);
int forward_read(struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length);
/* Stands SOURCE at the member PATH. 0, -ENOENT, -errno. */
int forward_find(struct set_source *source, const char *path);
void forward_forget(struct set_source *source);

#endif
