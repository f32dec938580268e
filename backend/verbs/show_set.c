/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "show_set.h"

#include <errno.h>
#include <string.h>

#include "../restore/selection.h"
#include "../layout/image.h"
#include "../set/index.h"
#include "../set/set.h"

struct shown_set {
	struct set *set;
};

int shown_set_open(struct context *ctx, const char *location, struct shown_set **ret)
{
	struct shown_set *shown = calloc(1, sizeof(*shown));
	int r = shown ? set_open_passing(ctx, location, &shown->set) : context_oom(ctx);

	if (r == 0)
		*ret = shown;
	else
		free(shown);
	return r;
}

void shown_set_close(struct shown_set *shown)
{
	if (!shown)
		return;
	set_close(shown->set);
	free(shown);
}

static const struct manifest *manifest_of(const struct shown_set *shown)
{
	return set_manifest(shown->set);
}

static json_t *texts(char *const *list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *show_node(const struct node *node)
{
	bool mount = node->type == NODE_MOUNT;
	AUTO_FREE char *words = node_describe(node), *label = node->label ? text_printable(node->label) : NULL;
	AUTO_FREE char *path = mount ? bytes_escape(node->mount.path, strlen(node->mount.path)) : NULL;

	return json_pack("{ss, ss*, sI, sI, ss*, ss*, ss*, sb, sb, sb}", "type", node_type_name(node->type), "words", words, "size",
			 (json_int_t)node->size, "used", (json_int_t)node->used, "kind",
			 node->type == NODE_FILESYSTEM ? node->filesystem.kind : NULL, "label", label, "path", path, "private",
			 mount && mount_is_private(node), "image", node_image(node) != NULL, "left_out",
			 node_property(node, LEFT_OUT_PROPERTY) != NULL);
}

/* Disks, filesystems with their mounts behind them, and swap spaces. */
static json_t *show_storage(const struct layout *layout)
{
	AUTO_FREE const struct node **mounted = calloc(layout->count + 1, sizeof(*mounted)); /* by each mount: a filesystem */
	json_t *array = json_array();

	for (size_t i = 0; mounted && i < layout->count; i++)
		if (layout->nodes[i]->type == NODE_MOUNT)
			mounted[i] = layout_filesystem_of(layout, layout->nodes[i]);
	for (size_t i = 0; mounted && i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		if (node->type == NODE_DISK || node->type == NODE_FILESYSTEM || node->type == NODE_SWAP)
			json_array_append_new(array, show_node(node));
		for (size_t k = i + 1; node->type == NODE_FILESYSTEM && k < layout->count; k++)
			if (mounted[k] == node)
				json_array_append_new(array, show_node(layout->nodes[k]));
	}
	return array;
}

static json_t *show_attachments(const struct manifest *manifest)
{
	json_t *array = json_array();

	for (size_t i = 0; i < manifest->attachment_count; i++) {
		const struct attachment *attachment = manifest->attachments + i;

		json_array_append_new(array, json_pack("{ss, ss, sI, sb}", "name", attachment->name, "kind", attachment->kind, "stored",
						       (json_int_t)attachment->stored, "secret", (int)attachment->secret));
	}
	return array;
}

json_t *shown_set_summary(const struct shown_set *shown)
{
	const struct manifest *manifest = manifest_of(shown);
	uint64_t stored = manifest->index_stored;

	for (size_t i = 0; i < manifest->segment_count; i++)
		stored += manifest->segments[i].stored;
	return json_pack("{ss*, ss*, ss*, ss*, ss*, ss*, ss*, ss*, ss*, ss*, sI, sI, sI, sI, sI, so, so, so, so, so}", "label", manifest->label,
			 "set_id", manifest->set_id, "created", manifest->created, "tool", manifest->tool, "host", manifest->machine.host, "os",
			 manifest->machine.os, "kernel", manifest->machine.kernel, "architecture", manifest->machine.architecture, "firmware",
			 manifest->machine.firmware, "loader", manifest->machine.loader, "entries", (json_int_t)manifest->total_files, "bytes",
			 (json_int_t)manifest->total_bytes, "segments", (json_int_t)manifest->segment_count, "stored", (json_int_t)stored, "changed",
			 (json_int_t)manifest->changed_files, "optional", texts(manifest->optional), "storage", show_storage(manifest->layout),
			 "attachments", show_attachments(manifest), "lost", texts(manifest->lost), "excluded", texts(manifest->excluded));
}

char *shown_set_manifest(const struct shown_set *shown, size_t *ret_length)
{
	return manifest_print(manifest_of(shown), ret_length);
}

const struct layout *shown_set_storage(const struct shown_set *shown)
{
	return manifest_of(shown)->layout;
}

int shown_set_attachment(struct context *ctx, struct shown_set *shown, const char *name, void **ret, size_t *ret_length)
{
	const struct attachment *attachment = manifest_find_attachment(manifest_of(shown), name);

	if (!attachment)
		return context_fail(ctx, ENOENT, "The set has no attachment '%s': 'lifeboat show --set SET' lists them", name);
	*ret_length = (size_t)attachment->stored;
	return set_attachment_load(ctx, shown->set, attachment, ret);
}

static int show_row(const struct index_row *row, struct buffer *line, bool lines, int (*visit)(void *, const struct shown_entry *), void *data)
{
	struct shown_entry entry = {
		.path = row->path, .link = row->link, .hard_link = row->hard_link, .mode = row->mode, .uid = row->uid, .gid = row->gid,
		.mtime = row->mtime.tv_sec, .size = row->size, .device = row->device, .changed = row->changed,
	};

	line->length = 0;
	if (lines && index_row_print(line, row) == 0)
		entry.line = line->data;
	return visit(data, &entry);
}

int shown_set_each(struct context *ctx, struct shown_set *shown, char *const *paths, bool lines,
		   int (*visit)(void *data, const struct shown_entry *entry), void *data)
{
	AUTO_SELECTION struct selection *selection = NULL;
	AUTO_INDEX struct index_reader *reader = NULL;
	AUTO_BUFFER struct buffer line = { 0 };
	struct index_row row = { 0 };
	/* Nothing is shown of an index that is not the one that was written. */
	int r = index_check(ctx, shown->set);

	if (r == 0)
		r = selection_new(ctx, shown->set, paths, &selection);
	if (r == 0)
		r = index_open(ctx, shown->set, &reader);
	while (r >= 0 && (r = index_read(ctx, reader, &row)) == 1) {
		r = context_check_cancel(ctx);
		if (r == 0 && selection_has(selection, row.path))
			r = show_row(&row, &line, lines, visit, data);
	}
	index_row_done(&row);
	return r;
}
