#include "fix_scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "rooted.h"

#define DIRECTORY "etc/lifeboat/fix.d"

static bool is_executable(int root_fd, const char *path)
{
	AUTO_CLOSE int fd = rooted_open(root_fd, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

int fix_scripts_run(struct context *ctx, struct finish_job *job)
{
	AUTO_STRV char **names = NULL;
	int r = rooted_list(job->root_fd, DIRECTORY, &names);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r == -ENOMEM ? r
				    : job_reason(job, "/" DIRECTORY " cannot be read, so no fix script ran: %s.",
						 strerror(-r));
	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		AUTO_FREE char *path = text_format("/" DIRECTORY "/%s", names[i]);

		if (!path)
			return -ENOMEM;
		if (!is_executable(job->root_fd, path)) {
			context_info(ctx, "%s is no executable, so it was passed over", path);
			continue;
		}
		job_step(ctx, "Running the fix script %s", path);
		r = job_run(ctx, job, (const char *const[]){ path, NULL }, NULL);
		if (r < 0)
			job->result->incomplete = true;
		r = job_absorb(ctx, job, r, false, "A fix script failed: ");
	}
	return r;
}
