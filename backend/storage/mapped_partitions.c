/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mapped_partitions.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../core/clock.h"
#include "../core/run.h"
#include "../devices/multipath.h"
#include "../devices/sysfs.h"
#include "device.h"

#define SECTOR 512
#define DEADLINE_S 10
#define POLL_S 0.1

/* What device mapper knows of its device NAME. New string; NULL: nothing, or out of memory. */
static char *mapped_attribute(const struct context *ctx, const char *name, const char *attribute)
{
	AUTO_FREE char *directory = block_directory(ctx, name);

	return directory ? sysfs_text(ctx, directory, attribute) : NULL;
}

/* 0 or -errno with a sentence. */
static int remove_one(struct context *ctx, const char *kernel)
{
	AUTO_FREE char *name = mapped_attribute(ctx, kernel, "dm/name");
	struct run run = { .argv = (const char *const[]){ "dmsetup", "remove", name, NULL }, .releases = true };
	double deadline = clock_now() + DEADLINE_S;

	if (!name)
		return context_fail(ctx, ENODEV, "What device mapper calls %s cannot be read", kernel);
	for (;;) {
		struct error_scope scope = context_scope_begin(ctx);
		int r = run_program(ctx, &run, NULL);

		if (r == 0 || clock_now() > deadline)
			return context_scope_keep(&scope, r);
		context_scope_end(&scope);
		clock_pause(POLL_S);
	}
}

int mapped_partitions_remove(struct context *ctx, const char *name, const char *device)
{
	AUTO_STRV char **partitions = NULL;
	int r = multipath_partitions(ctx, name, &partitions);

	if (r < 0)
		return context_fail(ctx, -r, "The partitions of %s cannot be read from /sys: %s", device, strerror(-r));
	for (char **partition = partitions; r == 0 && partition && *partition; partition++)
		r = remove_one(ctx, *partition);
	return r;
}

static bool mapping_is_on(const struct context *ctx, dev_t number, dev_t disk, unsigned *ret_partition)
{
	AUTO_FREE char *name = NULL, *map = NULL;
	dev_t below;

	return block_name(ctx, major(number), minor(number), &name) == 0 && name && multipath_partition_of(ctx, name, &map, ret_partition) == 0 &&
	       map && block_number(ctx, map, &below) && below == disk;
}

bool mapped_partition_is_on(const struct context *ctx, dev_t number, dev_t disk)
{
	unsigned partition;

	return mapping_is_on(ctx, number, disk, &partition);
}

bool mapped_partition_is(const struct context *ctx, dev_t number, dev_t disk, const struct node *partition)
{
	/* An extended one is a sector or two, as the kernel shows it. */
	bool extended = partition->partition.role && !strcmp(partition->partition.role, "extended");
	unsigned mapped = 0;
	uint64_t start = 0, size = 0;

	return mapping_is_on(ctx, number, disk, &mapped) && multipath_place(number, disk, &start, &size) >= 0 &&
	       mapped == partition->partition.number && start == partition->partition.start && (extended || size == partition->size);
}

/* Whether the mapping KERNEL of the disk with number DISK lies where PARTITION does. */
static bool lies_there(const struct context *ctx, const char *kernel, dev_t disk, const struct node *partition)
{
	dev_t number;

	return block_number(ctx, kernel, &number) && mapped_partition_is(ctx, number, disk, partition);
}

/* The name of the new mapping: the one that the plan gives it, or what udev's rules would. New string; NULL when out of memory. */
static char *new_name(const struct context *ctx, const char *disk, const struct node *partition)
{
	static const char directory[] = "/dev/mapper/";
	AUTO_FREE char *of_disk = NULL;

	if (partition->device && !strncmp(partition->device, directory, strlen(directory)))
		return strdup(partition->device + strlen(directory));
	of_disk = mapped_attribute(ctx, disk, "dm/name");
	return of_disk ? text_format("%s-part%" PRIu32, of_disk, partition->partition.number) : NULL;
}

int mapped_partition_make(struct context *ctx, const char *name, dev_t number, const struct node *partition)
{
	bool extended = partition->partition.role && !strcmp(partition->partition.role, "extended");
	AUTO_FREE char *there = NULL, *of_disk = mapped_attribute(ctx, name, "dm/uuid"), *called = new_name(ctx, name, partition);
	AUTO_FREE char *uuid = of_disk ? text_format("part%" PRIu32 "-%s", partition->partition.number, of_disk) : NULL;
	/* Of an extended one the record alone: logical ones lie in the rest. */
	AUTO_FREE char *table = text_format("0 %" PRIu64 " linear %u:%u %" PRIu64, extended ? 2 : partition->size / SECTOR, major(number), minor(number),
					    partition->partition.start / SECTOR);
	struct run run = { .argv = (const char *const[]){ "dmsetup", "create", called, "--uuid", uuid, "--table", table, NULL } };
	int r = multipath_partition(ctx, name, partition->partition.number, &there);

	if (r < 0 || !uuid || !called || !table)
		return r < 0 && r != -ENOMEM ? context_fail(ctx, -r, "The partitions of %s cannot be read from /sys: %s", name, strerror(-r))
					     : context_oom(ctx);
	if (there && lies_there(ctx, there, number, partition)) {
		AUTO_FREE char *now = mapped_attribute(ctx, there, "dm/name");

		if (now && !strcmp(now, called))
			return 0;
	}
	if (there && partition->device)
		r = remove_one(ctx, there);
	else if (there)
		return 0;
	return r < 0 ? r : run_program(ctx, &run, NULL);
}
