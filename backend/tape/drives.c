/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drives.h"

#include <dirent.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define CLASS "/sys/class/scsi_tape"

static int by_text(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* "nst0", not "nst0a" and its like, which are modes of the same drive. */
static bool is_drive(const char *name)
{
	uint64_t number;

	return !strncmp(name, "nst", 3) && parse_decimal(name + 3, &number);
}

int tape_drives(struct context *ctx, char ***ret)
{
	AUTO_FREE char *path = context_path(ctx, CLASS);
	AUTO_CLOSEDIR DIR *directory = path ? opendir(path) : NULL;
	AUTO_STRV char **drives = NULL;
	struct dirent *entry;
	int r = 0;

	if (!path)
		return context_oom(ctx);
	while (directory && (r = directory_next(directory, &entry)) == 1) {
		AUTO_FREE char *device = text_format("/dev/%s", entry->d_name);

		if (is_drive(entry->d_name) && (!device || strv_append(&drives, device) < 0))
			return context_oom(ctx);
	}
	if (r < 0)
		return context_fail(ctx, -r, "the tape drives of this machine cannot be listed: %s", strerror(-r));
	if (drives)
		qsort(drives, strv_length(drives), sizeof(*drives), by_text);
	*ret = TAKE_POINTER(drives);
	return 0;
}
