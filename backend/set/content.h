/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The digest of a file's content, the same however its holes lie. SHA-256 of all bytes, holes as zeros - what sha256sum says - but
 * for files with more than 4 GiB of holes, where nobody should wait for the hashing of zeros: there it is the SHA-256 over
 * each 1 MiB block (the last may be shorter) that is not all zeros, its number as eight big-endian bytes before it, in order.
 * docs/set-format.md, "Digest of the content".
 */
#ifndef LIFEBOAT_SET_CONTENT_H
#define LIFEBOAT_SET_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/digest.h"

#define CONTENT_BLOCK (1u << 20)
#define CONTENT_HOLES (4ull << 30)

struct content_digest;

/* SIZE: of the whole file; DATA: bytes in its data extents, both as captured (they choose the kind). NULL when out of memory. */
struct content_digest *content_digest_new(uint64_t size, uint64_t data);
/* True for a file of which the digest goes by block: the object holds CONTENT_BLOCK bytes more. */
bool content_digest_is_by_block(uint64_t size, uint64_t data);
/* Bytes at OFFSET; offsets ascend, what is left out is zeros. */
void content_digest_update(struct content_digest *digest, uint64_t offset, const void *data, size_t length);
/* The digest of SIZE bytes; the object is used up but for content_digest_free(). */
void content_digest_finish(struct content_digest *digest, char hex[DIGEST_HEX]);
void content_digest_free(struct content_digest *digest);
/* Starts over for another file; the same as a new one without its cost. 0 or -ENOMEM. */
int content_digest_reset(struct content_digest *digest, uint64_t size, uint64_t data);
/* True when LENGTH bytes are all zero. */
bool content_is_zero(const void *data, size_t length);

static inline void cleanup_content_digest(struct content_digest **digest)
{
	content_digest_free(*digest);
}
#define AUTO_CONTENT_DIGEST CLEANUP(cleanup_content_digest)

#endif
