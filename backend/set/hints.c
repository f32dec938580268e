/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hints.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* All others are in FS_IOC_GETFLAGS too, or are states. */
#define FLAGS \
	(FS_XFLAG_RTINHERIT | FS_XFLAG_NOSYMLINKS | FS_XFLAG_EXTSIZE | FS_XFLAG_EXTSZINHERIT | FS_XFLAG_NODEFRAG | FS_XFLAG_FILESTREAM | \
	 FS_XFLAG_COWEXTSIZE)

/* A size counts only with its flag. */
static struct hints hints_of(const struct fsxattr *attributes)
{
	uint32_t flags = attributes->fsx_xflags & FLAGS;

	return (struct hints){
		.flags = flags,
		.extent_size = flags & (FS_XFLAG_EXTSIZE | FS_XFLAG_EXTSZINHERIT) ? attributes->fsx_extsize : 0,
		.cow_extent_size = flags & FS_XFLAG_COWEXTSIZE ? attributes->fsx_cowextsize : 0,
		.project = attributes->fsx_projid,
	};
}

int hints_get(int fd, struct hints *ret)
{
	struct fsxattr attributes = { 0 };

	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0 && errno != ENOTTY && errno != EOPNOTSUPP)
		return -errno;
	*ret = hints_of(&attributes);
	return 0;
}

int hints_set(int fd, const struct hints *hints)
{
	struct fsxattr attributes = { 0 };
	struct hints present;

	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0)
		return hints_are_none(hints) ? 0 : -errno;
	present = hints_of(&attributes);
	if (hints_are_same(&present, hints))
		return 0;
	attributes.fsx_xflags = (attributes.fsx_xflags & ~(uint32_t)FLAGS) | (hints->flags & FLAGS);
	attributes.fsx_extsize = hints->extent_size;
	attributes.fsx_cowextsize = hints->cow_extent_size;
	attributes.fsx_projid = hints->project;
	return ioctl(fd, FS_IOC_FSSETXATTR, &attributes) < 0 ? -errno : 0;
}

bool hints_fit_type(const struct hints *hints, mode_t mode)
{
	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return hints_are_none(hints);
	return !(hints->flags & (S_ISREG(mode) ? FS_XFLAG_EXTSZINHERIT : FS_XFLAG_EXTSIZE));
}

void hints_print(const struct hints *hints, char text[HINTS_TEXT_SIZE])
{
	snprintf(text, HINTS_TEXT_SIZE, "%x %u %u %u", hints->flags, hints->extent_size, hints->cow_extent_size, hints->project);
}

int hints_parse(const char *text, struct hints *ret)
{
	char again[HINTS_TEXT_SIZE];
	struct hints hints;

	if (strlen(text) >= HINTS_TEXT_SIZE ||
	    sscanf(text, "%x %u %u %u", &hints.flags, &hints.extent_size, &hints.cow_extent_size, &hints.project) != 4)
		return -EBADMSG;
	hints_print(&hints, again);
	if (strcmp(again, text) || hints_are_none(&hints) || hints.flags & ~(uint32_t)FLAGS ||
	    (hints.extent_size && !(hints.flags & (FS_XFLAG_EXTSIZE | FS_XFLAG_EXTSZINHERIT))) ||
	    (hints.cow_extent_size && !(hints.flags & FS_XFLAG_COWEXTSIZE)))
		return -EBADMSG;
	*ret = hints;
	return 0;
}
