/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as LVM's metadata text: parsed, and as the text of a physical volume that the probe meets, whose layout prints and parses again. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/superblocks/lvm_text.h"
#include "../../backend/probe/probe.h"
#include "../unit/lvm_fixture.h"
#include "../unit/machine.h"

#define SIZE (1u << 20)
#define PV "aaaaaa-0000-0000-0000-0000-0000-000000"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *root;

static void remove_machine(void)
{
	machine_remove(root);
}

static void make_machine(void)
{
	root = machine_make(NULL);
	atexit(remove_machine);
	machine_write(root, "/sys/block/vda/size", "2048\n", 5);
	machine_write(root, "/proc/self/mountinfo", "", 0);
	machine_write(root, "/proc/swaps", "", 0);
	machine_write(root, "/dev/vda", "", 0);
}

static void write_disk(const char *text, size_t length)
{
	AUTO_FREE char *path = text_format("%s/dev/vda", root);
	AUTO_CLOSE int fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		abort();
	lvm_make(fd, PV, SIZE, text, length, LVM_AREA_HEADER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_LAYOUT struct layout *layout = NULL, *again = NULL;
	struct context ctx;
	json_t *text = NULL, *json;

	if (lvm_text_parse((const char *)data, size, &text) < 0 && text)
		abort();
	json_decref(text);
	if (size > LVM_AREA_SIZE - LVM_AREA_HEADER)
		return 0;
	if (!root)
		make_machine();
	write_disk((const char *)data, size);
	context_init(&ctx);
	ctx.prefix = root;
	if (layout_probe(&ctx, &(struct probe_options){ 0 }, &layout) < 0)
		abort();
	json = layout_to_json(layout);
	if (layout_from_json(&ctx, json, &again) < 0) {
		fprintf(stderr, "%s\n", context_detail(&ctx));
		abort();
	}
	json_decref(json);
	context_done(&ctx);
	return 0;
}
