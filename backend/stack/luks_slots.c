/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "luks_slots.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../core/file.h"
#include "../core/run.h"
#include "../storage/hold.h"
#include "../storage/hold_path.h"
#include "luks_arguments.h"
#include "../storage/luks_keys.h"
#include "../storage/scratch.h"

#define STATUS_NO_KEY 2 /* cryptsetup(8), RETURN CODES */

int luks_slots_try(struct context *ctx, const struct target *target, const struct node *node, const char *header, size_t header_length,
		  const char *key, size_t length)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	const struct node *on = layout_find(target->result, node->on[0]);
	AUTO_RUN_RESULT struct run_result result = { 0 };
	struct run run = { .input = key, .input_length = length, .trial = true, .accept = { [STATUS_NO_KEY] = true } };
	int r = scratch_open(ctx, layout_room_on(target->result, on), header_length, &scratch);

	if (r < 0)
		return r;
	r = write_all(scratch.fd, header, header_length);
	if (r < 0)
		return context_fail(ctx, -r, "The header of a container cannot be written to %s: %s", scratch.path, strerror(-r));
	run.argv = (const char *const[]){ "cryptsetup", "open", "--test-passphrase", "--type=luks", "--key-file=-", scratch.path, NULL };
	r = run_program(ctx, &run, &result);
	return r ? r : result.status == 0;
}

/* Appends NAME and the number VALUE where it is one. 0 or -ENOMEM. */
static int add_number(char ***argv, const char *name, uint64_t value)
{
	AUTO_FREE char *word = text_format("%s=%" PRIu64, name, value);

	return !value ? 0 : word ? strv_append(argv, word) : -ENOMEM;
}

/* Whether FILE opens the container on DEVICE, which leads through FD. 1, 0 or -errno with a sentence. */
static int opens(struct context *ctx, const char *device, int fd, const struct luks_key_file *file)
{
	AUTO_FREE char *word = text_format("--key-file=/proc/self/fd/%d", file->fd);
	AUTO_STRV char **argv = NULL;
	AUTO_RUN_RESULT struct run_result result = { 0 };
	struct run run = { .inherit = (int[]){ fd, file->fd, -1 }, .accept = { [STATUS_NO_KEY] = true } };
	int r = word && strv_append(&argv, "cryptsetup") == 0 && strv_append(&argv, "open") == 0 && strv_append(&argv, "--test-passphrase") == 0 &&
			strv_append(&argv, word) == 0 && add_number(&argv, "--keyfile-offset", file->offset) == 0 &&
			add_number(&argv, "--keyfile-size", file->bytes) == 0 && strv_append(&argv, device) == 0 ? 0 : context_oom(ctx);

	run.argv = (const char *const *)argv;
	r = r ? r : run_program(ctx, &run, &result);
	return r ? r : result.status == 0;
}

static int add_key(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key *key, const char *device, int fd,
		   const struct luks_key_file *file)
{
	AUTO_FREE char *word = text_format("/proc/self/fd/%d", file->fd);
	AUTO_STRV char **argv = NULL;
	struct run run = { .inherit = (int[]){ fd, file->fd, -1 }, .input = key->key, .input_length = key->length };

	if (!word || luks_add_key_arguments(target->result, node, &argv) < 0 || add_number(&argv, "--new-keyfile-offset", file->offset) < 0 ||
	    add_number(&argv, "--new-keyfile-size", file->bytes) < 0 || strv_append(&argv, device) < 0 || strv_append(&argv, word) < 0)
		return context_oom(ctx);
	run.argv = (const char *const *)argv;
	return run_program(ctx, &run, NULL);
}

int luks_slots_enroll(struct context *ctx, const struct target *target, const struct node *node, const struct luks_key_file *file)
{
	const struct luks_key *key = luks_keys_of(target, node->id);
	const struct node *holder = layout_find(target->result, node->on[0]);
	AUTO_HOLD_PATH struct hold_path path = { 0 };
	AUTO_CLOSE int fd = -1;
	int r = key ? hold_open(ctx, target, holder, &fd) : context_fail(ctx, EPERM, "No passphrase is known of %s", node->id);

	if (!r)
		r = hold_path_make(ctx, fd, holder->device, &path);
	if (!r)
		r = opens(ctx, path.path, fd, file);
	if (r)
		return r < 0 ? r : 0;
	r = add_key(ctx, target, node, key, path.path, fd, file);
	return r ? r : 1;
}
