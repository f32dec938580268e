/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probes and plans for tests/loop/test_plan:
 *   plan_driver probe ROOT                      the layout of what is mounted at ROOT, as JSON
 *   plan_driver run LAYOUT.json DEVICE[,DEVICE] ROOT [dry] [cancel=N]
 *                                               builds a plan of the layout onto the devices; prints "built DIGEST", waits for a line;
 *                                               executes it, prints "made", waits for a line; unmounts
 * Errors go to standard error, the exit status is 1.
 */
#include <stdio.h>
#include <string.h>

#include "../../backend/core/ops.h"
#include "driver.h"

struct listener {
	struct context *ctx;
	int cancel_after;        /* index of the action after which to cancel; -1: never */
};

static void listen(void *data, json_t *event)
{
	struct listener *listener = data;
	const char *level = json_string_value(json_object_get(event, "level"));
	const char *state = json_string_value(json_object_get(event, "state"));

	if (level && (getenv("VERBOSE") || strcmp(level, "debug")))
		fprintf(stderr, "%s: %s\n", level, json_string_value(json_object_get(event, "text")));
	if (!state)
		return;
	json_dumpf(event, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	printf("\n");
	if (!strcmp(state, "done") && json_integer_value(json_object_get(event, "index")) == listener->cancel_after)
		context_cancel(listener->ctx);
}

static void wait_for_line(const char *say)
{
	char line[16];

	printf("%s\n", say);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return;
}

static int probe(struct context *ctx, const char *root)
{
	struct probe_options options = { .root = root, .used = true };
	AUTO_LAYOUT struct layout *layout = NULL;
	json_t *json;
	int r = layout_probe(ctx, &options, &layout);

	if (r)
		return r;
	json = layout_to_json(layout);
	json_dumpf(json, stdout, JSON_INDENT(2));
	json_decref(json);
	return 0;
}

static int run_plan(struct context *ctx, const char *file, const char *device, const char *root, bool dry)
{
	AUTO_FREE char *first = strdup(device);
	char *second = first;
	const char *const devices[] = { strsep(&second, ","), second, NULL };
	AUTO_LAYOUT struct layout *captured = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	AUTO_FREE char *built = NULL;
	int r = driver_plan(ctx, file, devices, root, &captured, &plan);
	json_t *json;

	if (r)
		return r;
	json = plan_to_json(plan);
	json_dumpf(json, stdout, JSON_COMPACT);
	printf("\n");
	json_decref(json);
	built = text_format("built %s", plan->digest);
	wait_for_line(built);
	if (dry)
		ctx->ops = &ops_dry;
	r = plan_run(ctx, plan);
	if (r)
		return r;
	wait_for_line("made");
	return plan_unmount(ctx, plan);
}

int main(int argc, char **argv)
{
	struct context ctx;
	struct listener listener = { .ctx = &ctx, .cancel_after = -1 };
	bool dry = false;
	int r;

	context_init(&ctx);
	ctx.listener = listen;
	ctx.listener_data = &listener;
	for (int i = 5; i < argc; i++) {
		dry |= !strcmp(argv[i], "dry");
		if (!strncmp(argv[i], "cancel=", 7))
			listener.cancel_after = atoi(argv[i] + 7);
	}
	if (argc == 3 && !strcmp(argv[1], "probe"))
		r = probe(&ctx, argv[2]);
	else if (argc >= 5 && !strcmp(argv[1], "run"))
		r = run_plan(&ctx, argv[2], argv[3], argv[4], dry);
	else
		return 2;
	if (r < 0)
		fprintf(stderr, "error %d: %s\n", -r, context_detail(&ctx));
	context_done(&ctx);
	return r < 0;
}
