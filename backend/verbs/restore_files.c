/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "restore_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../restore/extract.h"
#include "tree_progress.h"

/* The target directory, made when missing. Descriptor or -errno with a sentence. */
static int open_target(struct context *ctx, const char *path)
{
	int fd;

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return context_fail(ctx, errno, "the directory %s cannot be made: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : context_fail(ctx, errno, "the directory %s cannot be opened: %s", path, strerror(errno));
}

/* What nobody finds in the directory, because the set has not got it. */
static int copy_lost(struct context *ctx, const struct manifest *manifest, char ***ret)
{
	for (size_t i = 0; i < manifest->lost_count; i++)
		if (strv_append(ret, manifest->lost[i]) < 0)
			return context_oom(ctx);
	return 0;
}

int verb_restore_files(struct context *ctx, const struct files_request *request, struct files_result *result)
{
	const struct extract_options options = { .paths = request->paths, .workers = request->workers, .memory = request->memory,
						 .salvage = request->salvage, .check_content = true, .skip_owner = geteuid() != 0 };
	struct extract_result extracted = { 0 };
	AUTO_SET struct set *set = NULL;
	AUTO_CLOSE int fd = -1;
	int r = set_open_arriving(ctx, request->set, &set);

	*result = (struct files_result){ 0 };
	if (r < 0)
		return r;
	fd = open_target(ctx, request->tree);
	if (fd < 0)
		return fd;
	if (set_is_directory(set, fd))
		return context_fail(ctx, EINVAL,
				    "%s is the recovery set itself: files that are put there would lie among its members. Name another directory",
				    request->tree);
	r = tree_progress_begin(ctx, set, PROGRESS_EXTRACT, "extract", request->title, request->paths != NULL);
	if (r < 0)
		return r;
	r = extract_set(ctx, set, fd, &options, &extracted);
	result->files = extracted.files;
	result->bytes = extracted.bytes;
	result->failed = TAKE_POINTER(extracted.failed);
	extract_result_done(&extracted);
	if (r == 0)
		progress_end(ctx);
	return r == 0 && !request->paths ? copy_lost(ctx, set_manifest(set), &result->lost) : r;
}

void files_result_done(struct files_result *result)
{
	strv_free(result->failed);
	strv_free(result->lost);
	*result = (struct files_result){ 0 };
}
