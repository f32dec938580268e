/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recovery set, wherever it lies, read through one interface: its manifest, and its members as streams. Random access is a
 * property of where it lies. Nothing here trusts what it reads: lengths are bounded by the manifest, digests are checked.
 */
#ifndef LIFEBOAT_SET_SET_H
#define LIFEBOAT_SET_SET_H

#include <errno.h>

#include "../core/location.h"
#include "manifest.h"

struct set;

/* What the table of schemes (set_sources.c) says of LOCATION: 0, or -EOPNOTSUPP with a sentence that names the kind of place. Whether media/ may
 * find sets there to restore a machine from, and whether a capture may write there. */
int set_check_media(struct context *ctx, const struct location *location);
int set_check_output(struct context *ctx, const struct location *location);

/* PLACE, as location_parse() takes it: a directory, here or on a server of HTTP, HTTPS, NFS or SMB (which holds lifeboat.json, or a folder
 * "lifeboat" that does), an .iso file, "tape:DRIVE", or "-", a tar of the members in their order on standard input. Reads and checks the manifest and
 * the table of segments. 0, or -errno with a sentence that names the place. */
int set_open(struct context *ctx, const char *place, struct set **ret);
/* The same for who wants each segment once at most, or none: a stream as captured that comes through a pipe has passed when it is open, see
 * set_has_passed(). */
int set_open_passing(struct context *ctx, const char *place, struct set **ret);
/* The same for who takes what comes: a stream as captured that comes through a pipe is open at its beginning, which is its manifest - totals are a
 * guess, and it has no segments - until set_arrive(); see set_is_arriving(). */
int set_open_arriving(struct context *ctx, const char *place, struct set **ret);
void set_close(struct set *set);
static inline void cleanup_set(struct set **set)
{
	set_close(*set);
}
#define AUTO_SET CLEANUP(cleanup_set)

/* A medium that gives no answer to a read for so many seconds counts as away. 0, the default: it is waited for, until the context is cancelled.
 * SERVER_SECONDS: the same of a server that is not mounted; 0: two minutes, as by default. */
void set_be_patient(struct set *set, double seconds, double server_seconds);

const struct manifest *set_manifest(const struct set *set);
/* The place for set_open(). Not for people: it may hold a password. */
const char *set_location(const struct set *set);
/* The same for people. */
const char *set_place(const struct set *set);
/* Going from one member to another and back costs nothing; otherwise the reader goes forward only, and starts over to go back. */
bool set_is_random_access(const struct set *set);
/* How many segments are best loaded at a time: 1, or a few where each waits for a network. */
unsigned set_readers(const struct set *set);
/* Members pass once, in the order of the manifest's table, and are asked for by one thread at a time: each segment can be loaded once, and
 * none before the one that was loaded last. The index can be read at any time. */
bool set_is_stream(const struct set *set);
/* It lies on tapes, which were read to their end when it was opened, and are rewound for its segments: these are best loaded in their order. */
bool set_is_on_tape(const struct set *set);
/* Nothing is being loaded from it: its tape drive, if it has one, may be opened by others, until something is. */
void set_let_go(struct set *set);
/* The path that LOCATION, as set_location() gives it, has in the tree of files here, where it has one: that of standard input, too. Borrowed. */
const char *set_file_path(const char *location);
/* When nothing more of SET is wanted: a stream is read to its end, so that who writes it is not told that it was not wanted; what lies behind its end
 * is a warning. 0, also for what is no stream; -errno with a sentence. */
MUST_CHECK int set_read_to_end(struct context *ctx, struct set *set);
/* Its segments and attachments have passed: they can be checked by what is known of them, and, but on tape, not loaded any more. */
bool set_has_passed(const struct set *set);
/* What is in it is not known yet: neither index nor segments can be asked for, but by set_next_segment(). */
bool set_is_arriving(const struct set *set);
/* It was such a one, until set_arrive(). */
bool set_has_arrived(const struct set *set);
/* Of such a one, the next segment that comes: 1 with its number and, where it may be one of files, its SIZE bytes in a new buffer, else NULL, and it
 * can be loaded later. 0: nothing more comes. -EBADMSG with a sentence: what came next is damaged, or the stream is cut off; who calls again gets
 * what follows. Other -errno with one. */
MUST_CHECK int set_next_segment(struct context *ctx, struct set *set, uint32_t *ret_number, void **ret, size_t *ret_size);
/* Has the segment that came last, the SIZE bytes DATA, kept, so that it can be loaded later. 0 or -errno with a sentence. */
MUST_CHECK int set_segment_keep(struct context *ctx, struct set *set, uint32_t number, const void *data, size_t size);
/* All has come: from now on it is a set like any other that has passed, and the manifest is another object; the one before stays as long as the set.
 * 0; -EBADMSG with a sentence when its end did not come, or does not belong to its beginning; other -errno with one. */
MUST_CHECK int set_arrive(struct context *ctx, struct set *set);
/* Whether SEGMENT, or ATTACHMENT, of a set that has passed was what the manifest says. 0; -EBADMSG with a sentence. */
MUST_CHECK int set_segment_check(struct context *ctx, struct set *set, const struct segment *segment);
MUST_CHECK int set_attachment_check(struct context *ctx, struct set *set, const struct attachment *attachment);
/* A set on several discs, such as discs: its members are read in the order of the discs, by one thread at a time. NULL: it is on one. */
struct discs;
const struct discs *set_discs(const struct set *set);
/* What is called when the volume NUMBER is wanted and not where the one before was: gives the directory or the image that it lies at now, a new
 * string, once it is there. 0; -errno with a sentence in CTX ends the reading. Nothing of the set is open meanwhile. By any thread. */
typedef int set_ask_disc(void *data, struct context *ctx, const struct discs *discs, uint32_t number, char **ret_place);
/* Without one a volume that is not there is -ENOMEDIUM. */
void set_ask_for_discs(struct set *set, set_ask_disc *ask, void *data);
/* Where it lies now: as set_location(), but of a set on several discs where the one that is open lies; NULL: none is. Borrowed, until it is read
 * from. */
const char *set_present_location(const struct set *set);
/* Whether the set is a directory, and DIRECTORY is open on that very one. */
bool set_is_directory(const struct set *set, int directory);

/* Whether ERROR (-errno), that reading a set's members ended with, lies in the set (-EBADMSG) or in what it is read from (-EIO, whatever the
 * kernel calls it): other members need not have it. -ENOMEDIUM: all of the set is away. All else - no memory, a cancel - has nothing to do
 * with the set. */
static inline bool set_error_is_damage(int error)
{
	return error == -EBADMSG || error == -EIO;
}
/* Damage, or the set is away: with its medium in its place, reading may continue. */
static inline bool set_error_is_of_set(int error)
{
	return set_error_is_damage(error) || error == -ENOMEDIUM;
}

/* Whether SET is still where it was opened: the ends of its manifest are read from the medium itself, past what memory holds. 0, also for a stream;
 * -ENOMEDIUM with a sentence when it cannot be reached, or another set lies there now; -errno with a sentence when it cannot be known. */
int set_look(struct context *ctx, struct set *set);
/* The same of all of the manifest, the table, the index, and some segments evenly spread. As set_look(), and what set_segment_load() says of what
 * cannot be read. */
int set_look_closely(struct context *ctx, struct set *set);
/* A digest over sizes and times of all members' files (on a server: of some), as they are found now: another one, and what was read of the set need
 * not be what is there. It is the same where the same medium is mounted again. 0 or -errno with a sentence. Not for a stream. */
int set_stamp(struct context *ctx, struct set *set, char ret[DIGEST_HEX]);

/* Reads a whole segment into memory and checks length and digest before anything is handed out: *RET is a new buffer of
 * segment->stored bytes. Thread-safe. -EBADMSG names the segment and what is wrong with it (missing, short, long, digest); -EIO: it cannot
 * be read. */
int set_segment_load(struct context *ctx, struct set *set, const struct segment *segment, void **ret);
/* The same of an attachment. Of a stream they pass in the order of the manifest, before the first segment is loaded. */
int set_attachment_load(struct context *ctx, struct set *set, const struct attachment *attachment, void **ret);
/* Loads all of them, and keeps them in memory where they pass once, so that each can be loaded at any time. 0 or -errno with a sentence. */
MUST_CHECK int set_keep_attachments(struct context *ctx, struct set *set);
/* All of the set's file NAME ("lifeboat.json", "index.zst"), not checked; of no stream. -ENOENT without a sentence: there is none; -EFBIG: it is longer than
 * LIMIT; other -errno with one. */
int set_file_load(struct context *ctx, struct set *set, const char *name, uint64_t limit, void **ret, size_t *ret_length);
struct lines_member;
/* At most LENGTH compressed bytes of MEMBER from OFFSET on, not checked: lines.h does that. Bytes, fewer only at its end; -errno with a
 * sentence. */
int set_member_read(struct context *ctx, struct set *set, const struct lines_member *member, uint64_t offset, void *buffer, size_t length);

#endif
