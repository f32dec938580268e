/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fix_scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "changes.h"
#include "rooted.h"

#define DIRECTORY "etc/lifeboat/fix.d"

static bool is_executable(int root_fd, const char *path)
{
	AUTO_CLOSE int fd = root_open(root_fd, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* What they change is their author's will, and no verification can judge it: so it is told how much it was. */
static int tell_changes(struct context *ctx, struct finish_job *job, const struct changes *changes)
{
	AUTO_STRV char **paths = NULL;
	size_t count;
	int r = changes_collect(ctx, changes, &paths);

	if (r < 0)
		return job_absorb(ctx, job, r, false, "");
	count = strv_length(paths);
	for (size_t i = 0; i < count; i++)
		context_debug(ctx, "changed by fix scripts: %s", paths[i]);
	if (count == 0)
		return 0;
	return job_reason(job, PLURAL(count, "What fix scripts changed cannot be verified: %zu path, listed in the log.",
				      "What fix scripts changed cannot be verified: %zu paths, listed in the log."), count);
}

static int run_scripts(struct context *ctx, struct finish_job *job, void *data)
{
	char *const *scripts = data;
	int r = 0;

	for (size_t i = 0; r == 0 && scripts[i]; i++) {
		job_step(ctx, "Running the fix script %s", scripts[i]);
		r = job_run(ctx, job, (const char *const[]){ scripts[i], NULL }, NULL);
		if (r < 0)
			job->result->incomplete = true;
		r = job_absorb(ctx, job, r, false, N_("A fix script failed: "));
	}
	return r;
}

/* Paths of the executables among NAMES. */
static int find_scripts(struct context *ctx, int root_fd, char *const *names, char ***ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		AUTO_FREE char *path = text_format("/" DIRECTORY "/%s", names[i]);

		if (!path)
			return -ENOMEM;
		if (is_executable(root_fd, path))
			r = strv_append(ret, path);
		else
			context_info(ctx, "%s is not executable, so it was skipped", path);
	}
	return r;
}

int fix_scripts_run(struct context *ctx, struct finish_job *job)
{
	CLEANUP(changes_done) struct changes changes = { 0 };
	AUTO_STRV char **names = NULL, **scripts = NULL;
	int r = rooted_list(job->root_fd, DIRECTORY, &names);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r == -ENOMEM ? r
				    : job_reason(job, "/%s cannot be read, so no fix script ran: %s.", DIRECTORY,
				    	strerror(-r));
	r = find_scripts(ctx, job->root_fd, names, &scripts);
	if (r < 0 || !scripts)
		return r;
	r = changes_begin(ctx, job->root_fd, &changes);
	if (r == 0)
		r = job_inside(ctx, job, run_scripts, scripts);
	return r == 0 ? tell_changes(ctx, job, &changes) : r;
}
