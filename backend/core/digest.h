/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4) over streams and buffers, through libcrypto; digests are written as 64 lower-case hex digits. */
#ifndef LIFEBOAT_CORE_DIGEST_H
#define LIFEBOAT_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "macro.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX 65 /* bytes of a digest as text, with its NUL */

struct digest;

/* NULL when out of memory. */
struct digest *digest_new(void);
void digest_update(struct digest *digest, const void *data, size_t length);
/* Writes the digest of all bytes so far and starts over. */
void digest_finish(struct digest *digest, char hex[DIGEST_HEX]);
void digest_free(struct digest *digest);
void digest_print(const unsigned char bytes[DIGEST_BYTES], char hex[DIGEST_HEX]);
/* False for what is not 64 lower-case hex digits. */
bool digest_parse(const char *hex, unsigned char bytes[DIGEST_BYTES]);
/* One-shot form; 0 or -ENOMEM. */
MUST_CHECK int digest_buffer(const void *data, size_t length, char hex[DIGEST_HEX]);

static inline void cleanup_digest(struct digest **digest)
{
	digest_free(*digest);
}
#define AUTO_DIGEST CLEANUP(cleanup_digest)

#endif
