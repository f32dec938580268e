/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "multipath.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "../core/bytes.h"
#include "sysfs.h"

#define SECTOR 512
/* A table of one line. */
#define TABLE_LIMIT 4096

/* The UUID that device mapper has of its device NAME. */
static int mapped_uuid(const struct context *ctx, const char *name, char **ret)
{
	AUTO_FREE char *directory = strncmp(name, "dm-", 3) ? NULL : block_directory(ctx, name);

	*ret = NULL;
	return directory ? sysfs_attribute(ctx, directory, "dm/uuid", ret) : 0;
}

static bool is_map_uuid(const char *uuid)
{
	return uuid && !strncmp(uuid, MULTIPATH_UUID, strlen(MULTIPATH_UUID));
}

bool multipath_is_map(const struct context *ctx, const char *name)
{
	AUTO_FREE char *uuid = NULL;

	return mapped_uuid(ctx, name, &uuid) == 0 && is_map_uuid(uuid);
}

int multipath_map_of(const struct context *ctx, const char *name, char **ret)
{
	AUTO_STRV char **holders = NULL;
	int r = block_holders(ctx, name, &holders);

	*ret = NULL;
	for (char **holder = holders; r == 0 && holder && *holder && !*ret; holder++) {
		AUTO_FREE char *uuid = NULL;

		r = mapped_uuid(ctx, *holder, &uuid);
		if (r == 0 && is_map_uuid(uuid) && !(*ret = strdup(*holder)))
			r = -ENOMEM;
	}
	return r;
}

/* "part12-mpath-..." is partition 12; 0: TEXT is no such UUID. */
static unsigned number_of(const char *uuid)
{
	unsigned number;
	int length = 0;

	return uuid && sscanf(uuid, "part%u-%n", &number, &length) == 1 && length && is_map_uuid(uuid + length) ? number : 0;
}

int multipath_partition_of(const struct context *ctx, const char *name, char **ret_map, unsigned *ret_number)
{
	AUTO_FREE char *uuid = NULL;
	AUTO_STRV char **slaves = NULL;
	int r = mapped_uuid(ctx, name, &uuid);

	*ret_map = NULL;
	*ret_number = number_of(uuid);
	if (r < 0 || !*ret_number)
		return r;
	r = block_slaves(ctx, name, &slaves);
	if (r == 0 && slaves && !slaves[1] && multipath_is_map(ctx, slaves[0]) && !(*ret_map = strdup(slaves[0])))
		r = -ENOMEM;
	return r;
}

int multipath_partitions(const struct context *ctx, const char *map, char ***ret)
{
	AUTO_STRV char **holders = NULL, **partitions = NULL;
	int r = multipath_is_map(ctx, map) ? block_holders(ctx, map, &holders) : 0;

	*ret = NULL;
	for (char **holder = holders; r == 0 && holder && *holder; holder++) {
		AUTO_FREE char *uuid = NULL;

		r = mapped_uuid(ctx, *holder, &uuid);
		if (r == 0 && number_of(uuid))
			r = strv_append(&partitions, *holder);
	}
	if (r == 0)
		*ret = TAKE_POINTER(partitions);
	return r;
}

int multipath_partition(const struct context *ctx, const char *map, unsigned number, char **ret)
{
	AUTO_STRV char **partitions = NULL;
	int r = multipath_partitions(ctx, map, &partitions);

	*ret = NULL;
	for (char **partition = partitions; r == 0 && partition && *partition && !*ret; partition++) {
		AUTO_FREE char *uuid = NULL;

		r = mapped_uuid(ctx, *partition, &uuid);
		if (r == 0 && number_of(uuid) == number && !(*ret = strdup(*partition)))
			r = -ENOMEM;
	}
	return r;
}

/* As the kernel writes a device number into a wide one (huge_encode_dev()). */
static uint64_t encode(dev_t number)
{
	return (minor(number) & 0xff) | (uint64_t)major(number) << 8 | (uint64_t)(minor(number) & ~0xffu) << 12;
}

int multipath_place(dev_t number, dev_t below, uint64_t *ret_start, uint64_t *ret_size)
{
	AUTO_CLOSE int fd = open("/dev/" DM_DIR "/" DM_CONTROL_NODE, O_RDWR | O_CLOEXEC);
	AUTO_FREE struct dm_ioctl *request = calloc(1, TABLE_LIMIT);
	const struct dm_target_spec *target;
	unsigned major_number, minor_number;
	uint64_t start;

	if (fd < 0 || !request)
		return fd < 0 ? -errno : -ENOMEM;
	*request = (struct dm_ioctl){ .version = { DM_VERSION_MAJOR, 0, 0 }, .data_size = TABLE_LIMIT, .data_start = sizeof(*request),
				      .flags = DM_STATUS_TABLE_FLAG, .dev = encode(number) };
	if (ioctl(fd, DM_TABLE_STATUS, request) < 0)
		return -errno;
	target = (const struct dm_target_spec *)((const char *)request + request->data_start);
	if (request->target_count != 1 || request->flags & DM_BUFFER_FULL_FLAG || strcmp(target->target_type, "linear") ||
	    sscanf((const char *)(target + 1), "%u:%u %" SCNu64, &major_number, &minor_number, &start) != 3 ||
	    makedev(major_number, minor_number) != below)
		return -ENOENT;
	*ret_start = start * SECTOR;
	*ret_size = target->length * SECTOR;
	return 0;
}
