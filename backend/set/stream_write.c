/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_write.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/bytes.h"
#include "ustar.h"

const char stream_zeros[STREAM_END];

static void print_octal(char *field, size_t size, uint64_t value)
{
	for (field[size - 1] = '\0'; size-- > 1; value >>= 3)
		field[size - 1] = (char)('0' + (value & 7));
}

static void make_block(struct ustar *header, char type, const char *name, uint64_t size, int64_t mtime)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->name, name, strlen(name));
	print_octal(header->mode, sizeof(header->mode), 0600);
	print_octal(header->uid, sizeof(header->uid), 0);
	print_octal(header->gid, sizeof(header->gid), 0);
	print_octal(header->size, sizeof(header->size), size <= USTAR_MAX_11 ? size : 0);
	print_octal(header->mtime, sizeof(header->mtime), mtime > 0 && (uint64_t)mtime <= USTAR_MAX_11 ? (uint64_t)mtime : 0);
	header->type = type;
	memcpy(header->magic, "ustar", sizeof(header->magic));
	memcpy(header->version, "00", 2);
	print_octal(header->checksum, sizeof(header->checksum) - 1, ustar_sum(header));
	header->checksum[sizeof(header->checksum) - 1] = ' ';
}

int stream_header_make(const char *name, uint64_t size, int64_t mtime, char ret[STREAM_HEADERS_MAX], size_t *ret_length)
{
	AUTO_FREE char *path = NULL, *length = NULL;
	bool long_name = strlen(name) > sizeof(((struct ustar *)0)->name), large = size > USTAR_MAX_11;
	const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	struct ustar block;
	size_t used = 0;

	/* Two records of fixed width: their lengths count themselves. */
	if (strlen(name) > 400)
		return -ENAMETOOLONG;
	path = long_name ? text_format("%03zu path=%s\n", strlen(name) + 10, name) : strdup("");
	length = large ? text_format("031 size=%021" PRIu64 "\n", size) : strdup("");
	if (!path || !length)
		return -ENOMEM;
	memset(ret, 0, STREAM_HEADERS_MAX);
	if (long_name || large) {
		make_block(&block, 'x', "lifeboat.pax", strlen(path) + strlen(length), mtime);
		memcpy(ret, &block, sizeof(block));
		memcpy(ret + STREAM_BLOCK, path, strlen(path));
		memcpy(ret + STREAM_BLOCK + strlen(path), length, strlen(length));
		used = 2 * STREAM_BLOCK;
	}
	make_block(&block, '0', !long_name ? name : strlen(last) > sizeof(block.name) ? "member" : last, size, mtime);
	memcpy(ret + used, &block, sizeof(block));
	*ret_length = used + STREAM_BLOCK;
	return 0;
}
