/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "directories.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "flags.h"
#include "metadata.h"
#include "put_data.h"
#include "put_image.h"
#include "salvage.h"
#include "unpack.h"

static int remember_kept(struct extraction *work, const char *path)
{
	uint64_t hash = path_hash(&work->key, path, strlen(path));

	return pathset_add(&work->kept_parents, hash) < 0 ? context_oom(work->ctx) : 0;
}

/* Something is where the directory is to be: used again, replaced, or - a symbolic link - refused. 0 or -errno. */
static int reuse(struct extraction *work, int parent_fd, const char *name, bool selected, bool *ret_kept)
{
	struct stat status;
	int r;

	if (fstatat(parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(status.st_mode))
		return -ELOOP;
	work->reused = true;
	if (S_ISDIR(status.st_mode)) {
		*ret_kept = !selected;
		if (selected)
			inode_flags_unlock(parent_fd, name);
		return 0;
	}
	r = put_remove(parent_fd, name);
	if (r == 0 && mkdirat(parent_fd, name, 0700) < 0)
		r = -errno;
	return r;
}

int put_directory(struct worker *worker)
{
	struct extraction *work = worker->work;
	const char *path = worker->entry.path, *name;
	bool selected = selection_has(work->selection, path), kept = false;
	const struct tree_directory *parent;
	int r = 0;

	if (!S_ISDIR(worker->entry.mode))
		return entry_damaged(&worker->ctx, &worker->entries, N_("it holds an entry that belongs into another kind of segment"));
	if (!selected && !selection_is_parent(work->selection, path))
		return 0;
	worker->files++;
	if (is_image_of(work, path))
		return 0;
	if (!strcmp(path, ".")) {
		if (!selected)
			return remember_kept(work, path);
		inode_flags_unlock(work->root_fd, ".");
		return 0;
	}
	parent = tree_parent(worker->tree, path, &name);
	if (!parent)
		return work_failed(work, path, errno, work->root_fd, N_("it could not be made, its directory cannot be entered"));
	if (mkdirat(parent->fd, name, 0700) < 0)
		r = errno == EEXIST ? reuse(work, parent->fd, name, selected, &kept) : -errno;
	if (r < 0)
		return work_failed(work, path, -r, parent->fd, r == -ELOOP ? N_("it could not be made, a symbolic link is in its place")
									   : N_("it could not be made"));
	return kept ? remember_kept(work, path) : 0;
}

static int finish_directory(struct worker *worker, const struct pax_entry *entry)
{
	struct extraction *work = worker->work;
	const struct tree_directory *directory;
	struct subject subject = { .path = entry->path, .name = ".", .flags = entry->flags };

	if (is_image_of(work, entry->path))
		return 0;
	if (!selection_has(work->selection, entry->path) &&
	    (!selection_is_parent(work->selection, entry->path) ||
	     pathset_contains(&work->kept_parents, path_hash(&work->key, entry->path, strlen(entry->path)))))
		return 0;
	directory = tree_open(worker->tree, entry->path);
	if (!directory) /* what could not be made was listed then */
		return work->failures ? 0 : work_failed(work, entry->path, errno, work->root_fd,
							"its owner, mode and times are not as saved");
	subject.fd = subject.parent_fd = directory->fd;
	subject.filesystem = directory->filesystem;
	subject.without_time = directory->is_fat_root;
	subject.was_there = work->reused || !strcmp(entry->path, ".");
	subject.has_acl = directory->default_acl || subject.was_there;
	subject.has_flags = directory->has_flags;
	return metadata_apply(work, &subject, entry);
}

static int finish_entry(struct worker *worker)
{
	return finish_directory(worker, &worker->entry);
}

/* Entries kept to be taken in reverse. */
struct pile {
	struct pax_entry *entries;
	size_t count, capacity;
};

static void pile_done(struct pile *pile)
{
	for (size_t i = 0; i < pile->count; i++)
		pax_entry_done(pile->entries + i);
	free(pile->entries);
}

static int pile_up(struct extraction *work, struct pile *pile, struct pax_entry *entry)
{
	if (pile->count == pile->capacity) {
		size_t capacity = pile->capacity ? pile->capacity * 2 : 1024;
		struct pax_entry *grown = reallocarray(pile->entries, capacity, sizeof(*grown));

		if (!grown)
			return context_oom(work->ctx);
		pile->entries = grown;
		pile->capacity = capacity;
	}
	pile->entries[pile->count++] = *entry;
	*entry = (struct pax_entry){ 0 };
	return 0;
}

/* Deepest first: whoever is not root can no longer reach what lies below a directory that got its mode. */
static int finish_reversed(struct worker *worker, size_t segment, void *data)
{
	struct extraction *work = worker->work;
	CLEANUP(pile_done) struct pile pile = { 0 };
	int r = unpack_start(worker, segment, data);

	while (r == 0 && (r = entry_next(&worker->ctx, &worker->entries, &worker->entry)) > 0)
		r = pile_up(work, &pile, &worker->entry);
	if (r < 0)
		r = work_damaged(work, &worker->ctx, r, segment);
	while (r == 0 && pile.count > 0) {
		r = finish_directory(worker, pile.entries + pile.count - 1);
		pax_entry_done(pile.entries + --pile.count);
		if (r == 0)
			r = context_check_cancel(work->ctx);
	}
	return r;
}

int finish_directories(struct worker *worker)
{
	struct extraction *work = worker->work;
	int r = 0;

	for (size_t i = work->manifest->segment_count; i-- > 0 && r == 0;) {
		void *data = TAKE_POINTER(work->directories[i]);

		if (!data || work->spoilt[i])
			free(data);
		else if (work->uid == 0)
			/* Root reaches everything, in any order, and need not unpack what may be a million of them at once. */
			r = unpack_segment_data(worker, i, data, false, finish_entry);
		else
			r = finish_reversed(worker, i, data);
	}
	return r < 0 ? r : salvage_rows(worker, SEGMENT_DIRECTORIES, finish_entry);
}
