/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as the tables of mounts and swap of a machine, separated by a NUL: the probe and the mount table of a capture take them. */
#include <stdint.h>

#include "../../backend/devices/mounts.h"
#include "../../backend/probe/probe.h"
#include "../unit/machine.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *root;

static void remove_machine(void)
{
	machine_remove(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t first = nul ? (size_t)(nul - data) : size;
	static const char *const roots[] = { NULL, "/", "/mnt" };
	struct mount_table table = { 0 };
	struct context ctx;

	if (!root) {
		root = machine_make("virtio");
		atexit(remove_machine);
	}
	machine_write(root, "/proc/self/mountinfo", data, first);
	machine_write(root, "/proc/swaps", data + first + (nul != NULL), size - first - (nul != NULL));
	context_init(&ctx);
	ctx.prefix = root;
	if (mount_table_read(&ctx, &table) == 0)
		for (size_t i = 0; i < table.count; i++)
			if (!table.entries[i].path || !table.entries[i].kind)
				abort();
	mount_table_done(&table);
	for (size_t i = 0; i < ARRAY_LENGTH(roots); i++) {
		const struct probe_options options = { .root = roots[i] };
		AUTO_LAYOUT struct layout *layout = NULL;

		context_clear(&ctx);
		if (layout_probe(&ctx, &options, &layout) < 0 && !*context_detail(&ctx))
			abort();
	}
	context_done(&ctx);
	return 0;
}
