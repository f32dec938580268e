/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of inodes that have several: the first carries everything, the others become hard links in the last segments. */
#include <errno.h>
#include <string.h>

#include "pool.h"
#include "segment_writer.h"

#define FIRST_BUCKETS 1024
#define LINKS_WEIGHT 16 /* segments of links hold so many times the tar of one of files: they compress well */

struct further_name {
	struct link_group *group;
	const struct volume *volume;
	struct pax_entry entry;
};

struct link_table {
	struct link_group **buckets;
	size_t bucket_count, group_count;
	struct further_name *further;
	size_t count, capacity;
};

struct link_table *link_table_new(void)
{
	struct link_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->bucket_count = FIRST_BUCKETS;
	table->buckets = calloc(table->bucket_count, sizeof(struct link_group *));
	if (!table->buckets) {
		free(table);
		return NULL;
	}
	return table;
}

void link_table_free(struct link_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		for (struct link_group *group = table->buckets[i], *next; group; group = next) {
			next = group->next;
			free(group->first);
			free(group);
		}
	}
	for (size_t i = 0; i < table->count; i++)
		pax_entry_done(&table->further[i].entry);
	free(table->further);
	free(table->buckets);
	free(table);
}

static struct link_group **bucket_of(struct link_table *table, dev_t device, ino_t inode)
{
	uint64_t hash = ((uint64_t)inode ^ (uint64_t)device << 40) * 0x9e3779b97f4a7c15ull;

	return &table->buckets[(hash >> 32) & (table->bucket_count - 1)];
}

static void grow(struct link_table *table)
{
	struct link_table larger = { .bucket_count = 4 * table->bucket_count };

	larger.buckets = calloc(larger.bucket_count, sizeof(struct link_group *));
	/* Without memory for more the table is only slower. */
	if (!larger.buckets)
		return;
	for (size_t i = 0; i < table->bucket_count; i++) {
		for (struct link_group *group = table->buckets[i], *next; group; group = next) {
			struct link_group **bucket = bucket_of(&larger, group->device, group->inode);

			next = group->next;
			group->next = *bucket;
			*bucket = group;
		}
	}
	free(table->buckets);
	table->buckets = larger.buckets;
	table->bucket_count = larger.bucket_count;
}

struct link_group *link_table_find(struct link_table *table, const struct stat *st, const char *path, bool *ret_first)
{
	struct link_group **bucket = bucket_of(table, st->st_dev, st->st_ino), *group;

	*ret_first = false;
	for (group = *bucket; group; group = group->next)
		if (group->device == st->st_dev && group->inode == st->st_ino)
			return group;
	group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	*group = (struct link_group){ .device = st->st_dev, .inode = st->st_ino, .first = strdup(path), .next = *bucket };
	if (!group->first) {
		free(group);
		return NULL;
	}
	*bucket = group;
	*ret_first = true;
	if (++table->group_count > 2 * table->bucket_count)
		grow(table);
	return group;
}

int link_table_add(struct link_table *table, struct link_group *group, const struct volume *volume, struct pax_entry *entry)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? 2 * table->capacity : 64;
		struct further_name *grown = reallocarray(table->further, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->further = grown;
		table->capacity = capacity;
	}
	table->further[table->count++] = (struct further_name){ group, volume, *entry };
	memset(entry, 0, sizeof(*entry));
	return 0;
}

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
