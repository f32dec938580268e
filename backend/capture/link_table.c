/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "link_table.h"

#include <errno.h>
#include <string.h>

#define FIRST_BUCKETS 1024

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
