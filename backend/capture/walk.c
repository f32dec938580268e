/* Walks the tree: directories parents first, each opened from the root by its path, so that neither the depth nor the number of
 * open descriptors matters. What it finds becomes jobs for the pool.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "exclude.h"
#include "listing.h"
#include "pool.h"
#include "segment_writer.h"
#include "swap_files.h"
#include "unmounted.h"

#define JOB_ITEMS 8192
#define ENTRY_WEIGHT 1536 /* about what a header takes in the tar stream */

struct pending {
	char *path;
	dev_t device;
	ino_t inode;
};

struct walker {
	struct capture *capture;
	struct segment_writer *directories;
	struct job *job;         /* being filled */
	struct pending *stack;   /* directories still to be read */
	size_t depth, capacity;
	struct swap_files *swaps;
	uint64_t *matched;       /* entries left out, by pattern */
};

static int push_job(struct walker *walker)
{
	int r = 0;

	if (walker->job && walker->job->count)
		r = pool_push(walker->capture, TAKE_POINTER(walker->job));
	if (!walker->job)
		walker->job = job_new();
	return r < 0 ? r : walker->job ? 0 : -ENOMEM;
}

/* The item for a new entry, in a job that has room for WEIGHT more bytes; NULL with *RET_ERROR. */
static struct item *next_item(struct walker *walker, uint64_t weight, int *ret_error)
{
	struct job *job = walker->job;
	struct item *item;

	*ret_error = 0;
	if (job->count && (job->count >= JOB_ITEMS || job->weight + weight > walker->capture->segment_bytes))
		*ret_error = push_job(walker);
	if (*ret_error)
		return NULL;
	item = job_add(walker->job);
	if (item)
		walker->job->weight += weight + ENTRY_WEIGHT;
	else
		*ret_error = -ENOMEM;
	return item;
}

static int push_directory(struct walker *walker, char *path, const struct stat *st)
{
	if (walker->depth == walker->capacity) {
		size_t capacity = walker->capacity ? 2 * walker->capacity : 256;
		struct pending *grown = reallocarray(walker->stack, capacity, sizeof(*grown));

		if (!grown) {
			free(path);
			return -ENOMEM;
		}
		walker->stack = grown;
		walker->capacity = capacity;
	}
	walker->stack[walker->depth++] = (struct pending){ path, st->st_dev, st->st_ino };
	return 0;
}

/* FD -1: a directory that cannot be opened, or whose inside is not captured. */
static int emit_directory(struct walker *walker, const char *path, const struct stat *st, int fd)
{
	CLEANUP(pax_entry_done) struct pax_entry entry = { .path = strdup(path) };
	struct buffer *rows = segment_rows(walker->directories);
	int r = 0;

	if (!entry.path)
		return -ENOMEM;
	metadata_stat(st, &entry);
	if (fd >= 0) {
		entry.flags = metadata_flags(fd);
		r = metadata_xattrs(fd, NULL, &entry);
		if (r < 0 && r != -ENOMEM)
			r = capture_attributes_lost(walker->capture, path, -r);
	}
	if (r == 0)
		r = segment_entry(walker->directories, &entry);
	if (r == 0)
		r = segment_entry_end(walker->directories);
	if (r == 0)
		r = segment_row(walker->directories, &entry, "", 0, false, 0, 1);
	if (r == 0 && rows->length > (1 << 20)) {
		r = index_write_lines(walker->capture->directory_index, rows->data, rows->length);
		rows->length = 0;
	}
	return r;
}

/* A file that may take more than one segment is opened here: 1 when it was handed over in pieces, 0 when it is none of these. */
static int try_large(struct walker *walker, struct pax_entry *entry, const struct stat *walked, struct link_group *group,
		     bool swap)
{
	struct capture *capture = walker->capture;
	AUTO_CLOSE int fd = open_seen(capture, entry->path, 0);
	AUTO_FREE struct pax_extent *extents = NULL;
	struct item item = { .group = group, .swap = swap };
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
	metadata_stat(&st, entry);
	entry->flags = metadata_flags(fd);
	r = metadata_xattrs(fd, NULL, entry);
	if (r < 0 && r != -ENOMEM)
		r = capture_attributes_lost(capture, entry->path, -r);
	if (r < 0)
		return r;
	item.entry = *entry;
	*entry = (struct pax_entry){ 0 };
	r = large_push(capture, &item, TAKE_FD(fd), &st, TAKE_POINTER(extents), count);
	return r < 0 ? r : 1;
}

static int visit_file(struct walker *walker, struct pax_entry *entry, const struct stat *st, struct link_group *group)
{
	bool swap = swap_files_contain(walker->swaps, st);
	struct item *item;
	int r;

	if (swap)
		context_info(walker->capture->ctx,
			     "/%s is swap space in use: only its first page is saved, the rest as zeros", entry->path);
	if ((uint64_t)st->st_size > walker->capture->segment_bytes) {
		r = try_large(walker, entry, st, group, swap);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	item = next_item(walker, (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size ? (uint64_t)st->st_blocks * 512
			 : (uint64_t)st->st_size, &r);
	if (!item)
		return r;
	*item = (struct item){ .entry = *entry, .device = st->st_dev, .inode = st->st_ino, .swap = swap, .group = group };
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
static int visit_other(struct walker *walker, int dir_fd, const char *name, struct pax_entry *entry, struct link_group *group)
{
	/* Attributes of what cannot be opened are reached through a path that ends below the open directory. */
	AUTO_FREE char *path = text_format("/proc/self/fd/%d/%s", dir_fd, name);
	struct item *item;
	int r = path ? 0 : -ENOMEM;

	if (r == 0 && S_ISLNK(entry->mode))
		r = read_link(dir_fd, name, &entry->link);
	if (r < 0 && r != -ENOENT && r != -EINVAL)
		return r == -ENOMEM ? r : capture_unreadable(walker->capture, entry->path, -r);
	if (r == 0)
		r = metadata_xattrs(-1, path, entry);
	if (r == -ENOENT || r == -EINVAL) {
		capture_changed(walker->capture, entry->path, "vanished before it could be read");
		return 0;
	}
	if (r < 0 && r != -ENOMEM)
		r = capture_attributes_lost(walker->capture, entry->path, -r);
	if (r < 0)
		return r;
	item = next_item(walker, 0, &r);
	if (!item)
		return r;
	item->entry = *entry;
	*entry = (struct pax_entry){ 0 };
	if (group)
		group->saved = true;
	return 0;
}

static int visit_directory(struct walker *walker, const char *path, const struct stat *st)
{
	struct capture *capture = walker->capture;
	const char *reason = NULL;
	enum mount_choice choice;
	enum unmounted_view view;
	char *copy;
	int r;

	if (st->st_dev == capture->output.st_dev && st->st_ino == capture->output.st_ino)
		return capture_exclude(capture, path, "the recovery set itself");
	if (!strcmp(path, PAX_PIECES) || !strcmp(path, LAYOUT_UNMOUNTED_NAME))
		return context_fail(capture->ctx, EEXIST,
				    "%s/%s exists, and recovery sets need this name for themselves: rename or remove it",
				    capture->root, path);
	view = unmounted_view(capture->unmounted, path, &reason);
	if (view == UNMOUNTED_SHOWN) {
		AUTO_CLOSE int fd = open_seen(capture, path, O_DIRECTORY);

		return emit_directory(walker, path, st, fd < 0 ? -1 : fd);
	}
	choice = view == UNMOUNTED_BOUND ? MOUNT_LEAVE : mounts_choose(capture->mounts, path, &reason);
	if (choice == MOUNT_LEAVE || choice == MOUNT_VIEW) {
		/* Behind a mount point lies another filesystem's directory; a view is the very directory that is captured elsewhere. */
		AUTO_CLOSE int fd = choice == MOUNT_VIEW ? open_seen(capture, path, O_DIRECTORY) : -1;

		r = emit_directory(walker, path, st, fd < 0 ? -1 : fd);
		return r < 0 ? r : capture_exclude(capture, path, reason);
	}
	copy = strdup(path);
	return copy ? push_directory(walker, copy, st) : -ENOMEM;
}

static int visit(struct walker *walker, int dir_fd, const char *path, const char *name)
{
	struct capture *capture = walker->capture;
	CLEANUP(pax_entry_done) struct pax_entry entry = { 0 };
	ssize_t pattern = exclude_match(capture->options->exclude, path);
	struct link_group *group = NULL;
	bool first = true;
	struct stat st;

	if (pattern >= 0) {
		walker->matched[pattern]++;
		return 0;
	}
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) {
		if (errno != ENOENT)
			return capture_unreadable(capture, path, errno);
		capture_changed(capture, path, "vanished before it could be read");
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		return visit_directory(walker, path, &st);
	entry.path = strdup(path);
	if (!entry.path)
		return -ENOMEM;
	metadata_stat(&st, &entry);
	if (st.st_nlink > 1) {
		group = link_table_find(capture->links, &st, path, &first);
		if (!group)
			return -ENOMEM;
		if (!first)
			return link_table_add(capture->links, group, &entry);
	}
	return S_ISREG(st.st_mode) ? visit_file(walker, &entry, &st, group) :
				     visit_other(walker, dir_fd, name, &entry, group);
}

/* The very directory that was seen, or at least one that no symbolic link leads to. */
static int open_pending(struct capture *capture, const struct pending *pending, struct stat *st)
{
	AUTO_CLOSE int fd = open_seen(capture, pending->path, O_DIRECTORY);

	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	if (st->st_dev == pending->device && st->st_ino == pending->inode)
		return TAKE_FD(fd);
	close(TAKE_FD(fd));
	fd = open_strict(capture, pending->path, O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && fstat(fd, st) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int visit_names(struct walker *walker, int fd, const char *path, const struct listed_name *names, size_t count)
{
	bool top = !strcmp(path, ".");
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		AUTO_FREE char *child = top ? strdup(names[i].name) : text_format("%s/%s", path, names[i].name);

		r = context_check_cancel(walker->capture->ctx);
		if (r == 0)
			r = child ? visit(walker, fd, child, names[i].name) : -ENOMEM;
	}
	return r;
}

static int read_directory(struct walker *walker, const struct pending *pending)
{
	struct capture *capture = walker->capture;
	struct listed_name *names = NULL;
	size_t count = 0;
	struct stat st = { 0 };
	AUTO_CLOSE int fd = open_pending(capture, pending, &st);
	int r, copy;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP) {
		capture_changed(capture, pending->path, "vanished before it could be read");
		return 0;
	}
	if (fd < 0) {
		r = capture_unreadable(capture, pending->path, -fd);
		if (r == 0 && stat_seen(capture, pending->path, &st) == 0 && S_ISDIR(st.st_mode))
			r = emit_directory(walker, pending->path, &st, -1);
		return r;
	}
	r = emit_directory(walker, pending->path, &st, fd);
	if (r < 0)
		return r;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = copy < 0 ? -errno : directory_list(copy, &names, &count);
	if (r < 0)
		return r == -ENOMEM || r == -EMFILE ? r : capture_unreadable(capture, pending->path, -r);
	r = visit_names(walker, fd, pending->path, names, count);
	listed_names_free(names, count);
	return r;
}

static int say_patterns(struct walker *walker)
{
	char *const *patterns = walker->capture->options->exclude;
	int r = 0;

	for (size_t i = 0; patterns && patterns[i] && r == 0; i++) {
		AUTO_FREE char *reason =
			text_format("pattern of the operator, %llu names left out", (unsigned long long)walker->matched[i]);

		r = reason ? capture_exclude(walker->capture, patterns[i], reason) : -ENOMEM;
	}
	return r;
}

static int walk_pending(struct walker *walker)
{
	int r = 0;

	while (walker->depth && r == 0) {
		struct pending pending = walker->stack[--walker->depth];

		r = read_directory(walker, &pending);
		free(pending.path);
	}
	return r;
}

/* The filesystems that the tree does not show, each below the directory that stands for them. */
static int walk_unmounted(struct walker *walker)
{
	const struct unmounted *unmounted = walker->capture->unmounted;
	struct stat st = { .st_mode = S_IFDIR | 0700, .st_mtim.tv_sec = time(NULL) };
	const char *path;
	int top, r = 0;

	for (size_t i = 0; r == 0 && (path = unmounted_path(unmounted, i, &top)); i++) {
		char *copy = strdup(path);

		if (i == 0)
			r = emit_directory(walker, LAYOUT_UNMOUNTED_NAME, &st, -1);
		if (r == 0 && (!copy || fstat(top, &st) < 0))
			r = -ENOMEM;
		if (r < 0)
			free(copy);
		else
			r = push_directory(walker, copy, &st);
		if (r == 0)
			r = walk_pending(walker);
	}
	return r;
}

static int walk(struct walker *walker)
{
	struct segment segment = { 0 };
	struct stat st;
	char *top = strdup(".");
	int r;

	if (!top || fstat(walker->capture->root_fd, &st) < 0) {
		free(top);
		return -ENOMEM;
	}
	r = push_directory(walker, top, &st);
	if (r == 0)
		r = segment_begin(walker->directories, 0, SEGMENT_DIRECTORIES);
	if (r == 0)
		r = walk_pending(walker);
	if (r == 0)
		r = walk_unmounted(walker);
	if (r == 0)
		r = push_job(walker);
	if (r == 0)
		r = segment_end(walker->directories, &segment);
	if (r == 0)
		r = pool_segment_done(walker->capture, 0, &segment, segment_rows(walker->directories));
	free(segment.name);
	return r == 0 ? say_patterns(walker) : r;
}

int walk_tree(struct capture *capture)
{
	struct walker walker = { .capture = capture, .directories = segment_writer_new(capture), .job = job_new() };
	size_t patterns = strv_length(capture->options->exclude);
	int r = swap_files_read(capture->ctx, &walker.swaps);

	walker.matched = calloc(patterns + 1, sizeof(*walker.matched));
	if (!walker.directories || !walker.job || !walker.matched)
		r = -ENOMEM;
	if (r == 0)
		r = walk(&walker);
	while (walker.depth)
		free(walker.stack[--walker.depth].path);
	free(walker.stack);
	swap_files_free(walker.swaps);
	free(walker.matched);
	job_free(walker.job);
	segment_writer_free(walker.directories);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}
