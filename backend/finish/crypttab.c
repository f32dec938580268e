/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypttab.h"

#include <errno.h>
#include <string.h>

#include "device_words.h"
#include "fields.h"
#include "identifiers.h"
#include "rooted.h"

#define CRYPTTAB_PATH "etc/crypttab"
#define CRYPTTAB_LIMIT (1u << 20)
/* How long a start waits for the device with a key that is not here, before it asks for the passphrase. */
#define KEY_SECONDS "30"
#define KEY_TIMEOUT "keyfile-timeout"

struct correction {
	const struct plan *plan;
	const char *file;
	char ***notes;
};

/* A line under correction: what its fields are now, NULL: as before. */
struct line {
	struct fields fields;
	char *target, *spec, *key, *options; /* as they were */
	char *device, *now_key;
	struct buffer now_options;
	bool options_changed;
	bool nofail, key_timeout; /* options that it gets */
};

static void line_done(struct line *line)
{
	free(line->target);
	free(line->spec);
	free(line->key);
	free(line->options);
	free(line->device);
	free(line->now_key);
	buffer_done(&line->now_options);
}

/* The start would wait for what is not there: WHY. */
static int switch_off(const struct correction *correction, struct line *line, const char *what, const char *why, struct buffer *out)
{
	AUTO_FREE char *note = NULL, *comment = text_format("the next line got the option nofail, because %s", why);

	if (options_has(line->options, "noauto") || options_has(line->options, "nofail"))
		return 0;
	line->nofail = true;
	note = sentence("/%s opens %s as %s, but %s: the entry has the option nofail now, so that the system starts without it.", correction->file, what,
			line->target, why);
	return !note || !comment || strv_append(correction->notes, note) < 0 ? -ENOMEM : append_comment(out, comment);
}

static int judge_device(const struct correction *correction, struct line *line, struct buffer *out)
{
	AUTO_FREE char *why = NULL;
	int fit = identifier_check(correction->plan, line->spec, &line->device);

	if (fit != IDENTIFIER_UNKNOWN)
		return fit < 0 ? fit : 0;
	why = identifier_absence(correction->plan, line->spec);
	return why ? switch_off(correction, line, line->spec, why, out) : -ENOMEM;
}

/* The start is not to wait for the device with the key for ever, nor is it to fail without: a medium may be plugged in later. systemd mounts the
 * device of PATH:DEVICE and asks for the passphrase where it cannot, but only with a time; a key that is a device by itself it takes as required. */
static int bound_key(struct line *line, bool passdev, struct buffer *out)
{
	AUTO_FREE char *key = strdup(line->now_key ? line->now_key : line->key);
	const char *path = key ? strchr(key, ':') : NULL;

	if (!key)
		return -ENOMEM;
	if (options_has(line->options, "noauto") || options_has(line->options, "nofail"))
		return 0;
	if (passdev) {
		if (!path || strchr(path + 1, ':'))
			return 0;
		free(line->now_key);
		line->now_key = text_format("%s:" KEY_SECONDS, key);
		return line->now_key ? append_comment(out, "the next line got a time to wait for its key, which is not part of the restored system") : -ENOMEM;
	}
	if (path && options_has(line->options, KEY_TIMEOUT))
		return 0;
	if (path) {
		line->key_timeout = true;
		return append_comment(out, "the next line got the option " KEY_TIMEOUT ", because its key is not part of the restored system");
	}
	if (line->nofail)
		return 0;
	line->nofail = true;
	return append_comment(out, "the next line got the option nofail, because its key is not part of the restored system");
}

/* A key file may lie on another device, or that be the key. */
static int judge_key(const struct correction *correction, struct line *line, struct buffer *out)
{
	struct device_asked asked = { .plan = correction->plan, .file = correction->file, .notes = correction->notes };
	bool gone = false, script = options_has(line->options, "keyscript"), passdev = script && strstr(line->options, "passdev");
	AUTO_STRV char **said = NULL;
	AUTO_FREE char *note = NULL;
	int r;

	/* Of a script's argument nobody else knows what it is, but that passdev's is DEVICE:PATH. */
	if (script && !passdev)
		return 0;
	asked.notes = &said;
	r = device_parts_correct(&asked, "key", line->key, &line->now_key, &gone);
	if (r < 0 || !gone)
		return r;
	note = sentence("/%s takes the key of %s from %s, which is not part of the restored system: if that is a medium of its own, plug it in before "
			"the start; else write none in its place, so that the start asks for the passphrase.", correction->file, line->target, line->key);
	if (!note || strv_append(correction->notes, note) < 0)
		return -ENOMEM;
	return bound_key(line, passdev, out);
}

static int judge_options(const struct correction *correction, struct line *line, struct buffer *out)
{
	AUTO_STRV char **said = NULL;
	struct device_asked asked = { .plan = correction->plan, .file = correction->file, .notes = &said };
	const char *before = line->fields.start[3];
	int changed = device_options_correct(&asked, DEVICES_IN_CRYPTTAB, before, line->fields.length[3], &line->now_options);

	if (changed < 0)
		return changed;
	line->options_changed = changed > 0;
	/* Once is enough. */
	return asked.lacks && !line->nofail ? switch_off(correction, line, line->spec, "the device with its header is not there", out) : 0;
}

/* Field I as NOW, or as it was where that is NULL, with what stands before it. *FROM: behind what was appended. */
static int append_field(struct buffer *out, const struct fields *fields, size_t i, const char *now, const char **from)
{
	const char *end = fields->start[i] + fields->length[i];
	int r = buffer_append(out, *from, (size_t)((now ? fields->start[i] : end) - *from));

	*from = end;
	return r == 0 && now ? append_text(out, now) : r;
}

/* The line with its fields as they are now; "none" stands for a key file that is not named. */
static int append_line(struct buffer *out, const char *text, size_t length, const struct line *line)
{
	const struct fields *fields = &line->fields;
	const char *options = line->options_changed ? line->now_options.data : NULL, *from = text;

	if (append_field(out, fields, 1, line->device, &from) < 0 || (fields->count > 2 && append_field(out, fields, 2, line->now_key, &from) < 0) ||
	    (fields->count > 3 && append_field(out, fields, 3, options, &from) < 0))
		return -ENOMEM;
	if (line->nofail && ((fields->count == 2 && append_text(out, " none") < 0) || append_text(out, fields->count < 4 ? " nofail" : ",nofail") < 0))
		return -ENOMEM;
	if (line->key_timeout &&
	    (append_text(out, fields->count < 4 && !line->nofail ? " " : ",") < 0 || append_text(out, KEY_TIMEOUT "=" KEY_SECONDS "s") < 0))
		return -ENOMEM;
	return buffer_append(out, from, length - (size_t)(from - text));
}

static int correct_line(void *data, const char *text, size_t length, struct buffer *out)
{
	const struct correction *correction = data;
	CLEANUP(line_done) struct line line = { 0 };
	int r;

	fields_split(text, length, &line.fields);
	if (line.fields.count < 2)
		return buffer_append(out, text, length);
	line.target = fields_decode(&line.fields, 0, "");
	line.spec = fields_decode(&line.fields, 1, "");
	line.key = fields_decode(&line.fields, 2, "");
	line.options = fields_decode(&line.fields, 3, "");
	if (!line.target || !line.spec || !line.key || !line.options)
		return -ENOMEM;
	r = judge_device(correction, &line, out);
	if (r == 0)
		r = judge_key(correction, &line, out);
	if (r == 0 && line.fields.count > 3)
		r = judge_options(correction, &line, out);
	if (r == 0)
		r = append_line(out, text, length, &line);
	return r < 0 ? r : line.device || line.now_key || line.options_changed || line.nofail || line.key_timeout;
}

int crypttab_correct(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes)
{
	return lines_correct(text, correct_line, &(struct correction){ plan, file, notes }, out);
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
	int r = job_correct_table(ctx, job, CRYPTTAB_PATH, CRYPTTAB_LIMIT, crypttab_correct);

	/* What mkinitcpio's initramfs has in its place. */
	return r < 0 ? r : job_correct_table(ctx, job, CRYPTTAB_PATH ".initramfs", CRYPTTAB_LIMIT, crypttab_correct);
}
