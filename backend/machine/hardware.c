/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hardware.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "../core/file.h"
#include "../core/json_text.h"
#include "../layout/tree.h"
#include "disk_words.h"

/* "Key : value" lines of /proc/cpuinfo and /proc/meminfo: the first value of KEY, and how often it is there. */
static char *proc_value(const struct context *ctx, const char *file, const char *key, size_t *ret_count)
{
	AUTO_FREE char *path = context_path(ctx, file), *text = NULL;
	char *save = NULL, *found = NULL;
	size_t count = 0, length = strlen(key);

	if (path && file_read(AT_FDCWD, path, 16u << 20, &text, NULL) == 0)
		for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			const char *colon = strchr(line, ':');

			if (strncmp(line, key, length) || !colon || strspn(line + length, " \t:") == 0)
				continue;
			count++;
			if (!found)
				found = text_strip(colon + 1);
		}
	if (ret_count)
		*ret_count = count;
	return found;
}

static uint64_t memory_bytes(const struct context *ctx)
{
	AUTO_FREE char *text = proc_value(ctx, "/proc/meminfo", "MemTotal", NULL);
	uint64_t kibibytes = 0;

	if (text)
		text[strcspn(text, " ")] = '\0';
	return text && parse_u64(text, &kibibytes) ? kibibytes * 1024 : 0;
}

/* A DMI text; makers leave placeholders in boards that are sold alone. */
static char *dmi_text(const struct context *ctx, const char *name)
{
	static const char *const placeholders[] = { "To Be Filled By O.E.M.", "System manufacturer", "System Product Name",
						    "Default string", "None", "Not Specified" };
	AUTO_FREE char *path = text_format("/sys/class/dmi/id/%s", name);
	AUTO_FREE char *text = path ? file_attribute(ctx, path) : NULL;

	for (size_t i = 0; text && i < ARRAY_LENGTH(placeholders); i++)
		if (!strcasecmp(text, placeholders[i]))
			return NULL;
	return text && *text ? TAKE_POINTER(text) : NULL;
}

static json_t *machine_name(const struct context *ctx)
{
	AUTO_FREE char *vendor = dmi_text(ctx, "sys_vendor"), *product = dmi_text(ctx, "product_name");
	AUTO_FREE char *serial = dmi_text(ctx, "product_serial"), *all = NULL;

	all = text_format("%s%s%s%s%s", vendor ? vendor : "", vendor && product ? " " : "", product ? product : "",
			  serial ? ", serial " : "", serial ? serial : "");
	return json_printable(all ? all : "");
}

/* ---- disks ---- */

/* The rows of DISK among those of all DISKS. */
static json_t *rows_of(json_t *disks, const struct node *disk)
{
	json_t *entry;
	size_t i;

	json_array_foreach(disks, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "disk")), disk->id))
			return json_object_get(entry, "rows");
	return NULL;
}

static json_t *disk_report(const struct layout *present, const struct node *node, json_t *tree, char *const *protected_disks)
{
	const struct disk_info *disk = &node->disk;
	bool is_protected = disk->name && strv_contains(protected_disks, disk->name);
	json_t *report = hardware_disk(present, node);

	json_object_set_new(report, "table", json_printable(disk->table));
	json_object_set_new(report, "removable", json_boolean(disk->removable));
	json_object_set_new(report, "read_only", json_boolean(disk->read_only));
	json_object_set_new(report, "protected", json_boolean(is_protected));
	json_object_set(report, "tree", rows_of(tree, node));
	return report;
}

json_t *hardware_report(struct context *ctx, const struct layout *present, char *const *protected_disks,
			char *const *missing, const char *firmware)
{
	size_t processors = 0;
	AUTO_FREE char *processor = proc_value(ctx, "/proc/cpuinfo", "model name", NULL);
	json_t *disks = json_array(), *lacking = json_array(), *tree = present ? layout_tree_rows(present) : NULL;
	struct utsname system;

	free(proc_value(ctx, "/proc/cpuinfo", "processor", &processors));
	for (size_t i = 0; present && i < present->count; i++)
		if (present->nodes[i]->type == NODE_DISK)
			json_array_append_new(disks, disk_report(present, present->nodes[i], tree, protected_disks));
	json_decref(tree);
	for (size_t i = 0; i < strv_length(missing); i++)
		json_array_append_new(lacking, json_printable(missing[i]));
	return json_pack("{ss, so, so, sI, sI, ss, so, so, so, so}", "firmware", firmware, "machine", machine_name(ctx), "processor",
			 json_printable(processor ? processor : ""), "processors", (json_int_t)processors, "memory",
			 (json_int_t)memory_bytes(ctx), "kernel", uname(&system) < 0 ? "" : system.release, "disks", disks,
			 "network", hardware_network(ctx), "devices", hardware_devices(ctx), "missing", lacking);
}
