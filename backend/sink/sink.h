/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a set is written: one interface for every kind of place, as set_source.h is for reading. A place is claimed for one set, gets its
 * members in any order and from several threads at once, and its manifest last: until that is there, no reader takes it for a set.
 */
#ifndef LIFEBOAT_SINK_SINK_H
#define LIFEBOAT_SINK_SINK_H

#include "../core/context.h"
#include "../core/location.h"

struct sink;
struct sink_member;

/* Claims LOCATION for one set. A place that holds anything is refused; with CLEAN the rest of an interrupted capture is removed first, unless a
 * capture is still writing there. PATIENCE: seconds for which a server that is mounted may be silent before a call fails; 0: FILE_SERVER_PATIENCE_S,
 * of S3 and SSH servers 120. 0 or -errno with a sentence. */
MUST_CHECK int sink_open(struct context *ctx, const struct location *location, bool clean, double patience, struct sink **ret);
/* Lets go of the place; what was written stays. What still waits for a server keeps it until then. NULL is ignored. */
void sink_close(struct sink *sink);
/* True when LOCATION is a directory here that holds what an interrupted capture leaves, nothing else, and no capture is writing to it now. */
bool sink_is_rest(const struct location *location);

/* Descriptor of the directory of this machine that the set lies in, borrowed; -1: it lies elsewhere. */
int sink_directory(const struct sink *sink);

/* Descriptor of the file of this machine that all of the set goes into, borrowed; -1: there is none. */
int sink_file(const struct sink *sink);
/* Whether the beginning (STREAM_BEGIN_NAME) is to be written, before the first segment. */
bool sink_begins(const struct sink *sink);

/* Members. NAME is the set's ("segments/000001.tar.zst", "index.zst"), or a table's with ".new-NUMBER" after it: that is for the capture alone and
 * unlinked before the manifest comes. All functions: 0 or -errno, and a sentence in CTX where the errno does not say it all. */

/* A new one, which is not there yet. */
MUST_CHECK int sink_begin(struct context *ctx, struct sink *sink, const char *name, struct sink_member **ret);
/* All of DATA, after what was written before. By one thread at a time. */
MUST_CHECK int sink_write(struct context *ctx, struct sink_member *member, const void *data, size_t length);
/* Nothing more comes. MEMBER is freed in any case. */
MUST_CHECK int sink_end(struct context *ctx, struct sink_member *member);
/* It is not wanted any more; what is there of it is for sink_remove(). NULL is ignored. */
void sink_drop(struct sink_member *member);
/* At most LENGTH bytes of a member that was ended, from OFFSET on, fewer only at its end. Bytes or -errno. */
MUST_CHECK ssize_t sink_read(struct context *ctx, struct sink *sink, const char *name, uint64_t offset, void *buffer, size_t length);
MUST_CHECK int sink_unlink(struct context *ctx, struct sink *sink, const char *name);

/* All members that were ended are persistent, and still there. */
MUST_CHECK int sink_sync(struct context *ctx, struct sink *sink);
/* The manifest, which makes a set of all that was written: it is there whole, and persistent, or not at all. */
MUST_CHECK int sink_publish(struct context *ctx, struct sink *sink, const void *text, size_t length);
/* Removes all that was written, the place too where sink_open() made it. Also while other threads still write: their calls fail from then on. Takes
 * seconds at most where a server does not answer. */
void sink_remove(struct sink *sink);
/* Seconds that sink_remove() may take. */
double sink_removal_time(const struct sink *sink);

#endif
