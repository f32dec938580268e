/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured storage as a tree that fits a screen: one line a thing, below what it lies on, with its size and what an operator asks first. */
#include "show_layout.h"

#include <errno.h>
#include <string.h>

#include "../backend/messages.h"
#include "text.h"

#define NAME_COLUMNS 48              /* wider names push the rest of their line to the right */
#define SIZE_COLUMNS 10

struct row {
	char *name, *size, *facts;
};

struct tree {
	const struct layout *layout;
	struct buffer margin;    /* before the branches of what stands below the current thing */
	struct row *rows;
	size_t count;
};

/* ---- words ---- */

static void add(struct buffer *text, const char *more)
{
	if (more && *more && text->length)
		buffer_append(text, ", ", 2);
	if (more)
		buffer_append(text, more, strlen(more));
}

static void add_taken(struct buffer *text, char *more)
{
	add(text, more);
	free(more);
}

static void add_size(struct buffer *text, const char *format, uint64_t bytes)
{
	AUTO_FREE char *size = bytes ? bytes_print_size(bytes) : NULL;

	if (size)
		add_taken(text, text_format(format, size));
}

/* "partition 2", "vda2" as others name it, "ext4 "root"": without size. New string. */
static char *name_of(const struct node *node)
{
	const char *label = node->label ? node->label : "", *group = node_property(node, "vg_name");
	const char *quote = node->label ? "\"" : "", *blank = node->label ? " " : "";

	switch (node->type) {
	case NODE_DISK:
		return text_format(_("disk %s"), node->disk.name ? node->disk.name : node->id);
	case NODE_PARTITION:
		label = node->partition.name ? node->partition.name : "";
		return text_format(*label ? _("partition %u \"%s\"") : _("partition %u"), node->partition.number, label);
	case NODE_RAID:
		return text_format(_("RAID array %s"), node->label ? node->label : node->uuid ? node->uuid : node->id);
	case NODE_LUKS:
		return text_format(_("encrypted container %s"), node->label ? node->label : node->uuid ? node->uuid : node->id);
	case NODE_PV:
		return strdup(_("LVM physical volume"));
	case NODE_VG:
		return text_format(_("volume group %s"), label);
	case NODE_LV:
		return text_format(_("volume %s/%s"), group ? group : "?", label);
	case NODE_FILESYSTEM:
		return text_format("%s%s%s%s%s", strcmp(node->filesystem.kind, FILESYSTEM_UNKNOWN) ? node->filesystem.kind : _("unrecognized data"),
				   blank, quote, label, quote);
	case NODE_SWAP:
		return text_format("%s%s%s%s%s", _("swap"), blank, quote, label, quote);
	case NODE_SUBVOLUME:
		return text_format(_("subvolume %s"), node->subvolume.path);
	default:
		return strdup(node->id);
	}
}

/* "vdb2" for a partition of a disk with that name; all else as name_of(). New string. */
static char *place_of(const struct tree *tree, const struct node *node)
{
	const struct node *disk = node->type == NODE_PARTITION ? layout_find(tree->layout, node->on[0]) : NULL;
	const char *name = disk && disk->type == NODE_DISK ? disk->disk.name : NULL;
	size_t length = name ? strlen(name) : 0;

	if (!length)
		return name_of(node);
	return text_format("%s%s%u", name, name[length - 1] >= '0' && name[length - 1] <= '9' ? "p" : "", node->partition.number);
}

static void add_mounts(const struct tree *tree, const struct node *node, struct buffer *text)
{
	const struct node *mount;
	bool mounted = false;

	for (size_t at = 0; (mount = layout_next_child(tree->layout, node->id, NODE_MOUNT, &at)); mounted = true)
		add_taken(text, text_format(mount_is_private(mount) ? _("not mounted, files below %s") : _("mounted at %s"), mount->mount.path));
	if (node_property(node, IMAGE_PROPERTY))
		add(text, _("as an image"));
	else if (!mounted && node->type == NODE_FILESYSTEM && !layout_child(tree->layout, node->id, NODE_SUBVOLUME, 0))
		add(text, _("not mounted"));
}

/* Members with a place in the array; those of 0.90 and 1.x alike. */
static unsigned members_of(const struct node *raid)
{
	unsigned count = 0;

	for (size_t i = 0; i < strv_length(raid->on); i++) {
		AUTO_FREE char *key = text_format("member_%zu_role", i);
		const char *role = key ? node_property(raid, key) : NULL;

		count += role && *role >= '0' && *role <= '9';
	}
	return count;
}

/* What a disk or an array is partitioned by. */
static void add_table(const struct node *node, struct buffer *text)
{
	if (node_table(node))
		add(text, strcmp(node_table(node), "gpt") ? "MBR" : "GPT");
}

static void add_raid(const struct node *node, struct buffer *text)
{
	unsigned long long disks = node_number(node, "raid_disks");
	unsigned members = members_of(node);

	add(text, node_property(node, "level"));
	add_taken(text, text_format(members < disks ? _("%u of %llu members: degraded") : _("%u members"), members, disks));
	if (node_property(node, "metadata"))
		add_taken(text, text_format(_("metadata %s"), node_property(node, "metadata")));
	add_size(text, _("chunks of %s"), node_number(node, "chunk_size"));
	if (node_property(node, "bitmap"))
		add(text, _("bitmap"));
	if (node_property(node, "opened_as"))
		add_taken(text, text_format(_("seen as %s"), node_property(node, "opened_as")));
	add_table(node, text);
}

static void add_luks(const struct node *node, struct buffer *text)
{
	const char *version = node_property(node, "version"), *opened = node_property(node, "opened_as");

	if (version)
		add_taken(text, text_format("LUKS%s", version));
	add(text, node_property(node, "cipher"));
	if (opened)
		add_taken(text, text_format(_("opened as %s"), opened));
	else
		add(text, _("not open when captured"));
}

static void add_volume(const struct node *node, struct buffer *text)
{
	const char *kind = node_property(node, "kind"), *origin = node_property(node, "snapshot_of");

	origin = origin ? origin : node_property(node, "segment_0_origin");
	if (kind && strcmp(kind, "snapshot"))
		add(text, kind);
	if (origin && volume_is_snapshot(node))
		add_taken(text, text_format(_("snapshot of %s"), origin));
	if (kind && (!strcmp(kind, "striped") || !strncmp(kind, "raid", 4)))
		add_taken(text, text_format(_("%s stripes or copies"), node_property(node, "segment_0_stripe_count")
					    ? node_property(node, "segment_0_stripe_count") : node_property(node, "segment_0_device_count")
					    ? node_property(node, "segment_0_device_count") : "?"));
	add_size(text, _("chunks of %s"), node_number(node, "segment_0_chunk_size"));
	if (node_property(node, "tags"))
		add_taken(text, text_format(_("tags %s"), node_property(node, "tags")));
}

static void add_disk(const struct node *node, struct buffer *text)
{
	add(text, node->disk.model);
	if (node->disk.serial)
		add_taken(text, text_format(_("serial %s"), node->disk.serial));
	add(text, node->disk.transport);
	add_table(node, text);
}

/* What lies on several is told the others. */
static void add_others(const struct tree *tree, const struct node *node, struct buffer *text)
{
	for (size_t i = 1; i < strv_length(node->on) && node->type != NODE_LV; i++) {
		const struct node *below = layout_find(tree->layout, node->on[i]);
		AUTO_FREE char *place = below ? place_of(tree, below) : NULL;

		add_taken(text, text_format(i == 1 ? _("also on %s") : "%s", place ? place : node->on[i]));
	}
}

/* New string. */
static char *facts_of(const struct tree *tree, const struct node *node)
{
	AUTO_BUFFER struct buffer text = { 0 };

	switch (node->type) {
	case NODE_DISK:
		add_disk(node, &text);
		break;
	case NODE_PARTITION:
		if (node->partition.active)
			add(&text, _("active"));
		if (node->partition.role && !strcmp(node->partition.role, "extended"))
			add(&text, _("extended"));
		if (node_property(node, PLANNED_PROPERTY))
			add(&text, _("planned in"));
		break;
	case NODE_RAID:
		add_raid(node, &text);
		break;
	case NODE_LUKS:
		add_luks(node, &text);
		break;
	case NODE_PV:
		if (node_property(node, "vg_name"))
			add_taken(&text, text_format(_("of volume group %s"), node_property(node, "vg_name")));
		break;
	case NODE_VG:
		add_size(&text, _("extents of %s"), node_number(node, "extent_size"));
		if (node_property(node, "missing_pv_0"))
			add(&text, _("physical volumes were missing"));
		if (node_property(node, "tags"))
			add_taken(&text, text_format(_("tags %s"), node_property(node, "tags")));
		break;
	case NODE_LV:
		add_volume(node, &text);
		break;
	case NODE_SUBVOLUME:
		if (node->subvolume.read_only)
			add(&text, _("read-only"));
		add_mounts(tree, node, &text);
		break;
	case NODE_FILESYSTEM:
		add_size(&text, _("%s used"), node->used);
		add_mounts(tree, node, &text);
		break;
	default:
		break;
	}
	if (node_property(node, LEFT_OUT_PROPERTY))
		add(&text, _("not in the set: left out by the operator"));
	add_others(tree, node, &text);
	return text.data ? text_printable(text.data) : strdup("");
}

/* ---- the tree ---- */

static int add_row(struct tree *tree, const char *branch, const struct node *node, bool again)
{
	struct row *rows = reallocarray(tree->rows, tree->count + 1, sizeof(*rows));
	AUTO_FREE char *name = name_of(node), *printable = name ? text_printable(name) : NULL;
	struct row row = { .name = printable ? text_format("%s%s", branch, printable) : NULL,
			   .size = node->size && !again ? bytes_print_size(node->size) : strdup(""),
			   .facts = again ? strdup(_("see above")) : facts_of(tree, node) };

	tree->rows = rows ? rows : tree->rows;
	if (rows)
		rows[tree->count++] = row;
	return !rows || !row.name || !row.size || !row.facts ? -ENOMEM : 0;
}

/* "| |-" before a thing that stands two below a disk: MARGIN grows and shrinks with the depth. */
static int add_place(void *data, const struct tree_place *place)
{
	struct tree *tree = data;
	AUTO_FREE char *branch = NULL;

	tree->margin.length = place->depth ? (size_t)(place->depth - 1) * 2 : 0;
	branch = text_format("%.*s%s", (int)tree->margin.length, tree->margin.data ? tree->margin.data : "",
			     !place->depth ? "" : place->last ? "`-" : "|-");
	if (!branch || (place->depth && buffer_append(&tree->margin, place->last ? "  " : "| ", 2)))
		return -ENOMEM;
	return add_row(tree, branch, place->node, place->again);
}

int show_tree(struct context *ctx, const struct layout *layout)
{
	struct tree tree = { .layout = layout };
	int r = layout_tree(layout, add_place, &tree), widest = 0;

	for (size_t i = 0; !r && i < tree.count; i++) {
		int width = (int)strlen(tree.rows[i].name);

		widest = width > widest && width <= NAME_COLUMNS ? width : widest;
	}
	for (size_t i = 0; i < tree.count; i++) {
		struct row *row = &tree.rows[i];

		if (!r)
			printf(*row->facts ? "%-*s  %*s  %s\n" : "%-*s  %*s%s\n", widest, row->name, SIZE_COLUMNS, row->size, row->facts);
		free(row->name);
		free(row->size);
		free(row->facts);
	}
	free(tree.rows);
	buffer_done(&tree.margin);
	return r ? context_oom(ctx) : 0;
}
