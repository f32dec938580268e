/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypttab.h"

#include <errno.h>
#include <string.h>

#include "fields.h"
#include "identifiers.h"
#include "rooted.h"

#define CRYPTTAB_PATH "etc/crypttab"
#define CRYPTTAB_LIMIT (1u << 20)

/* The line with nofail among its options, which are the fourth field; "none" stands for a key file that is not named. */
static int append_nofail(struct buffer *out, const char *line, size_t length, const struct fields *fields)
{
	const char *at = fields->start[fields->count - 1] + fields->length[fields->count - 1];

	if (buffer_append(out, line, (size_t)(at - line)) < 0 || (fields->count == 2 && append_text(out, " none") < 0) ||
	    append_text(out, fields->count < 4 ? " nofail" : ",nofail") < 0)
		return -ENOMEM;
	return buffer_append(out, at, length - (size_t)(at - line));
}

struct correction {
	const struct plan *plan;
	char ***notes;
};

static int correct_line(void *data, const char *line, size_t length, struct buffer *out)
{
	const struct correction *correction = data;
	const struct plan *plan = correction->plan;
	AUTO_FREE char *target = NULL, *spec = NULL, *options = NULL, *name = NULL, *why = NULL, *note = NULL, *comment = NULL;
	struct fields fields;
	int fit;

	fields_split(line, length, &fields);
	if (fields.count < 2)
		return buffer_append(out, line, length);
	target = fields_decode(&fields, 0, "");
	spec = fields_decode(&fields, 1, "");
	options = fields_decode(&fields, 3, "");
	if (!target || !spec || !options)
		return -ENOMEM;
	fit = identifier_check(plan, spec, &name);
	if (fit < 0)
		return fit;
	if (fit == IDENTIFIER_OLD) {
		const char *after = fields.start[1] + fields.length[1];

		if (buffer_append(out, line, (size_t)(fields.start[1] - line)) < 0 || append_text(out, name) < 0)
			return -ENOMEM;
		return buffer_append(out, after, length - (size_t)(after - line)) < 0 ? -ENOMEM : 1;
	}
	if (fit != IDENTIFIER_UNKNOWN || options_has(options, "noauto") || options_has(options, "nofail"))
		return buffer_append(out, line, length);
	why = identifier_absence(plan, spec);
	note = why ? sentence("/%s opens %s as %s, but %s: the entry has the option nofail now, so that the system starts without "
		"it.", CRYPTTAB_PATH, spec, target, why) : NULL;
	comment = why ? text_format("the next line got the option nofail, because %s", why) : NULL;
	if (!note || !comment || strv_append(correction->notes, note) < 0 || append_comment(out, comment) < 0 ||
	    append_nofail(out, line, length, &fields) < 0)
		return -ENOMEM;
	return 1;
}

int crypttab_correct(const struct plan *plan, const char *text, struct buffer *out, char ***notes)
{
	return lines_correct(text, correct_line, &(struct correction){ plan, notes }, out);
}

int crypttab_names(const struct plan *plan, const char *text, char ***ret)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		AUTO_FREE char *target = NULL, *spec = NULL, *device = NULL;
		struct fields fields;
		int fit;

		fields_split(text, strcspn(text, "\n"), &fields);
		if (fields.count < 2)
			continue;
		target = fields_decode(&fields, 0, "");
		spec = fields_decode(&fields, 1, "");
		device = target ? text_format("/dev/mapper/%s", target) : NULL;
		fit = spec && device ? identifier_check(plan, spec, NULL) : -ENOMEM;
		if (fit < 0 || (fit != IDENTIFIER_UNKNOWN && strv_append(ret, device) < 0))
			return -ENOMEM;
	}
	return 0;
}

int crypttab_opened(struct finish_job *job, char ***ret)
{
	AUTO_FREE char *text = NULL;
	int r = rooted_read(job->root_fd, CRYPTTAB_PATH, CRYPTTAB_LIMIT, &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return crypttab_names(job->options->plan, text, ret);
}

int crypttab_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, CRYPTTAB_PATH, CRYPTTAB_LIMIT, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", CRYPTTAB_PATH, root_strerror(r));
	changed = crypttab_correct(job->options->plan, text, &corrected, &notes);
	if (changed < 0)
		return changed;
	r = job_reasons(job, notes);
	if (r == 0 && changed > 0)
		r = job_replace(ctx, job, CRYPTTAB_PATH, &corrected);
	return r <= 0 ? r : job_reason(job, "/%s did not fit this machine and was corrected; the original is /%s%s.", CRYPTTAB_PATH, CRYPTTAB_PATH,
		ROOTED_ORIGINAL);
}
