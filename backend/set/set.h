/* A recovery set, wherever it lies, read through one interface: its manifest, and its members as streams. Random access is a
 * property of where it lies. Nothing here trusts what it reads: lengths are bounded by the manifest, digests are checked.
 */
#ifndef LIFEBOAT_SET_SET_H
#define LIFEBOAT_SET_SET_H

#include <errno.h>

#include "manifest.h"

struct set;

/* Whether LOCATION is written as an address that this version neither reads from nor writes to: of a network, a tape, a stream ("-"), or with a
 * scheme ("x://..."). */
bool set_is_address(const char *location);
/* LOCATION: a directory (which holds lifeboat.json, or a folder "lifeboat" that does), or an .iso file. Reads and checks the
 * manifest. 0, or -errno with a sentence that names the location. */
int set_open(struct context *ctx, const char *location, struct set **ret);
void set_close(struct set *set);
static inline void cleanup_set(struct set **set)
{
	set_close(*set);
}
#define AUTO_SET CLEANUP(cleanup_set)

const struct manifest *set_manifest(const struct set *set);
const char *set_location(const struct set *set);
/* Going from one member to another and back costs nothing; otherwise the reader goes forward only, and begins anew to go back. */
bool set_is_random_access(const struct set *set);

/* Whether ERROR (-errno), that reading a set's members ended with, lies in the set (-EBADMSG) or in what it is read from (-EIO, whatever the
 * kernel calls it): other members need not have it. All else - no memory, a cancel - has nothing to do with the set. */
static inline bool set_error_is_damage(int error)
{
	return error == -EBADMSG || error == -EIO;
}

/* Reads a whole segment into memory and checks length and digest before anything is handed out: *RET is a new buffer of
 * segment->stored bytes. Thread-safe. -EBADMSG names the segment and what is wrong with it (missing, short, long, digest); -EIO: it cannot
 * be read. */
int set_segment_load(struct context *ctx, struct set *set, const struct segment *segment, void **ret);
/* At most LENGTH compressed bytes of index.zst from OFFSET on, not checked: index.h does that. Bytes, fewer only at its end; -errno with a
 * sentence. */
int set_index_read(struct context *ctx, struct set *set, uint64_t offset, void *buffer, size_t length);

#endif
