/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fstab.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "crypttab.h"
#include "device_words.h"
#include "fields.h"
#include "fstab_planned.h"
#include "identifiers.h"
#include "rooted.h"
#include "subvolume_numbers.h"
#include "verity_tables.h"

#define FSTAB_LIMIT (4u << 20)

static void entry_done(struct fstab_entry *entry)
{
	free(entry->spec);
	free(entry->file);
	free(entry->type);
	free(entry->options);
}

static int decode_entry(const struct fields *fields, struct fstab_entry *entry)
{
	entry->spec = fields_decode(fields, 0, "");
	entry->file = fields_decode(fields, 1, "");
	entry->type = fields_decode(fields, 2, "auto");
	entry->options = fields_decode(fields, 3, "defaults");
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

		fields_split(text, length, &fields);
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

/* What an entry without a device of its own must find: the filesystem that was mounted there when the machine was
 * captured. */
static int fall_back_on_mount(const struct plan *plan, const struct fstab_entry *entry, char **ret_name)
{
	const struct node *node = identifier_mounted_at(plan, entry->file);

	if (!node || !identifier_device(plan->target.result, node) || !plan_makes(plan, node))
		return IDENTIFIER_UNKNOWN;
	*ret_name = identifier_of(plan->target.result, node);
	return *ret_name ? IDENTIFIER_OLD : -ENOMEM;
}

/* A line under correction. */
struct correction {
	const struct plan *plan;
	int root_fd;             /* of the restored tree; -1: what lies in it is not looked at */
	char *const *opened;     /* devices that crypttab opens */
	struct fstab_entry entry;
	struct fields fields;
	char *name;              /* what the device is called now; NULL: as before */
	const char *kind;        /* what the filesystem became by the operator's choice; NULL: as before */
	struct buffer options;   /* as they are now, still escaped; empty where there were none */
	bool options_changed;
	char **notes;            /* what is to be said of its options */
	char *why;               /* why it cannot be mounted; NULL: it can */
};

static void correction_done(struct correction *line)
{
	entry_done(&line->entry);
	free(line->name);
	buffer_done(&line->options);
	strv_free(line->notes);
	free(line->why);
}

/* Files and directories of the tree: bind mounts, images, swap files. What lies below these is made by the running system. */
static bool is_path_in_tree(const char *spec)
{
	static const char *const others[] = { "/dev/", "/proc/", "/sys/", "/run/", "/tmp/", "/var/run/" };

	for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
		if (!strncmp(spec, others[i], strlen(others[i])))
			return false;
	return spec[0] == '/' && spec[1] && spec[1] != '/';
}

static bool is_there(int root_fd, const char *path)
{
	AUTO_CLOSE int fd = root_open(root_fd, path, O_PATH, 0);

	return fd >= 0 || (fd != -ENOENT && fd != -ENOTDIR);
}

static int judge_device(struct correction *line)
{
	const char *spec = line->entry.spec;
	int fit = identifier_check(line->plan, spec, &line->name);

	if (fit == IDENTIFIER_UNKNOWN)
		fit = fall_back_on_mount(line->plan, &line->entry, &line->name);
	if (fit < 0)
		return fit;
	if (fit == IDENTIFIER_UNKNOWN && strv_contains(line->opened, spec))
		return 0;
	if (fit == IDENTIFIER_UNKNOWN)
		line->why = identifier_absence(line->plan, spec);
	else if (fit == IDENTIFIER_FOREIGN && !strcmp(line->entry.type, "zfs"))
		line->why = sentence("Lifeboat does not make ZFS");
	else if (fit == IDENTIFIER_FOREIGN && line->root_fd >= 0 && is_path_in_tree(spec) && !is_there(line->root_fd, spec))
		line->why = sentence("the restored system does not have it");
	else
		return 0;
	return line->why ? 0 : -ENOMEM;
}

/* Devices among the options: without those that are not there, so that nothing waits for them. */
static int judge_devices(struct correction *line)
{
	struct device_asked asked = { .plan = line->plan, .file = FSTAB_PATH, .notes = &line->notes };
	AUTO_BUFFER struct buffer options = { 0 };
	int r = device_options_correct(&asked, DEVICES_IN_MOUNTS, line->options.data ? line->options.data : "", line->options.length, &options);

	if (r <= 0)
		return r;
	if (!options.length && append_text(&options, "defaults") < 0)
		return -ENOMEM;
	buffer_done(&line->options);
	line->options = options;
	options = (struct buffer){ 0 };
	line->options_changed = true;
	return 0;
}

/* Numbers of subvolumes among the options. */
static int judge_options(struct correction *line)
{
	const struct node *filesystem = identifier_find(line->plan, line->name ? line->name : line->entry.spec);
	uint64_t unknown = 0;
	size_t length = 0;
	const char *path = options_value(line->entry.options, "subvol", &length);
	int r = subvolume_numbers_correct(line->plan, filesystem, line->fields.start[3], line->fields.length[3], &line->options, &unknown);

	if (r < 0)
		return r;
	line->options_changed = r > 0;
	if (unknown && !line->why) {
		line->why = sentence("it has no subvolume with the number %llu: there was none when the machine was captured",
			(unsigned long long)unknown);
		return line->why ? 0 : -ENOMEM;
	}
	if (path && filesystem && !line->why && !subvolume_is_restored(line->plan, filesystem, path, length)) {
		line->why = sentence("it has no subvolume %.*s: there was none when the machine was captured", (int)length, path);
		return line->why ? 0 : -ENOMEM;
	}
	return 0;
}

/* Options of mount(8) and systemd.mount(5) that every kind of filesystem knows. */
static bool is_general_option(const char *option, size_t length)
{
	static const char *const words[] = {
		"defaults", "auto",       "noauto",      "nofail",        "ro",       "rw",         "suid",     "nosuid",
		"dev",      "nodev",      "exec",        "noexec",        "user",     "nouser",     "users",    "owner",
		"group",    "sync",       "async",       "dirsync",       "atime",    "noatime",    "diratime", "nodiratime",
		"relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "discard",  "_netdev",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (strlen(words[i]) == length && !strncmp(option, words[i], length))
			return true;
	return (length > 2 && !strncmp(option, "x-", 2)) || (length > 8 && !strncmp(option, "comment=", 8));
}

/* Where the operator had it made as another kind of filesystem: without the options that only the old one knew. */
static int judge_kind(struct correction *line)
{
	const struct node *now = identifier_find(line->plan, line->name ? line->name : line->entry.spec);
	const struct node *before = now ? layout_find(line->plan->target.captured, now->id) : NULL;
	AUTO_BUFFER struct buffer kept = { 0 };
	const char *option = line->options.data;
	size_t left = line->options.length;
	int r = 0;

	if (line->fields.count < 3 || !before || now->type != NODE_FILESYSTEM || !strcmp(before->filesystem.kind, now->filesystem.kind))
		return 0;
	line->kind = now->filesystem.kind;
	while (!r && left) {
		const char *comma = memchr(option, ',', left);
		size_t length = comma ? (size_t)(comma - option) : left;

		if (is_general_option(option, length))
			r = (kept.length ? append_text(&kept, ",") : 0) || buffer_append(&kept, option, length) ? -ENOMEM : 0;
		left -= length + (comma ? 1 : 0);
		option += length + (comma ? 1 : 0);
	}
	if (!r && !kept.length)
		r = append_text(&kept, "defaults");
	if (r)
		return r;
	buffer_done(&line->options);
	line->options = kept;
	kept = (struct buffer){ 0 };
	return 0;
}

/* Without these no system starts. */
static bool is_needed(const struct fstab_entry *entry)
{
	return !strcmp(entry->file, "/") || !strcmp(entry->file, "/usr") || options_has(entry->options, "x-initrd.mount");
}

/* The line as it is now: the device's new name, the options, and nofail where the system shall start without it. */
static int append_line(struct buffer *out, const struct correction *line, const char *text, size_t length, bool nofail)
{
	const struct fields *fields = &line->fields;
	const char *at = fields->start[0], *end = text + length;

	if (buffer_append(out, text, (size_t)(at - text)) < 0)
		return -ENOMEM;
	if (line->name && append_text(out, line->name) < 0)
		return -ENOMEM;
	if (line->name)
		at += fields->length[0];
	if (line->kind) {
		if (buffer_append(out, at, (size_t)(fields->start[2] - at)) < 0 || append_text(out, line->kind) < 0)
			return -ENOMEM;
		at = fields->start[2] + fields->length[2];
	}
	if (fields->count >= 4) {
		if (buffer_append(out, at, (size_t)(fields->start[3] - at)) < 0 ||
		    buffer_append(out, line->options.data, line->options.length) < 0 || (nofail && append_text(out, ",nofail") < 0))
			return -ENOMEM;
		at = fields->start[3] + fields->length[3];
	} else if (nofail) {
		const char *last = fields->start[fields->count - 1] + fields->length[fields->count - 1];

		if (buffer_append(out, at, (size_t)(last - at)) < 0 || (fields->count == 2 && append_text(out, " auto") < 0) ||
		    append_text(out, " defaults,nofail") < 0)
			return -ENOMEM;
		at = last;
	}
	return buffer_append(out, at, (size_t)(end - at));
}

/* Says why the entry cannot be mounted, in *NOTES and, where it gets nofail, above it. */
static int tell(const struct correction *line, struct buffer *out, struct fstab_notes *notes, bool nofail)
{
	const struct fstab_entry *entry = &line->entry;
	const char *file = strcmp(entry->type, "swap") ? entry->file : "swap";
	AUTO_FREE char *note = sentence(nofail ? N_("/%s names %s for %s, but %s: the entry has the option nofail now, so that the system starts "
						    "without it.")
					       : N_("/%s names %s for %s, but %s: the system does not start without it."),
					FSTAB_PATH, entry->spec, file, line->why);
	AUTO_FREE char *comment = text_format("the next line got the option nofail, because %s", line->why);

	if (!note || !comment || strv_append(nofail ? &notes->told : &notes->breaks, note) < 0)
		return -ENOMEM;
	return nofail ? append_comment(out, comment) : 0;
}

struct corrector {
	const struct plan *plan;
	int root_fd;
	char *const *opened;
	struct fstab_notes *notes;
};

static int correct_line(void *data, const char *text, size_t length, struct buffer *out)
{
	const struct corrector *corrector = data;
	CLEANUP(correction_done) struct correction line = { .plan = corrector->plan, .root_fd = corrector->root_fd,
							    .opened = corrector->opened };
	bool nofail = false;
	int r = 0;

	fields_split(text, length, &line.fields);
	if (line.fields.count < 2)
		return buffer_append(out, text, length);
	if (decode_entry(&line.fields, &line.entry) < 0)
		return -ENOMEM;
	r = judge_device(&line);
	if (!r && line.fields.count >= 4)
		r = judge_options(&line);
	if (!r && line.fields.count >= 4)
		r = judge_devices(&line);
	if (!r)
		r = judge_kind(&line);
	if (!r && line.why && !options_has(line.entry.options, "noauto") && !options_has(line.entry.options, "nofail")) {
		nofail = !is_needed(&line.entry);
		r = tell(&line, out, corrector->notes, nofail);
	}
	for (char **note = line.notes; !r && note && *note; note++)
		r = strv_append(&corrector->notes->told, *note);
	if (!r)
		r = append_line(out, &line, text, length, nofail);
	return r ? r : line.name || line.kind || line.options_changed || nofail;
}

void fstab_notes_done(struct fstab_notes *notes)
{
	strv_free(notes->told);
	strv_free(notes->breaks);
	memset(notes, 0, sizeof(*notes));
}

int fstab_correct(const struct plan *plan, int root_fd, char *const *opened, const char *text, struct buffer *out, struct fstab_notes *notes)
{
	return lines_correct(text, correct_line, &(struct corrector){ plan, root_fd, opened, notes }, out);
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
			context_info(ctx, "Made the mount point %s that /%s names", entry->file, FSTAB_PATH);
		if (r < 0 && r != -ENOMEM)
			r = job_reason(job, "The mount point %s that /%s names could not be made: %s.", entry->file, FSTAB_PATH,
				strerror(-r));
		if (r > 0)
			r = 0;
	}
	return r;
}

int fstab_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	CLEANUP(fstab_notes_done) struct fstab_notes notes = { 0 };
	AUTO_FSTAB struct fstab before = { 0 };
	AUTO_STRV char **opened = NULL;
	AUTO_FREE char *text = NULL;
	int changed, added, r = rooted_read(job->root_fd, FSTAB_PATH, FSTAB_LIMIT, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return job_tells(job, r != -EILSEQ, "/%s could not be read, so it was not checked: %s.", FSTAB_PATH, root_strerror(r));
	r = crypttab_opened(job, &opened);
	if (r == 0)
		r = verity_tables_opened(job, &opened);
	if (r < 0)
		return r;
	changed = fstab_correct(job->options->plan, job->root_fd, opened, text, &corrected, &notes);
	added = changed < 0 ? changed : fstab_parse(text, &before);
	if (added == 0)
		added = fstab_add_planned(job->options->plan, &before, &corrected);
	if (added < 0)
		return added;
	r = job_reasons(job, notes.told);
	for (size_t i = 0; r == 0 && i < strv_length(notes.breaks); i++)
		r = job_breaks(job, "%s", notes.breaks[i]);
	if (r == 0 && changed + added > 0)
		r = job_replace(ctx, job, FSTAB_PATH, &corrected);
	job->fstab_extended = added && !changed;
	if (r > 0 && added)
		r = job_note(job, "/%s mounts the EFI system partition that was planned in; the original is /%s%s.", FSTAB_PATH, FSTAB_PATH,
			     ROOTED_ORIGINAL) < 0 ? -ENOMEM : r;
	if (r > 0 && changed)
		r = job_reason(job, PLURAL(changed, "%d entry of /%s did not fit this machine and was corrected; the original is /%s%s.",
					   "%d entries of /%s did not fit this machine and were corrected; the original is /%s%s."),
			       changed, FSTAB_PATH, FSTAB_PATH, ROOTED_ORIGINAL);
	return r < 0 ? r : make_mount_points(ctx, job, text);
}
