/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_members.h"

#include <errno.h>
#include <string.h>

#include "../storage/content.h"
#include "../storage/hold.h"
#include "../storage/scratch.h"

/* What a trial writes on a physical volume: label and metadata. */
#define PV_WRITTEN (2ULL << 20)

void lvm_members_done(struct lvm_members *members)
{
	lvm_devices_done(&members->devices);
	for (size_t i = 0; i < members->count; i++) {
		if (members->fds[i] >= 0)
			close(members->fds[i]);
		if (members->loops)
			loop_device_done(&members->loops[i]);
	}
	free(members->fds);
	free(members->loops);
	strv_free(members->names);
}

const struct node *lvm_pv(const struct target *target, const struct node *group, size_t i)
{
	return layout_find(target->result, group->on[i]);
}

const struct node *lvm_pv_holder(const struct target *target, const struct node *group, size_t i)
{
	return layout_find(target->result, lvm_pv(target, group, i)->on[0]);
}

static int members_new(struct context *ctx, const struct node *group, struct lvm_members *ret)
{
	size_t count = strv_length(group->on);

	ret->fds = malloc((count + 1) * sizeof(*ret->fds));
	if (!ret->fds)
		return context_oom(ctx);
	for (size_t i = 0; i < count; i++)
		ret->fds[i] = -1;
	ret->count = count;
	return 0;
}

int lvm_members_open(struct context *ctx, const struct target *target, const struct node *group, bool erase, struct lvm_members *members)
{
	int r = members_new(ctx, group, members);

	for (size_t i = 0; !r && i < members->count; i++) {
		const struct node *holder = lvm_pv_holder(target, group, i);
		AUTO_FREE char *name = NULL;

		r = erase ? content_prepare_holder(ctx, target, holder, &members->fds[i]) : hold_open(ctx, target, holder, &members->fds[i]);
		if (!r)
			r = hold_kernel_name(ctx, members->fds[i], holder->device, &name);
		if (!r && strv_append(&members->names, name) < 0)
			r = context_oom(ctx);
		if (!r)
			r = lvm_devices_add(ctx, &members->devices, members->fds[i], holder->device);
	}
	return r;
}

int lvm_members_try(struct context *ctx, const struct target *target, const struct node *group, struct lvm_members *members)
{
	int r = members_new(ctx, group, members);

	if (r)
		return r;
	members->devices.trial = true;
	members->loops = calloc(members->count + 1, sizeof(*members->loops));
	if (!members->loops)
		return context_oom(ctx);
	for (size_t i = 0; i < members->count; i++)
		members->loops[i] = LOOP_DEVICE_NONE;
	for (size_t i = 0; !r && i < members->count; i++) {
		const struct node *holder = lvm_pv_holder(target, group, i);
		struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;

		r = scratch_open(ctx, layout_room_on(target->result, holder), PV_WRITTEN, &scratch);
		if (r)
			return r;
		r = loop_device_open(scratch.fd, layout_sector_of(target->result, holder), false, &members->loops[i]);
		if (r)
			return context_fail(ctx, -r, "No loop device could be set up to try how the volume group is made: %s", strerror(-r));
		r = lvm_devices_add(ctx, &members->devices, members->loops[i].fd, members->loops[i].path);
	}
	return r;
}
