/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disks that the operator named as targets. */
#include <errno.h>
#include <string.h>

#include "../layout/identity.h"
#include "map.h"
#include "map_parts.h"

static struct node *only_disk_named(struct proposal *proposal, const char *name)
{
	struct node *found = NULL;

	for (size_t i = 0; i < proposal->present->count; i++) {
		struct node *disk = proposal->present->nodes[i];

		if (disk->type != NODE_DISK || !disk_is_called(disk, name))
			continue;
		if (found) {
			proposal_doubt(proposal, sentence("Several disks here are called \"%s\"; name the one that may be erased by "
						    "another of its names.", name));
			return NULL;
		}
		found = disk;
	}
	if (!found)
		proposal_doubt(proposal, sentence("No disk here is called \"%s\".", name));
	return found;
}

/* A kernel name says nothing: the same disk may have another one at the next start, and another disk this one. */
static int refuse_kernel_name(struct proposal *proposal, const char *name)
{
	const char *bare = strncmp(name, "/dev/", 5) ? name : name + 5;
	AUTO_FREE char *best = NULL;

	for (size_t i = 0; i < proposal->present->count; i++) {
		struct node *disk = proposal->present->nodes[i];

		if (disk->type == NODE_DISK && disk->disk.name && !strcmp(disk->disk.name, bare))
			best = best ? best : disk_best_name(proposal->present, disk);
	}
	if (!best)
		return context_fail(proposal->ctx, EINVAL, "the target \"%s\" is a kernel name, which may belong to another disk after the next "
				    "start; name the disk by its serial number, WWN or by-path name", name);
	return context_fail(proposal->ctx, EINVAL, "the target \"%s\" is a kernel name, which may belong to another disk after the next start; "
			    "name the disk by its serial number, WWN or by-path name, here: %s", name, best);
}

int proposal_take_targets(struct proposal *proposal)
{
	proposal->named = calloc(strv_length(proposal->targets) + 1, sizeof(*proposal->named));
	if (!proposal->named)
		return context_oom(proposal->ctx);
	for (size_t i = 0; proposal->targets && proposal->targets[i]; i++) {
		const char *name = proposal->targets[i];

		if (!strcmp(name, "blank"))
			proposal->blank_named = true;
		else if (is_kernel_disk_name(name))
			return refuse_kernel_name(proposal, name);
		else
			proposal->named[i] = only_disk_named(proposal, name);
	}
	return 0;
}

bool proposal_is_named(const struct proposal *proposal, const struct disk_candidate *candidate)
{
	return proposal_is_singled_out(proposal, candidate->disk) || (proposal->blank_named && candidate->blank);
}

bool proposal_is_singled_out(const struct proposal *proposal, const struct node *disk)
{
	for (size_t i = 0; disk && i < strv_length(proposal->targets); i++)
		if (proposal->named[i] == disk)
			return true;
	return false;
}
