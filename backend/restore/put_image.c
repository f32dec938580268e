/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "put_image.h"

#include <errno.h>
#include <string.h>

#include "../layout/image.h"
#include "../storage/image_map.h"
#include "put_data.h"

bool is_image_of(const struct extraction *work, const char *path)
{
	return work->options->images && path_is_of_images(path);
}

/* The holes of the entry, from the byte BASE of the device on. */
static int put_holes(const struct image_device *device, const struct pax_entry *entry, uint64_t base)
{
	uint64_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < entry->extent_count; i++) {
		r = image_put_zeros(device, base + at, entry->extents[i].offset - at);
		at = entry->extents[i].offset + entry->extents[i].length;
	}
	return r ? r : image_put_zeros(device, base + at, entry->size - at);
}

int put_image(struct worker *worker, const char *path)
{
	struct extraction *work = worker->work;
	const struct pax_entry *entry = &worker->entry;
	uint64_t part = 0;
	const struct image_device *device = image_device_of(work->options->images, path, &part);
	bool at_write = true;
	int r = 0;

	if (!device)
		return 0;
	/* The index was held against the layout; an entry may still say something else. */
	if (!S_ISREG(entry->mode) || entry->whole_size || entry->size != image_part_size(device->node, part))
		return entry_damaged(&worker->ctx, &worker->entries, N_("a part of an image has another size than its place"));
	if (entry->extents && !image_has_unused(device->node))
		r = put_holes(device, entry, part * IMAGE_PART_BYTES);
	if (r == 0)
		r = put_data(worker, device->fd, part * IMAGE_PART_BYTES, &at_write);
	if (r < 0 && at_write)
		return context_fail(work->ctx, -r, "writing the image of the %s filesystem to %s failed: %s", device->node->filesystem.kind,
				    device->node->device ? device->node->device : device->node->id, strerror(-r));
	return r;
}
