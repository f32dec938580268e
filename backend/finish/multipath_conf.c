/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "multipath_conf.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "identifiers.h"
#include "rooted.h"

#define CONF_LIMIT (1u << 20)

/* multipathd(8) writes WWIDs between slashes, spaces or quotation marks. */
static bool is_inner(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.-:", c));
}

/* The captured disk whose WWID TEXT begins with, as a whole word, and that has another one here; *RET_WWID: that one. NULL: none. */
static const char *old_wwid(const struct plan *plan, const char *text, const char **ret_wwid)
{
	for (size_t i = 0; i < plan->target.captured->count; i++) {
		const struct node *disk = plan->target.captured->nodes[i], *now = layout_find(plan->target.result, disk->id);
		const char *before = disk->type == NODE_DISK ? node_property(disk, MULTIPATH_WWID) : NULL;
		size_t length = before ? strlen(before) : 0;

		*ret_wwid = now ? node_property(now, MULTIPATH_WWID) : NULL;
		if (length && *ret_wwid && !strncmp(text, before, length) && !is_inner(text[length]) && strcmp(before, *ret_wwid))
			return before;
	}
	return NULL;
}

int multipath_conf_correct(const struct plan *plan, const char *text, struct buffer *out)
{
	int changed = 0;

	for (const char *at = text; *at;) {
		const char *now, *before = at > text && is_inner(at[-1]) ? NULL : old_wwid(plan, at, &now);

		if (buffer_append(out, before ? now : at, before ? strlen(now) : 1) < 0)
			return -ENOMEM;
		at += before ? strlen(before) : 1;
		changed += before != NULL;
	}
	return changed;
}

static int correct_file(struct context *ctx, struct finish_job *job, const char *path)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, path, CONF_LIMIT, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", path, root_strerror(r));
	changed = multipath_conf_correct(job->options->plan, text, &corrected);
	if (changed <= 0)
		return changed;
	r = job_replace(ctx, job, path, &corrected);
	return r <= 0 ? r : job_note(job, "/%s named disks of the old machine by their WWID and was corrected; the original is /%s%s.", path, path,
				     ROOTED_ORIGINAL);
}

/* A disk that had several paths and has one now, or the other way round, is told. */
static int tell_paths(struct finish_job *job, const struct node *before)
{
	const struct node *now = layout_find(job->options->plan->target.result, before->id);
	bool had = node_number(before, MULTIPATH_PROPERTY) > 0, has = now && node_number(now, MULTIPATH_PROPERTY) > 0;
	AUTO_FREE char *name = now ? node_describe(now) : NULL;

	if (!now || had == has)
		return 0;
	if (!name)
		return -ENOMEM;
	if (had)
		return job_note(job, "The saved machine reached its disk by several paths; the disk in its place (%s) has one, and is used without multipathd.",
				name);
	if (rooted_has_content(job->root_fd, "sbin/multipathd") || rooted_has_content(job->root_fd, "usr/sbin/multipathd"))
		return job_note(job, "The disk %s is reached by several paths here, and the saved machine used one: the restored system uses one, too, until "
				     "'multipath -a' has been run in it for that disk and its initramfs was made again.", name);
	return job_note(job, "The disk %s is reached by several paths here, and the saved machine used one: the restored system uses one, too, until the "
			     "package multipath-tools (device-mapper-multipath) is installed in it.", name);
}

int multipath_conf_finish(struct context *ctx, struct finish_job *job)
{
	static const char *const paths[] = { "etc/multipath/wwids", "etc/multipath/bindings", "etc/multipath.conf" };
	const struct layout *captured = job->options->plan->target.captured;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(paths); i++)
		r = correct_file(ctx, job, paths[i]);
	for (size_t i = 0; r == 0 && i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK)
			r = tell_paths(job, captured->nodes[i]);
	return r;
}
