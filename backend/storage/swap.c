/* Makes a swap space with its captured identity. */
#include <errno.h>
#include <string.h>

#include "../core/ops.h"
#include "actions.h"
#include "device.h"

static int swap_check(struct context *ctx, const struct plan *plan, const struct action *action)
{
	(void)plan;
	if (!run_is_present(NULL, "mkswap"))
		return context_fail(ctx, ENOENT, "The program mkswap, which makes swap spaces, is not on this system");
	/* A header, and one page to swap to; mkswap wants ten. */
	if (action->node->size < 10 * 4096)
		return context_fail(ctx, EINVAL, "The swap space on %s is smaller than any can be",
				    action->node->device);
	return 0;
}

static char *swap_print(const struct plan *plan, const struct action *action)
{
	const struct node *node = action->node;
	AUTO_FREE char *size = bytes_print_size(node->size);

	(void)plan;
	return text_format("Make the swap space%s%s%s on %s, %s", node->label ? " '" : "",
			   node->label ? node->label : "", node->label ? "'" : "", node->device, size ? size : "");
}

static int swap_run(struct context *ctx, struct plan *plan, struct action *action)
{
	const struct node *node = action->node;
	const char *argv[] = { "mkswap", "-f", NULL, NULL, NULL, NULL, NULL, NULL };
	size_t count = 2;
	int r = content_prepare(ctx, plan, node);

	if (r)
		return r;
	if (node->uuid) {
		argv[count++] = "-U";
		argv[count++] = node->uuid;
	}
	if (node->label) {
		argv[count++] = "-L";
		argv[count++] = node->label;
	}
	argv[count] = node->device;
	return run_program(ctx, &(struct run){ .argv = argv }, NULL);
}

static int swap_done(struct context *ctx, const struct plan *plan, const struct action *action)
{
	(void)ctx;
	(void)plan;
	return content_is_there(action->node->device, "swap", action->node->uuid);
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
