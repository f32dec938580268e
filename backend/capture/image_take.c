/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image_take.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/processes.h"
#include "../layout/image.h"
#include "../stack/recreate.h"
#include "../storage/image_map.h"
#include "content_describe.h"
#include "parts.h"

bool image_place_is_recreated(const struct layout *layout, const struct node *holder)
{
	AUTO_FREE char *why = NULL;

	return can_recreate(layout, holder, &why);
}

/* Its place among the names that a set may use: the last part of the id, odd signs replaced. */
static char *name_of(const struct layout *layout, const struct node *node)
{
	const char *tail = strchr(node->id, ':');
	AUTO_FREE char *name = text_format("%.40s", tail && tail[1] ? tail + 1 : node->id);

	for (char *at = name; at && *at; at++)
		if (!isalnum((unsigned char)*at) && (at == name || *at != '.'))
			*at = at == name ? 'x' : '-';
	for (unsigned next = 0; name; next++) {
		AUTO_FREE char *tried = next ? text_format("%s.%u", name, next) : strdup(name);
		bool taken = false;

		for (size_t i = 0; tried && i < layout->count; i++)
			taken |= node_image(layout->nodes[i]) && !strcmp(node_image(layout->nodes[i]), tried);
		if (!taken)
			return TAKE_POINTER(tried);
	}
	return NULL;
}

static bool has_option(const char *options, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = options; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (!strncmp(at, name, length) && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* Whether DEVICE is in use by mounts alone that write nothing. */
static bool is_mounted_read_only(const struct capture *capture, const char *device)
{
	const struct mount_entry *entry;
	bool found = false;

	for (size_t i = 0; (entry = mount_tree_entry(capture->mount_tree, i)); i++) {
		if (!entry->device || strcmp(entry->device, strrchr(device, '/') + 1))
			continue;
		if (!has_option(entry->superblock_options, "ro"))
			return false;
		found = true;
	}
	return found;
}

/* Who has the device of NODE, or the disk that it lies on, open for writing, such as a virtual machine; NULL: nobody. New string. */
static char *writer_of(const struct layout *layout, const struct node *node)
{
	const struct node *disk = layout_disk_of(layout, node);
	const char *devices[] = { node->device, disk ? disk->device : NULL };
	char *name = NULL;

	for (size_t i = 0; !name && i < ARRAY_LENGTH(devices); i++) {
		AUTO_STRV char **found = NULL;

		if (devices[i] && processes_find(devices[i], PROCESSES_WRITING, &found) == 0 && found)
			name = strdup(found[0]);
	}
	return name;
}

/* The device of NODE for reading, alone where it is not mounted read-only: a descriptor or -errno. */
static int open_device(const struct capture *capture, const struct node *node)
{
	int fd = open(node->device, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == EBUSY && is_mounted_read_only(capture, node->device))
		fd = open(node->device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* What its holes stand for. Only the own map of NTFS is there wherever the image is compared; what partclone calls unused comes back as zeros. */
static int set_holes(struct node *node, const struct image_device *device)
{
	bool known = device->used.bits, own = !strcmp(node->filesystem.kind, "ntfs");
	int r = node_property_set(node, IMAGE_HOLES_PROPERTY, known && own ? IMAGE_HOLES_UNUSED : IMAGE_HOLES_ZERO);

	return r < 0 || !known || own ? r : node_property_set(node, IMAGE_MAP_PROPERTY, IMAGE_MAP_PARTCLONE);
}

/* The image of NODE, DEVICE, which ends at END. */
static int describe(struct capture *capture, struct node *node, struct image_device *device, uint64_t end)
{
	const struct layout *layout = capture->manifest->layout;
	const struct node *holder = layout_find(layout, node->on[0]);
	AUTO_FREE char *name = name_of(layout, node), *what = NULL, *why = NULL;
	int r = name ? 0 : -ENOMEM;

	node->size = holder->size && holder->size < end ? holder->size : end;
	if (r == 0)
		r = image_map_read(capture->ctx, device, &why);
	if (r < 0)
		return r;
	what = content_describe(layout, node);
	if (why)
		context_info(capture->ctx, "%s: all of its blocks are captured, used or not: %s", what ? what : node->device, why);
	r = node_property_set(node, IMAGE_PROPERTY, name);
	if (r == 0)
		r = set_holes(node, device);
	/* What is in it counts in sectors. */
	if (r == 0 && strcmp(node->filesystem.kind, FILESYSTEM_UNKNOWN))
		r = node_number_set(node, "sector_size", layout_sector_of(layout, node));
	if (r == 0)
		context_info(capture->ctx, "%s is captured as an image, %s", what ? what : node->device,
			     sentence_words(device->used.bits ? N_("the blocks that it uses") : N_("all blocks but zeros")));
	return r;
}

int image_open_still(const struct capture *capture, const struct node *node, char **ret_writer, uint64_t *ret_end)
{
	int fd = open_device(capture, node), r = fd;
	off_t end;

	*ret_writer = fd < 0 ? NULL : writer_of(capture->manifest->layout, node);
	if (fd < 0)
		return fd;
	end = lseek(fd, 0, SEEK_END);
	if (*ret_writer)
		r = -EBUSY;
	else if (end <= 0)
		r = end < 0 ? -errno : -EIO;
	*ret_end = r < 0 ? 0 : (uint64_t)end;
	if (r < 0)
		close(fd);
	return r;
}

int image_take(struct capture *capture, struct node *node, int fd, uint64_t end)
{
	struct image_device *list = reallocarray(capture->images, capture->image_count + 2, sizeof(*list));

	if (!list) {
		close(fd);
		return -ENOMEM;
	}
	capture->images = list;
	list[capture->image_count] = (struct image_device){ .fd = fd, .node = node };
	list[++capture->image_count] = (struct image_device){ .fd = -1 };
	return describe(capture, node, &list[capture->image_count - 1], end);
}
