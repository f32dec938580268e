/* A set that rides on an ISO 9660 image, read by libarchive, whose reader goes forward only: it is kept where it stands, so that
 * members taken in the order they lie in cost one pass, and opened anew to go back.
 */
#include "set_source.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "../core/bytes.h"
#include "manifest.h"

#define IMAGE_BLOCK (1u << 20)
#define IMAGE_ENTRIES_LIMIT 200000 /* files and directories: libarchive keeps them all, and some lie in a circle */

static void close_reader(struct set_source *source)
{
	archive_read_free(source->archive);
	source->archive = NULL;
	free(source->next);
	source->next = NULL;
	source->entries = 0;
}

static int open_reader(struct set_source *source)
{
	close_reader(source);
	source->archive = archive_read_new();
	if (!source->archive || archive_read_support_format_iso9660(source->archive) != ARCHIVE_OK)
		return -ENOMEM;
	if (archive_read_open_filename(source->archive, source->location, IMAGE_BLOCK) == ARCHIVE_OK)
		return 0;
	return archive_errno(source->archive) > 0 ? -archive_errno(source->archive) : -EIO;
}

/* Advances to the next regular file: 1, 0 at the end of the image, -EBADMSG when it has more entries than any image of ours, -errno. */
static int next_member(struct set_source *source)
{
	while (source->entries++ < IMAGE_ENTRIES_LIMIT) {
		struct archive_entry *entry;
		int r = archive_read_next_header(source->archive, &entry);
		const char *path;

		free(source->next);
		source->next = NULL;
		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN)
			return archive_errno(source->archive) > 0 ? -archive_errno(source->archive) : -EBADMSG;
		path = archive_entry_pathname(entry);
		if (!path || archive_entry_filetype(entry) != AE_IFREG)
			continue;
		source->next = strdup(path);
		source->next_at = 0;
		source->next_size = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
		return source->next ? 1 : -ENOMEM;
	}
	return -EBADMSG;
}

/* Stands the reader at the member PATH. 0, -ENOENT, -errno. */
static int find_member(struct set_source *source, const char *path)
{
	bool from_start = !source->archive;
	int r = 0;

	if (source->next && !strcmp(source->next, path) && source->next_at == 0)
		return 0;
	for (;;) {
		if (!source->archive)
			r = open_reader(source);
		if (r == 0)
			while ((r = next_member(source)) == 1)
				if (!strcmp(source->next, path))
					return 0;
		close_reader(source);
		if (r < 0 || from_start)
			return r < 0 ? r : -ENOENT;
		from_start = true;
	}
}

/* LENGTH bytes of the member's data, fewer at its end; bytes or -errno. */
static ssize_t read_data(struct set_source *source, char *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		la_ssize_t n = archive_read_data(source->archive, data + done, length - done);

		if (n < 0)
			return archive_errno(source->archive) > 0 ? -archive_errno(source->archive) : -EIO;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	source->next_at += done;
	return (ssize_t)done;
}

static int read_member(struct set_source *source, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *data = NULL;
	size_t size = (size_t)source->next_size;
	ssize_t n;

	if (source->next_size > limit)
		return -EFBIG;
	data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	n = read_data(source, data, size);
	if (n < 0)
		return (int)n;
	*ret_length = (size_t)n;
	*ret = TAKE_POINTER(data);
	return 0;
}

static int image_load(struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	AUTO_FREE char *path = text_format("%s%s", source->folder, name);
	int r;

	if (!path)
		return -ENOMEM;
	pthread_mutex_lock(&source->lock);
	r = find_member(source, path);
	if (r == 0) {
		r = read_member(source, limit, ret, ret_length);
		/* Its data is used up: the reader stands before whatever comes next. */
		free(source->next);
		source->next = NULL;
	}
	if (r < 0)
		close_reader(source);
	pthread_mutex_unlock(&source->lock);
	return r;
}

/* Stands the reader at byte OFFSET of the member PATH. 0, -ENOENT, -errno; beyond its end is its end. */
static int seek_member(struct set_source *source, const char *path, uint64_t offset)
{
	AUTO_FREE char *skipped = NULL;
	int r = 0;

	if (!source->next || strcmp(source->next, path) || source->next_at != offset)
		r = find_member(source, path);
	if (r == 0 && source->next_at != offset)
		skipped = malloc(IMAGE_BLOCK);
	if (r < 0 || source->next_at == offset)
		return r;
	while (skipped && source->next_at < offset) {
		uint64_t left = offset - source->next_at;
		ssize_t n = read_data(source, skipped, left < IMAGE_BLOCK ? (size_t)left : IMAGE_BLOCK);

		if (n <= 0)
			return (int)n;
	}
	return skipped ? 0 : -ENOMEM;
}

static int image_read(struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	AUTO_FREE char *path = text_format("%s%s", source->folder, name);
	int r;

	if (!path)
		return -ENOMEM;
	pthread_mutex_lock(&source->lock);
	r = seek_member(source, path, offset);
	if (r == 0)
		r = (int)read_data(source, buffer, length);
	if (r < 0)
		close_reader(source);
	pthread_mutex_unlock(&source->lock);
	return r;
}

static void image_close(struct set_source *source)
{
	close_reader(source);
	pthread_mutex_destroy(&source->lock);
}

static const struct source_type image_type = {
	.random_access = false,
	.load = image_load,
	.read = image_read,
	.close = image_close,
};

int source_open_image(struct set_source *source)
{
	static const char *const folders[] = { "lifeboat/", "" };
	int r = -ENOENT;

	pthread_mutex_init(&source->lock, NULL);
	source->type = &image_type;
	for (size_t i = 0; i < ARRAY_LENGTH(folders) && r == -ENOENT; i++) {
		AUTO_FREE char *path = text_format("%s" MANIFEST_NAME, folders[i]);

		source->folder = folders[i];
		r = path ? find_member(source, path) : -ENOMEM;
	}
	return r;
}
