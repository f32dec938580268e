/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "rooted.h"

#define CONFIG "etc/selinux/config"
#define AUTORELABEL ".autorelabel"

/* Value of KEY= in TEXT, stripped, in a new string; the last one counts. */
static char *find_value(const char *text, const char *key)
{
	char *value = NULL;

	while (*text) {
		size_t length = strcspn(text, "\n");

		if (!strncmp(text, key, strlen(key))) {
			AUTO_FREE char *raw = strndup(text + strlen(key), length - strlen(key));

			free(value);
			value = raw ? text_strip(raw) : NULL;
		}
		text += length + (text[length] == '\n');
	}
	return value;
}

char *labels_policy(int root_fd)
{
	AUTO_FREE char *text = NULL, *mode = NULL, *policy = NULL;

	if (rooted_read(root_fd, CONFIG, 1u << 20, &text) < 0)
		return NULL;
	mode = find_value(text, "SELINUX=");
	if (!mode || (strcmp(mode, "enforcing") && strcmp(mode, "permissive")))
		return NULL;
	policy = find_value(text, "SELINUXTYPE=");
	return policy && *policy && !strchr(policy, '/') ? TAKE_POINTER(policy) : strdup("targeted");
}

static bool has_label(int root_fd, const char *path)
{
	AUTO_CLOSE int fd = root_open_regular(root_fd, path, O_RDONLY);

	return fd >= 0 && fgetxattr(fd, "security.selinux", NULL, 0) > 0;
}

static int ask_for_relabel(struct context *ctx, struct finish_job *job, const char *why)
{
	int r = rooted_make_empty(job->root_fd, AUTORELABEL);

	if (r < 0)
		return job_breaks(job, "/%s could not be made, and %s: %s.", AUTORELABEL, sentence_words(why), root_strerror(r));
	context_info(ctx, "Made /%s: %s", AUTORELABEL, sentence_words(why));
	return job_reason(job,
			  "The first start takes longer and ends in a second one: the system gives its files their "
			  "SELinux labels, because %s.",
			  why);
}

int labels_finish(struct context *ctx, struct finish_job *job, void *data)
{
	AUTO_FREE char *policy = labels_policy(job->root_fd), *contexts = NULL, *program = NULL;
	AUTO_BUFFER struct buffer list = { 0 };
	char *const *paths = data;
	struct run run = { .root = job->options->root, .contained = &job->contained, .deadline_s = JOB_DEADLINE_S };
	struct error_scope scope;
	int r;

	if (!policy)
		return 0;
	if (!has_label(job->root_fd, "etc/passwd"))
		return ask_for_relabel(ctx, job, N_("the recovery set holds none"));
	contexts = text_format("/etc/selinux/%s/contexts/files/file_contexts", policy);
	program = rooted_program(job->root_fd, "setfiles");
	if (!contexts)
		return -ENOMEM;
	if (!program || !rooted_has_content(job->root_fd, contexts))
		return ask_for_relabel(ctx, job, N_("the system has no program that labels the files made by the restore"));
	for (size_t i = 0; paths && paths[i]; i++)
		if (!strchr(paths[i], '\n') &&
		    (buffer_append(&list, "/", 1) < 0 || buffer_append(&list, paths[i], strlen(paths[i])) < 0 ||
		     buffer_append(&list, "\n", 1) < 0))
			return -ENOMEM;
	run.argv = (const char *const[]){ program, "-F", "-f", "-", contexts, NULL };
	run.input = list.data ? list.data : "";
	run.input_length = list.length;
	scope = context_scope_begin(ctx);
	r = run_program(ctx, &run, NULL);
	if (r == 0 || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	context_warn(ctx, "%s", context_detail(ctx));
	context_scope_end(&scope);
	return ask_for_relabel(ctx, job, N_("setfiles failed on the files made by the restore"));
}
