/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in one folder of a place: a set, whole by names and sizes or not, the rest of one, or something else. */
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../layout/identity.h"
#include "../set/set.h"
#include "../sink/names.h"
#include "sets.h"

#define MEMBER_SIGNATURE MANIFEST_NAME ".minisig"

/* A listing of one folder of a set, as it comes. */
struct listing {
	struct known_set *set;
	const struct manifest *manifest; /* NULL: it has none */
	bool has_manifest, has_members;
	bool regular;            /* the manifest is a file, no link */
	bool telling;            /* a member that nothing else is called like */
	bool foreign;            /* something that is no set's */
	uint64_t right;          /* members that are as long as they should be */
	bool *seen;              /* segments, by number */
	int fault;
};

static void count(struct listing *listing, const struct place_item *item)
{
	listing->set->stored += item->size;
	if (!listing->manifest && item->changed > listing->set->created)
		listing->set->created = item->changed;
}

/* The number of the segment that NAME is; -1: none. */
static long segment_number(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	AUTO_FREE char *text = strndup(name, digits);
	uint64_t number;

	return digits >= 6 && digits <= 9 && !strcmp(name + digits, ".tar.zst") && text && parse_u64(text, &number) ? (long)number : -1;
}

bool set_owns_name(const char *folder, const char *name)
{
	static const char *const members[] = { MANIFEST_NAME, MEMBER_SIGNATURE, LOCK_NAME };

	if (!strcmp(folder, SEGMENTS_NAME))
		return segment_number(name) >= 0;
	if (!strcmp(folder, ATTACHMENTS_NAME))
		return attachment_is_name(name);
	for (size_t i = 0; !*folder && i < ARRAY_LENGTH(members); i++)
		if (!strcmp(name, members[i]))
			return true;
	return !*folder && (name_is_table(name) || name_is_draft(name));
}

static int look_at_top(void *data, const struct place_item *item)
{
	struct listing *listing = data;
	const struct manifest *manifest = listing->manifest;

	/* Also a link to one: what it is of is more than a rest. */
	listing->has_manifest |= !strcmp(item->name, MANIFEST_NAME);
	if (item->folder) {
		listing->has_members |= !strcmp(item->name, SEGMENTS_NAME);
		listing->foreign |= strcmp(item->name, SEGMENTS_NAME) && strcmp(item->name, ATTACHMENTS_NAME);
		return 0;
	}
	if (!item->file || !set_owns_name("", item->name)) {
		listing->foreign = true;
		return 0;
	}
	count(listing, item);
	listing->regular |= !strcmp(item->name, MANIFEST_NAME);
	listing->telling |= !strcmp(item->name, SEGMENT_TABLE_NAME) || !strcmp(item->name, LOCK_NAME);
	listing->has_members |= !strcmp(item->name, SEGMENT_TABLE_NAME) || !strcmp(item->name, INDEX_NAME) || !strcmp(item->name, LOCK_NAME);
	if (manifest)
		listing->right += (!strcmp(item->name, SEGMENT_TABLE_NAME) && item->size == manifest->table_stored) ||
				  (!strcmp(item->name, INDEX_NAME) && item->size == manifest->index_stored);
	return 0;
}

static int look_at_segment(void *data, const struct place_item *item)
{
	struct listing *listing = data;
	long number = item->file ? segment_number(item->name) : -1;

	listing->foreign |= number < 0;
	if (number < 0)
		return 0;
	listing->telling = true;
	count(listing, item);
	if (!listing->manifest || (size_t)number >= listing->manifest->segment_count || listing->seen[number])
		return 0;
	listing->seen[number] = true;
	listing->right += item->size == listing->manifest->segments[number].stored;
	return 0;
}

static int look_at_attachment(void *data, const struct place_item *item)
{
	struct listing *listing = data;
	const struct attachment *attachment;

	if (!item->file || !attachment_is_name(item->name)) {
		listing->foreign = true;
		return 0;
	}
	count(listing, item);
	attachment = listing->manifest ? manifest_find_attachment(listing->manifest, item->name) : NULL;
	listing->right += attachment && attachment->stored == item->size;
	return 0;
}

static int look_below(struct context *ctx, struct place *place, const char *folder, const char *name,
		      int (*each)(void *data, const struct place_item *item), struct listing *listing)
{
	AUTO_FREE char *path = text_format("%s%s%s", folder, *folder ? "/" : "", name);

	return path ? place_list(ctx, place, path, each, listing) : context_oom(ctx);
}

/* ---- the manifest ---- */

static time_t read_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;

	return end && !*end ? timegm(&tm) : 0;
}

static int add_mark(char ***marks, size_t *count, const char *kind, const char *text)
{
	AUTO_FREE char *mark = text ? text_format("%s %s", kind, text) : NULL;

	return !text ? 0 : mark ? strv_append_counted(marks, count, mark) : -ENOMEM;
}

/* A disk may be replaced, or what is on it recreated: both at once make another machine of it. */
static int copy_marks(const struct layout *layout, char ***ret)
{
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->count; i++) {
		const struct node *node = layout->nodes[i];

		if (node->type != NODE_DISK)
			r = add_mark(ret, &count, "content", node->uuid);
		else if (!disk_identity_is_weak(&node->disk))
			r = add_mark(ret, &count, "disk", node->disk.wwn ? node->disk.wwn : node->disk.serial);
	}
	return r;
}

static int copy_facts(const struct manifest *manifest, struct known_set *ret)
{
	/* That of a tree which is no machine's is empty. */
	const char *host = manifest->machine.host && *manifest->machine.host ? manifest->machine.host : NULL;

	ret->id = strdup(manifest->set_id);
	ret->host = host ? strdup(host) : NULL;
	ret->label = manifest->label ? strdup(manifest->label) : NULL;
	ret->created = read_time(manifest->created);
	ret->bytes = manifest->total_bytes;
	memcpy(ret->manifest, manifest->sha256, sizeof(ret->manifest));
	if (copy_marks(manifest->layout, &ret->marks) < 0)
		return -ENOMEM;
	return !ret->id || (host && !ret->host) || (manifest->label && !ret->label) ? -ENOMEM : 0;
}

/* A set that is not to be opened is told as one; what ends the look is a cancel or a lack of memory. */
static int open_set(struct context *ctx, struct place *place, const char *folder, struct known_set *ret, struct set **ret_set)
{
	AUTO_FREE char *address = place_address(place, folder);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = address ? set_open(ctx, address, ret_set) : -ENOMEM;

	if (r == 0)
		return copy_facts(set_manifest(*ret_set), ret) < 0 ? context_oom(ctx) : 0;
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r == -ENOMEM ? context_oom(ctx) : r);
	ret->state = SET_DAMAGED;
	ret->why = strdup(context_detail(ctx));
	return ret->why ? 0 : context_scope_keep(&scope, context_oom(ctx));
}

static int look_at_members(struct context *ctx, struct place *place, const char *folder, struct listing *listing)
{
	const struct manifest *manifest = listing->manifest;
	uint64_t wanted = manifest ? manifest->segment_count + manifest->attachment_count + 2 : 0;
	int r;

	if (manifest && !(listing->seen = calloc(manifest->segment_count + 1, sizeof(*listing->seen))))
		return context_oom(ctx);
	listing->set->stored = listing->right = 0;
	r = place_list(ctx, place, folder, look_at_top, listing);
	if (r == 0)
		r = look_below(ctx, place, folder, SEGMENTS_NAME, look_at_segment, listing);
	if (r == 0)
		r = look_below(ctx, place, folder, ATTACHMENTS_NAME, look_at_attachment, listing);
	free(listing->seen);
	listing->seen = NULL;
	if (r < 0 || !manifest || listing->right == wanted)
		return r;
	listing->set->state = SET_DAMAGED;
	listing->set->why = sentence("%llu of its %llu files are missing or not as long as they should be", (unsigned long long)(wanted - listing->right),
					     (unsigned long long)wanted);
	return listing->set->why ? 0 : context_oom(ctx);
}

int known_set_look(struct context *ctx, struct place *place, const char *folder, struct known_set *ret, bool *ret_is)
{
	struct listing listing = { .set = ret };
	AUTO_SET struct set *set = NULL;
	int r = place_list(ctx, place, folder, look_at_top, &listing);

	*ret_is = listing.has_manifest || listing.has_members;
	if (r < 0 || !*ret_is)
		return r;
	ret->folder = strdup(folder);
	if (!ret->folder)
		return context_oom(ctx);
	if (!listing.has_manifest) {
		ret->state = SET_HALF;
		r = look_at_members(ctx, place, folder, &listing);
		ret->foreign = listing.foreign || !listing.telling;
		return r;
	}
	ret->created = 0;
	r = open_set(ctx, place, folder, ret, &set);
	if (r < 0)
		return r;
	listing.manifest = set ? set_manifest(set) : NULL;
	r = look_at_members(ctx, place, folder, &listing);
	if (r < 0 || listing.regular)
		return r;
	free(ret->why);
	ret->state = SET_DAMAGED;
	ret->why = sentence("%s is a symbolic link, or not a file", MANIFEST_NAME);
	return ret->why ? 0 : context_oom(ctx);
}

void known_set_done(struct known_set *set)
{
	free(set->folder);
	free(set->id);
	free(set->host);
	free(set->label);
	free(set->why);
	strv_free(set->marks);
	*set = (struct known_set){ 0 };
}
