/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of place gives for writing. Only for sink*.c and the types, one file each. */
#ifndef LIFEBOAT_SINK_SINK_TYPE_H
#define LIFEBOAT_SINK_SINK_TYPE_H

#include "../remote/file_server.h"
#include "sink.h"

struct directory;

struct sink {
	const struct sink_type *type;
	const struct sink_type *inner; /* patient: the type that carries it out */
	struct file_server server; /* patient */
	atomic_uint holders;
	char *place;             /* for people, without a password */
	atomic_bool removed;     /* sink_remove() has begun: BEGIN, WRITE and END are not called any more */
	struct directory *directory; /* directory, mounted */
	void *state;             /* all others: of the type */
};

/* One that is being written, by one thread. */
struct sink_member {
	struct sink *sink;       /* held */
	atomic_uint holders;
	char *name;
	int fd;                  /* directory, mounted; -1 */
	uint64_t written;        /* mounted: bytes */
	void *state;             /* all others: of the type */
};

/* As sink.h says of the functions of the same names; CTX is of the call alone. All but OPEN are thread-safe, a member's calls for different
 * members. */
struct sink_type {
	bool begins;             /* it takes the beginning of a stream, before all segments */
	bool on_server;          /* removing may take seconds, and an error may mean that the server is away */
	/* Claims the place; SINK has its PLACE, and TYPE is set by whoever called. What it made is removed when it fails, and CLOSE is called. */
	int (*open)(struct context *ctx, const struct location *location, bool clean, struct sink *sink);
	int (*begin)(struct context *ctx, struct sink_member *member);
	int (*write)(struct context *ctx, struct sink_member *member, const void *data, size_t length);
	/* Whether it succeeds or not, DROP is called afterwards. */
	int (*end)(struct context *ctx, struct sink_member *member);
	/* Releases what BEGIN took; also after it failed. */
	void (*drop)(struct sink_member *member);
	ssize_t (*read)(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length);
	int (*unlink)(struct context *ctx, struct sink *sink, const char *name);
	int (*sync)(struct context *ctx, struct sink *sink);
	int (*publish)(struct context *ctx, struct sink *sink, const void *text, size_t length);
	void (*remove)(struct sink *sink);
	void (*close)(struct sink *sink); /* also of one that OPEN left half done */
};

extern const struct sink_type sink_directory_type, sink_mounted_type, sink_s3_type, sink_sftp_type, sink_patient_type, sink_stream_type;

#endif
