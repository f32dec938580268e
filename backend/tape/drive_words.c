/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive_words.h"

#include <errno.h>
#include <string.h>

/* As the vendors call them, by the primary density code of SSC. */
static const struct {
	unsigned code;
	const char *name;
} densities[] = {
	{ 0x13, "DDS" },   { 0x24, "DDS-2" }, { 0x25, "DDS-3" },    { 0x26, "DDS-4" }, { 0x47, "DAT-72" },
	{ 0x40, "LTO-1" }, { 0x42, "LTO-2" }, { 0x44, "LTO-3" },    { 0x46, "LTO-4" }, { 0x58, "LTO-5" },
	{ 0x5a, "LTO-6" }, { 0x5c, "LTO-7" }, { 0x5d, "LTO-7 M8" }, { 0x5e, "LTO-8" }, { 0x60, "LTO-9" },
};

const char *drive_density_name(unsigned density)
{
	for (size_t i = 0; i < ARRAY_LENGTH(densities); i++)
		if (densities[i].code == density)
			return densities[i].name;
	return NULL;
}

static int fail_io(struct context *ctx, const struct drive *drive, enum drive_act act, int error)
{
	const char *why = strerror(error);

	switch (act) {
	case DRIVE_ACT_OPEN:
		return context_fail(ctx, error, "the tape drive %s cannot be opened: %s", drive->path, why);
	case DRIVE_ACT_MOVE:
		return context_fail(ctx, error,
				    "the tape in %s cannot be moved: %s. The drive or its bus may have been reset, or the tape is worn: "
				    "look at the kernel's "
				    "messages",
				    drive->path, why);
	case DRIVE_ACT_READ:
		return context_fail(ctx, error, "the tape in %s cannot be read here: %s", drive->path, why);
	default:
		if (error == EINVAL || error == EOVERFLOW)
			return context_fail(ctx, error, "the tape drive %s takes no records of this length: name a shorter one with --tape-block", drive->path);
		return context_fail(ctx, error, "the tape in %s cannot be written to: %s. Clean the drive, or take another tape", drive->path, why);
	}
}

int drive_fail(struct context *ctx, const struct drive *drive, enum drive_act act, int error)
{
	switch (error) {
	case EBUSY:
		return context_fail(ctx, EBUSY, "the tape drive %s is in use by another program", drive->path);
	case ENOMEDIUM:
		return context_fail(ctx, ENOMEDIUM, "there is no tape in the drive %s: put one in", drive->path);
	case EROFS:
	case EACCES:
	case EPERM:
		if (act == DRIVE_ACT_OPEN)
			return context_fail(ctx, error, "the tape drive %s cannot be opened: %s", drive->path, strerror(error));
		return context_fail(ctx, EROFS, "the tape in %s is write-protected: move its tab, or take another tape", drive->path);
	case ENXIO:
	case ENODEV:
		return context_fail(ctx, error,
				    "there is no tape drive behind %s: it is switched off, disconnected, or its driver (st) is not loaded",
				    drive->path);
	case ENOENT:
		return context_fail(ctx, ENOENT, "there is no tape drive %s: check the name; 'lifeboat tape status' lists the drives", drive->path);
	default:
		return fail_io(ctx, drive, act, error);
	}
}
