/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a disk carries a set, restored, for tests/loop/test_restored:
 *   restored_driver LAYOUT.json SET_ID DIRECTORY DEVICE...
 * looks on the DEVICEs for the note of the set of that id and layout, mounting at DIRECTORY. Prints "found" or "not found".
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../backend/core/context.h"
#include "../../backend/probe/probe.h"
#include "../../backend/resume/restored.h"
#include "../../backend/set/manifest.h"

int main(int argc, char **argv)
{
	struct context ctx;
	AUTO_LAYOUT struct layout *captured = NULL, *present = NULL;
	struct manifest manifest = { 0 };
	struct restored restored = { 0 };
	json_t *json;
	bool found;

	if (argc < 5)
		return 2;
	context_init(&ctx);
	json = json_load_file(argv[1], 0, NULL);
	if (!json || layout_from_json(&ctx, json, &captured) ||
	    layout_probe(&ctx, &(struct probe_options){ .devices = (const char *const *)argv + 4, .only_devices = true }, &present)) {
		fprintf(stderr, "%s\n", context_detail(&ctx));
		return 1;
	}
	manifest.set_id = argv[2];
	manifest.layout = captured;
	found = restored_is_here(&ctx, &manifest, argv[3], present, &restored);
	puts(found ? "found" : "not found");
	free(restored.when);
	json_decref(json);
	context_done(&ctx);
	return 0;
}
