/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image.h"

#include <string.h>

#include "../core/sentence.h"

#define NAME_LIMIT 64
#define PART_DIGITS 8
#define PARTS_LIMIT 100000000u

const char *node_image(const struct node *node)
{
	return node->type == NODE_FILESYSTEM ? node_property(node, IMAGE_PROPERTY) : NULL;
}

bool image_has_unused(const struct node *node)
{
	const char *holes = node_property(node, IMAGE_HOLES_PROPERTY);

	return holes && !strcmp(holes, IMAGE_HOLES_UNUSED);
}

bool image_has_partclone_map(const struct node *node)
{
	const char *map = node_property(node, IMAGE_MAP_PROPERTY);

	return map && !strcmp(map, IMAGE_MAP_PARTCLONE) && !image_has_unused(node);
}

bool layout_has_images(const struct layout *layout)
{
	for (size_t i = 0; layout && i < layout->count; i++)
		if (node_image(layout->nodes[i]))
			return true;
	return false;
}

static bool is_name(const char *text)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t length = strlen(text);

	return length && length <= NAME_LIMIT && text[0] != '-' && text[0] != '.' && strspn(text, signs) == length;
}

const char *image_complaint(const struct layout *layout, const struct node *node)
{
	const char *name = node_image(node), *holes = node_property(node, IMAGE_HOLES_PROPERTY);
	const struct node *holder;

	if (!name)
		return node->type == NODE_FILESYSTEM && holes ? N_("it has holes and is no image") : NULL;
	if (!is_name(name) || !holes || (strcmp(holes, IMAGE_HOLES_ZERO) && strcmp(holes, IMAGE_HOLES_UNUSED)))
		return N_("its name or what its holes stand for is malformed");
	if (image_has_unused(node) && strcmp(node->filesystem.kind, "ntfs"))
		return N_("it says which of its blocks are used, and is no NTFS");
	if (layout_child(layout, node->id, NODE_TYPE_COUNT, 0) || node->on[1])
		return N_("it is mounted, or lies on several devices");
	holder = layout_find(layout, node->on[0]);
	if (!node->size || node->size % 512 || image_part_count(node) > PARTS_LIMIT || (holder && holder->size && node->size > holder->size))
		return N_("it is larger than what it lies on, or has no size");
	for (size_t i = 0; i < layout->count && layout->nodes[i] != node; i++)
		if (node_image(layout->nodes[i]) && !strcmp(node_image(layout->nodes[i]), name))
			return N_("another image has its name");
	return NULL;
}

uint64_t image_part_count(const struct node *node)
{
	return node->size / IMAGE_PART_BYTES + (node->size % IMAGE_PART_BYTES != 0);
}

uint64_t image_part_size(const struct node *node, uint64_t part)
{
	uint64_t rest = node->size - part * IMAGE_PART_BYTES;

	return rest < IMAGE_PART_BYTES ? rest : IMAGE_PART_BYTES;
}

char *image_part_path(const struct node *node, uint64_t part)
{
	return text_format(LAYOUT_IMAGES_NAME "/%s/%0*llu", node_image(node), PART_DIGITS, (unsigned long long)part);
}

bool path_is_of_images(const char *path)
{
	size_t length = strlen(LAYOUT_IMAGES_NAME);

	return !strncmp(path, LAYOUT_IMAGES_NAME, length) && (!path[length] || path[length] == '/');
}

/* What follows LAYOUT_IMAGES_NAME and the name of NODE in PATH; NULL where they do not stand there. */
static const char *behind_name(const struct node *node, const char *path)
{
	const char *name = node_image(node), *at = path + strlen(LAYOUT_IMAGES_NAME "/");

	if (!name || strncmp(path, LAYOUT_IMAGES_NAME "/", strlen(LAYOUT_IMAGES_NAME "/")) || strncmp(at, name, strlen(name)))
		return NULL;
	return at + strlen(name);
}

bool image_part_parse(const struct node *node, const char *path, uint64_t *ret_part)
{
	const char *digits = behind_name(node, path);
	uint64_t part = 0;

	if (!digits || *digits++ != '/' || strlen(digits) != PART_DIGITS || strspn(digits, "0123456789") != PART_DIGITS)
		return false;
	for (; *digits; digits++)
		part = part * 10 + (uint64_t)(*digits - '0');
	if (part >= image_part_count(node))
		return false;
	*ret_part = part;
	return true;
}

const struct node *layout_image_part(const struct layout *layout, const char *path, uint64_t *ret_part)
{
	for (size_t i = 0; i < layout->count; i++)
		if (image_part_parse(layout->nodes[i], path, ret_part))
			return layout->nodes[i];
	return NULL;
}

bool layout_is_images_directory(const struct layout *layout, const char *path)
{
	if (!strcmp(path, LAYOUT_IMAGES_NAME))
		return layout_has_images(layout);
	for (size_t i = 0; i < layout->count; i++) {
		const char *rest = behind_name(layout->nodes[i], path);

		if (rest && !*rest)
			return true;
	}
	return false;
}
