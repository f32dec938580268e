/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raid_stop.h"

#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../devices/sysfs.h"
#include "brought_up.h"

bool raid_is_free(const struct context *ctx, const char *name)
{
	AUTO_FREE char *path = text_format("%s/sys/block/%s", ctx->prefix, name);
	AUTO_FREE char *attribute = text_format("/sys/block/%s/md/array_state", name);
	AUTO_FREE char *state = attribute ? file_attribute(ctx, attribute) : NULL;

	/* The kernel removes one that was stopped a moment later. */
	return path && (access(path, F_OK) < 0 || (state && !strcmp(state, "clear")));
}

static int raid_stop(struct context *ctx, const char *name)
{
	AUTO_FREE char *device = text_format("/dev/%s", name);
	struct run run = { .argv = (const char *const[]){ "mdadm", "--stop", device, NULL }, .releases = true };
	int r = device ? run_program(ctx, &run, NULL) : context_oom(ctx);

	/* Without udev mdadm leaves a node that leads nowhere. */
	if (r == 0 && raid_is_free(ctx, name) && !*ctx->prefix)
		(void)unlink(device);
	return r;
}

const struct up_kind up_array = {
	.name = "raid",
	.words = N_("array"),
	.is_ours = block_lies_only_on,
	.stop = raid_stop,
};
