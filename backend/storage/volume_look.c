/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume_look.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "../core/byte_order.h"
#include "../core/clock.h"
#include "../core/ops.h"
#include "../layout/stretch.h"
#include "../layout/lvm_segments.h"

#define SECTOR 512u
/* struct dm_raid_superblock of the kernel's drivers/md/dm-raid.c: little endian. */
#define RAID_SUPERBLOCK 48
#define RAID_MAGIC 0x64526d44
#define RAID_EVENTS 16
#define RAID_FAILED 24
#define RAID_RECOVERED 32
#define RAID_ALL UINT64_MAX

/* What is mapped, the lowest first. */
struct look {
	struct context *ctx;
	const struct layout *present;
	char **names;            /* owned */
};

static bool has_all_segments(const struct node *volume)
{
	size_t told = lvm_segments_told(volume);

	return told && told == node_number(volume, "segments");
}

static bool is_mapped_alone(const struct node *volume)
{
	return volume && has_all_segments(volume) && (lvm_is_kind(volume, "linear") || lvm_is_kind(volume, "striped"));
}

/* Data and metadata of the pool of a thin VOLUME; NULL where it has none. */
static const struct node *pool_part(const struct layout *layout, const struct node *volume, const char *key, const struct node **ret_pool)
{
	*ret_pool = lvm_part(layout, volume, lvm_segment_text(volume, 0, "thin_pool"));
	return *ret_pool ? lvm_part(layout, *ret_pool, lvm_segment_text(*ret_pool, 0, key)) : NULL;
}

static bool is_thin(const struct node *volume)
{
	const char *kind = node_property(volume, "kind");

	return kind && !strcmp(kind, "thin");
}

static bool is_mirror(const struct node *volume)
{
	const char *kind = node_property(volume, "kind");

	return kind && !strcmp(kind, "raid1") && node_number(volume, "segments") == 1;
}

bool volume_look_can(const struct layout *layout, const struct node *volume)
{
	const struct node *pool;

	if (volume->type != NODE_LV || !lvm_group_of(layout, volume) || !volume->size)
		return false;
	if (is_thin(volume))
		return is_mapped_alone(pool_part(layout, volume, "pool", &pool)) && is_mapped_alone(pool_part(layout, volume, "metadata", &pool)) &&
		       lvm_segment_number(pool, 0, "chunk_size");
	return is_mapped_alone(volume) || is_mirror(volume);
}

/* ---- device mapper ---- */

/* A device of TABLE: its path, a new string, in *RET. 0 or -errno with a sentence. */
static int map_table(struct look *look, const struct buffer *table, bool read_only, char **ret)
{
	AUTO_FREE char *name = text_format("lifeboat-look-%" PRIu64, (uint64_t)(clock_now() * 1e9));
	struct run run = { .argv = (const char *const[]){ "dmsetup", "create", name, read_only ? "--readonly" : NULL, NULL }, .input = table->data,
			   .input_length = table->length };
	int r = name ? run_program(look->ctx, &run, NULL) : context_oom(look->ctx);

	if (r == 0 && strv_append(&look->names, name) < 0)
		r = context_oom(look->ctx);
	if (r == 0 && !(*ret = text_format("/dev/mapper/%s", name)))
		r = context_oom(look->ctx);
	return r;
}

/* The last one is in use by now, and holds those below it: each goes with its last user. What was not used goes at once. */
static void leave(struct look *look)
{
	for (size_t i = strv_length(look->names); i > 0; i--) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(look->ctx);
		struct run run = { .argv = (const char *const[]){ "dmsetup", "remove", "--deferred", look->names[i - 1], NULL },
				   .releases = true };

		if (run_program(look->ctx, &run, NULL) < 0)
			context_warn(look->ctx, "%s stays mapped: %s", look->names[i - 1], context_detail(look->ctx));
	}
	strv_free(look->names);
}

/* ---- tables ---- */

static int add_text(struct buffer *table, char *text)
{
	AUTO_FREE char *owned = text;

	return owned && buffer_append(table, owned, strlen(owned)) == 0 ? 0 : -ENOMEM;
}

/* Where the extent begins that STRIPE, "UUID:EXTENT", names: the device, borrowed, and bytes. False: it is not here. */
static bool find_extent(const struct look *look, uint64_t extent_size, const char *stripe, const char **ret_device, uint64_t *ret_offset)
{
	const char *colon = strchr(stripe, ':');
	uint64_t extent;

	if (!colon || !parse_u64(colon + 1, &extent) || extent > INT64_MAX / extent_size)
		return false;
	for (size_t i = 0; i < look->present->count; i++) {
		const struct node *pv = look->present->nodes[i], *on = pv->type == NODE_PV ? layout_find(look->present, pv->on[0]) : NULL;
		struct stretch stretch;

		if (!on || !pv->uuid || strlen(pv->uuid) != (size_t)(colon - stripe) || strncmp(pv->uuid, stripe, (size_t)(colon - stripe)) ||
		    !layout_stretch(look->present, on, &stretch) || !stretch.holder->device)
			continue;
		*ret_device = stretch.holder->device;
		*ret_offset = stretch.start + node_number(pv, "pe_start") + extent * extent_size;
		return true;
	}
	return false;
}

/* " DEVICE OFFSET". 0, -ENODEV: it is not here, or -ENOMEM. */
static int add_stripe(const struct look *look, uint64_t extent_size, const char *stripe, struct buffer *table)
{
	const char *device;
	uint64_t offset;

	return find_extent(look, extent_size, stripe, &device, &offset) ? add_text(table, text_format(" %s %" PRIu64, device, offset / SECTOR)) : -ENODEV;
}

/* One line: where it begins, how long it is, what it is of. As add_stripe(). */
static int add_segment(const struct look *look, const struct node *volume, size_t number, uint64_t extent_size, struct buffer *table)
{
	AUTO_FREE char *stripes = NULL;
	uint64_t start = lvm_segment_number(volume, number, "start_extent"), count = lvm_segment_number(volume, number, "extent_count");
	const char *text = lvm_segment_text(volume, number, "stripes");
	size_t width = 1;
	char *save = NULL;
	int r;

	if (!text || !count || start > INT64_MAX / extent_size || count > INT64_MAX / extent_size || !(stripes = strdup(text)))
		return text ? -ENOMEM : -ENODEV;
	for (const char *at = text; (at = strchr(at, ' ')); at++)
		width++;
	r = add_text(table, width > 1 ? text_format("%" PRIu64 " %" PRIu64 " striped %zu %" PRIu64, start * extent_size / SECTOR,
						    count * extent_size / SECTOR, width, lvm_segment_number(volume, number, "stripe_size") / SECTOR)
				      : text_format("%" PRIu64 " %" PRIu64 " linear", start * extent_size / SECTOR, count * extent_size / SECTOR));
	for (char *stripe = strtok_r(stripes, " ", &save); r == 0 && stripe; stripe = strtok_r(NULL, " ", &save))
		r = add_stripe(look, extent_size, stripe, table);
	return r ? r : add_text(table, strdup("\n"));
}

static int map_plain(struct look *look, const struct node *volume, bool read_only, char **ret)
{
	uint64_t extent_size = node_number(lvm_group_of(look->present, volume), "extent_size");
	AUTO_BUFFER struct buffer table = { 0 };
	int r = extent_size ? 0 : -ENODEV;

	for (size_t i = 0; r == 0 && i < lvm_segments_told(volume); i++)
		r = add_segment(look, volume, i, extent_size, &table);
	if (r == -ENODEV)
		return context_fail(look->ctx, ENODEV, "a physical volume that it lies on is not here");
	return r ? context_oom(look->ctx) : map_table(look, &table, read_only, ret);
}

/* Whether the image that META, with number I of a mirror, tells of has all of its bytes; how often they changed in *RET_EVENTS. */
static bool is_whole_image(const struct look *look, const struct node *meta, size_t i, uint64_t *ret_events)
{
	uint64_t extent_size = node_number(lvm_group_of(look->present, meta), "extent_size"), offset;
	const char *stripe = lvm_segment_text(meta, 0, "stripes"), *device;
	unsigned char block[RAID_SUPERBLOCK];
	AUTO_CLOSE int fd = -1;

	if (!extent_size || !stripe || strchr(stripe, ' ') || i > 63 || !find_extent(look, extent_size, stripe, &device, &offset))
		return false;
	fd = open(device, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, block, sizeof(block), (off_t)offset) != sizeof(block) || le32(block) != RAID_MAGIC)
		return false;
	*ret_events = le64(block + RAID_EVENTS);
	return !(le64(block + RAID_FAILED) >> i & 1) && le64(block + RAID_RECOVERED) == RAID_ALL;
}

/* Of a mirror, RAID 1, the image that changed last of those that have all bytes; NULL: none is known to. */
static const struct node *find_image(const struct look *look, const struct node *volume)
{
	AUTO_STRV char **names = NULL;
	const struct node *best = NULL;
	uint64_t newest = 0;

	/* Metadata and image of each. */
	if (lvm_segment_names(volume, 0, "raids", &names) < 0)
		return NULL;
	for (size_t i = 0; names && names[2 * i] && names[2 * i + 1]; i++) {
		const struct node *meta = lvm_part(look->present, volume, names[2 * i]);
		const struct node *image = lvm_part(look->present, volume, names[2 * i + 1]);
		uint64_t events;

		if (!is_mapped_alone(meta) || !is_mapped_alone(image) || !is_whole_image(look, meta, i, &events) || (best && events <= newest))
			continue;
		best = image;
		newest = events;
	}
	return best;
}

static int map_mirror(struct look *look, const struct node *volume, char **ret)
{
	const struct node *image = find_image(look, volume);

	return image ? map_plain(look, image, true, ret) : context_fail(look->ctx, ENODEV, "none of its images that are here has all of its bytes");
}

/* A pool that is read-only does not even note that it was used; but it takes only data that could be written, and is never in a read-only table. */
static int map_thin(struct look *look, const struct node *volume, char **ret)
{
	const struct node *pool, *metadata = pool_part(look->present, volume, "metadata", &pool), *data = pool_part(look->present, volume, "pool", &pool);
	AUTO_FREE char *metadata_path = NULL, *data_path = NULL, *pool_path = NULL;
	AUTO_BUFFER struct buffer pool_table = { 0 }, table = { 0 };
	int r = map_plain(look, metadata, true, &metadata_path);

	if (r == 0)
		r = map_plain(look, data, false, &data_path);
	if (r == 0 && add_text(&pool_table, text_format("0 %" PRIu64 " thin-pool %s %s %" PRIu64 " 0 1 read_only\n", data->size / SECTOR, metadata_path,
							data_path, lvm_segment_number(pool, 0, "chunk_size") / SECTOR)) < 0)
		r = context_oom(look->ctx);
	if (r == 0)
		r = map_table(look, &pool_table, false, &pool_path);
	if (r == 0 && add_text(&table, text_format("0 %" PRIu64 " thin %s %" PRIu64 "\n", volume->size / SECTOR, pool_path,
						   lvm_segment_number(volume, 0, "device_id"))) < 0)
		r = context_oom(look->ctx);
	return r ? r : map_table(look, &table, true, ret);
}

int volume_look(struct context *ctx, const struct layout *present, const struct node *volume, int *ret_fd, char **ret_device)
{
	struct look look = { ctx, present, NULL };
	AUTO_FREE char *device = NULL;
	int r = is_thin(volume) ? map_thin(&look, volume, &device) : is_mirror(volume) ? map_mirror(&look, volume, &device) :
										      map_plain(&look, volume, true, &device);

	if (r == 0) {
		*ret_fd = open(device, O_RDONLY | O_CLOEXEC);
		r = *ret_fd < 0 ? context_fail(ctx, errno, "%s cannot be opened: %s", device, strerror(errno)) : 0;
	}
	leave(&look);
	if (r == 0)
		*ret_device = TAKE_POINTER(device);
	return r;
}
