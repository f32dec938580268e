/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that rides in an archive, read forward by libarchive: on an ISO 9660 image. */
#include "set_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "../core/bytes.h"
#include "manifest.h"

#define ARCHIVE_BLOCK (1u << 20)
#define IMAGE_ENTRIES_LIMIT 200000 /* files and directories: libarchive keeps them all, and some lie in a circle */

static int archive_error(const struct set_source *source, int otherwise)
{
	return archive_errno(source->archive) > 0 ? -archive_errno(source->archive) : otherwise;
}

/* Closed, it is opened again by rewind. */
static void archive_close(struct set_source *source)
{
	archive_read_free(source->archive);
	source->archive = NULL;
	forward_forget(source);
	source->entries = 0;
}

/* -EBADMSG when an image has more entries than any of ours. */
static int archive_next(struct set_source *source)
{
	while (source->entries++ < IMAGE_ENTRIES_LIMIT) {
		struct archive_entry *entry;
		int r = archive_read_next_header(source->archive, &entry);
		const char *path;

		forward_forget(source);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN)
			return archive_error(source, -EBADMSG);
		path = archive_entry_pathname(entry);
		if (!path || archive_entry_filetype(entry) != AE_IFREG)
			continue;
		source->next = strdup(!strncmp(path, "./", 2) ? path + 2 : path);
		source->next_at = 0;
		source->next_size = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
		return source->next ? 1 : -ENOMEM;
	}
	return -EBADMSG;
}

static ssize_t archive_data(struct set_source *source, void *buffer, size_t length)
{
	la_ssize_t n = archive_read_data(source->archive, buffer, length);

	return n < 0 ? archive_error(source, -EIO) : (ssize_t)n;
}

static int image_rewind(struct set_source *source)
{
	archive_close(source);
	source->archive = archive_read_new();
	if (!source->archive || archive_read_support_format_iso9660(source->archive) != ARCHIVE_OK)
		return -ENOMEM;
	return archive_read_open_filename(source->archive, source->path, ARCHIVE_BLOCK) == ARCHIVE_OK ? 0 : archive_error(source, -EIO);
}

static int image_open(struct set_source *source, const char *name)
{
	AUTO_CLOSE int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	(void)name;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : SOURCE_NO_FILE;
}

static const struct source_type image_type = {
	.next = archive_next,
	.data = archive_data,
	.open = image_open,
	.rewind = image_rewind,
	.close = archive_close,
};

int source_open_image(struct set_source *source, const char *path)
{
	static const char *const folders[] = { "lifeboat/", "" };
	int r = -ENOENT;

	source->type = &image_type;
	source->path = strdup(path);
	for (size_t i = 0; source->path && i < ARRAY_LENGTH(folders) && r == -ENOENT; i++) {
		AUTO_FREE char *manifest = text_format("%s" MANIFEST_NAME, folders[i]);

		free(source->folder);
		source->folder = strdup(folders[i]);
		r = manifest && source->folder ? forward_find(source, manifest) : -ENOMEM;
	}
	return source->path ? r : -ENOMEM;
}
