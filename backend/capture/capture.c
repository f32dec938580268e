#include "capture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../core/file.h"
#include "../core/progress.h"
#include "../layout/probe.h"
#include "../lifeboat.h"
#include "contents.h"
#include "parts.h"
#include "pool.h"
#include "unmounted.h"

#define SEGMENT_BYTES (16ull << 20)
#define SEGMENT_BYTES_MAX (256ull << 20)

int capture_exclude(struct capture *capture, const char *path, const char *reason)
{
	AUTO_FREE char *escaped = bytes_escape(path, strlen(path));
	AUTO_FREE char *line = escaped ? text_format("%s%s: %s", *path == '/' ? "" : "/", escaped, reason) : NULL;
	int r = -ENOMEM;

	if (line) {
		pthread_mutex_lock(&capture->lock);
		r = strv_append_counted(&capture->manifest->excluded, &capture->manifest->excluded_count, line);
		pthread_mutex_unlock(&capture->lock);
		context_info(capture->ctx, "left out: %s", line);
	}
	return r;
}

/* Keeps and says what will not come back; *COUNTER counts it. */
static int lose(struct capture *capture, const char *what, const char *reason, uint64_t *counter)
{
	AUTO_FREE char *escaped = bytes_escape(what, strlen(what));
	AUTO_FREE char *line = escaped ? text_format("%s%s: %s", *what == '/' ? "" : "/", escaped, reason) : NULL;
	int r = -ENOMEM;

	if (line) {
		pthread_mutex_lock(&capture->lock);
		++*counter;
		r = strv_append_counted(&capture->manifest->lost, &capture->manifest->lost_count, line);
		pthread_mutex_unlock(&capture->lock);
		context_warn(capture->ctx, "%s", line);
	}
	return r;
}

int capture_lose(struct capture *capture, const char *what, const char *reason)
{
	return lose(capture, what, reason, &capture->result->lost);
}

static int say_unreadable(struct capture *capture, const char *path, const char *what, int error)
{
	AUTO_FREE char *reason = text_format("%s: %s", what, strerror(error));

	return reason ? lose(capture, path, reason, &capture->result->unreadable) : -ENOMEM;
}

int capture_unreadable(struct capture *capture, const char *path, int error)
{
	return say_unreadable(capture, path, "could not be read", error);
}

int capture_attributes_lost(struct capture *capture, const char *path, int error)
{
	return say_unreadable(capture, path, "its extended attributes could not be read", error);
}

void capture_changed(struct capture *capture, const char *path, const char *what)
{
	AUTO_FREE char *escaped = bytes_escape(path, strlen(path));

	pthread_mutex_lock(&capture->lock);
	capture->result->changed++;
	pthread_mutex_unlock(&capture->lock);
	context_warn(capture->ctx, "/%s %s", escaped ? escaped : "?", what);
}

int capture_write_failed(struct capture *capture, int r)
{
	const char *output = capture->options->output;

	if (*context_detail(capture->ctx))
		return r;
	switch (-r) {
	case ENOMEM:
		return context_fail(capture->ctx, ENOMEM, "out of memory");
	case ENOSPC:
	case EDQUOT:
		return context_fail(capture->ctx, -r,
				    "there is no space left at %s for the recovery set: make room or choose another "
				    "place",
				    output);
	default:
		return context_fail(capture->ctx, -r, "the recovery set at %s cannot be written: %s", output, strerror(-r));
	}
}

int open_seen(const struct capture *capture, const char *path, int flags)
{
	int base = unmounted_base(capture->unmounted, capture->root_fd, &path);

	return open_quietly(base, path, flags);
}

int open_strict(const struct capture *capture, const char *path, int flags)
{
	int base = unmounted_base(capture->unmounted, capture->root_fd, &path);

	return open_below_strict(base, path, flags);
}

int stat_seen(const struct capture *capture, const char *path, struct stat *st)
{
	int base = unmounted_base(capture->unmounted, capture->root_fd, &path);

	return fstatat(base, path, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int open_root(struct capture *capture)
{
	const char *root = capture->options->root ? capture->options->root : "/";

	capture->root = realpath(root, NULL);
	if (!capture->root)
		return context_fail(capture->ctx, errno, "%s cannot be captured: %s", root, strerror(errno));
	capture->root_fd = open(capture->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (capture->root_fd < 0)
		return context_fail(capture->ctx, errno, "%s cannot be captured: %s", root, strerror(errno));
	return 0;
}

/* Only into an empty directory. */
static int check_empty(struct capture *capture)
{
	AUTO_CLOSEDIR DIR *dir = fdopendir(openat(capture->output_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const char *output = capture->options->output;
	bool rest = faccessat(capture->output_fd, MANIFEST_NAME, F_OK, AT_SYMLINK_NOFOLLOW) < 0, empty = dir;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		empty = false;
		rest = rest && (!strcmp(entry->d_name, "segments") || !strncmp(entry->d_name, INDEX_NAME, strlen(INDEX_NAME)) ||
				!strncmp(entry->d_name, MANIFEST_NAME, strlen(MANIFEST_NAME)));
	}
	if (empty)
		return 0;
	if (rest && dir)
		return context_fail(capture->ctx, ENOTEMPTY,
				    "%s holds the rest of a capture that was stopped: remove it, or name a new directory", output);
	return context_fail(capture->ctx, ENOTEMPTY,
			    "%s is not empty: name a new directory for the recovery set, or empty it", output);
}

/* The set holds secrets of the machine: only its owner may read it. */
static int open_output(struct capture *capture)
{
	const char *output = capture->options->output;
	struct context *ctx = capture->ctx;
	int r;

	capture->output_made = access(output, F_OK) < 0;
	r = make_directories(output, 0700);
	if (r == 0)
		capture->output_fd = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && capture->output_fd < 0)
		r = -errno;
	if (r < 0)
		return context_fail(ctx, -r, "the directory %s cannot be made or opened: %s", output, strerror(-r));
	r = check_empty(capture);
	if (r < 0)
		return r;
	if (fstat(capture->output_fd, &capture->output) < 0 || mkdirat(capture->output_fd, "segments", 0700) < 0)
		return capture_write_failed(capture, -errno);
	capture->segments_fd = openat(capture->output_fd, "segments", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return capture->segments_fd < 0 ? capture_write_failed(capture, -errno) : 0;
}

/* A random UUID (RFC 4122, version 4). */
static int new_set_id(struct capture *capture, char id[37])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return context_fail(capture->ctx, EIO, "the kernel gives no random numbers");
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(id, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
		 b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int describe(struct capture *capture)
{
	struct manifest *manifest = capture->manifest;
	bool running = !strcmp(capture->root, "/");
	struct probe_options probe = { .root = running ? NULL : capture->root, .used = true };
	char created[32], date[32];
	time_t now = time(NULL);
	struct tm tm;
	int r = new_set_id(capture, capture->result->set_id);

	if (r == 0)
		r = layout_probe(capture->ctx, &probe, &manifest->layout);
	if (r == 0 && machine_describe(capture, &manifest->machine) < 0)
		r = context_fail(capture->ctx, ENOMEM, "out of memory");
	if (r < 0)
		return r;
	gmtime_r(&now, &tm);
	strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	manifest->set_id = strdup(capture->result->set_id);
	manifest->created = strdup(created);
	manifest->tool = strdup("lifeboat " LIFEBOAT_VERSION);
	manifest->label = capture->options->label ? strdup(capture->options->label)
		: text_format("%s%s%s", manifest->machine.host, *manifest->machine.host ? " " : "", date);
	if (!manifest->set_id || !manifest->created || !manifest->tool || !manifest->label)
		return context_fail(capture->ctx, ENOMEM, "out of memory");
	return 0;
}

static int append(void *data, const void *bytes, size_t length)
{
	return buffer_append(data, bytes, length);
}

static int prepare(struct capture *capture)
{
	const struct capture_options *options = capture->options;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int r;

	capture->workers = options->workers ? options->workers : cores > 0 ? (unsigned)cores : 1;
	capture->level = options->level ? options->level : 3;
	capture->segment_bytes = options->segment_bytes ? options->segment_bytes : SEGMENT_BYTES;
	if (capture->workers > 256 || capture->level < 1 || capture->level > 19 || capture->segment_bytes > SEGMENT_BYTES_MAX)
		return context_fail(capture->ctx, EINVAL, "workers, level or segment size are out of range");
	r = open_root(capture);
	if (r == 0)
		r = mounts_read(capture->ctx, capture->root, &capture->mounts);
	if (r == 0)
		r = describe(capture);
	if (r == 0)
		r = open_output(capture);
	if (r == 0)
		r = unmounted_open(capture, &capture->unmounted);
	if (r == 0)
		r = contents_tell(capture);
	if (r < 0)
		return r;
	capture->links = link_table_new();
	capture->directory_index = index_writer_new(append, &capture->directory_rows);
	capture->file_index = index_writer_new(append, &capture->file_rows);
	if (!capture->links || !capture->directory_index || !capture->file_index)
		return context_fail(capture->ctx, ENOMEM, "out of memory");
	return pool_start(capture);
}

/* index.zst: the rows of directories, then all others. */
static int write_index(struct capture *capture)
{
	struct buffer *all = &capture->directory_rows;
	int r = index_writer_finish(capture->directory_index);

	if (r == 0)
		r = index_writer_finish(capture->file_index);
	if (r == 0)
		r = buffer_append(all, capture->file_rows.data, capture->file_rows.length);
	if (r == 0 && (long long)all->length > INDEX_LIMIT)
		r = -EFBIG;
	if (r == 0)
		r = digest_buffer(all->data, all->length, capture->manifest->index_sha256);
	capture->manifest->index_stored = all->length;
	return r < 0 ? r : file_replace(capture->output_fd, INDEX_NAME, all->data, all->length, 0600);
}

/* Every segment is on the disk before the manifest names it. */
static int sync_segments(struct capture *capture)
{
	for (size_t i = 0; i < capture->manifest->segment_count; i++) {
		AUTO_CLOSE int fd = openat(capture->output_fd, capture->manifest->segments[i].name, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || fsync(fd) < 0)
			return -errno;
	}
	return fsync(capture->segments_fd) < 0 || fsync(capture->output_fd) < 0 ? -errno : 0;
}

static int write_manifest(struct capture *capture)
{
	struct manifest *manifest = capture->manifest;
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = write_index(capture);

	if (r == 0)
		r = sync_segments(capture);
	if (r < 0)
		return capture_write_failed(capture, r);
	manifest->total_files = capture->result->files;
	manifest->total_bytes = capture->result->bytes;
	manifest->changed_files =
		capture->result->changed < manifest->total_files ? capture->result->changed : manifest->total_files;
	text = manifest_print(manifest, &length);
	if (!text)
		return context_fail(capture->ctx, ENOMEM, "out of memory");
	r = context_check_cancel(capture->ctx);
	if (r < 0)
		return r;
	r = file_replace(capture->output_fd, MANIFEST_NAME, text, length, 0600);
	return r < 0 ? capture_write_failed(capture, r) : 0;
}

/* After a failure nothing of the set stays: it would only take room. */
static void remove_output(struct capture *capture)
{
	AUTO_CLOSEDIR DIR *dir = fdopendir(dup(capture->segments_fd));
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(capture->segments_fd, entry->d_name, 0);
	unlinkat(capture->output_fd, MANIFEST_NAME, 0);
	unlinkat(capture->output_fd, INDEX_NAME, 0);
	unlinkat(capture->output_fd, "segments", AT_REMOVEDIR);
	if (capture->output_made)
		rmdir(capture->options->output);
}

static void release(struct capture *capture)
{
	pool_stop(capture);
	mounts_free(capture->mounts);
	unmounted_close(capture->unmounted);
	link_table_free(capture->links);
	index_writer_free(capture->directory_index);
	index_writer_free(capture->file_index);
	buffer_done(&capture->directory_rows);
	buffer_done(&capture->file_rows);
	manifest_free(capture->manifest);
	free(capture->root);
	if (capture->root_fd >= 0)
		close(capture->root_fd);
	if (capture->output_fd >= 0)
		close(capture->output_fd);
	if (capture->segments_fd >= 0)
		close(capture->segments_fd);
	pthread_mutex_destroy(&capture->lock);
}

static int run(struct capture *capture)
{
	struct context *ctx = capture->ctx;
	uint64_t bytes, files;
	int walked, r;

	mounts_used(capture->mounts, &bytes, &files);
	if (bytes)
		unmounted_used(capture->unmounted, &bytes, &files);
	if (ctx->progress && progress_plan(ctx->progress, "capture", "Capturing files", bytes) < 0)
		return context_fail(ctx, ENOMEM, "out of memory");
	progress_begin(ctx, "capture", bytes, files);
	walked = walk_tree(capture);
	r = pool_drain(capture);
	r = walked < 0 ? walked : r;
	if (r == 0)
		r = links_write(capture);
	progress_end(ctx);
	return r == 0 ? write_manifest(capture) : r;
}

int capture_run(struct context *ctx, const struct capture_options *options, struct capture_result *result)
{
	struct capture capture = {
		.ctx = ctx, .options = options, .root_fd = -1, .output_fd = -1, .segments_fd = -1, .result = result
	};
	int r;

	memset(result, 0, sizeof(*result));
	pthread_mutex_init(&capture.lock, NULL);
	capture.manifest = calloc(1, sizeof(*capture.manifest));
	r = capture.manifest ? prepare(&capture) : context_fail(ctx, ENOMEM, "out of memory");
	if (r == 0)
		r = run(&capture);
	pool_stop(&capture);
	if (r < 0 && capture.segments_fd >= 0)
		remove_output(&capture);
	release(&capture);
	return r;
}
