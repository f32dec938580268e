/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "room_table.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>

#include "../layout/image.h"
#include "../set/manifest.h"

#define PAGE 4096
#define VFAT_FILE_LIMIT (4ULL << 30)
#define XFS_LINK_LIMIT 1023
/* btrfs keeps contents up to this size with what describes the file (max_inline). */
#define BTRFS_INLINE 2048
/* What an entry costs beside its content: name twice, inode, reference. */
#define BTRFS_ENTRY 400
#define NAME_BYTES 12
/* A filesystem compresses in small pieces, the segments of a set as a whole: how much better, or worse, it may do. */
#define RATIO_BEST 0.7
#define RATIO_USUAL 1.4

static bool is_kind(const struct room *room, const char *kind)
{
	return !strcmp(room->filesystem->filesystem.kind, kind);
}

/* Kinds that keep neither holes nor inodes. */
static bool is_fat(const struct room *room)
{
	return is_kind(room, "vfat") || is_kind(room, "exfat");
}

static bool is_ext(const struct room *room)
{
	return !strncmp(room->filesystem->filesystem.kind, "ext", 3);
}

static uint64_t property(const struct node *filesystem, const char *key, uint64_t otherwise)
{
	const char *text = node_property(filesystem, key);
	uint64_t value;

	return text && parse_u64(text, &value) && value ? value : otherwise;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return unit ? (bytes + unit - 1) / unit * unit : bytes;
}

static bool has_option(const char *options, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = options; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (!strncmp(at, name, length) && (!at[length] || strchr(",=", at[length])))
			return true;
	return false;
}

static bool has_inline_data(const struct room *room)
{
	return is_ext(room) && has_option(node_property(room->filesystem, "features"), "inline_data");
}

/* The unit in which contents are stored: what the kernel said of the trial, else what was captured. */
static uint64_t unit_of(const struct room *room)
{
	const struct node *filesystem = room->filesystem;
	uint64_t sector = property(filesystem, "sector_size", 512);

	if (is_kind(room, "vfat"))
		return filesystem->filesystem.room_unit ? filesystem->filesystem.room_unit
							: property(filesystem, "cluster_sectors", 1) * sector;
	if (is_kind(room, "btrfs"))
		return property(filesystem, "sector_size", PAGE);
	if (node_property(filesystem, "cluster_size"))
		return property(filesystem, "cluster_size", 1);
	return filesystem->filesystem.room_unit ? filesystem->filesystem.room_unit : property(filesystem, "block_size", 1024);
}

static void add_room(struct room_table *table, const struct node *filesystem, const char *path)
{
	const char *options = node_property(filesystem, "mount_options");
	struct room *room = &table->rooms[table->count++];

	*room = (struct room){ .filesystem = filesystem, .path = path };
	room->unit = unit_of(room);
	room->compresses = is_kind(room, "btrfs") && (has_option(options, "compress") || has_option(options, "compress-force"));
}

static size_t room_of(const struct room_table *table, const struct node *filesystem)
{
	size_t i = 0;

	while (i < table->count && table->rooms[i].filesystem != filesystem)
		i++;
	return i;
}

int room_table_init(struct room_table *table, const struct manifest *manifest, const struct plan *plan)
{
	const struct layout *layout = plan->target.result;

	*table = (struct room_table){ .manifest = manifest, .mounts = json_object() };
	table->rooms = calloc(layout->count + 1, sizeof(*table->rooms));
	if (!table->rooms || !table->mounts)
		return -ENOMEM;
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *mount = layout->nodes[i];
		const struct node *filesystem = mount->type == NODE_MOUNT ? layout_filesystem_of(layout, mount) : NULL;
		AUTO_FREE char *path = filesystem ? bytes_escape(mount->mount.path, strlen(mount->mount.path)) : NULL;
		size_t at = room_of(table, filesystem);

		if (!filesystem)
			continue;
		if (at == table->count)
			add_room(table, filesystem, mount->mount.path);
		if (!path || json_object_set_new(table->mounts, path, json_integer((json_int_t)at)))
			return -ENOMEM;
	}
	return 0;
}

void room_table_done(struct room_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->rooms[i].misfit);
	free(table->rooms);
	free(table->directory);
	json_decref(table->mounts);
}

/* The filesystem that LENGTH bytes of the relative PATH name: of the longest mount path around it. NULL when out of memory. */
static struct room *find_mount(struct room_table *table, const char *path, size_t length)
{
	AUTO_FREE char *escaped = bytes_escape(path, length);
	AUTO_FREE char *whole = escaped ? text_format("/%s", length == 1 && *path == '.' ? "" : escaped) : NULL;
	json_t *found = NULL;

	while (whole && !(found = json_object_get(table->mounts, whole))) {
		char *slash = strrchr(whole, '/');

		if (!slash[1] && slash == whole)
			return NULL;
		slash[slash == whole] = '\0';
	}
	return found ? &table->rooms[json_integer_value(found)] : NULL;
}

/* Where the entry lands. Those of one directory mostly follow one another. */
static struct room *find_room(struct room_table *table, const struct index_row *row)
{
	const char *slash = strrchr(row->path, '/');
	size_t length = slash ? (size_t)(slash - row->path) : 0;

	if (S_ISDIR(row->mode))
		return find_mount(table, row->path, strlen(row->path));
	if (!table->directory || strlen(table->directory) != length || memcmp(table->directory, row->path, length)) {
		free(table->directory);
		table->directory = strndup(row->path, length);
		table->in_directory = length ? find_mount(table, row->path, length) : find_mount(table, ".", 1);
	}
	return table->directory ? table->in_directory : NULL;
}

/* How much smaller the entry's content became in the set. */
static double ratio_of(const struct room_table *table, const struct index_row *row)
{
	uint64_t bytes = 0, stored = 0;

	for (size_t i = row->first_segment; i <= row->last_segment && i < table->manifest->segment_count; i++) {
		bytes += table->manifest->segments[i].bytes;
		stored += table->manifest->segments[i].stored;
	}
	return bytes && stored < bytes ? (double)stored / (double)bytes : 1;
}

static bool is_compressed(const struct room *room, const struct index_row *row)
{
	if (!is_kind(room, "btrfs"))
		return false;
	if (room->compresses || (row->flags & FS_COMPR_FL))
		return true;
	for (size_t i = 0; i < row->xattr_count; i++)
		if (!strcmp(row->xattrs[i].name, "btrfs.compression"))
			return true;
	return false;
}

static void add_content(const struct room_table *table, struct room *room, const struct index_row *row)
{
	uint64_t data = is_fat(room) ? row->size : row->data, taken = round_up(data, room->unit);
	double ratio;

	if (is_compressed(room, row)) {
		ratio = ratio_of(table, row);
		room->least += (uint64_t)((double)data * ratio * RATIO_BEST);
		room->likely += ratio * RATIO_USUAL < 1 ? (uint64_t)((double)data * ratio * RATIO_USUAL) : taken;
		return;
	}
	if ((is_kind(room, "btrfs") && data <= BTRFS_INLINE) ||
	    (has_inline_data(room) && data <= property(room->filesystem, "inode_size", 0)))
		taken = data;
	room->least += taken;
	room->likely += taken;
}

/* What describes the entry: inode, name, a directory's first block. */
static void add_description(struct room *room, const struct index_row *row)
{
	const char *slash = strrchr(row->path, '/');
	uint64_t name = strlen(slash ? slash + 1 : row->path) + NAME_BYTES;

	if (S_ISDIR(row->mode) && (is_fat(room) || (is_ext(room) && !has_inline_data(room))))
		room->least += room->unit;
	if (is_fat(room) || is_ext(room))
		room->likely += (S_ISDIR(row->mode) ? room->unit : 0) + name * 3 / 2;
	else if (is_kind(room, "btrfs"))
		room->likely += 2 * (BTRFS_ENTRY + 2 * name) + row->data / 512;
	else
		room->likely += property(room->filesystem, "inode_size", 512) + name * 3 / 2;
}

/* Why ROOM cannot store the entry; NULL when it can. */
static const char *misfit_of(const struct room *room, const struct index_row *row)
{
	if (is_fat(room)) {
		if (!S_ISREG(row->mode) && !S_ISDIR(row->mode))
			return is_kind(room, "vfat") ? N_("vfat has files and directories only") : N_("exfat has files and directories only");
		if (row->hard_link)
			return is_kind(room, "vfat") ? N_("vfat has no hard links") : N_("exfat has no hard links");
		if (is_kind(room, "vfat") && row->size >= VFAT_FILE_LIMIT)
			return N_("vfat has no files of 4 GiB and more");
	}
	if (row->link && ((is_kind(room, "xfs") && strlen(row->link) > XFS_LINK_LIMIT) ||
			  (is_ext(room) && strlen(row->link) >= property(room->filesystem, "block_size", PAGE))))
		return N_("the symbolic link is longer than this filesystem stores");
	return NULL;
}

static int add_misfit(struct room *room, const struct index_row *row, const char *why)
{
	AUTO_FREE char *path = bytes_escape(row->path, strlen(row->path));

	if (room->misfits++)
		return 0;
	room->misfit = path ? sentence("/%s: %s", path, sentence_words(why)) : NULL;
	return room->misfit ? 0 : -ENOMEM;
}

int room_table_add(struct room_table *table, const struct index_row *row)
{
	struct room *room = find_room(table, row);
	const char *why;

	if (path_is_of_images(row->path))
		return 0;
	if (!room)
		return -ENOMEM;
	why = misfit_of(room, row);
	if (why && add_misfit(room, row, why))
		return -ENOMEM;
	if (row->hard_link)
		return 0;
	room->files++;
	if (S_ISREG(row->mode))
		add_content(table, room, row);
	add_description(room, row);
	return 0;
}
