/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"

int output_open(struct context *ctx, const char *path, bool is_private, struct output *ret)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	mode_t mask = umask(077);

	umask(mask);
	if (!*path || (slash && !slash[1]))
		return context_fail(ctx, EISDIR, "'%s' is not the name of a file to write", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return context_fail(ctx, EINVAL, "%s exists and is not a regular file; nothing was written", path);
	ret->path = path;
	ret->temporary = text_format("%.*s.%s.XXXXXX", slash ? (int)(slash - path + 1) : 0, path, slash ? slash + 1 : path);
	if (!ret->temporary)
		return context_oom(ctx);
	ret->fd = mkostemp(ret->temporary, O_CLOEXEC);
	if (ret->fd < 0) {
		int error = errno;

		free(TAKE_POINTER(ret->temporary));
		return context_fail(ctx, error, "Cannot write beside %s: %s", path, strerror(error));
	}
	return fchmod(ret->fd, is_private ? 0600 : 0666 & ~mask) < 0 ?
		context_fail(ctx, errno, "Cannot set the permissions of %s: %s", ret->temporary, strerror(errno)) : 0;
}

int output_commit(struct context *ctx, struct output *output)
{
	const char *slash = strrchr(output->path, '/');
	AUTO_FREE char *folder = slash ? strndup(output->path, (size_t)(slash - output->path + 1)) : strdup(".");
	AUTO_CLOSE int directory = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fsync(output->fd) < 0)
		return context_fail(ctx, errno, "Cannot write %s to its disk: %s", output->path, strerror(errno));
	if (rename(output->temporary, output->path) < 0)
		return context_fail(ctx, errno, "Cannot put %s into its place: %s", output->path, strerror(errno));
	free(TAKE_POINTER(output->temporary));
	if (directory < 0 || fsync(directory) < 0)
		return context_fail(ctx, errno ? errno : EIO, "Cannot write the directory of %s to its disk: %s", output->path,
				    strerror(errno));
	return 0;
}

void output_done(struct output *output)
{
	if (output->temporary)
		unlink(output->temporary);
	free(TAKE_POINTER(output->temporary));
	if (output->fd >= 0)
		close(TAKE_FD(output->fd));
}

int work_directory(struct context *ctx, char **ret)
{
	const char *place = getenv("TMPDIR");
	AUTO_FREE char *path = text_format("%s/lifeboat.XXXXXX", place && *place == '/' ? place : "/var/tmp");

	if (!path)
		return context_oom(ctx);
	if (strchr(path, '\n') || strchr(path, '\\'))
		return context_fail(ctx, EINVAL, "TMPDIR names a directory with a line break or backslash in it; choose another");
	if (!mkdtemp(path))
		return context_fail(ctx, errno, "Cannot make a directory for temporary files below %s: %s",
				    place && *place == '/' ? place : "/var/tmp", strerror(errno));
	*ret = TAKE_POINTER(path);
	return 0;
}

void work_done(char **path)
{
	char *const paths[] = { *path, NULL };
	FTS *walk = *path ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	FTSENT *entry;

	while (walk && (entry = fts_read(walk))) {
		if (entry->fts_info == FTS_DP)
			rmdir(entry->fts_path);
		else if (entry->fts_info != FTS_D)
			unlink(entry->fts_path);
	}
	if (walk)
		fts_close(walk);
	free(TAKE_POINTER(*path));
}
