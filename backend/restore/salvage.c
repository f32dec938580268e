/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "flags.h"
#include "put_data.h"

/* The kind of segment that ROW's entry lies in. */
static enum segment_kind kind_of(const struct index_row *row)
{
	return S_ISDIR(row->mode) ? SEGMENT_DIRECTORIES : row->hard_link ? SEGMENT_LINKS : SEGMENT_FILES;
}

static bool any_spoilt(const struct extraction *work, enum segment_kind kind)
{
	for (size_t i = 0; i < work->manifest->segment_count; i++)
		if (work->spoilt[i] && work->manifest->segments[i].kind == kind)
			return true;
	return false;
}

/* The entry that ROW was made of, less the values of its extended attributes, which the index does not have. Takes the row's texts. */
static int entry_of_row(struct index_row *row, struct pax_entry *entry)
{
	pax_entry_done(entry);
	*entry = (struct pax_entry){ .mode = row->mode, .uid = row->uid, .gid = row->gid, .mtime = row->mtime,
				     .size = row->hard_link ? 0 : row->size, .device = row->device, .flags = row->flags, .hints = row->hints,
				     .hard_link = row->hard_link != NULL };
	entry->path = TAKE_POINTER(row->path);
	entry->link = entry->hard_link ? TAKE_POINTER(row->hard_link) : TAKE_POINTER(row->link);
	/* Nothing but a hole. */
	if (S_ISREG(row->mode) && entry->size > 0)
		entry->extents = calloc(1, sizeof(*entry->extents));
	return entry->size > 0 && S_ISREG(row->mode) && !entry->extents ? -ENOMEM : 0;
}

struct rescue {
	struct worker *worker;
	enum segment_kind kind;
	int (*each)(struct worker *worker);
};

static int take_row(void *data, const struct index_row *row, unsigned what)
{
	const struct rescue *rescue = data;
	struct extraction *work = rescue->worker->work;
	struct index_row copy = *row;

	if (!(what & AGREEMENT_LOST_ENTRY) || !work->spoilt[row->first_segment] || kind_of(row) != rescue->kind || index_row_has_data(row))
		return 0;
	copy.path = strdup(row->path);
	copy.link = row->link ? strdup(row->link) : NULL;
	copy.hard_link = row->hard_link ? strdup(row->hard_link) : NULL;
	if (!copy.path || (row->link && !copy.link) || (row->hard_link && !copy.hard_link) ||
	    entry_of_row(&copy, &rescue->worker->entry) < 0)
		return context_oom(work->ctx);
	rescue->worker->shown = false;
	rescue->worker->segment = row->first_segment;
	return rescue->each(rescue->worker);
}

int salvage_rows(struct worker *worker, enum segment_kind kind, int (*each)(struct worker *worker))
{
	struct extraction *work = worker->work;
	struct rescue rescue = { worker, kind, each };

	if (!work->options->salvage || !work->agreement || !any_spoilt(work, kind))
		return 0;
	return agreement_lost(work->ctx, work->set, work->agreement, take_row, &rescue);
}

/* A line of the list. */
static void say_lost(struct extraction *work, const char *path, const char *what)
{
	AUTO_FREE char *shown = bytes_escape(path, strlen(path));
	AUTO_FREE char *line = shown ? sentence("%s: %s", shown, sentence_words(what)) : NULL;

	if (work->failures++ < FAILED_LISTED && line)
		strv_append_line(&work->result->failed, line);
}

#define CONTENT_LOST N_("it is lost: what holds its content is damaged")

/* Was it listed when it could not be made? */
static bool is_listed(const struct extraction *work, const char *path)
{
	const char *name = selection_name(work->selection, path);

	return name && pathset_contains(&work->failed, path_hash(&work->key, name, strlen(name)));
}

static int list_row(void *data, const struct index_row *row, unsigned what)
{
	struct extraction *work = data;
	bool skipped = true;

	for (size_t i = row->first_segment; i <= row->last_segment; i++)
		skipped &= work->skip[i];
	/* What an earlier run restored was not met by this one; a name whose file is lost was listed when it could not be made. */
	if (!(what & AGREEMENT_LOST_ENTRY) || skipped || is_listed(work, row->path) ||
	    (!selection_has(work->selection, row->path) && !selection_name(work->selection, row->path)))
		return 0;
	if (index_row_has_data(row))
		say_lost(work, row->path, CONTENT_LOST);
	else if (row->xattr_count)
		say_lost(work, row->path, N_("its extended attributes are lost: what holds them is damaged"));
	return 0;
}

int salvage_list(struct extraction *work)
{
	if (!work->result->damages)
		return 0;
	if (work->agreement)
		return agreement_lost(work->ctx, work->set, work->agreement, list_row, work);
	for (size_t i = 0; i < work->manifest->segment_count; i++)
		if (work->spoilt[i])
			say_lost(work, segment_name(work->manifest->segments + i).text,
				 N_("the names of what is lost with it are unknown, because the index is damaged too"));
	return 0;
}

int salvage_name(struct extraction *work, const char *path, const char *first)
{
	if (!work->options->salvage || (work->agreement && agreement_has(work->agreement, first)))
		return -ENOENT;
	say_lost(work, path, work->agreement ? CONTENT_LOST : N_("it is lost: nothing else is left of its file"));
	return 0;
}

/* A directory can be written to; what is none is removed, but for a symbolic link, which may lead anywhere. */
static void make_way(int parent_fd, const char *name)
{
	struct stat status;

	if (fstatat(parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(status.st_mode))
		inode_flags_unlock(parent_fd, name);
	else if (!S_ISLNK(status.st_mode))
		put_remove(parent_fd, name);
}

void salvage_parents(struct worker *worker, const char *path)
{
	struct extraction *work = worker->work;
	AUTO_CLOSE int at = fcntl(work->root_fd, F_DUPFD_CLOEXEC, 0);
	const char *name;
	bool made = false;

	if (tree_parent(worker->tree, path, &name))
		return;
	for (const char *slash; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		AUTO_FREE char *part = strndup(path, (size_t)(slash - path));
		int next;

		if (!part)
			return;
		/* What stands there is dealt with as where directories come first. */
		if (work->arriving)
			make_way(at, part);
		made |= mkdirat(at, part, work->arriving ? 0700 : 0755) == 0;
		next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
	}
	/* Of a stream they come later. */
	if (made && !work->arriving) {
		const char *whole = worker->entry.piece_of ? worker->entry.piece_of : worker->entry.path;

		pthread_mutex_lock(&work->lock);
		say_lost(work, whole, N_("owner, mode and times of the directories above it are lost"));
		pthread_mutex_unlock(&work->lock);
	}
}
