/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "twins.h"

#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "../devices/disks_beneath.h"
#include "../devices/mounts.h"
#include "../devices/sysfs.h"

/* One identifier that is in use. */
struct taken {
	char *uuid, *device; /* device: for people */
	char *name;          /* kernel name of what carries it, or NULL */
	char *disk;          /* kernel name of the disk that lies on, or of the device itself: a person removes the whole of it */
};

struct search {
	struct context *ctx;
	struct plan *plan;
	char **targets; /* kernel names of the target disks */
	struct taken *taken;
	size_t count;
	char **doubtful;     /* the disks that were told */
};

static void search_done(struct search *search)
{
	for (size_t i = 0; i < search->count; i++) {
		free(search->taken[i].uuid);
		free(search->taken[i].device);
		free(search->taken[i].name);
		free(search->taken[i].disk);
	}
	free(search->taken);
	strv_free(search->doubtful);
	strv_free(search->targets);
}

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

/* Zeros name nothing, however many devices have them. */
static bool is_nil(const char *uuid)
{
	return uuid[strspn(uuid, "0-")] == '\0';
}

/* NAME and DISK may be NULL. */
static int add_taken(struct search *search, const char *uuid, const char *device, const char *name, const char *disk)
{
	struct taken *grown, *taken;

	if (!uuid || is_nil(uuid))
		return 0;
	grown = reallocarray(search->taken, search->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	search->taken = grown;
	taken = &grown[search->count++];
	*taken = (struct taken){ strdup(uuid), strdup(device), name ? strdup(name) : NULL, strdup(disk ? disk : device) };
	return taken->uuid && taken->device && taken->disk && (!name || taken->name) ? 0 : -ENOMEM;
}

static bool is_target(const struct plan *plan, const struct node *disk)
{
	for (size_t i = 0; disk && i < plan->map->count; i++)
		if (plan->map->pairs[i].target && !strcmp(plan->map->pairs[i].target, disk->id))
			return true;
	return false;
}

/* What the layout of this machine shows on the other disks. */
static int take_layout(struct search *search)
{
	const struct layout *present = search->plan->target.present;
	AUTO_FREE bool *erased = calloc(present->count + 1, sizeof(*erased)); /* some disk beneath the node is a target */
	int r = erased ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < present->count; i++)
		erased[i] = present->nodes[i]->type == NODE_DISK && is_target(search->plan, present->nodes[i]);
	if (r == 0)
		layout_spread(present, erased);
	for (size_t i = 0; r == 0 && i < present->count; i++) {
		const struct node *node = present->nodes[i], *disk = layout_disk_of(present, node);
		AUTO_FREE char *text = node_describe(disk ? disk : node);
		const char *shown = text ? text : node->id, *name = disk ? disk->disk.name : NULL;

		if (erased[i])
			continue;
		r = add_taken(search, node->uuid, shown, name, name);
		if (r == 0 && node->type == NODE_PARTITION)
			r = add_taken(search, node->partition.uuid, shown, NULL, name);
		if (r == 0 && node->type == NODE_DISK)
			r = add_taken(search, node->disk.table_id, shown, NULL, name);
	}
	return r;
}

/* The table's identifier as a layout has it, and those of its partitions. */
static int take_table(struct search *search, blkid_probe probe, const char *device, const char *name, const char *disk)
{
	blkid_partlist list = blkid_probe_get_partitions(probe);
	blkid_parttable table = list ? blkid_partlist_get_table(list) : NULL;
	const char *id = table ? blkid_parttable_get_id(table) : NULL;
	bool dos = table && !strcmp(blkid_parttable_get_type(table), "dos");
	AUTO_FREE char *printed = id ? text_format("%s%s", dos ? "0x" : "", id) : NULL;
	int r = add_taken(search, printed, device, name, disk);

	for (int i = 0; r == 0 && !dos && list && i < blkid_partlist_numof_partitions(list); i++)
		r = add_taken(search, blkid_partition_get_uuid(blkid_partlist_get_partition(list, i)), device, name, disk);
	return r;
}

/* What is on the block device NAME, of DISK. A device that cannot be read carries nothing that anybody could confuse. */
static int take_device(struct search *search, const char *name, const char *disk)
{
	AUTO_FREE char *device = text_format("/dev/%s", name), *path = device ? context_path(search->ctx, device) : NULL;
	AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	CLEANUP(cleanup_probe) blkid_probe probe = blkid_new_probe();
	const char *uuid = NULL;
	int r;

	if (!path || !probe)
		return -ENOMEM;
	if (fd < 0 || blkid_probe_set_device(probe, fd, 0, 0))
		return 0;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID);
	if (blkid_do_safeprobe(probe) == 0)
		blkid_probe_lookup_value(probe, "UUID", &uuid, NULL);
	r = add_taken(search, uuid, device, name, disk);
	blkid_reset_probe(probe);
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	return r == 0 ? take_table(search, probe, device, name, disk) : r;
}

/* Memory, floppies, devices without a medium, and suspended volumes, which would wait for ever. */
static bool is_left_alone(struct context *ctx, const char *directory, const char *name)
{
	static const char *const others[] = { "ram", "zram", "fd" };

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (!strncmp(name, others[i], strlen(others[i])))
			return true;
	return !sysfs_number(ctx, directory, "size", 0) || sysfs_number(ctx, directory, "dm/suspended", 0);
}

/* What NAME carries, unless it lies on a target disk or is one. */
static int take_other_device(struct search *search, const char *name)
{
	AUTO_STRV char **disks = NULL;
	int r = block_disks(search->ctx, name, false, &disks);

	for (char **disk = disks; r == 0 && disk && *disk; disk++)
		if (strv_contains(search->targets, *disk))
			return 0;
	return r == 0 ? take_device(search, name, disks && *disks ? *disks : name) : r;
}

static int take_devices(struct search *search)
{
	AUTO_STRV char **names = NULL;
	int r = sysfs_list(search->ctx, "/sys/class/block", &names);

	if (r < 0)
		return r == -ENOMEM ? r : context_fail(search->ctx, -r, "The list of disks cannot be read from /sys/class/block: %s", strerror(-r));
	for (char **name = names; name && *name && r == 0; name++) {
		AUTO_FREE char *directory = NULL;

		for (char *c = *name; *c; c++)
			if (*c == '!')
				*c = '/';
		directory = block_directory(search->ctx, *name);
		if (!directory || is_left_alone(search->ctx, directory, *name))
			continue;
		r = take_other_device(search, *name);
	}
	return r;
}

static bool is_mounted(struct context *ctx, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	CLEANUP(mount_table_done) struct mount_table table = { 0 };

	if (!name || mount_table_read(ctx, &table))
		return false;
	for (size_t i = 0; i < table.count; i++)
		if (table.entries[i].device && !strcmp(table.entries[i].device, name))
			return true;
	return false;
}

/* The identifier that NODE will have, as it is looked for; NULL: none. */
static const char *identifier_of(const struct plan *plan, const struct node *node)
{
	const struct node *made = node->type == NODE_PV ? layout_child(plan->target.result, node->id, NODE_VG, 0) : node;

	switch (node->type) {
	case NODE_RAID:
	case NODE_LUKS:
	case NODE_PV:
	case NODE_VG:
		return made && plan_makes(plan, made) ? node->uuid : NULL;
	case NODE_FILESYSTEM:
	case NODE_SWAP:
		return node->uuid;
	case NODE_PARTITION:
		return node->partition.uuid;
	case NODE_DISK:
		/* Many new disks have no MBR identifier. */
		return node->disk.table_id && strcmp(node->disk.table_id, "0x00000000") ? node->disk.table_id : NULL;
	default:
		return NULL;
	}
}

static const char *kind_of(const struct node *node)
{
	switch (node->type) {
	case NODE_FILESYSTEM:
		return node->filesystem.kind;
	case NODE_SWAP:
		return N_("swap space");
	case NODE_PARTITION:
		return N_("partition");
	case NODE_RAID:
		return N_("RAID array");
	case NODE_LUKS:
		return N_("encrypted container");
	case NODE_PV:
		return N_("LVM physical volume");
	case NODE_VG:
		return N_("LVM volume group");
	default:
		return N_("partition table");
	}
}

static int check_twin(struct search *search, const struct node *node, const struct taken *twin)
{
	const char *kind = kind_of(node);
	AUTO_FREE char *doubt = NULL;

	if (!strcmp(kind, "btrfs"))
		return context_fail(search->ctx, EEXIST,
				    "%s carries the UUID (%s) of the btrfs filesystem that would be made; two of the same identity "
				    "damage each other. Remove that disk, or detach that device, and start again",
				    twin->device, twin->uuid);
	if (!strcmp(kind, "xfs") && is_mounted(search->ctx, twin->name))
		return context_fail(search->ctx, EEXIST,
				    "%s carries the UUID (%s) of the xfs filesystem that would be made, and is mounted: the new one "
				    "could not be mounted beside it. Unmount it and start again", twin->device, twin->uuid);
	/* One word for a disk: it carries several, and is removed once. */
	if (strv_contains(search->doubtful, twin->disk))
		return 0;
	doubt = sentence(node->type == NODE_FILESYSTEM
				 ? N_("%s carries the same UUID (%s) as the %s filesystem that is restored. The restored system may start from the "
				      "wrong one: remove that disk, or detach that device")
				 : N_("%s carries the same UUID (%s) as the %s that is restored. The restored system may start from the wrong one: "
				      "remove that disk, or detach that device"),
			 twin->device, twin->uuid, sentence_words(kind));
	if (!doubt || strv_append(&search->plan->doubts, doubt) < 0 || strv_append(&search->doubtful, twin->disk) < 0)
		return -ENOMEM;
	context_warn(search->ctx, "%s", doubt);
	return 0;
}

/* Everything that carries the identifier of NODE. */
static int check_twins(struct search *search, const struct node *node)
{
	const char *uuid = identifier_of(search->plan, node);
	int r = 0;

	for (size_t i = 0; uuid && r == 0 && i < search->count; i++)
		if (!strcasecmp(search->taken[i].uuid, uuid))
			r = check_twin(search, node, &search->taken[i]);
	return r;
}

static int take_targets(struct search *search)
{
	const struct plan *plan = search->plan;

	for (size_t i = 0; i < plan->target.present->count; i++) {
		const struct node *node = plan->target.present->nodes[i];

		if (node->type == NODE_DISK && node->disk.name && is_target(plan, node) && strv_append(&search->targets, node->disk.name))
			return -ENOMEM;
	}
	return 0;
}

int twins_find(struct context *ctx, struct plan *plan)
{
	CLEANUP(search_done) struct search search = { .ctx = ctx, .plan = plan };
	int r = take_targets(&search);

	if (r == 0)
		r = take_layout(&search);
	if (r == 0)
		r = take_devices(&search);
	for (size_t i = 0; r == 0 && i < plan->target.result->count; i++)
		r = check_twins(&search, plan->target.result->nodes[i]);
	return r == -ENOMEM ? context_oom(ctx) : r;
}
