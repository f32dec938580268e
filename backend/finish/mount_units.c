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

/* Takes What= of the file at PATH, which becomes that of the unit: *WHAT and *SAYS, where it stands. 0 or -ENOMEM. */
static int take_what(struct finish_job *job, const char *path, char **what, char **says)
{
	AUTO_FREE char *text = NULL, *found = NULL;
	int r = rooted_read(job->root_fd, path, UNIT_LIMIT, &text);

	/* What cannot be read was said with the other settings. */
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	found = what_of(text);
	if (!found)
		return 0;
	free(*what);
	free(*says);
	*what = TAKE_POINTER(found);
	*says = strdup(path);
	return *says ? 0 : -ENOMEM;
}

/* What UNIT mounts or swaps to: its own file says it, or the last of the drop-ins that do. */
static int find_what(struct finish_job *job, const char *unit, char **what, char **says)
{
	AUTO_FREE char *path = text_format("%s/%s", UNITS, unit), *directory = text_format("%s/%s.d", UNITS, unit);
	AUTO_STRV char **names = NULL;
	int r = path && directory ? take_what(job, path, what, says) : -ENOMEM;

	if (r == 0)
		r = rooted_list(job->root_fd, directory, &names);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		AUTO_FREE char *drop_in = text_format("%s/%s", directory, names[i]);

		if (!drop_in)
			return -ENOMEM;
		if (ends_with(names[i], ".conf"))
			r = take_what(job, drop_in, what, says);
	}
	return r;
}

static int finish_unit(struct context *ctx, struct finish_job *job, char *const *names, const char *unit)
{
	AUTO_FREE char *path = NULL, *what = NULL, *name = NULL, *why = NULL;
	size_t links = 0;
	int r = find_what(job, unit, &what, &path), fit;

	if (r < 0)
		return r;
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
	if (ends_with(unit, ".swap"))
		return links ? job_note(job, "/%s swaps to %s, but %s: the unit is switched off now, so that the system starts without it; "
					"'systemctl enable %s' switches it on again.", path, what, why, unit)
			     : job_note(job, "/%s swaps to %s, but %s.", path, what, why);
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
	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		/* A unit may stand elsewhere - systemd makes some of fstab - with its drop-ins here. */
		bool drop_ins = ends_with(names[i], ".mount.d") || ends_with(names[i], ".swap.d");
		AUTO_FREE char *unit = strndup(names[i], strlen(names[i]) - (drop_ins ? strlen(".d") : 0));

		if (!unit)
			return -ENOMEM;
		if (drop_ins ? !strv_contains(names, unit) : ends_with(unit, ".mount") || ends_with(unit, ".swap"))
			r = finish_unit(ctx, job, names, unit);
	}
	return r;
}
