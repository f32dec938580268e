/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_fill.h"

#include <errno.h>
#include <string.h>

#include "../core/run.h"
#include "../storage/loop_device.h"
#include "lvm_rules.h"
#include "../layout/lvm_segments.h"
#include "../storage/scratch.h"

#define BLOCK (1u << 20)

struct fill {
	struct context *ctx;
	const struct layout *layout;
	const struct node *group;
	const struct lvm_extents *extents;
	const int *fds;
	bool trial;
};

/* ---- writing to extents ---- */

static int fail_write(const struct fill *fill, const struct node *volume, int error)
{
	return context_fail(fill->ctx, error, "The extents of the volume %s could not be written: %s", volume->label, strerror(error));
}

/* LENGTH bytes at OFFSET of a SEGMENT with one stripe; DATA NULL: zeros. 0 or -errno. */
static int write_segment(const struct fill *fill, const struct lvm_segment *segment, uint64_t offset, const char *data, size_t length)
{
	static const char zeros[BLOCK];
	const struct node *pv = layout_find(fill->layout, fill->group->on[segment->pvs[0]]);
	uint64_t start = node_number(pv, "pe_start") + segment->starts[0] * lvm_extent_size(fill->group) + offset;

	for (size_t done = 0; done < length;) {
		size_t more = length - done < BLOCK ? length - done : BLOCK;
		ssize_t n = pwrite(fill->fds[segment->pvs[0]], data ? data + done : zeros, more, (off_t)(start + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* At OFFSET of a linear VOLUME. 0 or -errno with a sentence. */
static int write_volume(const struct fill *fill, const struct node *volume, uint64_t offset, const char *data, size_t length)
{
	const struct lvm_volume_extents *extents = lvm_extents_of(fill->extents, volume);
	uint64_t extent = lvm_extent_size(fill->group), begin = 0;
	int r = 0;

	for (size_t i = 0; !r && extents && i < extents->count && length; i++) {
		const struct lvm_segment *segment = &extents->segments[i];
		uint64_t size = segment->length * extent;

		if (offset < begin + size) {
			uint64_t at = offset - begin;
			size_t part = size - at < length ? (size_t)(size - at) : length;

			r = write_segment(fill, segment, at, data, part);
			offset += part;
			data = data ? data + part : NULL;
			length -= part;
		}
		begin += size;
	}
	if (!r && length)
		r = -ENXIO;
	return r ? fail_write(fill, volume, -r) : 0;
}

static int write_zeros(const struct fill *fill, const struct node *volume)
{
	int r = context_check_cancel(fill->ctx);

	for (uint64_t at = 0; !r && at < volume->size; at += BLOCK)
		r = write_volume(fill, volume, at, NULL, volume->size - at < BLOCK ? (size_t)(volume->size - at) : BLOCK);
	return r;
}

/* ---- thin pools ---- */

static int compare_numbers(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return (one > two) - (one < two);
}

/* The device numbers of the volumes of POOL that are made, in their order; to be freed. -EINVAL: two have the same. */
static int device_numbers(const struct layout *layout, const struct node *pool, uint64_t **ret, size_t *ret_count)
{
	AUTO_FREE uint64_t *numbers = calloc(layout->count + 1, sizeof(*numbers));
	const struct node *volume;
	size_t count = 0;

	if (!numbers)
		return -ENOMEM;
	for (size_t at = 0; (volume = layout_next_child(layout, pool->id, NODE_LV, &at));)
		if (lvm_is_made(layout, volume))
			numbers[count++] = lvm_segment_number(volume, 0, "device_id");
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (size_t i = 1; i < count; i++)
		if (numbers[i] == numbers[i - 1])
			return -EINVAL;
	*ret = TAKE_POINTER(numbers);
	*ret_count = count;
	return 0;
}

/* What thin_restore(8) reads: empty volumes. A new string in *RET. 0, -EINVAL, -ENOMEM. */
static int describe_pool(const struct layout *layout, const struct node *pool, char **ret)
{
	uint64_t chunk = lvm_segment_number(pool, 0, "chunk_size");
	AUTO_FREE char *text = NULL;
	AUTO_FREE uint64_t *numbers = NULL;
	size_t count = 0;
	int r = device_numbers(layout, pool, &numbers, &count);

	if (r)
		return r;
	text = text_format("<superblock uuid=\"\" time=\"0\" transaction=\"%llu\" version=\"2\" data_block_size=\"%llu\" nr_data_blocks=\"%llu\">\n",
			   (unsigned long long)lvm_segment_number(pool, 0, "transaction_id"), (unsigned long long)(chunk / LVM_SECTOR),
			   (unsigned long long)(pool->size / chunk));
	for (size_t i = 0; text && i < count; i++) {
		char *longer =
			text_format("%s<device dev_id=\"%llu\" mapped_blocks=\"0\" transaction=\"0\" creation_time=\"0\" snap_time=\"0\"></device>\n",
				    text, (unsigned long long)numbers[i]);

		free(text);
		text = longer;
	}
	*ret = text ? text_format("%s</superblock>\n", text) : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* What of FILE is no hole goes to the linear VOLUME. */
static int copy_file(const struct fill *fill, int file, const struct node *volume)
{
	AUTO_FREE char *block = malloc(BLOCK);
	int r = block ? 0 : context_oom(fill->ctx);

	for (off_t at = lseek(file, 0, SEEK_DATA); !r && at >= 0; at = lseek(file, at, SEEK_DATA)) {
		ssize_t n = pread(file, block, BLOCK, at);

		if (n <= 0)
			return fail_write(fill, volume, n < 0 ? errno : EIO);
		r = write_volume(fill, volume, (uint64_t)at, block, (size_t)n);
		at += n;
	}
	return r;
}

/* METADATA, or each of its copies. */
static int copy_to_metadata(const struct fill *fill, int file, const struct node *metadata)
{
	AUTO_STRV char **names = NULL;
	int r = 0;

	if (!lvm_is_kind(metadata, "raid1"))
		return copy_file(fill, file, metadata);
	if (lvm_segment_names(metadata, 0, "raids", &names) < 0)
		return context_oom(fill->ctx);
	/* Each name follows that of what it keeps its state in. */
	for (size_t i = 1; !r && i < strv_length(names); i += 2)
		r = copy_file(fill, file, lvm_part(fill->layout, metadata, names[i]));
	return r;
}

/* Has thin_restore write onto FILE what TEXT describes: through a loop device, because it wants to write past the cache, which files in memory
 * cannot. */
static int restore_pool(const struct fill *fill, const char *text, int file)
{
	struct loop_device AUTO_LOOP_DEVICE loop = LOOP_DEVICE_NONE;
	int r = loop_device_open(file, LVM_SECTOR, false, &loop);

	return r ? context_fail(fill->ctx, -r, "No loop device could be set up to make the metadata of a thin pool: %s", strerror(-r))
		 : run_program(fill->ctx, &(struct run){ .argv = (const char *const[]){ "thin_restore", "-i", text, "-o", loop.path, NULL },
							 .trial = fill->trial }, NULL);
}

static int fill_pool(const struct fill *fill, const struct node *pool)
{
	const struct node *metadata = lvm_part(fill->layout, pool, lvm_segment_text(pool, 0, "metadata"));
	struct scratch AUTO_SCRATCH text = SCRATCH_NONE, file = SCRATCH_NONE;
	AUTO_FREE char *description = NULL;
	size_t length;
	int r = describe_pool(fill->layout, pool, &description);

	if (r)
		return r == -ENOMEM ?
			       context_oom(fill->ctx) :
			       context_fail(fill->ctx, EINVAL,
					    "What the set tells of the thin pool %s contradicts itself: two volumes have one number", pool->label);
	length = strlen(description);
	r = scratch_open(fill->ctx, length, length, &text);
	if (!r && pwrite(text.fd, description, length, 0) != (ssize_t)length)
		r = context_fail(fill->ctx, EIO, "%s could not be written", text.path);
	if (!r)
		r = scratch_open(fill->ctx, metadata->size, SCRATCH_LITTLE, &file);
	if (!r)
		r = restore_pool(fill, text.path, file.fd);
	return r ? r : copy_to_metadata(fill, file.fd, metadata);
}

/* ---- all of a group ---- */

/* Whether the hidden VOLUME holds the state of something redundant. */
static bool holds_state(const struct layout *layout, const struct node *volume)
{
	const struct node *above = layout_child(layout, volume->id, NODE_LV, 0);
	const char *log = above ? lvm_segment_text(above, 0, "mirror_log") : NULL;
	AUTO_STRV char **names = NULL;

	if (log)
		return !strcmp(log, volume->label);
	if (!above || !lvm_is_kind(above, "raid") || lvm_segment_names(above, 0, "raids", &names) < 0)
		return false;
	for (size_t i = 0; i < strv_length(names); i += 2)
		if (!strcmp(names[i], volume->label))
			return true;
	return false;
}

bool lvm_has_pools(const struct layout *layout, const struct node *group)
{
	const struct node *volume;

	for (size_t at = 0; (volume = lvm_next_volume(layout, group, &at));)
		if (lvm_is_kind(volume, "thin-pool") && lvm_is_made(layout, volume))
			return true;
	return false;
}

int lvm_fill(struct context *ctx, const struct layout *layout, const struct node *group, const struct lvm_extents *extents, const int *fds,
	     bool trial)
{
	struct fill fill = { ctx, layout, group, extents, fds, trial };
	const struct node *volume;
	int r = 0;

	for (size_t at = 0; !r && (volume = lvm_next_volume(layout, group, &at));) {
		if (!lvm_is_made(layout, volume))
			continue;
		if (holds_state(layout, volume))
			r = write_zeros(&fill, volume);
		else if (lvm_is_kind(volume, "thin-pool"))
			r = fill_pool(&fill, volume);
	}
	/* Device mapper reads the disks, not what is still to be written to them. */
	for (size_t i = 0; !r && group->on[i]; i++)
		if (fsync(fds[i]) < 0)
			r = context_fail(ctx, errno, "A physical volume of %s could not be written: %s", group->label, strerror(errno));
	return r;
}
