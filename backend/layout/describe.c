/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How people know a node: one line, clean text. */
#include <string.h>

#include "../core/sentence.h"
#include "layout.h"

static char *describe_plain_disk(const struct node *node, const char *size)
{
	const struct disk_info *disk = &node->disk;
	const char *model = disk->model ? disk->model : sentence_words(N_("disk without a model name"));

	if (disk->serial)
		return sentence("%s, serial %s, %s", model, disk->serial, size);
	if (disk->wwn)
		return sentence("%s, WWN %s, %s", model, disk->wwn, size);
	if (disk->by_path)
		return sentence("%s, at %s, %s", model, disk->by_path, size);
	return sentence("%s, %s", model, size);
}

static char *describe_disk(const struct node *node, const char *size)
{
	AUTO_FREE char *plain = describe_plain_disk(node, size);
	uint64_t paths = node_number(node, MULTIPATH_PROPERTY);

	if (!plain || !paths)
		return TAKE_POINTER(plain);
	return paths == 1 ? sentence("%s, multipath with 1 path", plain) : sentence("%s, multipath with %llu paths", plain, (unsigned long long)paths);
}

static char *describe_filesystem(const struct node *node, const char *size)
{
	const char *kind = node->filesystem.kind ? node->filesystem.kind : FILESYSTEM_UNKNOWN;

	if (!strcmp(kind, FILESYSTEM_UNKNOWN))
		return sentence("unrecognized data, %s", size);
	if (node->label)
		return sentence("%s filesystem \"%s\", %s", kind, node->label, size);
	if (node->uuid)
		return sentence("%s filesystem %s, %s", kind, node->uuid, size);
	return sentence("%s filesystem, %s", kind, size);
}

/* WHAT, with its name if it has one, and its size if that is known: "raid1 RAID array srv:data, 20 GiB". */
static char *describe_named(const char *what, const char *name, const struct node *node)
{
	AUTO_FREE char *size = node->size ? bytes_print_size(node->size) : NULL;
	AUTO_FREE char *named = name ? sentence("%s %s", what, name) : strdup(what);

	return named && size ? sentence("%s, %s", named, size) : TAKE_POINTER(named);
}

static char *describe_array(const struct node *node)
{
	const char *level = node_property(node, "level");
	AUTO_FREE char *what = level ? sentence("%s RAID array", level) : strdup(sentence_words(N_("RAID array")));

	return what ? describe_named(what, node_property(node, "name"), node) : NULL;
}

/* "LVM logical volume vg0/root (linear), 2 GiB". */
static char *describe_volume(const struct node *node)
{
	const char *group = node_property(node, "vg_name"), *kind = node_property(node, "kind");
	AUTO_FREE char *name = text_format("%s%s%s%s%s%s", group ? group : "", group ? "/" : "", node->label ? node->label : "", kind ? " (" : "",
					   kind ? kind : "", kind ? ")" : "");

	return name ? describe_named(sentence_words(N_("LVM logical volume")), name, node) : NULL;
}

char *node_describe(const struct node *node)
{
	AUTO_FREE char *size = bytes_print_size(node->size);
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *stripped = NULL;

	if (!size)
		return NULL;
	switch (node->type) {
	case NODE_DISK:
		text = describe_disk(node, size);
		break;
	case NODE_PARTITION:
		text = node->partition.role && strcmp(node->partition.role, "primary")
			       ? sentence("%s partition %u, %s", node->partition.role, node->partition.number, size)
			       : sentence("partition %u, %s", node->partition.number, size);
		break;
	case NODE_FILESYSTEM:
		text = describe_filesystem(node, size);
		break;
	case NODE_SUBVOLUME:
		text = sentence("subvolume %s", node->subvolume.path);
		break;
	case NODE_MOUNT:
		text = sentence("mounted at %s", node->mount.path);
		break;
	case NODE_RAID:
		text = describe_array(node);
		break;
	case NODE_LUKS:
		text = describe_named(sentence_words(N_("encrypted container (LUKS)")), node->label ? node->label : node->uuid, node);
		break;
	case NODE_PV:
		text = describe_named(sentence_words(N_("LVM physical volume")), node_property(node, "vg_name"), node);
		break;
	case NODE_VG:
		text = describe_named(sentence_words(N_("LVM volume group")), node->label, node);
		break;
	case NODE_LV:
		text = describe_volume(node);
		break;
	case NODE_SWAP:
		text = describe_named(sentence_words(N_("swap")), node->label, node);
		break;
	default:
		break;
	}
	/* Names from devices are bytes; people get clean text. */
	stripped = text ? text_strip(text) : NULL;
	return stripped ? text_printable(stripped) : NULL;
}
