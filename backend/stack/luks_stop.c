/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "../core/bytes.h"
#include "../core/ops.h"
#include "../devices/mapped.h"
#include "../devices/sysfs.h"
#include "brought_up.h"

/* cryptsetup names its devices CRYPT-LUKS2-<UUID>-<name>. */
static bool luks_is_ours(const struct context *ctx, const char *name, char *const *below)
{
	AUTO_FREE char *kernel = NULL, *uuid = NULL;

	return mapped_find(ctx, name, &kernel, &uuid) == 0 && kernel && !strncmp(uuid, "CRYPT-", strlen("CRYPT-")) &&
	       block_lies_only_on(ctx, kernel, below);
}

static int luks_stop(struct context *ctx, const char *name)
{
	struct run run = { .argv = (const char *const[]){ "cryptsetup", "close", name, NULL }, .releases = true };

	return run_program(ctx, &run, NULL);
}

const struct up_kind up_container = {
	.name = "luks",
	.words = N_("encrypted container"),
	.is_ours = luks_is_ours,
	.stop = luks_stop,
};
