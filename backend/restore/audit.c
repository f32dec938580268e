#include "audit.h"

#include <errno.h>
#include <string.h>

int audit_init(struct audit *audit, size_t segment_count)
{
	memset(audit, 0, sizeof(*audit));
	path_key_init(&audit->key);
	audit->segment_count = segment_count;
	audit->unpacked = calloc(segment_count + 1, sizeof(*audit->unpacked));
	audit->listed = calloc(segment_count + 1, sizeof(*audit->listed));
	audit->complete = calloc(segment_count + 1, sizeof(*audit->complete));
	return audit->unpacked && audit->listed && audit->complete ? 0 : -ENOMEM;
}

void audit_done(struct audit *audit)
{
	free(audit->unpacked);
	free(audit->listed);
	free(audit->complete);
	pathset_done(&audit->files);
}

static void count(struct audit_sum *sum, uint64_t hash)
{
	sum->sum += hash;
	sum->count++;
}

void audit_entry(const struct audit *audit, struct audit_sum *sum, const char *path)
{
	count(sum, path_hash(&audit->key, path, strlen(path)));
}

static int audit_row(struct context *ctx, struct audit *audit, const struct index_row *row)
{
	uint64_t hash = path_hash(&audit->key, row->path, strlen(row->path));

	for (size_t i = 0; i < row->segment_count; i++) {
		if (row->segments[i] >= audit->segment_count)
			return context_fail(ctx, EBADMSG, "the index of the set names a segment that the manifest does not have");
		count(audit->listed + row->segments[i], hash);
	}
	if (pathset_contains(&audit->files, hash) || pathset_contains(&audit->files, ~hash)) {
		AUTO_FREE char *shown = bytes_escape(row->path, strlen(row->path));

		return context_fail(ctx, EBADMSG, "the set's index is not valid: /%s is in it twice", shown ? shown : "?");
	}
	/* What is no target of hard links is known by another number. */
	if (pathset_add(&audit->files, S_ISDIR(row->mode) || row->hard_link ? ~hash : hash) < 0)
		return context_fail(ctx, ENOMEM, "out of memory");
	return context_check_cancel(ctx);
}

int audit_read_index(struct context *ctx, struct set *set, struct audit *audit)
{
	struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	int r = index_open(ctx, set, &reader);

	while (r == 0 && (r = index_read(ctx, reader, &row)) > 0)
		r = audit_row(ctx, audit, &row);
	index_row_done(&row);
	index_close(reader);
	return r;
}

int audit_check(struct context *ctx, const struct manifest *manifest, const struct audit *audit)
{
	for (size_t i = 0; i < audit->segment_count; i++) {
		const struct audit_sum *unpacked = audit->unpacked + i, *listed = audit->listed + i;

		if (audit->complete[i] && (unpacked->sum != listed->sum || unpacked->count != listed->count))
			return context_fail(ctx, EBADMSG,
					    "the set contradicts itself: %s holds other entries than its index lists",
					    manifest->segments[i].name);
	}
	return 0;
}

bool audit_has_file(const struct audit *audit, const char *path)
{
	return pathset_contains(&audit->files, path_hash(&audit->key, path, strlen(path)));
}
