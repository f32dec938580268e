/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mount_units.h"

#include <errno.h>
#include <string.h>

#include "identifiers.h"
#include "rooted.h"

#define UNITS "etc/systemd/system"
#define UNIT_LIMIT (64u << 10)

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* The value of What= in the unit TEXT: the last one counts. New string; NULL: none. */
static char *what_of(const char *text)
{
	char *what = NULL;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		AUTO_FREE char *copy = strndup(line, strcspn(line, "\n")), *stripped = copy ? text_strip(copy) : NULL;

		if (!stripped || strncmp(stripped, "What", 4) || stripped[4 + strspn(stripped + 4, " \t")] != '=')
			continue;
		free(what);
		what = text_strip(strchr(stripped, '=') + 1);
	}
	return what;
}

/* Removes the links to UNIT in all that wants or requires it. *RET_COUNT: how many. 0 or -errno. */
static int switch_off(struct context *ctx, struct finish_job *job, char *const *names, const char *unit, size_t *ret_count)
{
	for (; *names; names++) {
		AUTO_FREE char *link = text_format("%s/%s/%s", UNITS, *names, unit);
		int r;

		if (!link)
			return -ENOMEM;
		if (!ends_with(*names, ".wants") && !ends_with(*names, ".requires"))
			continue;
		r = rooted_remove(job->root_fd, link);
		if (r == -ENOENT || r == -ENOTDIR)
			continue;
		if (r < 0)
			return job_breaks(job, "/%s cannot be removed, and the start waits for what the unit mounts: %s.", link, root_strerror(r));
		context_info(ctx, "Removed /%s", link);
		(*ret_count)++;
	}
	return 0;
}

static int finish_unit(struct context *ctx, struct finish_job *job, char *const *names, const char *unit)
{
	AUTO_FREE char *path = text_format("%s/%s", UNITS, unit), *text = NULL, *what = NULL, *name = NULL, *why = NULL;
	size_t links = 0;
	int r = path ? rooted_read(job->root_fd, path, UNIT_LIMIT, &text) : -ENOMEM, fit;

	/* What cannot be read was said with the other settings. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	what = what_of(text);
	fit = what ? identifier_check(job->options->plan, what, &name) : 0;
	if (!what || fit != IDENTIFIER_UNKNOWN)
		return fit < 0 ? fit : 0;
	why = identifier_absence(job->options->plan, what);
	if (!why)
		return -ENOMEM;
	if (!strcmp(unit, "-.mount") || !strcmp(unit, "usr.mount"))
		return job_breaks(job, "/%s mounts %s, but %s: the system does not start without it.", path, what, why);
	r = switch_off(ctx, job, names, unit, &links);
	if (r < 0)
		return r;
	return links ? job_note(job, "/%s mounts %s, but %s: the unit is switched off now, so that the system starts without it; "
				"'systemctl enable %s' switches it on again.", path, what, why, unit)
		     : job_note(job, "/%s mounts %s, but %s.", path, what, why);
}

int mount_units_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_STRV char **names = NULL;
	int r = rooted_list(job->root_fd, UNITS, &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r >= 0 && names && names[i]; i++)
		if (ends_with(names[i], ".mount"))
			r = finish_unit(ctx, job, names, names[i]);
	return r;
}
