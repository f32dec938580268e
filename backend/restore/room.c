/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "room.h"

#include <errno.h>
#include <string.h>

#include "room_table.h"

/* What stays free where it is not known that all fitted before: a hundredth, and room for what makes the system bootable, of a small root
 * a quarter. */
#define SPARE_SHARE 100
#define SPARE_ROOT (64ULL << 20)
#define SPARE_ROOT_SHARE 4

static char *name_of(const struct room *room)
{
	AUTO_FREE char *described = node_describe(room->filesystem), *path = bytes_escape(room->path, strlen(room->path));

	return described && path ? sentence("%s (%s)", described, path) : NULL;
}

/* Added to what a person has to decide on, and said. */
static int doubt(struct context *ctx, struct plan *plan, char *text)
{
	if (!text || strv_append(&plan->doubts, text) < 0)
		return context_oom(ctx);
	context_warn(ctx, "%s", text);
	return 0;
}

/* More than was in use: where that can come from. */
static const char *reason_of(const struct plan *plan, const struct room *room)
{
	const struct node *before = layout_find(plan->target.captured, room->filesystem->id);

	if (!before || !before->used || room->likely <= before->used + before->used / 10)
		return "";
	return sentence_words(N_(", because files that share blocks (reflinks, snapshots), are compressed, or lay on a disk that is not restored "
				 "come back one by one"));
}

/* Whether what lay on a filesystem of no more bytes was no more either. */
static bool fitted_before(const struct plan *plan, const struct room *room)
{
	const struct node *before = layout_find(plan->target.captured, room->filesystem->id);

	return before && before->used && !strcmp(before->filesystem.kind, room->filesystem->filesystem.kind) &&
	       before->size <= room->filesystem->size && room->least <= before->used;
}

/* A btrfs gives its space away in chunks, for contents or for what describes them, as files come. A full one that is filled in another
 * order may have too many of one kind. */
static bool fills_in_order(const struct room *room)
{
	return !strcmp(room->filesystem->filesystem.kind, "btrfs") && room->likely > room->filesystem->filesystem.room;
}

static int check_certain(struct context *ctx, const struct plan *plan, const struct room *room)
{
	const struct filesystem_info *info = &room->filesystem->filesystem;
	uint64_t bytes = info->room ? info->room : room->filesystem->size;
	AUTO_FREE char *name = name_of(room), *least = bytes_print_size(room->least), *has = bytes_print_size(bytes);

	if (info->room_files && room->files > info->room_files)
		return context_fail(ctx, ENOSPC,
				    "The %s can hold %llu files on the target disk, but %llu will be restored to it. Choose a larger disk, "
				    "or capture again without some of them (--exclude)",
				    name ? name : "", (unsigned long long)info->room_files, (unsigned long long)room->files);
	if (room->least <= bytes || fitted_before(plan, room))
		return 0;
	return context_fail(ctx, ENOSPC,
			    "The %s has room for %s on the target disk, but at least %s will be written to it%s. Choose a larger disk, or "
			    "capture again without some of them (--exclude)",
			    name ? name : "", has ? has : "", least ? least : "", reason_of(plan, room));
}

static int check_likely(struct context *ctx, struct plan *plan, const struct room *room)
{
	const struct filesystem_info *info = &room->filesystem->filesystem;
	AUTO_FREE char *name = name_of(room), *likely = bytes_print_size(room->likely), *has = bytes_print_size(info->room);
	AUTO_FREE char *text = NULL;
	uint64_t share = info->room / SPARE_ROOT_SHARE, spare_root = share < SPARE_ROOT ? share : SPARE_ROOT;
	uint64_t spare = room->likely / SPARE_SHARE + (strcmp(room->path, "/") ? 0 : spare_root);

	if (!info->room || room->likely + spare <= info->room || (fitted_before(plan, room) && !fills_in_order(room)))
		return 0;
	text = sentence("The %s has room for %s on the target disk, and about %s will be written to it%s: it may not hold all its "
			       "files",
			       name ? name : "", has ? has : "", likely ? likely : "", reason_of(plan, room));
	return doubt(ctx, plan, text);
}

static int check_misfits(struct context *ctx, struct plan *plan, const struct room *room)
{
	AUTO_FREE char *name = name_of(room), *text = NULL;

	if (!room->misfits)
		return 0;
	text = sentence("The %s cannot store %llu of the entries that will be restored to it. The first is %s", name ? name : "",
			       (unsigned long long)room->misfits, room->misfit ? room->misfit : "");
	return doubt(ctx, plan, text);
}

static int check_room(struct context *ctx, struct plan *plan, const struct room *room)
{
	int r = check_certain(ctx, plan, room);

	context_debug(ctx, "%s: %llu entries, %llu to %llu bytes will be written, room for %llu", room->path, (unsigned long long)room->files,
		      (unsigned long long)room->least, (unsigned long long)room->likely,
		      (unsigned long long)room->filesystem->filesystem.room);
	if (!r)
		r = check_likely(ctx, plan, room);
	return r ? r : check_misfits(ctx, plan, room);
}

static int add_row(void *data, const struct index_row *row)
{
	return room_table_add(data, row);
}

int room_check(struct context *ctx, struct set *set, struct plan *plan, const struct index_visitor *also)
{
	CLEANUP(room_table_done) struct room_table table;
	const struct index_visitor visitors[] = { { add_row, &table }, *also };
	int r = room_table_init(&table, set_manifest(set), plan);

	if (r)
		return context_oom(ctx);
	r = index_visit(ctx, set, visitors, ARRAY_LENGTH(visitors));
	for (size_t i = 0; !r && i < table.count; i++)
		r = check_room(ctx, plan, &table.rooms[i]);
	return r;
}
