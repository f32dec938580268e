/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct content_digest {
	struct digest *digest;
	uint64_t size;
	uint64_t at;             /* bytes seen or skipped */
	bool by_block;
	bool begun;              /* the digest holds something of a file that was not finished */
	char *block;             /* by block: the one being gathered; holds zeros beyond what came */
	bool block_has_data;
};

static const char zeros[64 << 10];

bool content_is_zero(const void *data, size_t length)
{
	const char *bytes = data;

	return length == 0 || (bytes[0] == 0 && !memcmp(bytes, bytes + 1, length - 1));
}

bool content_digest_is_by_block(uint64_t size, uint64_t data)
{
	return size > data && size - data > CONTENT_HOLES;
}

int content_digest_reset(struct content_digest *digest, uint64_t size, uint64_t data)
{
	digest->by_block = content_digest_is_by_block(size, data);
	digest->size = size;
	digest->at = 0;
	digest->block_has_data = false;
	if (digest->begun) {
		char unused[DIGEST_HEX];

		digest_finish(digest->digest, unused);
		digest->begun = false;
	}
	if (digest->by_block && !digest->block)
		digest->block = malloc(CONTENT_BLOCK);
	if (digest->by_block && !digest->block)
		return -ENOMEM;
	if (digest->by_block)
		memset(digest->block, 0, CONTENT_BLOCK);
	return 0;
}

struct content_digest *content_digest_new(uint64_t size, uint64_t data)
{
	struct content_digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return NULL;
	digest->digest = digest_new();
	if (!digest->digest || content_digest_reset(digest, size, data) < 0) {
		content_digest_free(digest);
		return NULL;
	}
	return digest;
}

void content_digest_free(struct content_digest *digest)
{
	if (!digest)
		return;
	digest_free(digest->digest);
	free(digest->block);
	free(digest);
}

/* The block that holds byte digest->at - 1 is complete, or the file ends in it. */
static void end_block(struct content_digest *digest)
{
	uint64_t number = (digest->at - 1) / CONTENT_BLOCK, name = htobe64(number);
	uint64_t start = number * CONTENT_BLOCK, length = digest->size - start;

	if (!digest->block_has_data)
		return;
	if (length > CONTENT_BLOCK)
		length = CONTENT_BLOCK;
	digest_update(digest->digest, &name, sizeof(name));
	digest_update(digest->digest, digest->block, (size_t)length);
	memset(digest->block, 0, CONTENT_BLOCK);
	digest->block_has_data = false;
}

static void add_to_blocks(struct content_digest *digest, const char *data, size_t length)
{
	while (length > 0) {
		size_t within = (size_t)(digest->at % CONTENT_BLOCK), n = CONTENT_BLOCK - within;

		if (n > length)
			n = length;
		memcpy(digest->block + within, data, n);
		if (!digest->block_has_data)
			digest->block_has_data = !content_is_zero(data, n);
		digest->at += n;
		data += n;
		length -= n;
		if (digest->at % CONTENT_BLOCK == 0)
			end_block(digest);
	}
}

/* Zeros up to OFFSET. */
static void pass_over(struct content_digest *digest, uint64_t offset)
{
	if (digest->by_block) {
		if (digest->at % CONTENT_BLOCK && offset / CONTENT_BLOCK != digest->at / CONTENT_BLOCK)
			end_block(digest);
		digest->at = offset;
		return;
	}
	while (digest->at < offset) {
		uint64_t n = offset - digest->at;

		if (n > sizeof(zeros))
			n = sizeof(zeros);
		digest_update(digest->digest, zeros, (size_t)n);
		digest->at += n;
	}
}

void content_digest_update(struct content_digest *digest, uint64_t offset, const void *data, size_t length)
{
	digest->begun = true;
	if (offset > digest->at)
		pass_over(digest, offset);
	if (digest->by_block) {
		add_to_blocks(digest, data, length);
	} else {
		digest_update(digest->digest, data, length);
		digest->at += length;
	}
}

void content_digest_finish(struct content_digest *digest, char hex[DIGEST_HEX])
{
	if (digest->size > digest->at)
		pass_over(digest, digest->size);
	if (digest->by_block && digest->at % CONTENT_BLOCK)
		end_block(digest);
	digest_finish(digest->digest, hex);
	digest->begun = false;
}
