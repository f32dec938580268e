/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which present disks could take the place of one captured disk, and why the others cannot. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../devices/disk_busy.h"
#include "../layout/identity.h"
#include "fit.h"
#include "map.h"

void disk_candidates_free(struct disk_candidate *candidates, size_t count)
{
	for (size_t i = 0; candidates && i < count; i++) {
		free(candidates[i].reason);
		free(candidates[i].shrinks);
	}
	free(candidates);
}

/* Whether DISK carries what the captured SOURCE carried: its table, or the content of the whole disk. */
static bool has_contents_of(const struct layout *captured, const struct node *source, const struct layout *present,
			    const struct node *disk)
{
	const struct node *content, *other;

	if (source->disk.table)
		return disk->disk.table && !strcmp(source->disk.table, disk->disk.table) && source->disk.table_id &&
		       disk->disk.table_id && !strcasecmp(source->disk.table_id, disk->disk.table_id);
	content = layout_child(captured, source->id, NODE_TYPE_COUNT, 0);
	other = layout_child(present, disk->id, NODE_TYPE_COUNT, 0);
	return content && other && content->type == other->type && content->uuid && other->uuid &&
	       !strcasecmp(content->uuid, other->uuid);
}

static bool is_by_contents(const struct layout *captured, const struct node *source, const struct layout *present, const struct node *disk)
{
	return source->size == disk->size && has_contents_of(captured, source, present, disk);
}

/* A name that many disks have is believed where size and contents agree. */
static bool is_same_disk(const struct layout *captured, const struct node *source, const struct layout *present,
			 const struct node *disk)
{
	if (!disk_claims_same(&source->disk, &disk->disk))
		return false;
	return !disk_identity_is_weak(&disk->disk) || is_by_contents(captured, source, present, disk);
}

static bool is_blank(const struct layout *present, const struct node *disk)
{
	return disk->disk.unfinished ||
	       (!disk->disk.table && !disk->disk.boot_code && !layout_child(present, disk->id, NODE_TYPE_COUNT, 0));
}

/* Disks that are sold as one size differ by less than this part of it. */
#define SIZE_CLASS 32

static bool is_same_size_class(uint64_t a, uint64_t b)
{
	uint64_t difference = a > b ? a - b : b - a;

	return difference <= (a > b ? a : b) / SIZE_CLASS;
}

static bool is_same_place(const struct node *source, const struct layout *present, const struct node *disk)
{
	const char *place = source->disk.by_path;

	if (!place || !disk->disk.by_path || strcmp(place, disk->disk.by_path) || !is_same_size_class(source->size, disk->size))
		return false;
	for (size_t i = 0; i < present->count; i++) {
		const struct node *other = present->nodes[i];

		if (other->type == NODE_DISK && other != disk && other->disk.by_path && !strcmp(place, other->disk.by_path))
			return false;
	}
	return true;
}

static char *reason_size(uint64_t need, uint64_t have)
{
	AUTO_FREE char *need_text = bytes_print_size(need);
	AUTO_FREE char *have_text = bytes_print_size(have);

	if (!need_text || !have_text)
		return NULL;
	if (!strcmp(need_text, have_text))
		return sentence("It is too small: %llu bytes are missing.", (unsigned long long)(need - have));
	return sentence("It is too small: %s are needed, and it has %s.", need_text, have_text);
}

/* Why the disk cannot serve whatever is to lie on it; NULL in *REASON when it can. */
static int find_reason(struct context *ctx, struct disk_candidate *candidate)
{
	const struct node *disk = candidate->disk;
	AUTO_FREE char *why = NULL;
	int r = 0;

	if (!disk->disk.name)
		candidate->reason = sentence("Nobody can tell which device it is.");
	else if (candidate->is_protected)
		candidate->reason = sentence("It holds the recovery set or the rescue system and is never written to.");
	else if (disk->disk.read_only)
		candidate->reason = sentence("It can only be read.");
	else if ((r = disk_is_busy(ctx, disk, &why)) == -ENOMEM)
		return r;
	else if (r)
		candidate->reason = sentence("It is in use: %s.", why ? why : sentence_words(N_("by another program")));
	else
		return 0;
	candidate->untold = r < 0;
	return candidate->reason ? 0 : -ENOMEM;
}

/* Whether what lay on SOURCE has room on the disk. */
static int find_room(const struct layout *captured, const struct node *source, struct disk_candidate *candidate)
{
	CLEANUP(fit_outlook_done) struct fit_outlook outlook = { 0 };
	const struct node *disk = candidate->disk;
	uint32_t sector = disk->disk.logical_sector ? disk->disk.logical_sector : 512;

	if (fit_look(captured, source, disk->size, sector, &outlook))
		return -ENOMEM;
	candidate->too_small = outlook.too_small || disk->size < outlook.needed;
	candidate->doubtful = outlook.doubtful;
	candidate->shrinks = TAKE_POINTER(outlook.shrinks);
	if (outlook.obstacle)
		candidate->reason = text_format("%s.", outlook.obstacle);
	else if (candidate->too_small)
		candidate->reason = reason_size(outlook.needed, disk->size);
	else
		candidate->usable = true;
	return candidate->usable || candidate->reason ? 0 : -ENOMEM;
}

/* Ways in which a candidate can be better than another, the weightiest first. */
static unsigned rank(const struct disk_candidate *candidate)
{
	return candidate->usable << 7 | candidate->resumes << 6 | candidate->disk->disk.unfinished << 5 | candidate->same_identity << 4 |
	       !candidate->shrinks << 3 | candidate->blank << 2 | candidate->same_place << 1 | !candidate->disk->disk.removable;
}

static bool is_better(const struct disk_candidate *a, const struct disk_candidate *b)
{
	if (rank(a) != rank(b))
		return rank(a) > rank(b);
	/* The closest fit first; the order of the layout breaks ties. */
	return a->usable && a->disk->size < b->disk->size;
}

static void sort(struct disk_candidate *candidates, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && is_better(&candidates[j], &candidates[j - 1]); j--) {
			struct disk_candidate other = candidates[j];

			candidates[j] = candidates[j - 1];
			candidates[j - 1] = other;
		}
}

int disk_candidates(struct context *ctx, const struct layout *captured, const struct node *source,
		    const struct layout *present, char *const *protected_disks, struct disk_candidate **ret, size_t *ret_count)
{
	struct disk_candidate *candidates = calloc(present->count + 1, sizeof(*candidates));
	size_t count = 0;

	if (!candidates)
		return context_oom(ctx);
	for (size_t i = 0; i < present->count; i++) {
		struct disk_candidate *candidate = &candidates[count];

		if (present->nodes[i]->type != NODE_DISK)
			continue;
		count++;
		candidate->disk = present->nodes[i];
		candidate->place = i;
		candidate->blank = is_blank(present, candidate->disk);
		candidate->claims_identity = disk_claims_same(&source->disk, &candidate->disk->disk);
		candidate->same_identity = is_same_disk(captured, source, present, candidate->disk);
		candidate->same_place = is_same_place(source, present, candidate->disk);
		candidate->resumes = candidate->disk->disk.unfinished && has_contents_of(captured, source, present, candidate->disk);
		candidate->is_protected = protected_disks && candidate->disk->disk.name &&
					  strv_contains(protected_disks, candidate->disk->disk.name);
		candidate->is_medium = candidate->is_protected &&
				       (candidate->same_identity || is_by_contents(captured, source, present, candidate->disk));
		if (find_reason(ctx, candidate) ||
		    (!candidate->reason && find_room(captured, source, candidate))) {
			disk_candidates_free(candidates, count);
			return context_oom(ctx);
		}
	}
	sort(candidates, count);
	*ret = candidates;
	*ret_count = count;
	return 0;
}
