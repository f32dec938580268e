/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "links.h"

#include <errno.h>
#include <string.h>

#include "job.h"
#include "link_table.h"
#include "parts.h"
#include "pool.h"
#include "report.h"
#include "segment_writer.h"

#define LINKS_WEIGHT 16 /* segments of links hold so many times the tar of one of files: they compress well */

/* Where the first name of a file was lost (it vanished, say), the next one is packed as a file of its own. */
static int promote(struct capture *capture, struct further_name *name)
{
	struct job *job = job_new();
	struct item *item = job ? job_add(job) : NULL;
	char *first = strdup(name->entry.path);
	int r;

	if (!item || !first) {
		job_free(job);
		free(first);
		return -ENOMEM;
	}
	item->entry = name->entry;
	name->entry = (struct pax_entry){ 0 };
	item->volume = name->volume;
	item->device = name->group->device;
	item->inode = name->group->inode;
	item->group = name->group;
	free(name->group->first);
	name->group->first = first;
	name->group = NULL;
	r = pool_push(capture, job);
	return r < 0 ? r : pool_drain(capture);
}

static int write_link(struct segment_writer *writer, struct further_name *name)
{
	int r;

	name->entry.hard_link = true;
	name->entry.link = strdup(name->group->first);
	r = name->entry.link ? segment_entry(writer, &name->entry) : -ENOMEM;
	if (r == 0)
		r = segment_entry_end(writer);
	return r < 0 ? r : segment_row(writer, &name->entry, "", name->entry.size, false, segment_number(writer), 1);
}

/* One segment from link *AT on; *AT is then the first that had no place in it. */
static int write_segment(struct capture *capture, struct segment_writer *writer, size_t *at)
{
	struct segment segment = { 0 };
	uint32_t number = pool_take_number(capture);
	int r = segment_begin(writer, number, SEGMENT_LINKS);

	for (; *at < capture->links->count && r == 0 && segment_tar_length(writer) < LINKS_WEIGHT * capture->segment_bytes; ++*at)
		if (capture->links->further[*at].group)
			r = write_link(writer, &capture->links->further[*at]);
	if (r == 0)
		r = segment_end(writer, &segment);
	return r < 0 ? r : pool_segment_done(capture, number, &segment, segment_rows(writer));
}

/* The first link from AT on that is kept, or their count. */
static size_t next_link(const struct link_table *table, size_t at)
{
	while (at < table->count && !table->further[at].group)
		at++;
	return at;
}

static int write_links(struct capture *capture, struct segment_writer *writer)
{
	int r = 0;

	for (size_t at = next_link(capture->links, 0); at < capture->links->count && r == 0; at = next_link(capture->links, at))
		r = write_segment(capture, writer, &at);
	return r;
}

int links_write(struct capture *capture)
{
	struct link_table *table = capture->links;
	struct segment_writer *writer;
	size_t left = 0;
	int r = 0;

	for (size_t i = 0; i < table->count && r == 0; i++) {
		struct further_name *name = &table->further[i];

		if (name->group->saved) {
			left++;
		} else if (S_ISREG(name->entry.mode)) {
			r = promote(capture, name);
		} else {
			r = capture_changed(capture, name->entry.path, N_("vanished before it could be read"));
			name->group = NULL;
		}
	}
	if (r < 0 || left == 0)
		return r < 0 ? capture_write_failed(capture, r) : 0;
	writer = segment_writer_new(capture);
	r = writer ? write_links(capture, writer) : -ENOMEM;
	segment_writer_free(writer);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}
