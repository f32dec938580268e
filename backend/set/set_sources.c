/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From where sets are read and to where they are written, by scheme: one table. */
#include "set.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "set_source.h"

#define STDIN_PATH "/proc/self/fd/0"

/* A directory, or an image file. Nothing else is opened: a fifo would wait and a tape would move. */
static int open_path(struct context *ctx, const struct location *location, struct set_source *source)
{
	const char *path = location->path;
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? context_fail(ctx, ENOENT, "there is nothing at %s: check the name", path) : -errno;
	if (S_ISBLK(st.st_mode))
		return context_fail(ctx, EINVAL, "%s is a device: mount it, and name the directory of the recovery set", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return context_fail(ctx, EINVAL, "there is no recovery set at %s: it is neither a directory nor an ISO image", path);
	if (S_ISDIR(st.st_mode))
		return source_open_directory(source, path);
	return source_open_file(ctx, source, path, path);
}

const char *set_file_path(const char *location)
{
	return strcmp(location, "-") ? location : STDIN_PATH;
}

/* Standard input that is a file is that file: it can be read as often as one likes. */
static int open_stream(struct context *ctx, const struct location *location, struct set_source *source)
{
	struct stat st;

	(void)location;
	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) && source_file_is_stream(STDIN_PATH))
		return source_open_stream_file(ctx, source, STDIN_PATH, STDIN_PATH);
	if (isatty(STDIN_FILENO))
		return context_fail(ctx, EINVAL, "a set as a stream comes from a pipe or a file, and standard input is a terminal");
	return source_open_stream(ctx, source, STDIN_FILENO);
}

static const struct scheme {
	const char *name;
	const char *what;        /* for sentences */
	int (*open)(struct context *ctx, const struct location *location, struct set_source *source); /* NULL: not in this version */
	bool media;              /* media/ finds and mounts what the set lies on */
	bool written;            /* capture writes sets there */
} schemes[] = {
	{ .name = LOCATION_PATH, .what = N_("directories and files"), .open = open_path, .media = true, .written = true },
	{ .name = LOCATION_ID, .what = N_("filesystems by their id"), .open = open_path, .media = true },
	{ .name = LOCATION_STREAM, .what = N_("streams"), .open = open_stream, .written = true },
	{ .name = "cdrom", .what = N_("discs"), .media = true },
	{ .name = "tape", .what = N_("tapes"), .open = source_open_tape, .media = true, .written = true },
	{ .name = "nfs", .what = N_("NFS servers"), .open = source_open_mounted, .media = true, .written = true },
	{ .name = "smb", .what = N_("SMB servers"), .open = source_open_mounted, .media = true, .written = true },
	{ .name = "s3", .what = N_("S3 servers"), .open = source_open_server, .media = true, .written = true },
	{ .name = "ssh", .what = N_("SSH servers"), .open = source_open_server, .media = true, .written = true },
	{ .name = "sftp", .what = N_("SSH servers"), .open = source_open_server, .media = true, .written = true },
	{ .name = "ftp", .what = N_("FTP servers") },
	{ .name = "http", .what = N_("HTTP servers"), .open = source_open_server, .media = true },
	{ .name = "https", .what = N_("HTTPS servers"), .open = source_open_server, .media = true },
};

static const struct scheme *find_scheme(const struct location *location)
{
	for (size_t i = 0; i < ARRAY_LENGTH(schemes); i++)
		if (location_has_scheme(location, schemes[i].name))
			return schemes + i;
	return NULL;
}

/* The sentence: FORMAT, with the place, what it is, and INSTEAD, what this version does. */
static int refuse(struct context *ctx, const struct location *location, const char *format, const char *instead)
{
	const struct scheme *scheme = find_scheme(location);
	AUTO_FREE char *shown = location_show(location);

	if (!shown)
		return context_oom(ctx);
	if (!scheme)
		return context_fail(ctx, EOPNOTSUPP, "%s: there is no kind of place called '%s'; %s", shown, location->scheme,
				    sentence_words(instead));
	return context_fail(ctx, EOPNOTSUPP, format, shown, sentence_words(scheme->what), sentence_words(instead));
}

int set_check_media(struct context *ctx, const struct location *location)
{
	const struct scheme *scheme = find_scheme(location);

	if (scheme && scheme->media)
		return 0;
	return refuse(ctx, location,
		      scheme && scheme->open ? N_("%s: this version restores no machine from %s; %s") :
					       N_("%s: this version reads no sets from %s; %s"),
		      N_("Lifeboat reads sets from discs, disks, tapes, directories, and HTTP, S3, NFS, SMB and SSH servers"));
}

/* A device that is not there, taken for a new directory: in memory, and gone with the next start. */
static bool is_device_name(const struct location *location)
{
	return location_has_scheme(location, LOCATION_PATH) && !strncmp(location->path, "/dev/", strlen("/dev/")) &&
	       strncmp(location->path, "/dev/shm/", strlen("/dev/shm/"));
}

int set_check_output(struct context *ctx, const struct location *location)
{
	const struct scheme *scheme = find_scheme(location);

	if (location_has_scheme(location, LOCATION_STREAM) && isatty(STDOUT_FILENO))
		return context_fail(ctx, EINVAL, "a recovery set is nothing for a terminal: lead standard output into a file or a pipe");
	if (is_device_name(location))
		return context_fail(ctx, EINVAL,
				    "%s is the name of a device, and a recovery set is written into a directory: mount the device, and name a "
				    "directory on it",
				    location->path);
	return scheme && scheme->written ?
		       0 :
		       refuse(ctx, location, N_("%s: this version writes no sets to %s; %s"), N_("Lifeboat writes sets into directories, to NFS, SMB, S3 and SSH servers, onto tapes, and to standard output (-)"));
}

/* An image is read as a file is, here or by the kernel's client of its server. */
static bool is_image_on_server(const struct location *location)
{
	size_t length = location->path ? strlen(location->path) : 0;
	const struct scheme *scheme = find_scheme(location);

	return scheme && scheme->open == source_open_server && length > strlen(".iso") && !strcasecmp(location->path + length - strlen(".iso"), ".iso");
}

int source_open(struct context *ctx, const struct location *location, struct set_source *source)
{
	const struct scheme *scheme = find_scheme(location);

	if (is_image_on_server(location))
		return refuse(ctx, location, N_("%s: no image is read from %s; %s"),
			      N_("put the directory 'lifeboat' that is in the image on the server and name its address, or copy or mount the image here and name "
				 "its path"));
	if (scheme && scheme->open)
		return scheme->open(ctx, location, source);
	return refuse(ctx, location,
		      scheme && scheme->media ? N_("%s: this version does not mount %s; %s") : N_("%s: this version reads no sets from %s; %s"),
		      N_("Lifeboat reads directories, .iso files, HTTP, S3, NFS, SMB and SSH servers, tapes and streams (-); mount or copy the set, and name its directory"));
}

int source_load(struct context *ctx, struct set_source *source, const char *name, uint64_t limit, void **ret, size_t *ret_length)
{
	return source->type->load ? source->type->load(ctx, source, name, limit, ret, ret_length) :
				    forward_load(source, name, limit, ret, ret_length);
}

int source_read(struct context *ctx, struct set_source *source, const char *name, uint64_t offset, void *buffer, size_t length)
{
	return source->type->read ? source->type->read(ctx, source, name, offset, buffer, length) :
				    forward_read(source, name, offset, buffer, length);
}

void source_close(struct set_source *source)
{
	if (source->type)
		source->type->close(source);
	free(source->path);
	free(source->folder);
	if (source->above >= 0)
		close(source->above);
}
