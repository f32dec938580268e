/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disk_words.h"

#include <string.h>
#include <strings.h>

#include "../core/json_text.h"
#include "hardware.h"

#define TAIL_LEAST 4 /* characters of a serial number that are typed */

/* ---- contents ---- */

static bool is_content(const struct node *node)
{
	return node->type == NODE_FILESYSTEM || node->type == NODE_SWAP || node->type == NODE_RAID || node->type == NODE_LUKS ||
	       node->type == NODE_PV;
}

/* Whether NODE lies on DISK with any part of it: an array lies on all its disks. */
static bool lies_on(const struct layout *layout, const struct node *node, const struct node *disk)
{
	if (node == disk)
		return true;
	for (char **on = node->on; on && *on; on++) {
		const struct node *below = layout_find(layout, *on);

		if (below && lies_on(layout, below, disk))
			return true;
	}
	return false;
}

/* Kinds that operators know by another name than blkid's. */
static const char *content_name(const struct node *node)
{
	static const struct {
		const char *kind, *name;
	} names[] = {
		{ FILESYSTEM_UNKNOWN, N_("unrecognized data") }, { "ntfs", "Windows (NTFS)" }, { "BitLocker", "Windows (BitLocker)" },
		{ "apfs", "macOS (APFS)" }, { "hfsplus", "macOS (HFS+)" },
	};

	switch (node->type) {
	case NODE_RAID:
		return N_("RAID array");
	case NODE_LUKS:
		return N_("encrypted (LUKS)");
	case NODE_PV:
		return N_("LVM physical volume");
	case NODE_SWAP:
		return N_("swap");
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (node->filesystem.kind && !strcasecmp(node->filesystem.kind, names[i].kind))
			return names[i].name;
	return node->filesystem.kind ? node->filesystem.kind : N_("filesystem");
}

static char *describe_content(const struct node *node)
{
	AUTO_FREE char *size = bytes_print_size(node->size);
	const char *name = sentence_words(content_name(node)), *label = node->type == NODE_PV ? node_property(node, "vg_name") : node->label;

	return label ? sentence("%s '%s' %s", name, label, size ? size : "?") : sentence("%s %s", name, size ? size : "?");
}

/* The texts as they are, not yet fit for a screen; NULL-ended, NULL: none. */
static char **contents_of(const struct layout *present, const struct node *disk)
{
	char **contents = NULL;
	AUTO_FREE char *bare = NULL;

	for (size_t i = 0; i < present->count; i++) {
		const struct node *node = present->nodes[i];
		AUTO_FREE char *text = is_content(node) && lies_on(present, node, disk) ? describe_content(node) : NULL;

		if (text)
			strv_append_line(&contents, text);
	}
	if (contents)
		return contents;
	if (disk->disk.table)
		bare = sentence("a partition table (%s)", disk->disk.table);
	else if (disk->disk.boot_code)
		bare = sentence("boot code");
	if (bare)
		strv_append_line(&contents, bare);
	return contents;
}

json_t *hardware_disk_contents(const struct layout *present, const struct node *disk)
{
	AUTO_STRV char **contents = contents_of(present, disk);
	json_t *array = json_array();

	for (size_t i = 0; i < strv_length(contents); i++)
		json_array_append_new(array, json_printable(contents[i]));
	return array;
}

/* ---- the line ---- */

/* *LINE with TEXT, if there is any, as FORMAT (which takes both) says. */
static void extend(char **line, const char *format, const char *text)
{
	AUTO_FREE char *before = *line;

	*line = before && text && *text ? sentence(format, before, text) : TAKE_POINTER(before);
}

char *hardware_disk_line(const struct layout *present, const struct node *node)
{
	const struct disk_info *disk = &node->disk;
	AUTO_STRV char **contents = contents_of(present, node);
	AUTO_FREE char *size = bytes_print_size(node->size), *line = NULL;

	line = sentence("%s", disk->model ? disk->model : sentence_words(N_("disk without a model name")));
	extend(&line, N_("%s, serial %s"), disk->serial);
	extend(&line, N_("%s, WWN %s"), disk->wwn);
	if (!disk->serial && !disk->wwn)
		extend(&line, "%s, %s", sentence_words(N_("no serial number")));
	extend(&line, "%s, %s", size);
	extend(&line, "%s, %s", disk->transport);
	extend(&line, N_("%s at %s"), disk->by_path);
	extend(&line, N_("%s, now %s"), disk->name);
	for (size_t i = 0; i < strv_length(contents); i++)
		extend(&line, i ? "%s, %s" : N_("%s; on it: %s"), contents[i]);
	if (!contents)
		extend(&line, "%s; %s", sentence_words(N_("blank")));
	return TAKE_POINTER(line);
}

/* ---- the proof that this disk is meant ---- */

static const char *serial_of(const struct node *disk)
{
	return disk->disk.serial;
}

static const char *wwn_of(const struct node *disk)
{
	return disk->disk.wwn;
}

static const char *path_of(const struct node *disk)
{
	return disk->disk.by_path;
}

/* How many characters from their ends on the texts are the same. */
static size_t common_tail(const char *one, const char *other)
{
	size_t length = strlen(one), other_length = strlen(other), same = 0;

	while (same < length && same < other_length && !strncasecmp(one + length - 1 - same, other + other_length - 1 - same, 1))
		same++;
	return same;
}

/* Characters from the end of DISK's value that no other disk's ends with; 0: it has none, or another disk has it, too. */
static size_t own_tail(const struct layout *present, const struct node *disk, const char *(*value)(const struct node *disk))
{
	const char *own = value(disk);
	size_t tail = own && strlen(own) < TAIL_LEAST ? strlen(own) : TAIL_LEAST;

	if (!own || !*own)
		return 0;
	for (size_t i = 0; i < present->count; i++) {
		const struct node *other = present->nodes[i];
		const char *text = other->type == NODE_DISK && other != disk ? value(other) : NULL;

		if (!text)
			continue;
		/* One that is the end of another one does not tell them apart by its end. */
		if (common_tail(own, text) == strlen(own))
			return 0;
		if (tail <= common_tail(own, text))
			tail = common_tail(own, text) + 1;
	}
	return tail;
}

static json_t *proof_of(const struct layout *present, const struct node *disk)
{
	static const struct {
		const char *kind;
		const char *(*value)(const struct node *disk);
		bool whole;
	} kinds[] = { { "serial", serial_of, false }, { "wwn", wwn_of, false }, { "path", path_of, true } };

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		size_t tail = own_tail(present, disk, kinds[i].value);

		if (tail)
			return json_pack("{ss, so, sI}", "kind", kinds[i].kind, "text", json_printable(kinds[i].value(disk)), "tail",
					 (json_int_t)(kinds[i].whole ? strlen(kinds[i].value(disk)) : tail));
	}
	return json_pack("{ss, so, sI}", "kind", "name", "text", json_printable(disk->disk.name ? disk->disk.name : disk->id), "tail",
			 (json_int_t)strlen(disk->disk.name ? disk->disk.name : disk->id));
}

json_t *hardware_disk(const struct layout *present, const struct node *node)
{
	const struct disk_info *disk = &node->disk;
	AUTO_FREE char *text = node_describe(node), *line = hardware_disk_line(present, node);

	return json_pack("{ss, so, so, so, so, so, so, so, so, sI, so, so}", "id", node->id, "name", json_printable(disk->name), "text",
			 json_printable(text), "line", json_printable(line), "model", json_printable(disk->model), "serial",
			 json_printable(disk->serial), "wwn", json_printable(disk->wwn), "by_path", json_printable(disk->by_path),
			 "transport", json_printable(disk->transport), "size", (json_int_t)node->size, "contents",
			 hardware_disk_contents(present, node), "proof", proof_of(present, node));
}
