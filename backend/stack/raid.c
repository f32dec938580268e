/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes arrays of md. Before the first write all of it was tried on loop devices over sparse files of the members' sizes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/ops.h"
#include "../devices/sysfs.h"
#include "../storage/actions.h"
#include "brought_up.h"
#include "../storage/content.h"
#include "../storage/hold.h"
#include "../storage/hold_path.h"
#include "../storage/loop_device.h"
#include "raid_arguments.h"
#include "raid_stop.h"
#include "../storage/scratch.h"

/* What a trial writes on a member: superblock and bitmap. */
#define MEMBER_WRITTEN (1ULL << 20)

/* What the places of an array are filled with, while mdadm runs. */
struct members {
	struct raid_places places;
	size_t count;            /* of members, in the order of mdadm's command line: places, then spares */
	struct hold_path *paths; /* of each; empty where its place is */
	int *fds;                /* of each; those of empty places left out; ended by -1 */
	struct loop_device *loops; /* of a trial; NULL */
	char **names;            /* kernel names of those that are open */
};

static void members_done(struct members *members)
{
	for (size_t i = 0; members->paths && i < members->count; i++)
		hold_path_done(&members->paths[i]);
	for (int *fd = members->fds; fd && *fd >= 0; fd++)
		close(*fd);
	for (size_t i = 0; members->loops && i < members->count; i++)
		loop_device_done(&members->loops[i]);
	free(members->paths);
	free(members->fds);
	free(members->loops);
	strv_free(members->names);
	raid_places_done(&members->places);
}
#define AUTO_MEMBERS CLEANUP(members_done)

static int members_new(struct context *ctx, const struct node *node, struct members *ret)
{
	int r = raid_places(node, &ret->places);

	if (r == -EINVAL)
		return context_fail(ctx, EINVAL, "The places of the members of the array %s contradict each other", node->id);
	ret->count = ret->places.count + ret->places.spares;
	ret->paths = calloc(ret->count + 1, sizeof(*ret->paths));
	ret->fds = malloc((ret->count + 1) * sizeof(*ret->fds));
	if (r < 0 || !ret->paths || !ret->fds)
		return context_oom(ctx);
	ret->fds[0] = -1;
	return 0;
}

/* The node that is the member number I; NULL: its place is empty. */
static const struct node *member_node(const struct target *target, const struct node *node, const struct members *members, size_t i)
{
	size_t member = members->places.members[i];

	return member == SIZE_MAX ? NULL : layout_find(target->result, node->on[member]);
}

/* FD, which MEMBERS take, is that of member I. */
static void take_descriptor(struct members *members, int fd)
{
	size_t count = 0;

	while (members->fds[count] >= 0)
		count++;
	members->fds[count] = fd;
	members->fds[count + 1] = -1;
}

/* The kernel name of DEVICE, an array or a loop device. */
static const char *kernel_name(const char *device)
{
	return device + strlen("/dev/");
}

/* Appends the members' paths to ARGV. 0 or -ENOMEM. */
static int add_members(const struct members *members, char ***argv)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < members->count; i++)
		r = strv_append(argv, members->loops && members->loops[i].path ? members->loops[i].path :
				members->paths[i].path ? members->paths[i].path : "missing");
	return r;
}

static int run_mdadm(struct context *ctx, char *const *argv, const struct members *members, bool trial)
{
	struct run run = { .argv = (const char *const *)argv, .inherit = members && !trial ? members->fds : NULL, .trial = trial };

	return run_program(ctx, &run, NULL);
}

/* ---- check ---- */

/* The note of DEVICE for a trial on MEMBERS; -EBUSY, and nothing is said, where another trial has it. */
static int try_note(struct context *ctx, const char *device, char *const *members)
{
	struct error_scope scope = context_scope_begin(ctx);
	int note = up_note(ctx, &up_array, kernel_name(device), members);

	if (note == -EBUSY)
		context_scope_end(&scope);
	else
		(void)context_scope_keep(&scope, note < 0 ? note : 0);
	return note;
}

/* A name that no array and no other trial has: a new string, with its note. 0 or -errno with a sentence. */
static int take_free_device(struct context *ctx, char *const *members, char **ret_device, int *ret_note)
{
	for (int number = RAID_NUMBER_MAX; number >= 0; number--) {
		AUTO_FREE char *device = text_format("/dev/md%d", number);

		if (!device)
			return context_oom(ctx);
		if (!raid_is_free(ctx, kernel_name(device)))
			continue;
		*ret_note = try_note(ctx, device, members);
		if (*ret_note == -EBUSY)
			continue;
		*ret_device = TAKE_POINTER(device);
		return *ret_note < 0 ? *ret_note : 0;
	}
	return context_fail(ctx, EBUSY, "All names of arrays (/dev/md0 to /dev/md%d) are taken: stop arrays that are not needed", RAID_NUMBER_MAX);
}

/* Loop devices over sparse files of the members' sizes. The files end with them. */
static int open_loops(struct context *ctx, const struct target *target, const struct node *node, struct members *members)
{
	members->loops = calloc(members->count + 1, sizeof(*members->loops));
	if (!members->loops)
		return context_oom(ctx);
	for (size_t i = 0; i < members->count; i++)
		members->loops[i] = LOOP_DEVICE_NONE;
	for (size_t i = 0; i < members->count; i++) {
		const struct node *member = member_node(target, node, members, i);
		struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
		int r;

		if (!member)
			continue;
		r = scratch_open(ctx, layout_room_on(target->result, member), MEMBER_WRITTEN, &scratch);
		if (r < 0)
			return r;
		r = loop_device_open(scratch.fd, layout_sector_of(target->result, member), false, &members->loops[i]);
		if (r < 0)
			return context_fail(ctx, -r, "No loop device could be set up to try how the array is made: %s", strerror(-r));
		if (strv_append(&members->names, kernel_name(members->loops[i].path)) < 0)
			return context_oom(ctx);
	}
	return 0;
}

/* What lies on the array has its planned size, so the array needs that, too. */
static int check_size(struct context *ctx, const struct target *target, const struct node *node, const char *device)
{
	AUTO_FREE char *directory = block_directory(ctx, device + strlen("/dev/")), *name = node_describe(node);
	uint64_t size = directory ? sysfs_number(ctx, directory, "size", 0) * 512 : 0;
	AUTO_FREE char *has = bytes_print_size(size), *needs = bytes_print_size(node->size);

	if (size >= node->size || !layout_child(target->result, node->id, NODE_TYPE_COUNT, 0))
		return 0;
	return context_fail(ctx, ENOSPC, "The %s would have %s on these disks, but what lies on it needs %s. Choose larger disks, or leave "
			    "the array out", name ? name : node->id, has ? has : "?", needs ? needs : "?");
}

static int try_array(struct context *ctx, const struct target *target, const struct node *node)
{
	struct members AUTO_MEMBERS members = { 0 };
	AUTO_FREE char *device = NULL, *name = node_describe(node);
	AUTO_STRV char **argv = NULL;
	int r = members_new(ctx, node, &members), note = -1, stopped;

	context_debug(ctx, "Tries on sparse files how the %s is made; no disk is written", name ? name : node->id);
	if (!r)
		r = open_loops(ctx, target, node, &members);
	if (!r)
		r = take_free_device(ctx, members.names, &device, &note);
	if (!r && (raid_arguments(node, &members.places, device, true, &argv) < 0 || add_members(&members, &argv) < 0))
		r = context_oom(ctx);
	if (!r)
		r = run_mdadm(ctx, argv, &members, true);
	if (!r)
		r = check_size(ctx, target, node, device);
	stopped = note < 0 ? 0 : up_take_down(ctx, &up_array, kernel_name(device), note);
	return r ? r : stopped;
}

static int check_name(struct context *ctx, const struct node *node)
{
	if (raid_is_free(ctx, kernel_name(node->device)))
		return 0;
	return context_fail(ctx, EBUSY, "%s is taken by another array of this machine: stop it (mdadm --stop %s)", node->device, node->device);
}

static int raid_check(struct context *ctx, const struct target *target, const struct action *action)
{
	int r;

	if (!run_is_present(NULL, "mdadm"))
		return context_fail(ctx, ENOENT, "The program mdadm, which makes arrays, is not on this system");
	r = check_name(ctx, action->node);
	return r ? r : try_array(ctx, target, action->node);
}

static char *raid_print(const struct target *target, const struct action *action)
{
	AUTO_FREE char *name = node_describe(action->node);
	struct raid_places AUTO_RAID_PLACES places = { 0 };

	(void)target;
	if (!name || raid_places(action->node, &places) < 0)
		return NULL;
	return places.missing ? sentence("Make the %s, as %s, without %zu of its %zu members: degraded", name, action->node->device, places.missing,
					 places.count) :
				sentence("Make the %s, as %s, of %zu members", name, action->node->device, strv_length(action->node->on));
}

/* ---- run ---- */

/* Opens all members; ERASE: their signatures go. */
static int open_members(struct context *ctx, const struct target *target, const struct node *node, bool erase, struct members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		const struct node *member = member_node(target, node, members, i);
		AUTO_FREE char *name = NULL;
		int fd = -1, r;

		if (!member)
			continue;
		r = erase ? content_prepare_holder(ctx, target, member, &fd) : hold_open(ctx, target, member, &fd);
		if (!r && fd >= 0)
			take_descriptor(members, fd);
		if (!r)
			r = hold_kernel_name(ctx, fd, member->device, &name);
		if (!r && strv_append(&members->names, name) < 0)
			r = context_oom(ctx);
		if (!r)
			r = hold_path_make(ctx, fd, member->device, &members->paths[i]);
		if (r)
			return r;
	}
	return 0;
}

struct hold_work {
	struct target *target;
	const struct node *node;
	int note;
};

static int hold_array(struct context *ctx, void *data)
{
	const struct hold_work *work = data;

	return hold_made(ctx, work->target, work->node, work->note);
}

/* Has mdadm bring the array up by ARGV and the members, and holds it. */
static int bring_up(struct context *ctx, struct target *target, const struct node *node, char ***argv, const struct members *members)
{
	struct hold_work work = { target, node, up_note(ctx, &up_array, kernel_name(node->device), members->names) };
	int r = work.note < 0 ? work.note : add_members(members, argv) < 0 ? context_oom(ctx) : run_mdadm(ctx, *argv, members, false);

	if (!r)
		r = ops_of(ctx)->change(ctx, "look whether the array lies on the planned devices", hold_array, &work);
	if (hold_has_made(target, node))
		return r;
	if (work.note >= 0) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		(void)up_take_down(ctx, &up_array, kernel_name(node->device), work.note);
	}
	return r;
}

static int raid_run(struct context *ctx, struct target *target, struct action *action)
{
	struct members AUTO_MEMBERS members = { 0 };
	AUTO_STRV char **argv = NULL;
	int r = members_new(ctx, action->node, &members);

	if (!r)
		r = check_name(ctx, action->node);
	if (!r)
		r = open_members(ctx, target, action->node, true, &members);
	if (!r && raid_arguments(action->node, &members.places, action->node->device, false, &argv) < 0)
		r = context_oom(ctx);
	return r ? r : bring_up(ctx, target, action->node, &argv, &members);
}

static int raid_open(struct context *ctx, struct target *target, struct action *action)
{
	static const char *const begin[] = { "mdadm", "--assemble" };
	struct members AUTO_MEMBERS members = { 0 };
	AUTO_STRV char **argv = NULL;
	int r = members_new(ctx, action->node, &members);

	if (!r)
		r = check_name(ctx, action->node);
	/* An empty place is not named. */
	for (size_t i = 0; !r && i < members.count; i++)
		if (members.places.members[i] == SIZE_MAX) {
			memmove(members.places.members + i, members.places.members + i + 1, (members.count - i - 1) * sizeof(size_t));
			members.count--;
			i--;
		}
	for (size_t i = 0; !r && i < ARRAY_LENGTH(begin); i++)
		r = strv_append(&argv, begin[i]);
	if (!r && (strv_append(&argv, action->node->device) < 0 || strv_append(&argv, "--run") < 0))
		r = context_oom(ctx);
	if (!r)
		r = open_members(ctx, target, action->node, false, &members);
	return r ? r : bring_up(ctx, target, action->node, &argv, &members);
}

/* Every member says that it belongs to it, and it is there. */
static int raid_done(struct context *ctx, const struct target *target, const struct action *action)
{
	AUTO_CLOSE int fd = -1;
	int r = hold_open(ctx, target, action->node, &fd);

	for (char **id = action->node->on; !r && *id; id++) {
		const struct node *member = layout_find(target->result, *id);
		AUTO_CLOSE int member_fd = -1;
		int there;

		r = hold_open(ctx, target, member, &member_fd);
		there = r ? r : content_is_there(member_fd, "linux_raid_member", action->node->uuid, NULL);
		if (!r && there < 0)
			return context_fail(ctx, -there, "%s could not be read: %s", member->device, strerror(-there));
		if (!r && !there)
			return 0;
	}
	return r ? r : 1;
}

static int raid_close(struct context *ctx, struct target *target, struct action *action)
{
	if (!hold_has_made(target, action->node))
		return 0;
	return up_take_down(ctx, &up_array, kernel_name(action->node->device), hold_release_made(target, action->node));
}

static bool raid_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_raid = {
	.name = "raid",
	.destructive = true,
	.check = raid_check,
	.print = raid_print,
	.run = raid_run,
	.open = raid_open,
	.done = raid_done,
	.close = raid_close,
	.stays = raid_stays,
};
