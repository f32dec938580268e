#include "fstab.h"

#include <errno.h>
#include <string.h>

#include "identifiers.h"
#include "rooted.h"

#define FSTAB_PATH "etc/fstab"
#define FSTAB_LIMIT (4u << 20)
#define FIELDS 4

/* Where the first four fields of a line lie. */
struct fields {
	const char *start[FIELDS];
	size_t length[FIELDS];
	size_t count;
};

static void split_fields(const char *line, size_t length, struct fields *fields)
{
	const char *end = line + length;

	memset(fields, 0, sizeof(*fields));
	for (const char *at = line; fields->count < FIELDS; fields->count++) {
		while (at < end && strchr(" \t\r", *at))
			at++;
		if (at == end || *at == '#')
			return;
		fields->start[fields->count] = at;
		while (at < end && !strchr(" \t\r", *at))
			at++;
		fields->length[fields->count] = (size_t)(at - fields->start[fields->count]);
	}
}

/* A field with its octal escapes (\040 is a space) undone. */
static char *decode_field(const struct fields *fields, size_t i, const char *left_out)
{
	char *text = i < fields->count ? strndup(fields->start[i], fields->length[i]) : strdup(left_out);
	char *to = text;

	for (const char *from = text; from && *from; to++) {
		unsigned value = 0, digits = 0;

		while (*from == '\\' && digits < 3 && from[1 + digits] >= '0' && from[1 + digits] <= '7')
			value = value * 8 + (unsigned)(from[1 + digits++] - '0');
		if (digits == 3 && value > 0 && value < 256) {
			*to = (char)value;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (text)
		*to = '\0';
	return text;
}

static void entry_done(struct fstab_entry *entry)
{
	free(entry->spec);
	free(entry->file);
	free(entry->type);
	free(entry->options);
}

static int decode_entry(const struct fields *fields, struct fstab_entry *entry)
{
	entry->spec = decode_field(fields, 0, "");
	entry->file = decode_field(fields, 1, "");
	entry->type = decode_field(fields, 2, "auto");
	entry->options = decode_field(fields, 3, "defaults");
	return entry->spec && entry->file && entry->type && entry->options ? 0 : -ENOMEM;
}

void fstab_done(struct fstab *fstab)
{
	for (size_t i = 0; i < fstab->count; i++)
		entry_done(&fstab->entries[i]);
	free(fstab->entries);
	memset(fstab, 0, sizeof(*fstab));
}

int fstab_parse(const char *text, struct fstab *ret)
{
	AUTO_FSTAB struct fstab fstab = { 0 };

	while (*text) {
		size_t length = strcspn(text, "\n");
		struct fstab_entry *grown;
		struct fields fields;

		split_fields(text, length, &fields);
		text += length + (text[length] == '\n');
		if (fields.count < 2)
			continue;
		grown = reallocarray(fstab.entries, fstab.count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		fstab.entries = grown;
		memset(&grown[fstab.count], 0, sizeof(*grown));
		if (decode_entry(&fields, &grown[fstab.count++]) < 0)
			return -ENOMEM;
	}
	*ret = fstab;
	memset(&fstab, 0, sizeof(fstab));
	return 0;
}

/* OPTION as a whole word of a comma list. */
static bool has_option(const char *options, const char *option)
{
	size_t length = strlen(option);

	while (*options) {
		size_t n = strcspn(options, ",");

		if (n == length && !strncmp(options, option, n))
			return true;
		options += n + (options[n] == ',');
	}
	return false;
}

/* What an entry without a device of its own must find: the filesystem that was mounted there when the machine was
 * captured. */
static int fall_back_on_mount(const struct plan *plan, const struct fstab_entry *entry, char **ret_name)
{
	const struct node *node = identifier_mounted_at(plan, entry->file);

	if (!node || !identifier_device(plan->result, node))
		return IDENTIFIER_UNKNOWN;
	*ret_name = identifier_of(plan->result, node);
	return *ret_name ? IDENTIFIER_OLD : -ENOMEM;
}

static int append_text(struct buffer *out, const char *text)
{
	return buffer_append(out, text, strlen(text));
}

/* The line with nofail among its options. */
static int append_nofail(struct buffer *out, const char *line, size_t length, const struct fields *fields)
{
	const char *at = fields->count < 4 ? fields->start[fields->count - 1] + fields->length[fields->count - 1]
					   : fields->start[3] + fields->length[3];

	if (buffer_append(out, line, (size_t)(at - line)) < 0 ||
	    (fields->count == 2 && append_text(out, " auto") < 0) ||
	    append_text(out, fields->count < 4 ? " defaults,nofail" : ",nofail") < 0)
		return -ENOMEM;
	return buffer_append(out, at, length - (size_t)(at - line));
}

/* One line, without its newline; 1 when it was changed, 0 when copied, -ENOMEM. */
static int correct_line(const struct plan *plan, const char *line, size_t length, struct buffer *out, char ***notes)
{
	CLEANUP(entry_done) struct fstab_entry entry = { 0 };
	AUTO_FREE char *name = NULL, *note = NULL;
	struct fields fields;
	int fit;

	split_fields(line, length, &fields);
	if (fields.count < 2)
		return buffer_append(out, line, length);
	if (decode_entry(&fields, &entry) < 0)
		return -ENOMEM;
	fit = identifier_check(plan, entry.spec, &name);
	if (fit == IDENTIFIER_UNKNOWN)
		fit = fall_back_on_mount(plan, &entry, &name);
	if (fit < 0)
		return fit;
	if (fit == IDENTIFIER_OLD) {
		const char *after = fields.start[0] + fields.length[0];

		if (buffer_append(out, line, (size_t)(fields.start[0] - line)) < 0 || append_text(out, name) < 0 ||
		    buffer_append(out, after, length - (size_t)(after - line)) < 0)
			return -ENOMEM;
		return 1;
	}
	if (fit != IDENTIFIER_UNKNOWN || has_option(entry.options, "noauto") || has_option(entry.options, "nofail"))
		return buffer_append(out, line, length);
	note = text_format(
		"/" FSTAB_PATH
		" names %s for %s, which is no part of the restored system: the entry got the option nofail, "
		"so that the system starts without it.",
		entry.spec, strcmp(entry.type, "swap") ? entry.file : "swap");
	if (!note || strv_append(notes, note) < 0 || append_nofail(out, line, length, &fields) < 0)
		return -ENOMEM;
	return 1;
}

int fstab_correct(const struct plan *plan, const char *text, struct buffer *out, char ***notes)
{
	int changed = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		int r = correct_line(plan, text, length, out, notes);

		if (r < 0)
			return r;
		changed += r;
		text += length;
		if (*text == '\n' && buffer_append(out, text++, 1) < 0)
			return -ENOMEM;
	}
	return changed;
}

static int make_mount_points(struct context *ctx, struct finish_job *job, const char *text)
{
	AUTO_FSTAB struct fstab fstab = { 0 };
	int r = fstab_parse(text, &fstab);

	for (size_t i = 0; r == 0 && i < fstab.count; i++) {
		const struct fstab_entry *entry = &fstab.entries[i];

		if (entry->file[0] != '/' || !strcmp(entry->type, "swap") ||
		    rooted_is_directory(job->root_fd, entry->file))
			continue;
		/* Bind mounts may cover a single file. */
		if (rooted_has_content(job->root_fd, entry->file))
			continue;
		r = rooted_make_directories(job->root_fd, entry->file);
		if (r > 0)
			context_info(ctx, "Made the mount point %s that /" FSTAB_PATH " names", entry->file);
		if (r < 0 && r != -ENOMEM)
			r = job_reason(job, "The mount point %s that /" FSTAB_PATH " names could not be made: %s.",
				       entry->file, strerror(-r));
		if (r > 0)
			r = 0;
	}
	return r;
}

int fstab_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, FSTAB_PATH, FSTAB_LIMIT, &text, NULL);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return job_breaks(job, "/" FSTAB_PATH " could not be read, so it was not checked: %s.", root_strerror(r));
	changed = fstab_correct(job->options->plan, text, &corrected, &notes);
	if (changed < 0)
		return changed;
	for (size_t i = 0; r == 0 && i < strv_length(notes); i++)
		r = job_reason(job, "%s", notes[i]);
	if (r == 0 && changed > 0) {
		r = rooted_rewrite(ctx, job->root_fd, FSTAB_PATH, corrected.data, corrected.length);
		if (r == 0)
			r = job_reason(job, "%d %s of /" FSTAB_PATH " did not fit this machine and %s corrected; the original "
				       "is /" FSTAB_PATH ROOTED_ORIGINAL ".", changed, changed == 1 ? "entry" : "entries",
				       changed == 1 ? "was" : "were");
		else
			r = job_absorb(ctx, job, r, true, "");
	}
	return r < 0 ? r : make_mount_points(ctx, job, text);
}
