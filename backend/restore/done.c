/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "done.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "flags.h"

static bool is_emptied(const struct extraction *work, const char *path)
{
	for (char *const *directory = work->options->emptied; directory && *directory; directory++) {
		const char *relative = *directory + strspn(*directory, "/");
		size_t length = strlen(relative);

		if (length == 0 || (!strncmp(path, relative, length) && path[length] == '/'))
			return true;
	}
	return false;
}

/* What a segment holds, to be counted as done. */
struct holding {
	uint64_t bytes, files;
};

static void take_row(struct extraction *work, struct holding *holdings, const struct index_row *row)
{
	const struct extract_options *options = work->options;
	bool again = row->last_segment > row->first_segment || (row->flags & INODE_FLAGS_LATE) || is_emptied(work, row->path) ||
		     (options->again && options->again(options->again_data, row->path));

	for (size_t segment = row->first_segment; segment <= row->last_segment; segment++) {
		if (again)
			work->skip[segment] = false;
		holdings[segment].bytes += row->hard_link ? 0 : row->data;
		holdings[segment].files++;
	}
}

static void count_done(struct extraction *work, const struct holding *holdings)
{
	struct holding all = { 0 };
	size_t count = 0, total = 0;

	for (size_t i = 0; i < work->manifest->segment_count; i++) {
		total += work->manifest->segments[i].kind == SEGMENT_FILES;
		if (work->manifest->segments[i].kind != SEGMENT_FILES || !work->skip[i])
			continue;
		all.bytes += holdings[i].bytes;
		all.files += holdings[i].files;
		count++;
	}
	progress_rebase(work->ctx, all.bytes, all.files);
	context_info(work->ctx, "%zu of %zu segments are there already, with %llu files", count, total,
		(unsigned long long)all.files);
}

int done_find(struct extraction *work)
{
	AUTO_FREE struct holding *holdings = calloc(work->manifest->segment_count + 1, sizeof(*holdings));
	struct index_reader *reader = NULL;
	struct index_row row = { 0 };
	int r;

	/* Without an index it is not known what else a segment needs: all are read again. */
	if (!work->options->done || !work->agreement) {
		progress_rebase(work->ctx, 0, 0);
		return 0;
	}
	if (!holdings)
		return context_oom(work->ctx);
	for (size_t i = 0; i < work->manifest->segment_count; i++)
		work->skip[i] = work->options->done[i];
	r = index_open(work->ctx, work->set, &reader);
	while (r == 0 && (r = index_read(work->ctx, reader, &row)) > 0) {
		r = 0;
		take_row(work, holdings, &row);
	}
	index_row_done(&row);
	index_close(reader);
	if (r == 0)
		count_done(work, holdings);
	return r;
}
