/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>

#include "../core/sentence.h"
#include "../set/content.h"
#include "flags.h"
#include "metadata.h"
#include "put_data.h"

#define READ_BACK (1u << 20)

/* Opens the file made earlier in this run; anything else under its name is refused. Descriptor or -errno. */
static int open_made(const struct split *split, int parent_fd, const char *name)
{
	AUTO_CLOSE int fd = openat(parent_fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_dev != split->device || status.st_ino != split->inode)
		return -ESTALE;
	return TAKE_FD(fd);
}

static int make(struct split *split, const struct tree_directory *parent, const char *name, const struct pax_entry *entry)
{
	AUTO_CLOSE int fd = put_create(parent, name, 0600);
	struct stat status;

	if (fd < 0)
		return fd;
	if ((entry->flags & INODE_FLAGS_EARLY) || parent->has_flags)
		inode_flags_set(fd, entry->flags & INODE_FLAGS_EARLY);
	if (!hints_are_none(&entry->hints) || parent->has_flags)
		hints_set(fd, &entry->hints);
	if (ftruncate(fd, (off_t)split->whole_size) < 0 || fstat(fd, &status) < 0)
		return -errno;
	split->device = status.st_dev;
	split->inode = status.st_ino;
	split->made = true;
	return TAKE_FD(fd);
}

/* The open file for a piece; -1 when the file has failed before. With the lock of the splits held. */
static int open_split(struct worker *worker, struct split *split, const struct tree_directory *parent, const char *name,
		      int *ret_fd)
{
	int fd;

	*ret_fd = -1;
	if (split->failed)
		return 0;
	fd = split->made ? open_made(split, parent->fd, name) : make(split, parent, name, &worker->entry);
	if (fd < 0) {
		split->failed = true;
		return work_failed(worker->work, split->path, -fd, parent->fd, "it could not be made");
	}
	*ret_fd = fd;
	return 0;
}

/* With the lock of the splits held. */
static void note_segment(struct split *split, const struct worker *worker)
{
	if (split->piece_count == 1 || worker->segment < split->first_segment)
		split->first_segment = worker->segment;
	if (split->piece_count == 1 || worker->segment > split->last_segment)
		split->last_segment = worker->segment;
	split->data += pax_entry_data(&worker->entry);
}

static int write_piece(struct worker *worker, struct split *split, const struct tree_directory *parent, int fd)
{
	bool at_write;
	int r = put_data(worker, fd, worker->entry.piece_offset, &at_write);

	put_start_write(fd, worker->entry.size);
	if (close(fd) < 0 && r == 0) {
		r = -errno;
		at_write = true;
	}
	if (r < 0 && !at_write)
		return r;
	pthread_mutex_lock(&worker->work->splits.lock);
	if (r < 0 && !split->failed) {
		split->failed = true;
		r = work_failed(worker->work, split->path, -r, parent->fd, "its content could not be written");
	}
	if (r == 0 && split_add_piece(split, worker->entry.piece_offset, worker->entry.size) < 0)
		r = context_oom(worker->work->ctx);
	if (r == 0)
		note_segment(split, worker);
	pthread_mutex_unlock(&worker->work->splits.lock);
	return r;
}

void keep_first_piece(struct worker *worker)
{
	struct splits *splits = &worker->work->splits;
	struct split *split;
	const char *path;

	if (!worker->entry.whole_size || worker->entry.piece_of)
		return;
	path = selection_name(worker->work->selection, worker->entry.path);
	pthread_mutex_lock(&splits->lock);
	split = path ? splits_get(splits, path, worker->entry.whole_size) : NULL;
	if (split && !split->has_entry) {
		split->entry = worker->entry;
		worker->entry = (struct pax_entry){ 0 };
		split->has_entry = true;
	}
	pthread_mutex_unlock(&splits->lock);
}

int put_piece(struct worker *worker, const char *path)
{
	struct extraction *work = worker->work;
	const struct tree_directory *parent;
	struct split *split;
	const char *name;
	int r = 0, fd = -1;

	parent = tree_parent(worker->tree, path, &name);
	pthread_mutex_lock(&work->splits.lock);
	split = splits_get(&work->splits, path, worker->entry.whole_size);
	if (!split)
		r = context_oom(work->ctx);
	else if (split->whole_size != worker->entry.whole_size)
		r = entry_damaged(&worker->ctx, &worker->entries, N_("the pieces of a large file disagree on its size"));
	else if (!parent && !split->failed) {
		split->failed = true;
		r = work_failed(work, path, errno, work->root_fd, "it could not be made, its directory cannot be entered");
	} else if (parent)
		r = open_split(worker, split, parent, name, &fd);
	pthread_mutex_unlock(&work->splits.lock);
	return r < 0 || fd < 0 ? r : write_piece(worker, split, parent, fd);
}

void withdraw_pieces(struct worker *worker, const char *path)
{
	struct splits *splits = &worker->work->splits;
	struct split *split;

	pthread_mutex_lock(&splits->lock);
	split = splits_get(splits, path, worker->entry.whole_size);
	if (split)
		split->withdrawn = true;
	pthread_mutex_unlock(&splits->lock);
}

/* Takes away what was made of SPLIT, and nothing else. */
static void remove_split(struct worker *worker, const struct split *split)
{
	const char *name;
	const struct tree_directory *parent = split->made ? tree_parent(worker->tree, split->path, &name) : NULL;
	struct stat status;

	if (parent && fstatat(parent->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_dev == split->device &&
	    status.st_ino == split->inode)
		put_remove(parent->fd, name);
}

static bool is_incomplete(struct split *split)
{
	return split->withdrawn || !split->has_entry || !split_is_whole(split);
}

/* What is not whole goes. With an index that names it the list does, too. */
static int drop_split(struct worker *worker, struct split *split)
{
	struct extraction *work = worker->work;
	AUTO_FREE char *shown = bytes_escape(split->path, strlen(split->path));

	if (!split->failed && !is_incomplete(split))
		return 0;
	remove_split(worker, split);
	if (split->failed)
		return 0;
	if (!work->options->salvage)
		return context_fail(work->ctx, EBADMSG, "the set is damaged: the pieces of the large file '%s' do not make it whole",
				    shown ? shown : "?");
	return work->agreement ? 0 : work_failed(work, split->path, EBADMSG, work->root_fd, "not all of its pieces can be read");
}

static int finish_split(struct worker *worker, struct split *split)
{
	struct extraction *work = worker->work;
	const struct tree_directory *parent;
	struct subject subject = { .path = split->path, .flags = split->entry.flags };
	int r;

	if (split->failed || is_incomplete(split))
		return 0;
	parent = tree_parent(worker->tree, split->path, &subject.name);
	if (!parent)
		return work_failed(work, split->path, errno, work->root_fd, "its directory cannot be entered any more");
	subject.parent_fd = parent->fd;
	subject.filesystem = parent->filesystem;
	subject.has_acl = parent->default_acl;
	subject.has_flags = parent->has_flags;
	subject.fd = open_made(split, parent->fd, subject.name);
	if (subject.fd < 0)
		return work_failed(work, split->path, -subject.fd, parent->fd, "it cannot be opened any more");
	r = metadata_apply(work, &subject, &split->entry);
	close(subject.fd);
	return r;
}

struct each_split {
	struct worker *worker;
	int (*each)(struct worker *worker, struct split *split);
	int r;
};

static void take_node(const void *node, VISIT visit, void *data)
{
	struct each_split *each = data;

	if (each->r == 0 && (visit == postorder || visit == leaf))
		each->r = each->each(each->worker, *(struct split *const *)node);
}

/* The digest of the file's content as it is on the target. 0 or -errno. */
static int digest_split(struct worker *worker, const struct split *split, char hex[DIGEST_HEX])
{
	AUTO_CONTENT_DIGEST struct content_digest *digest = content_digest_new(split->whole_size, split->data);
	AUTO_FREE char *buffer = malloc(READ_BACK);
	const char *name;
	const struct tree_directory *parent = tree_parent(worker->tree, split->path, &name);
	AUTO_CLOSE int fd = parent ? openat(parent->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	ssize_t n = 0;

	if (!digest || !buffer)
		return -ENOMEM;
	if (fd < 0)
		return -errno;
	for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0; at += n) {
		n = pread(fd, buffer, READ_BACK, at);
		if (n <= 0 || context_check_cancel(worker->work->ctx) < 0)
			return n < 0 ? -errno : n == 0 ? -ESTALE : -ECANCELED;
		content_digest_update(digest, (uint64_t)at, buffer, (size_t)n);
	}
	content_digest_finish(digest, hex);
	return 0;
}

/* Pieces of damaged segments lack: that was told. Without any damage the set contradicts itself. */
static int settle_incomplete(struct worker *worker, const struct split *split, const char *shown)
{
	struct extraction *work = worker->work;

	if (work->result->damages)
		return 0;
	context_fail(&worker->ctx, EBADMSG, "segment %s: /%s %s", segment_name(work->manifest->segments + split->first_segment).text, shown,
		     sentence_words(N_("lacks one of its pieces")));
	return work_damaged(work, &worker->ctx, -EBADMSG, split->first_segment);
}

/* Pieces that came before the index did make up a file that it does not know as such, or lie in a damaged segment: the file goes. */
static int settle_split(struct worker *worker, struct split *split)
{
	struct extraction *work = worker->work;
	AUTO_FREE char *shown = bytes_escape(split->path, strlen(split->path));
	char sha256[DIGEST_HEX] = "";
	bool spoilt = false;
	int r = 0;

	if (split->failed)
		return 0;
	if (is_incomplete(split))
		return settle_incomplete(worker, split, shown ? shown : "?");
	for (size_t i = split->first_segment; i <= split->last_segment; i++)
		spoilt |= i >= work->manifest->segment_count || work->spoilt[i];
	if (!spoilt && work->options->check_content)
		r = digest_split(worker, split, sha256);
	if (r == 0 && !spoilt)
		r = agreement_split(work->agreement, &split->entry, split->data, split->first_segment, split->last_segment, sha256);
	if (r == -ENOMEM || r == -ECANCELED)
		return r == -ENOMEM ? context_oom(work->ctx) : r;
	if (r < 0)
		return work_failed(work, split->path, -r, work->root_fd, "it cannot be read any more");
	split->withdrawn = r == 0;
	if (r == 1 || spoilt)
		return 0;
	context_fail(&worker->ctx, EBADMSG, "segment %s: /%s %s", segment_name(work->manifest->segments + split->first_segment).text, shown ? shown : "?",
		     sentence_words(N_("is not what the index says of it")));
	return work_damaged(work, &worker->ctx, -EBADMSG, split->first_segment);
}

int settle_pieces(struct worker *worker)
{
	struct each_split each = { .worker = worker, .each = settle_split };

	if (worker->work->agreement)
		twalk_r(worker->work->splits.tree, take_node, &each);
	return each.r;
}

static int abandon_split(struct worker *worker, struct split *split)
{
	if (split->failed || is_incomplete(split))
		remove_split(worker, split);
	return 0;
}

void abandon_pieces(struct worker *worker)
{
	struct each_split each = { .worker = worker, .each = abandon_split };

	twalk_r(worker->work->splits.tree, take_node, &each);
}

int drop_incomplete_pieces(struct worker *worker)
{
	struct each_split each = { .worker = worker, .each = drop_split };

	twalk_r(worker->work->splits.tree, take_node, &each);
	return each.r;
}

int finish_pieces(struct worker *worker)
{
	struct each_split each = { .worker = worker, .each = finish_split };

	twalk_r(worker->work->splits.tree, take_node, &each);
	return each.r;
}
