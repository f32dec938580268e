/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any JSON as the storage of a captured machine: refused, or a layout that prints and parses again and can be laid onto a disk
 * - larger, smaller, of other sectors - as a plan, or not, with a sentence.
 */
#include <stdlib.h>
#include <string.h>

#include "../../backend/fit/fit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct layout *present_disks(size_t count, uint64_t bytes, uint32_t sector)
{
	struct layout *layout = layout_new();

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *id = text_format("disk:%zu", i);
		struct node *disk = layout_add(layout, NODE_DISK, id);

		disk->size = bytes;
		disk->device = text_format("/dev/vd%c", (char)('a' + i));
		disk->disk.name = text_format("vd%c", (char)('a' + i));
		disk->disk.serial = text_format("SERIAL%zu", i);
		disk->disk.logical_sector = disk->disk.physical_sector = sector;
	}
	return layout;
}

static void lay(struct context *ctx, struct layout *captured, uint64_t bytes, uint32_t sector)
{
	char *const targets[] = { (char *)"blank", NULL };
	AUTO_LAYOUT struct layout *present = present_disks(3, bytes, sector), *result = NULL;
	struct disk_map *map = NULL;
	int r;

	context_clear(ctx);
	r = disk_map_propose(ctx, captured, present, NULL, targets, TARGET_OPTION_KERNEL, &map);
	if (r == 0)
		r = fit_layout(ctx, captured, present, map, &result);
	if (r == 0)
		r = layout_check(ctx, result);
	else if (!*context_detail(ctx))
		abort();
	if (result && r < 0) {
		fprintf(stderr, "%s\n", context_detail(ctx));
		abort();
	}
	disk_map_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL), *printed;
	AUTO_LAYOUT struct layout *layout = NULL, *again = NULL;
	struct context ctx;
	int r;

	if (!json)
		return 0;
	context_init(&ctx);
	r = layout_from_json(&ctx, json, &layout);
	if (r < 0 && (!*context_detail(&ctx) || layout))
		abort();
	if (r == 0) {
		printed = layout_to_json(layout);
		if (layout_from_json(&ctx, printed, &again) < 0)
			abort();
		json_decref(printed);
		for (size_t i = 0; i < layout->count; i++) {
			free(node_describe(layout->nodes[i]));
			fit_minimum(layout, layout->nodes[i], 0);
		}
		lay(&ctx, layout, 100ull << 30, 512);
		lay(&ctx, layout, 8ull << 30, 4096);
		lay(&ctx, layout, 1ull << 62, 512);
	}
	json_decref(json);
	context_done(&ctx);
	return 0;
}
