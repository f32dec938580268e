/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a swap space with its captured identity. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../core/ops.h"
#include "actions.h"
#include "content.h"
#include "device.h"
#include "hold_path.h"
#include "label_write.h"
#include "scratch.h"

/* union swap_header of the kernel's include/linux/swap.h: it ends the first page. */
#define SWAP_MAGIC_LENGTH 10

/* Runs mkswap for NODE on DEVICE, a path that may lead through FD. 0 or -errno with a sentence. */
static int make_swap(struct context *ctx, const struct node *node, const char *device, int fd)
{
	/* Without a UUID it had the one that is all zero. */
	const char *argv[] = { "mkswap", "-f", "-U", node->uuid ? node->uuid : "clear", NULL, NULL, NULL, NULL, NULL, NULL };
	/* The kernel that will use it is the saved one, whose pages may be larger than this one's. */
	AUTO_FREE char *page = node->swap.page_size ? text_format("%" PRIu32, node->swap.page_size) : NULL;
	bool has_long_label = node->label && strlen(node->label) >= SWAP_LABEL_LENGTH;
	size_t count = 4;
	int r;

	if (node->swap.page_size && !page)
		return context_oom(ctx);
	if (page) {
		argv[count++] = "-p";
		argv[count++] = page;
	}
	if (node->label && !has_long_label) {
		argv[count++] = "-L";
		argv[count++] = node->label;
	}
	argv[count] = device;
	r = run_program(ctx, &(struct run){ .argv = argv, .inherit = (int[]){ fd, -1 }, .trial = fd < 0 }, NULL);
	return r || !has_long_label ? r : swap_label_write(ctx, device, node->label);
}

/* Whether FD holds a swap space for pages of the size that NODE has; 0: not known. */
static bool has_page_size(int fd, const struct node *node)
{
	char magic[SWAP_MAGIC_LENGTH];

	return !node->swap.page_size ||
	       (pread(fd, magic, sizeof(magic), (off_t)(node->swap.page_size - sizeof(magic))) == sizeof(magic) &&
		!memcmp(magic, "SWAPSPACE2", sizeof(magic)));
}

/* Makes it on a sparse file of the partition's size. */
static int try_swap(struct context *ctx, const struct target *target, const struct node *node)
{
	struct scratch AUTO_SCRATCH scratch = SCRATCH_NONE;
	const struct node *holder = device_holder(target->result, node);
	int r, there;

	if (!holder)
		return context_fail(ctx, EINVAL, "%s lies on several devices, which cannot be made", node->id);
	context_debug(ctx, "Tries on a sparse file how the swap space of %s is made; no disk is written", node->device);
	r = scratch_open(ctx, layout_room_on(target->result, holder), SCRATCH_LITTLE, &scratch);
	if (!r)
		r = make_swap(ctx, node, scratch.path, -1);
	if (r)
		return r;
	there = content_is_there(scratch.fd, "swap", node->uuid, node->label);
	if (there > 0 && !has_page_size(scratch.fd, node))
		return context_fail(ctx, ENOTSUP, "The swap space of %s cannot be recreated: mkswap makes none for pages of %u bytes",
				    node->device, node->swap.page_size);
	return there > 0 ? 0
			 : context_fail(ctx, there < 0 ? -there : ENOTSUP,
					"The swap space of %s cannot be recreated: tried on a sparse file, it does not come out "
					"with its UUID %s and its label '%s'",
					node->device, node->uuid ? node->uuid : "", node->label ? node->label : "");
}

static int swap_check(struct context *ctx, const struct target *target, const struct action *action)
{
	if (!run_is_present(NULL, "mkswap"))
		return context_fail(ctx, ENOENT, "The program mkswap, which makes swap spaces, is not on this system");
	return try_swap(ctx, target, action->node);
}

static char *swap_print(const struct target *target, const struct action *action)
{
	const struct node *node = action->node;
	AUTO_FREE char *size = bytes_print_size(node->size);

	(void)target;
	if (!size)
		return NULL;
	return node->label ? sentence("Make the swap space '%s' on %s, %s", node->label, node->device, size)
			   : sentence("Make the swap space on %s, %s", node->device, size);
}

static int swap_run(struct context *ctx, struct target *target, struct action *action)
{
	AUTO_HOLD_PATH struct hold_path path = { 0 };
	AUTO_CLOSE int fd = -1;
	const struct node *holder = device_holder(target->result, action->node);
	int r = content_prepare_holder(ctx, target, holder, &fd);

	if (!r)
		r = hold_path_make(ctx, fd, action->node->device, &path);
	return r ? r : make_swap(ctx, action->node, path.path, fd);
}

static int swap_done(struct context *ctx, const struct target *target, const struct action *action)
{
	return content_is_made(ctx, target, action->node, "swap");
}

/* What is written through to the disk is there after a power failure too. */
static bool swap_stays(const struct action *action)
{
	(void)action;
	return true;
}

const struct action_type action_swap = {
	.name = "swap",
	.destructive = true,
	.check = swap_check,
	.print = swap_print,
	.run = swap_run,
	.done = swap_done,
	.stays = swap_stays,
};
