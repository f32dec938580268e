/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a map of used blocks from a program: what is taken covers a device from its start on, and names nothing behind it. */
#include <stdint.h>
#include <stdlib.h>

#include "../../backend/core/macro.h"
#include "../../backend/storage/domain_log.h"
#include "text.h"

#define SIZE (1ull << 30)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = fuzz_text(data, size);
	struct block_map map = { 0 };
	uint64_t start, length;

	if (domain_log_read(text, SIZE, &map) < 0)
		return 0;
	if (map.unit * map.count > SIZE || map.unit < 512)
		abort();
	for (uint64_t at = 0; block_map_run(&map, at, SIZE, &start, &length); at = start + length)
		if (start < at || !length || length > SIZE - start)
			abort();
	block_map_done(&map);
	return 0;
}
