/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the probe for tests/loop/test_probe: probe_driver probe [--root DIR] [--device NODE]... | busy NAME | beneath PATH
 * Prints {"layout":[...],"devices":{id:device},"warnings":[...]}, {"busy":bool,"why":text} or {"disks":[...]}.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "../../backend/devices/disks_beneath.h"
#include "../../backend/probe/probe.h"
#include "../../backend/devices/disk_busy.h"

static void listen(void *data, json_t *event)
{
	const char *level = json_string_value(json_object_get(event, "level"));

	if (level && !strcmp(level, "warning"))
		json_array_append((json_t *)data, json_object_get(event, "text"));
}

static int print(json_t *answer)
{
	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
	return 0;
}

static int run_probe(struct context *ctx, int argc, char **argv)
{
	const char *devices_named[16] = { NULL };
	struct probe_options options = { .used = true, .devices = devices_named };
	AUTO_LAYOUT struct layout *layout = NULL;
	json_t *warnings = json_array(), *devices = json_object();

	for (int i = 0, count = 0; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--root"))
			options.root = argv[i + 1];
		else if (count < 15)
			devices_named[count++] = argv[i + 1];
	}
	ctx->listener = listen;
	ctx->listener_data = warnings;
	if (layout_probe(ctx, &options, &layout)) {
		fprintf(stderr, "%s\n", context_detail(ctx));
		return 1;
	}
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->device)
			json_object_set_new(devices, layout->nodes[i]->id, json_string(layout->nodes[i]->device));
	return print(json_pack("{s:o,s:o,s:o}", "layout", layout_to_json(layout), "devices", devices, "warnings", warnings));
}

static int run_busy(struct context *ctx, const char *name)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *disk = layout_add(layout, NODE_DISK, "disk:0");
	AUTO_FREE char *why = NULL;
	bool busy;

	disk->disk.name = strdup(name);
	busy = disk_is_busy(ctx, disk, &why);
	return print(json_pack("{s:b,s:s}", "busy", busy, "why", why ? why : ""));
}

static int run_beneath(struct context *ctx, const char *path)
{
	AUTO_STRV char **disks = NULL;
	json_t *array;

	if (disks_beneath_path(ctx, path, &disks) < 0) {
		fprintf(stderr, "%s\n", context_detail(ctx));
		return 1;
	}
	array = json_array();
	for (char **disk = disks; disk && *disk; disk++)
		json_array_append_new(array, json_string(*disk));
	return print(json_pack("{s:o}", "disks", array));
}

int main(int argc, char **argv)
{
	struct context ctx;
	int status = 2;

	context_init(&ctx);
	if (argc > 1 && !strcmp(argv[1], "probe"))
		status = run_probe(&ctx, argc - 2, argv + 2);
	else if (argc == 3 && !strcmp(argv[1], "busy"))
		status = run_busy(&ctx, argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "beneath"))
		status = run_beneath(&ctx, argv[2]);
	context_done(&ctx);
	return status;
}
