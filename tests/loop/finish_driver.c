/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs finish_system() for tests/loop/test_finish: finish_driver ROOT CASE.json The case holds "captured", "result" and
 * "present" layouts, "devices" ({result or present node: device}), "map" ({source: target}), "machine" and "firmware".
 * Prints the answer as JSON and exits 0, or prints the error's sentence and exits 1. SIGTERM cancels.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../backend/finish/finish.h"
#include "../../backend/storage/actions.h"
#include "../../backend/filesystems/mkfs.h"

static struct layout *read_layout(struct context *ctx, json_t *root, const char *name)
{
	struct layout *layout = NULL;

	if (layout_from_json(ctx, json_object_get(root, name), &layout) < 0)
		fprintf(stderr, "%s: %s\n", name, context_detail(ctx));
	return layout;
}

static void set_devices(struct layout *layout, json_t *devices)
{
	for (size_t i = 0; i < layout->count; i++) {
		const char *device = json_string_value(json_object_get(devices, layout->nodes[i]->id));

		if (device)
			layout->nodes[i]->device = strdup(device);
	}
}

/* The actions that a plan has for what its result holds. */
static int add_actions(struct plan *plan)
{
	plan->actions = calloc(plan->target.result->count + 1, sizeof(*plan->actions));
	for (size_t i = 0; plan->actions && i < plan->target.result->count; i++) {
		struct node *node = plan->target.result->nodes[i];

		if (node->type == NODE_SWAP)
			plan->actions[plan->count++] = (struct action){ .type = &action_swap, .node = node };
		else if (node->type == NODE_FILESYSTEM && mkfs_kind_find(node->filesystem.kind))
			plan->actions[plan->count++] = (struct action){ .type = &action_filesystem, .node = node };
	}
	return plan->actions ? 0 : -1;
}

static void print_strings(json_t *answer, const char *name, char *const *strings)
{
	json_t *array = json_array();

	for (; strings && *strings; strings++) {
		AUTO_FREE char *escaped = bytes_escape(*strings, strlen(*strings));

		json_array_append_new(array, json_string(escaped));
	}
	json_object_set_new(answer, name, array);
}

static void print_event(void *data, json_t *event)
{
	const char *level = json_string_value(json_object_get(event, "level"));

	(void)data;
	if (level && (getenv("VERBOSE") || strcmp(level, "debug")))
		fprintf(stderr, "%s: %s\n", level, json_string_value(json_object_get(event, "text")));
}

/* A signal handler has no other way to the context. */
static struct context *cancelled_context;

static void cancel(int signal_number)
{
	(void)signal_number;
	context_cancel(cancelled_context);
}

int main(int argc, char **argv)
{
	struct finish_result result = { 0 };
	struct manifest manifest = { 0 };
	struct disk_map map = { 0 };
	struct plan plan = { .map = &map };
	struct disk_pair pairs[8];
	struct context ctx;
	json_t *root = argc == 3 ? json_load_file(argv[2], 0, NULL) : NULL, *machine, *devices, *answer, *target;
	const char *source, *initramfs = json_string_value(json_object_get(root, "initramfs"));
	int r;

	if (!root)
		return 2;
	initramfs = initramfs ? initramfs : "auto";
	context_init(&ctx);
	ctx.listener = print_event;
	cancelled_context = &ctx;
	signal(SIGTERM, cancel);
	plan.target.captured = read_layout(&ctx, root, "captured");
	plan.target.wanted = read_layout(&ctx, root, "captured");
	plan.target.result = read_layout(&ctx, root, "result");
	plan.target.present = read_layout(&ctx, root, "present");
	if (!plan.target.captured || !plan.target.wanted || !plan.target.result || !plan.target.present || add_actions(&plan) < 0)
		return 2;
	devices = json_object_get(root, "devices");
	set_devices(plan.target.result, devices);
	set_devices(plan.target.present, devices);
	map.pairs = pairs;
	json_object_foreach(json_object_get(root, "map"), source, target) if (map.count < ARRAY_LENGTH(pairs))
		pairs[map.count++] = (struct disk_pair){ (char *)source, (char *)json_string_value(target) };
	machine = json_object_get(root, "machine");
	manifest.layout = plan.target.captured;
	manifest.machine.firmware = (char *)json_string_value(json_object_get(machine, "firmware"));
	manifest.machine.loader = (char *)json_string_value(json_object_get(machine, "loader"));
	manifest.machine.installs = (char *)json_string_value(json_object_get(machine, "installs"));
	plan.start.uefi = !strcmp(json_string_value(json_object_get(root, "firmware")), "uefi");
	plan.start.from_uefi = manifest.machine.firmware && !strcmp(manifest.machine.firmware, "uefi");
	manifest.machine.loader_id = (char *)json_string_value(json_object_get(machine, "loader_id"));
	r = finish_system(&ctx,
			  &(struct finish_options){
				  .root = argv[1],
				  .manifest = &manifest,
				  .plan = &plan,
				  .firmware = json_string_value(json_object_get(root, "firmware")),
				  .initramfs = !strcmp(initramfs, "always") ? INITRAMFS_ALWAYS : !strcmp(initramfs, "never") ? INITRAMFS_NEVER : INITRAMFS_AUTO,
			  },
			  &result);
	if (r < 0)
		fprintf(stderr, "error: %s\n", context_detail(&ctx));
	answer = json_object();
	json_object_set_new(answer, "bootable", json_boolean(result.bootable));
	json_object_set_new(answer, "incomplete", json_boolean(result.incomplete));
	print_strings(answer, "reasons", result.reasons);
	print_strings(answer, "notes", result.notes);
	print_strings(answer, "changed", result.changed);
	json_dumpf(answer, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(answer);
	finish_result_done(&result);
	free(plan.actions);
	layout_free(plan.target.captured);
	layout_free(plan.target.wanted);
	layout_free(plan.target.result);
	layout_free(plan.target.present);
	json_decref(root);
	context_done(&ctx);
	return r < 0;
}
