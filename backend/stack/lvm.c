/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes volume groups of LVM with all their logical volumes: their metadata are written as a text, which LVM restores, so that every UUID is the
 * captured one. Before the first write all of it but the activation was tried on loop devices over sparse files of the physical volumes' sizes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/ops.h"
#include "../storage/actions.h"
#include "brought_up.h"
#include "../storage/device.h"
#include "../storage/hold.h"
#include "lvm_active.h"
#include "lvm_fill.h"
#include "lvm_members.h"
#include "lvm_metadata.h"
#include "lvm_rules.h"
#include "../layout/lvm_segments.h"
#include "../storage/scratch.h"

/* ---- its metadata ---- */

static int fail_extents(struct context *ctx, const struct node *group, const struct node *volume, int r)
{
	AUTO_FREE char *group_name = node_describe(group), *volume_name = volume ? node_describe(volume) : NULL;

	if (r == -ENOMEM || !group_name)
		return context_oom(ctx);
	if (r == -ENOSPC)
		return context_fail(ctx, ENOSPC, "The %s is too small for its volumes: there are too few extents for the %s. Choose larger disks, or "
				    "leave volumes out", group_name, volume_name ? volume_name : "?");
	return context_fail(ctx, EINVAL, "What the set tells of the %s contradicts itself: %s", group_name, volume_name ? volume_name : group->id);
}

/* Its text in a temporary file, with the extents that it tells of. */
static int write_metadata(struct context *ctx, const struct target *target, const struct node *group, struct scratch *ret,
			  struct lvm_extents *ret_extents)
{
	const struct node *volume = NULL;
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = lvm_extents(target->result, group, ret_extents, &volume);

	if (!r)
		r = lvm_metadata(target->result, group, ret_extents, &text);
	if (r)
		return fail_extents(ctx, group, volume, r);
	length = strlen(text);
	r = scratch_open(ctx, length, length, ret);
	if (!r && pwrite(ret->fd, text, length, 0) != (ssize_t)length)
		r = context_fail(ctx, EIO, "%s could not be written", ret->path);
	return r;
}

/* ---- making ---- */

static int make_pv(struct context *ctx, const struct lvm_devices *devices, const struct node *pv, const char *text, const char *path)
{
	uint64_t areas = node_number(pv, "metadata_areas"), size = node_number(pv, "metadata_area_1_size");
	AUTO_FREE char *copies = text_format("%llu", (unsigned long long)areas), *bytes = text_format("%llub", (unsigned long long)size);
	const char *words[16] = { "pvcreate", "--yes", "--force", "--force", "--uuid", pv->uuid, "--restorefile", text };
	size_t count = 8;

	if (!copies || !bytes)
		return context_oom(ctx);
	if (areas <= 2 && node_property(pv, "metadata_areas")) {
		words[count++] = "--pvmetadatacopies";
		words[count++] = copies;
	}
	if (areas == 2 && size) {
		words[count++] = "--metadatasize";
		words[count++] = bytes;
	}
	words[count] = path;
	return lvm_run(ctx, devices, false, words);
}

struct fill_work {
	const struct target *target;
	const struct node *group;
	const struct lvm_extents *extents;
	const struct lvm_members *members;
};

/* The physical volumes' devices, open for writing; ended by -1. */
struct writers {
	int *fds;
};

static void writers_done(struct writers *writers)
{
	for (int *fd = writers->fds; fd && *fd >= 0; fd++)
		close(*fd);
	free(writers->fds);
}

static int fill_group(struct context *ctx, void *data)
{
	const struct fill_work *work = data;
	const struct lvm_members *members = work->members;
	CLEANUP(writers_done) struct writers writers = { malloc((members->count + 1) * sizeof(int)) };
	int r = writers.fds ? 0 : context_oom(ctx);

	for (size_t i = 0; !r && i < members->count; i++) {
		writers.fds[i] = writers.fds[i + 1] = -1;
		/* A stand-in is locked, and ours alone. */
		if (members->loops)
			writers.fds[i] = fcntl(members->loops[i].fd, F_DUPFD_CLOEXEC, 0);
		else
			r = hold_reopen_alone(ctx, members->fds[i], lvm_pv_holder(work->target, work->group, i)->device, &writers.fds[i]);
		if (!r && writers.fds[i] < 0)
			r = context_fail(ctx, errno, "A stand-in for a physical volume cannot be used: %s", strerror(errno));
	}
	return r ? r : lvm_fill(ctx, work->target->result, work->group, work->extents, writers.fds, members->devices.trial);
}

/* All of a group but its activation. */
static int make_group(struct context *ctx, const struct target *target, const struct node *group, const struct lvm_members *members)
{
	struct lvm_extents AUTO_LVM_EXTENTS extents = { 0 };
	struct scratch AUTO_SCRATCH text = SCRATCH_NONE;
	struct fill_work work = { target, group, &extents, members };
	const char *words[8] = { "vgcfgrestore", "--yes", "--file" };
	size_t count = 3;
	int r = write_metadata(ctx, target, group, &text, &extents);

	for (size_t i = 0; !r && group->on[i]; i++)
		r = make_pv(ctx, &members->devices, lvm_pv(target, group, i), text.path, members->devices.paths[i]);
	if (r)
		return r;
	words[count++] = text.path;
	/* What becomes of the pools' metadata is ours to say. */
	if (lvm_has_pools(target->result, group))
		words[count++] = "--force";
	words[count] = group->label;
	r = lvm_run(ctx, &members->devices, false, words);
	if (!r && members->devices.trial)
		return fill_group(ctx, &work);
	return r ? r : ops_of(ctx)->change(ctx, "write what the group's hidden volumes hold", fill_group, &work);
}

/* ---- check ---- */

static int try_group(struct context *ctx, const struct target *target, const struct node *group)
{
	struct lvm_members AUTO_LVM_MEMBERS members = { 0 };
	AUTO_FREE char *name = node_describe(group);
	int r, there;

	context_debug(ctx, "Tries on sparse files how the %s is made; no disk is written", name ? name : group->id);
	r = lvm_members_try(ctx, target, group, &members);
	if (!r)
		r = make_group(ctx, target, group, &members);
	if (r)
		return r;
	for (size_t i = 0; i < members.count; i++)
		members.fds[i] = fcntl(members.loops[i].fd, F_DUPFD_CLOEXEC, 0);
	there = lvm_group_is_there(target->result, group, members.fds);
	return there > 0 ? 0 :
			   context_fail(ctx, there < 0 ? -there : ENOTSUP,
					"The %s cannot be recreated: tried on sparse files, it does not come out with "
					"its UUIDs and its volumes",
					name ? name : group->id);
}

static int lvm_check(struct context *ctx, const struct target *target, const struct action *action)
{
	int r;

	if (!run_is_present(NULL, "lvm"))
		return context_fail(ctx, ENOENT, "The program lvm, which makes volume groups, is not on this system");
	if (lvm_has_pools(target->result, action->node) && !run_is_present(NULL, "thin_restore"))
		return context_fail(ctx, ENOENT, "The program thin_restore, which makes thin pools, is not on this system");
	r = lvm_check_names(ctx, target, action->node);
	return r ? r : try_group(ctx, target, action->node);
}

/* "root, 4 GiB; data, 20 GiB (it was 10 GiB)". New string; NULL when out of memory. */
static char *volumes_text(const struct target *target, const struct node *group)
{
	AUTO_FREE char *text = strdup("");
	const struct node *volume;

	for (size_t at = 0; text && (volume = lvm_next_volume(target->result, group, &at));) {
		const struct node *before = layout_find(target->captured, volume->id);
		AUTO_FREE char *size = bytes_print_size(volume->size), *was = before ? bytes_print_size(before->size) : NULL, *one = NULL;
		char *longer;

		if (!lvm_has_device(target->result, volume))
			continue;
		if (!size || (before && !was))
			return NULL;
		one = before && before->size != volume->size ? sentence("%s, %s (it was %s)", volume->label, size, was)
							     : sentence("%s, %s", volume->label, size);
		longer = !one ? NULL : *text ? sentence("%s; %s", text, one) : strdup(one);
		free(text);
		text = longer;
	}
	return text ? TAKE_POINTER(text) : NULL;
}

static char *lvm_print(const struct target *target, const struct action *action)
{
	AUTO_FREE char *name = node_describe(action->node), *volumes = volumes_text(target, action->node);

	if (!name || !volumes)
		return NULL;
	return *volumes ? sentence("Make the %s, of %zu physical volumes, with the volumes %s", name, strv_length(action->node->on), volumes)
			: sentence("Make the %s, of %zu physical volumes, without volumes", name, strv_length(action->node->on));
}

/* ---- run ---- */

/* Nothing of what lay there before shows through in a volume that nobody fills. */
static int wipe_volume(struct context *ctx, const struct target *target, const struct node *volume)
{
	AUTO_CLOSE int fd = -1;
	int r = hold_open_alone(ctx, target, volume, &fd);

	return r ? r : device_wipe(ctx, fd, volume->device, 0, 0);
}

struct hold_work {
	struct target *target;
	const struct node *group;
	bool wipe;
	int note;                /* kept with the first volume */
};

static int hold_volumes(struct context *ctx, void *data)
{
	struct hold_work *work = data;
	const struct node *volume;
	int r = 0;

	for (size_t at = 0; !r && (volume = lvm_next_volume(work->target->result, work->group, &at));) {
		if (!lvm_has_device(work->target->result, volume))
			continue;
		r = hold_made(ctx, work->target, volume, work->note);
		work->note = r ? work->note : -1;
		if (!r && work->wipe && !lvm_is_kind(volume, "thin"))
			r = wipe_volume(ctx, work->target, volume);
	}
	return r;
}

/* Brings the group up, and holds its volumes. */
static int bring_up(struct context *ctx, struct target *target, const struct node *group, const struct lvm_members *members, bool wipe)
{
	struct hold_work work = { target, group, wipe, up_note(ctx, &up_group, group->uuid, members->names) };
	int r = work.note < 0 ? work.note : 0;

	if (!r)
		r = lvm_run(ctx, &members->devices, false,
			    (const char *const[]){ "vgchange", "--activate", "y", "--ignoreactivationskip", group->label, NULL });
	if (!r)
		r = ops_of(ctx)->change(ctx, "look whether the volumes lie on the planned devices", hold_volumes, &work);
	if (r) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
		int note = lvm_release(target, group);

		(void)up_take_down(ctx, &up_group, group->uuid, note < 0 ? work.note : note);
	} else if (work.note >= 0) {
		/* It has no volume. */
		r = up_take_down(ctx, &up_group, group->uuid, work.note);
	}
	return r;
}

static int lvm_make(struct context *ctx, struct target *target, struct action *action)
{
	struct lvm_members AUTO_LVM_MEMBERS members = { 0 };
	int r = lvm_check_names(ctx, target, action->node);

	if (!r)
		r = lvm_members_open(ctx, target, action->node, true, &members);
	if (!r)
		r = make_group(ctx, target, action->node, &members);
	return r ? r : bring_up(ctx, target, action->node, &members, true);
}

static int lvm_open(struct context *ctx, struct target *target, struct action *action)
{
	struct lvm_members AUTO_LVM_MEMBERS members = { 0 };
	int r = lvm_check_names(ctx, target, action->node);

	if (!r)
		r = lvm_members_open(ctx, target, action->node, false, &members);
	return r ? r : bring_up(ctx, target, action->node, &members, false);
}

/* Every physical volume says that it belongs to it, and its volumes are up. */
static int lvm_done(struct context *ctx, const struct target *target, const struct action *action)
{
	struct lvm_members AUTO_LVM_MEMBERS members = { 0 };
	const struct node *volume;
	int r = lvm_members_open(ctx, target, action->node, false, &members);

	for (size_t at = 0; !r && (volume = lvm_next_volume(target->result, action->node, &at));) {
		AUTO_CLOSE int fd = -1;

		if (lvm_has_device(target->result, volume))
			r = hold_open(ctx, target, volume, &fd);
	}
	if (r)
		return r;
	r = lvm_group_is_there(target->result, action->node, members.fds);
	return r < 0 ? context_fail(ctx, -r, "The volume group %s could not be read: %s", action->node->label, strerror(-r)) : r;
}

static int lvm_close(struct context *ctx, struct target *target, struct action *action)
{
	return lvm_is_held(target, action->node) ? up_take_down(ctx, &up_group, action->node->uuid, lvm_release(target, action->node)) : 0;
}

/* What lies on the disks is there after a power failure too. */
static bool lvm_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_lvm = {
	.name = "lvm",
	.destructive = true,
	.check = lvm_check,
	.print = lvm_print,
	.run = lvm_make,
	.open = lvm_open,
	.done = lvm_done,
	.close = lvm_close,
	.stays = lvm_stays,
};
