/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes on a disk, as a list of (sector, count, bytes): the probe says what it carries, and what it says is a layout that
 * prints, parses again and can be laid onto the same machine.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/fit/fit.h"
#include "../../backend/probe/probe.h"
#include "../unit/machine.h"

#define DISK "/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda"
#define SECTOR 512
#define SECTORS (512ull << 11) /* 512 MiB, sparse */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *root;

static void remove_machine(void)
{
	machine_remove(root);
}

static int open_disk(void)
{
	AUTO_FREE char *path = NULL;

	if (!root) {
		root = machine_make(NULL);
		atexit(remove_machine);
		machine_write(root, DISK "/size", "1048576\n", 8);
		machine_write(root, DISK "/queue/logical_block_size", "512\n", 4);
		machine_write(root, DISK "/serial", "FUZZ", 4);
		machine_write(root, "/proc/self/mountinfo", "", 0);
		machine_write(root, "/proc/swaps", "", 0);
		machine_write(root, "/dev/vda", "", 0);
		AUTO_FREE char *link = text_format("%s/sys/block", root);
		AUTO_FREE char *vda = text_format("%s/sys/block/vda", root);
		if (make_directories(link, 0755) || symlink("../devices/pci0000:00/0000:00:04.0/virtio1/block/vda", vda))
			abort();
	}
	path = text_format("%s/dev/vda", root);
	return open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
}

static void write_disk(int fd, const uint8_t *data, size_t size)
{
	/* Sector: 3 bytes, little endian, above the middle counted from the end; count: 1 byte. */
	while (size > 4) {
		uint64_t sector = data[0] | data[1] << 8 | (uint64_t)data[2] << 16;
		size_t length = (size_t)data[3] * SECTOR;

		data += 4;
		size -= 4;
		if (length > size)
			length = size;
		if (sector >= 1u << 23)
			sector = SECTORS - ((1u << 24) - sector);
		if (sector < SECTORS && pwrite(fd, data, length, (off_t)(sector * SECTOR)) < 0)
			abort();
		data += length;
		size -= length;
	}
	if (ftruncate(fd, SECTORS * SECTOR) < 0)
		abort();
}

static void lay_onto_itself(struct context *ctx, struct layout *layout)
{
	struct disk_pair pair = { layout->nodes[0]->id, layout->nodes[0]->id };
	const struct disk_map map = { .pairs = &pair, .count = 1 };
	AUTO_LAYOUT struct layout *result = NULL;

	fit_minimum(layout, layout->nodes[0], 4096);
	if (fit_layout(ctx, layout, layout, &map, &result) < 0 && !*context_detail(ctx))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct probe_options options = { .used = true };
	AUTO_LAYOUT struct layout *layout = NULL, *again = NULL;
	AUTO_CLOSE int fd = open_disk();
	struct context ctx;
	json_t *json;

	if (fd < 0)
		abort();
	write_disk(fd, data, size);
	context_init(&ctx);
	ctx.prefix = root;
	if (layout_probe(&ctx, &options, &layout) < 0) {
		if (!*context_detail(&ctx))
			abort();
	} else {
		json = layout_to_json(layout);
		if (layout_from_json(&ctx, json, &again) < 0) {
			fprintf(stderr, "%s\n", context_detail(&ctx));
			abort();
		}
		json_decref(json);
		lay_onto_itself(&ctx, again);
	}
	context_done(&ctx);
	return 0;
}
