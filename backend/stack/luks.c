/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes encrypted containers of LUKS and opens them: with their kept header, else with a new key of the same kind. Before the first write it was
 * tried on a sparse file whether they come out as they were. The passphrase goes through a pipe.
 */
#include <errno.h>
#include <string.h>

#include "../core/ops.h"
#include "../core/file.h"
#include "../devices/mapped.h"
#include "../superblocks/superblocks.h"
#include "../storage/actions.h"
#include "brought_up.h"
#include "../storage/content.h"
#include "../storage/hold.h"
#include "../storage/hold_path.h"
#include "luks_arguments.h"
#include "../storage/luks_keys.h"
#include "luks_slots.h"
#include "../storage/scratch.h"

#define SIGNATURE "crypto_LUKS" /* as blkid calls it */
#define TRIAL_KEY "trial"

static const struct node *holder_of(const struct target *target, const struct node *node)
{
	return layout_find(target->result, node->on[0]);
}

/* Runs cryptsetup by ARGV, with KEY for its standard input, on DEVICE, which leads through FD (-1: through none); NAME behind it may be NULL. */
static int run_cryptsetup(struct context *ctx, char ***argv, const char *device, int fd, const char *name, const char *key, size_t length)
{
	struct run run = { .inherit = (int[]){ fd, -1 }, .trial = fd < 0, .input = key, .input_length = length };

	if (strv_append(argv, device) < 0 || (name && strv_append(argv, name) < 0))
		return context_oom(ctx);
	run.argv = (const char *const *)*argv;
	return run_program(ctx, &run, NULL);
}

/* ---- check ---- */

static int check_name(struct context *ctx, const struct node *node)
{
	AUTO_FREE char *kernel = NULL;
	int r = mapped_find(ctx, luks_name(node), &kernel, NULL);

	if (r < 0)
		return context_fail(ctx, -r, "The names below /dev/mapper cannot be read: %s", strerror(-r));
	if (!kernel)
		return 0;
	return context_fail(ctx, EBUSY, "%s is taken by another device of this machine: close it (cryptsetup close %s)", node->device, luks_name(node));
}

/* What of the new header is not as NODE has it; NULL: nothing. */
static const char *find_fault(const struct node *node, const struct node *made)
{
	static const char *const keys[] = { "version", "cipher", "payload_offset", "sector_size", "hash", "key_size", "subsystem", "metadata_size",
					    "keyslots_size" };

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
		const char *wanted = node_property(node, keys[i]), *is = node_property(made, keys[i]);

		if (wanted && (!is || strcmp(wanted, is)))
			return keys[i];
	}
	return NULL;
}

static int compare_trial(struct context *ctx, const struct node *node, int fd, uint64_t size)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *made = layout ? layout_add(layout, NODE_LUKS, "made") : NULL;
	AUTO_FREE char *name = node_describe(node);
	const char *fault;
	int r = made ? superblock_luks(&(struct extent){ .fd = fd, .size = size }, made) : -ENOMEM;

	if (r < 0)
		return context_fail(ctx, -r, "The header of the %s, tried on a sparse file, cannot be read: %s", name ? name : node->id, strerror(-r));
	fault = content_is_there(fd, SIGNATURE, node->uuid, node->label) > 0 ? find_fault(node, made) : "uuid";
	return fault ? context_fail(ctx, ENOTSUP, "The %s cannot be recreated: tried on a sparse file, it does not come out with its '%s'",
				    name ? name : node->id, fault)
		     : 0;
}

static int try_container(struct context *ctx, const struct target *target, const struct node *node)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	AUTO_FREE char *name = node_describe(node);
	AUTO_STRV char **argv = NULL;
	uint64_t size = layout_room_on(target->result, holder_of(target, node)), header = node_number(node, "payload_offset");
	int r;

	context_debug(ctx, "Tries on a sparse file how the %s is made; no disk is written", name ? name : node->id);
	if (size <= header)
		return context_fail(ctx, ENOSPC, "The header of the %s leaves no room on %s", name ? name : node->id, holder_of(target, node)->device);
	r = scratch_open(ctx, size, header, &scratch);
	if (!r && luks_format_arguments(target->result, node, true, &argv) < 0)
		r = context_oom(ctx);
	if (!r)
		r = run_cryptsetup(ctx, &argv, scratch.path, -1, NULL, TRIAL_KEY, strlen(TRIAL_KEY));
	return r ? r : compare_trial(ctx, node, scratch.fd, size);
}

static int luks_check(struct context *ctx, const struct target *target, const struct action *action)
{
	int r;

	if (!run_is_present(NULL, "cryptsetup"))
		return context_fail(ctx, ENOENT, "The program cryptsetup, which makes encrypted containers, is not on this system");
	r = check_name(ctx, action->node);
	/* A kept header is tried with its passphrase (luks_slots_try()). */
	return r || luks_has_header(action->node) ? r : try_container(ctx, target, action->node);
}

static char *luks_print(const struct target *target, const struct action *action)
{
	AUTO_FREE char *name = node_describe(action->node);
	const struct node *holder = holder_of(target, action->node);

	if (!name)
		return NULL;
	return sentence(luks_has_header(action->node) ? N_("Put back the header of the %s on %s, with all its key slots, and open it as %s") :
							N_("Make the %s on %s, with a new key, and open it as %s"),
			name, holder->device, action->node->device);
}

/* ---- run ---- */

struct hold_work {
	struct target *target;
	const struct node *node;
	int note;
};

static int hold_container(struct context *ctx, void *data)
{
	const struct hold_work *work = data;

	return hold_made(ctx, work->target, work->node, work->note);
}

static int find_key(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key **ret)
{
	AUTO_FREE char *name = node_describe(node);

	*ret = luks_keys_of(target, node->id);
	return *ret ? 0 : context_fail(ctx, EPERM, "No passphrase is known of the %s", name ? name : node->id);
}

/* Opens the container on the device open as FD, and holds it. */
static int bring_up(struct context *ctx, struct target *target, const struct node *node, const char *device, int fd, const struct luks_key *key)
{
	struct hold_work work = { target, node, -1 };
	AUTO_FREE char *below = NULL;
	AUTO_STRV char **argv = NULL;
	int r = hold_kernel_name(ctx, fd, holder_of(target, node)->device, &below);

	if (!r && luks_open_arguments(node, &argv) < 0)
		r = context_oom(ctx);
	if (r)
		return r;
	work.note = up_note(ctx, &up_container, luks_name(node), (char *[]){ below, NULL });
	r = work.note < 0 ? work.note : run_cryptsetup(ctx, &argv, device, fd, luks_name(node), key->key, key->length);
	if (!r)
		r = ops_of(ctx)->change(ctx, "look whether the container lies on the planned device", hold_container, &work);
	if (!hold_has_made(target, node) && work.note >= 0) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

		(void)up_take_down(ctx, &up_container, luks_name(node), work.note);
	}
	return r;
}

static int put_header(struct context *ctx, const struct luks_key *key, const char *device, int fd)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	AUTO_FREE char *file = NULL;
	AUTO_STRV char **argv = NULL;
	int r = scratch_open(ctx, key->header_length, key->header_length, &scratch);

	if (r)
		return r;
	r = write_all(scratch.fd, key->header, key->header_length);
	if (r < 0)
		return context_fail(ctx, -r, "The header of a container cannot be written to %s: %s", scratch.path, strerror(-r));
	file = text_format("--header-backup-file=%s", scratch.path);
	if (!file || strv_append(&argv, "cryptsetup") < 0 || strv_append(&argv, "luksHeaderRestore") < 0 || strv_append(&argv, "--batch-mode") < 0 ||
	    strv_append(&argv, file) < 0)
		return context_oom(ctx);
	return run_cryptsetup(ctx, &argv, device, fd, NULL, NULL, 0);
}

static int format(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key *key, const char *device, int fd)
{
	AUTO_STRV char **argv = NULL;

	if (luks_format_arguments(target->result, node, false, &argv) < 0)
		return context_oom(ctx);
	return run_cryptsetup(ctx, &argv, device, fd, NULL, key->key, key->length);
}

static int luks_run(struct context *ctx, struct target *target, struct action *action)
{
	const struct node *node = action->node, *holder = holder_of(target, node);
	AUTO_HOLD_PATH struct hold_path path = { 0 };
	AUTO_CLOSE int fd = -1;
	const struct luks_key *key = NULL;
	int r = find_key(ctx, target, node, &key);

	if (!r && luks_has_header(node) && !key->header)
		r = context_fail(ctx, EINVAL, "The header of %s, which the set has, was not read", node->id);
	if (!r)
		r = check_name(ctx, node);
	if (!r)
		r = content_prepare_holder(ctx, target, holder, &fd);
	if (!r)
		r = hold_path_make(ctx, fd, holder->device, &path);
	if (!r)
		r = key->header ? put_header(ctx, key, path.path, fd) : format(ctx, target, node, key, path.path, fd);
	return r ? r : bring_up(ctx, target, node, path.path, fd, key);
}

static int luks_open(struct context *ctx, struct target *target, struct action *action)
{
	const struct node *node = action->node, *holder = holder_of(target, node);
	AUTO_HOLD_PATH struct hold_path path = { 0 };
	AUTO_CLOSE int fd = -1;
	const struct luks_key *key = NULL;
	int r = find_key(ctx, target, node, &key);

	if (!r)
		r = check_name(ctx, node);
	if (!r)
		r = hold_open(ctx, target, holder, &fd);
	if (!r)
		r = hold_path_make(ctx, fd, holder->device, &path);
	return r ? r : bring_up(ctx, target, node, path.path, fd, key);
}

/* Its header is there, and it is open. */
static int luks_done(struct context *ctx, const struct target *target, const struct action *action)
{
	const struct node *node = action->node, *holder = holder_of(target, node);
	AUTO_CLOSE int fd = -1, below = -1;
	int r = hold_open(ctx, target, node, &fd);

	if (!r)
		r = hold_open(ctx, target, holder, &below);
	if (r)
		return r;
	r = content_is_there(below, SIGNATURE, node->uuid, NULL);
	return r < 0 ? context_fail(ctx, -r, "%s could not be read: %s", holder->device, strerror(-r)) : r;
}

static int luks_close(struct context *ctx, struct target *target, struct action *action)
{
	if (!hold_has_made(target, action->node))
		return 0;
	return up_take_down(ctx, &up_container, luks_name(action->node), hold_release_made(target, action->node));
}

static bool luks_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_luks = {
	.name = "luks",
	.destructive = true,
	.check = luks_check,
	.print = luks_print,
	.run = luks_run,
	.open = luks_open,
	.done = luks_done,
	.close = luks_close,
	.stays = luks_stays,
};
