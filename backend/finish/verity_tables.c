/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verity_tables.h"

#include <errno.h>
#include <string.h>

#include "device_words.h"
#include "fields.h"
#include "identifiers.h"
#include "rooted.h"

#define TABLE_LIMIT (1u << 20)

static const struct table {
	const char *path;
	size_t last;             /* of the fields that name devices; the first is 1 */
	size_t options;          /* which field they are */
	size_t least;            /* fields of an entry */
	unsigned places;         /* enum device_place of the options */
	const char *device;      /* the option that names one */
	bool nofail;             /* is an option here */
} tables[] = {
	{ "etc/veritytab", 2, 4, 4, DEVICES_IN_VERITYTAB, "fec-device", true },
	{ "etc/integritytab", 1, 3, 2, DEVICES_IN_INTEGRITYTAB, "data-device", false },
};

struct correction {
	const struct plan *plan;
	const struct table *table;
	char ***notes;
};

/* A line under correction: what its fields are now, NULL: as before. */
struct line {
	struct fields fields;
	char *now[FIELDS];
	char *why;               /* why its device cannot be had; NULL: it can */
	char *gone;              /* which */
};

static void line_done(struct line *line)
{
	for (size_t i = 0; i < FIELDS; i++)
		free(line->now[i]);
	free(line->why);
	free(line->gone);
}

static int judge_device(const struct correction *correction, struct line *line, size_t i)
{
	AUTO_FREE char *spec = fields_decode(&line->fields, i, "");
	int fit = spec ? identifier_check(correction->plan, spec, &line->now[i]) : -ENOMEM;

	if (fit != IDENTIFIER_UNKNOWN || line->why)
		return fit < 0 ? fit : 0;
	line->why = identifier_absence(correction->plan, spec);
	line->gone = TAKE_POINTER(spec);
	return line->why ? 0 : -ENOMEM;
}

static int judge_options(const struct correction *correction, struct line *line)
{
	AUTO_STRV char **said = NULL;
	struct device_asked asked = { .plan = correction->plan, .file = correction->table->path, .notes = &said };
	AUTO_BUFFER struct buffer options = { 0 };
	AUTO_FREE char *text = NULL;
	size_t i = correction->table->options, length = 0;
	const char *value;
	int changed = device_options_correct(&asked, correction->table->places, line->fields.start[i], line->fields.length[i], &options);

	if (changed > 0)
		line->now[i] = strdup(options.data);
	if (changed < 0 || (changed > 0 && !line->now[i]))
		return -ENOMEM;
	if (!asked.lacks || line->why)
		return 0;
	text = fields_decode(&line->fields, i, "");
	value = text ? options_value(text, correction->table->device, &length) : NULL;
	line->gone = value ? strndup(value, length) : NULL;
	line->why = line->gone ? identifier_absence(correction->plan, line->gone) : NULL;
	return line->why ? 0 : -ENOMEM;
}

/* 1 when the entry is to be switched off: the start would wait for what is not there; 0, -ENOMEM. */
static int tell(const struct correction *correction, const struct line *line)
{
	size_t i = correction->table->options;
	AUTO_FREE char *options = fields_decode(&line->fields, i, ""), *name = fields_decode(&line->fields, 0, ""), *note = NULL;

	if (!options || !name)
		return -ENOMEM;
	if (!line->why || (correction->table->nofail && (options_has(options, "noauto") || options_has(options, "nofail"))))
		return 0;
	note = sentence(correction->table->nofail
			? N_("/%s opens %s as %s, but %s: the entry has the option nofail now, so that the system starts without it.")
			: N_("/%s opens %s as %s, but %s: the entry is a comment now, so that the system starts without it."),
			correction->table->path, line->gone, name, line->why);
	return !note || strv_append(correction->notes, note) < 0 ? -ENOMEM : 1;
}

/* The LENGTH bytes at TEXT with the fields as they are now, and NOFAIL. */
static int append_line(const struct correction *correction, const struct line *line, const char *text, size_t length, bool nofail, struct buffer *out)
{
	const char *from = text;

	for (size_t i = 0; i < line->fields.count; i++) {
		const char *end = line->fields.start[i] + line->fields.length[i];

		if (buffer_append(out, from, (size_t)((line->now[i] ? line->fields.start[i] : end) - from)) < 0 ||
		    (line->now[i] && append_text(out, line->now[i]) < 0))
			return -ENOMEM;
		from = end;
	}
	if (nofail && append_text(out, line->fields.count > correction->table->options ? ",nofail" : " nofail") < 0)
		return -ENOMEM;
	return buffer_append(out, from, length - (size_t)(from - text));
}

static int correct_line(void *data, const char *text, size_t length, struct buffer *out)
{
	const struct correction *correction = data;
	const struct table *table = correction->table;
	CLEANUP(line_done) struct line line = { 0 };
	AUTO_FREE char *comment = NULL;
	bool changed = false;
	int r = 0, off;

	fields_split(text, length, &line.fields);
	if (line.fields.count < table->least)
		return buffer_append(out, text, length);
	for (size_t i = 1; r == 0 && i <= table->last; i++)
		r = judge_device(correction, &line, i);
	if (r == 0 && line.fields.count > table->options)
		r = judge_options(correction, &line);
	off = r < 0 ? r : tell(correction, &line);
	if (off < 0)
		return off;
	if (off > 0) {
		comment = text_format(table->nofail ? "the next line got the option nofail, because %s" : "the next line is a comment, because %s", line.why);
		if (!comment)
			return -ENOMEM;
		r = table->nofail ? append_comment(out, comment) : append_commented(out, comment, text, length);
	}
	if (r == 0 && (!off || table->nofail))
		r = append_line(correction, &line, text, length, off > 0, out);
	for (size_t i = 0; i < line.fields.count; i++)
		changed |= line.now[i] != NULL;
	return r < 0 ? r : off || changed;
}

int verity_table_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes)
{
	const struct table *table = tables;

	while (strcmp(table->path, file))
		table++;
	return lines_correct(text, correct_line, &(struct correction){ plan, table, notes }, out);
}

struct opened {
	const struct plan *plan;
	const struct table *table;
	char ***ret;
};

static int take_opened(void *data, const char *text, size_t length, struct buffer *out)
{
	const struct opened *opened = data;
	AUTO_FREE char *name = NULL, *device = NULL;
	struct fields fields;

	(void)out;
	fields_split(text, length, &fields);
	if (fields.count < opened->table->least)
		return 0;
	for (size_t i = 1; i <= opened->table->last; i++) {
		AUTO_FREE char *spec = fields_decode(&fields, i, "");
		int fit = spec ? identifier_check(opened->plan, spec, NULL) : -ENOMEM;

		if (fit < 0 || fit == IDENTIFIER_UNKNOWN)
			return fit < 0 ? fit : 0;
	}
	name = fields_decode(&fields, 0, "");
	device = name ? text_format("/dev/mapper/%s", name) : NULL;
	return device ? strv_append(opened->ret, device) : -ENOMEM;
}

int verity_tables_opened(struct finish_job *job, char ***ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(tables); i++) {
		AUTO_BUFFER struct buffer none = { 0 };
		AUTO_FREE char *text = NULL;

		r = rooted_read(job->root_fd, tables[i].path, TABLE_LIMIT, &text);
		if (r == 0)
			r = lines_correct(text, take_opened, &(struct opened){ job->options->plan, &tables[i], ret }, &none);
		/* What cannot be read is said by the step itself. */
		r = r == -ENOMEM ? r : 0;
	}
	return r;
}

int verity_tables_finish(struct context *ctx, struct finish_job *job)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(tables); i++)
		r = job_correct_table(ctx, job, tables[i].path, TABLE_LIMIT, verity_table_correct);
	return r;
}
