/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "walk_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "entry_metadata.h"
#include "large.h"
#include "link_table.h"
#include "metadata.h"
#include "pool.h"
#include "report.h"
#include "swap_files.h"

#define JOB_ITEMS 8192
#define ENTRY_WEIGHT 1536 /* about what a header takes in the tar stream */
#define ATTRIBUTES_WEIGHT 16384 /* JOB_ITEMS of this still fit into a segment */

int walk_push_job(struct walker *walker)
{
	int r = 0;

	if (walker->job && walker->job->count)
		r = pool_push(walker->capture, TAKE_POINTER(walker->job));
	if (!walker->job)
		walker->job = job_new();
	return r < 0 ? r : walker->job ? 0 : -ENOMEM;
}

struct item *walk_item(struct walker *walker, uint64_t weight, int *ret_error)
{
	struct job *job = walker->job;
	struct item *item;

	*ret_error = 0;
	if (job->count && (job->count >= JOB_ITEMS || job->weight + weight > walker->capture->segment_bytes))
		*ret_error = walk_push_job(walker);
	if (*ret_error)
		return NULL;
	item = job_add(walker->job);
	if (item)
		walker->job->weight += weight + ENTRY_WEIGHT;
	else
		*ret_error = -ENOMEM;
	return item;
}

static int push_piece(struct capture *capture, struct large *large, size_t piece)
{
	struct job *job = job_new();
	struct item *item = job ? job_add(job) : NULL;

	if (!item) {
		job_free(job);
		return -ENOMEM;
	}
	item->large = large_ref(large);
	item->piece = piece;
	return pool_push(capture, job);
}

/* A job a piece. */
static int push_pieces(struct capture *capture, struct large *large)
{
	int r = 0;

	for (size_t i = 0; i < large->count && r == 0; i++)
		r = push_piece(capture, large, i);
	return r;
}

/* A file that may take more than one segment is opened here: 1 when it was handed over in pieces, 0 when it is none of these. */
static int try_large(struct walker *walker, const struct volume *volume, struct pax_entry *entry, const struct stat *walked,
		     struct link_group *group, bool swap)
{
	struct capture *capture = walker->capture;
	AUTO_CLOSE int fd = open_quietly(volume->fd, volume_path(volume, entry->path), 0);
	AUTO_FREE struct pax_extent *extents = NULL;
	struct large *large;
	uint64_t data;
	size_t count = 0;
	struct stat st;
	int r;

	/* Whatever is wrong with it is found and said by the worker. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_dev != walked->st_dev ||
	    st.st_ino != walked->st_ino)
		return 0;
	data = (uint64_t)st.st_size;
	if ((uint64_t)st.st_blocks * 512 < data && !swap) {
		r = metadata_extents(fd, (uint64_t)st.st_size, &extents, &count);
		if (r < 0)
			return r;
		data = extents ? 0 : data;
		for (size_t i = 0; i < count; i++)
			data += extents[i].length;
	}
	if (data <= capture->segment_bytes)
		return 0;
	r = entry_take_stat(capture, &st, entry);
	if (r == 0)
		r = entry_take_attributes(capture, fd, NULL, entry);
	if (r < 0)
		return r;
	large = large_new(entry, TAKE_FD(fd), &st, TAKE_POINTER(extents), count, capture->segment_bytes, pool_next_number(capture));
	if (!large)
		return -ENOMEM;
	large->group = group;
	large->swap = swap;
	r = push_pieces(capture, large);
	large_unref(large);
	return r < 0 ? r : 1;
}

/* About the bytes that ST adds to a segment. What is allocated far beyond the content are attributes, on filesystems that count them there:
 * up to 64 KiB each, which make a segment of many files too large. */
static uint64_t weight_of(const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size, allocated = (uint64_t)st->st_blocks * 512;

	return allocated < size || allocated - size > ATTRIBUTES_WEIGHT ? allocated : size;
}

int walk_file(struct walker *walker, const struct volume *volume, struct pax_entry *entry, const struct stat *st,
	      struct link_group *group)
{
	bool swap = swap_files_contain(walker->swaps, st);
	struct item *item;
	int r;

	if (swap)
		context_info(walker->capture->ctx,
			     "/%s is swap space in use: only its first page is saved, the rest as zeros", entry->path);
	if ((uint64_t)st->st_size > walker->capture->segment_bytes) {
		r = try_large(walker, volume, entry, st, group, swap);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	item = walk_item(walker, weight_of(st), &r);
	if (!item)
		return r;
	*item = (struct item){ .entry = *entry, .volume = volume, .device = st->st_dev, .inode = st->st_ino, .swap = swap,
			       .group = group };
	*entry = (struct pax_entry){ 0 };
	return 0;
}

static int read_link(int dir_fd, const char *name, char **ret)
{
	for (size_t room = 256;; room *= 4) {
		AUTO_FREE char *target = malloc(room);
		ssize_t n;

		if (!target)
			return -ENOMEM;
		n = readlinkat(dir_fd, name, target, room);
		if (n < 0)
			return -errno;
		if ((size_t)n < room) {
			target[n] = '\0';
			*ret = TAKE_POINTER(target);
			return 0;
		}
	}
}

/* Symbolic links, devices, fifos, sockets: all there is to know is known at once. */
int walk_other(struct walker *walker, const struct visited *visited, struct pax_entry *entry, struct link_group *group)
{
	/* Attributes of what cannot be opened are reached through a path that ends below the open directory. */
	AUTO_FREE char *path = text_format("/proc/self/fd/%d/%s", visited->dir_fd, visited->name);
	struct item *item;
	int r = path ? 0 : -ENOMEM;

	if (r == 0 && S_ISLNK(entry->mode))
		r = read_link(visited->dir_fd, visited->name, &entry->link);
	if (r < 0 && r != -ENOENT && r != -EINVAL)
		return r == -ENOMEM ? r : capture_unreadable(walker->capture, entry->path, -r);
	if (r == 0)
		r = entry_take_attributes(walker->capture, -1, path, entry);
	if (r == -ENOENT || r == -EINVAL)
		return capture_changed(walker->capture, entry->path, N_("vanished before it could be read"));
	if (r < 0)
		return r;
	item = walk_item(walker, 0, &r);
	if (!item)
		return r;
	item->entry = *entry;
	*entry = (struct pax_entry){ 0 };
	if (group)
		group->saved = true;
	return 0;
}
