/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry held against the row of the index that is its own. */
#include <errno.h>
#include <string.h>

#include "agreement_parts.h"

const char *agreement_path(const struct agreement_check *check)
{
	return check->entry->piece_of ? check->entry->piece_of : check->entry->path;
}

int agreement_bad(struct agreement_check *check, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(agreement_path(check), strlen(agreement_path(check)));
	const struct segment segment = { .number = (uint32_t)check->number };

	pthread_mutex_lock(&check->agreement->lock);
	if (check->file && check->file->state) {
		check->file->state->lost = true;
		pthread_cond_broadcast(&check->agreement->moved);
	}
	pthread_mutex_unlock(&check->agreement->lock);
	check->place = SIZE_MAX;
	return context_fail(check->ctx, EBADMSG, "segment %s: /%s %s", segment_name(&segment).text,
			    shown ? shown : "?", sentence_words(what));
}

int agreement_row_of_entry(const struct pax_entry *entry, struct index_row *row)
{
	*row = (struct index_row){ .path = entry->path,
				   .mode = entry->mode,
				   .uid = entry->uid,
				   .gid = entry->gid,
				   .mtime = entry->mtime,
				   .size = entry->size,
				   .data = pax_entry_data(entry),
				   .device = entry->device,
				   .flags = entry->flags,
				   .hints = entry->hints,
				   .link = entry->hard_link ? NULL : entry->link,
				   .hard_link = entry->hard_link ? entry->link : NULL };
	row->xattrs = calloc(entry->xattr_count + 1, sizeof(*row->xattrs));
	if (!row->xattrs)
		return -ENOMEM;
	for (size_t i = 0; i < entry->xattr_count; i++) {
		row->xattrs[i].name = entry->xattrs[i].name;
		if (digest_buffer(entry->xattrs[i].value, entry->xattrs[i].length, row->xattrs[i].sha256) < 0)
			return -ENOMEM;
	}
	row->xattr_count = entry->xattr_count;
	return 0;
}

int agreement_compare(struct agreement_check *check, const struct index_row *row, uint32_t first, uint32_t count)
{
	const struct agreement_table *table = &check->agreement->table;
	struct index_row whole = *row;
	uint64_t said;

	whole.first_segment = first;
	whole.last_segment = first + count - 1;
	if (agreement_row_hash(table, &whole, &check->text, &said) < 0)
		return context_oom(check->ctx);
	if ((uint32_t)said != table->said[check->place])
		return agreement_bad(check, N_("is not what the index says of it"));
	atomic_fetch_or(&table->flags[check->place], ROW_GOOD);
	return 0;
}
