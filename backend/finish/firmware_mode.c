/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "firmware_mode.h"

#include <unistd.h>

#include "../core/bytes.h"

const char *firmware_mode(const struct context *ctx)
{
	AUTO_FREE char *path = context_path(ctx, "/sys/firmware/efi");

	return path && access(path, F_OK) == 0 ? "uefi" : "bios";
}
