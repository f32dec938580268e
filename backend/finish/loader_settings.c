#include "loader_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "identifiers.h"
#include "rooted.h"
#include "setting_words.h"

#define SETTINGS_LIMIT (1u << 20)
#define DEVICE_MAP "boot/grub/device.map"
#define ENTRIES "boot/loader/entries"

struct settings_file {
	const char *path;
	const char *keys[4];
	bool menu; /* the loader's menu is made from it */
};

static const struct settings_file settings_files[] = {
	{ "etc/default/grub", { "root", "resume" }, true },
	{ "etc/kernel/cmdline", { "root", "resume" }, false },
	{ "etc/initramfs-tools/conf.d/resume", { "RESUME" }, false },
};

/* 1 when the file was changed. */
static int correct_file(struct context *ctx, struct finish_job *job, const char *path, const char *const *keys)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, path, SETTINGS_LIMIT, &text, NULL);

	if (r == -ENOENT || r == -ENOTDIR || r == -EISDIR)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", path, strerror(-r));
	changed = setting_words_correct(job->options->plan, path, text, keys, &corrected, &notes);
	if (changed < 0)
		return changed;
	for (size_t i = 0; r == 0 && i < strv_length(notes); i++)
		r = job_reason(job, "%s", notes[i]);
	if (r < 0 || changed == 0)
		return r;
	r = rooted_rewrite(ctx, job->root_fd, path, corrected.data, corrected.length);
	if (r < 0)
		return job_absorb(ctx, job, r, true, "");
	r = job_reason(job, "/%s named what only the old machine had and was corrected; the original is /%s" ROOTED_ORIGINAL ".",
		       path, path);
	return r < 0 ? r : 1;
}

/* True when every device a device.map names is among the restored disks. */
static bool device_map_fits(const struct plan *plan, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		AUTO_FREE char *line = strndup(text, length), *device = NULL;
		const char *space = line ? strpbrk(line, " \t") : NULL;
		bool found = false;

		text += length + (text[length] == '\n');
		device = space && *line != '#' ? text_strip(space) : NULL;
		if (!device || !*device)
			continue;
		for (size_t i = 0; i < plan->captured->count && !found; i++) {
			const struct node *disk = plan->captured->nodes[i];
			const char *now = disk->type == NODE_DISK ? identifier_disk_device(plan, disk) : NULL;

			found = now && !strcmp(now, device);
		}
		if (!found)
			return false;
	}
	return true;
}

/* GRUB works out the disks by itself when there is no map; an old one leads it to the wrong disk. */
static int check_device_map(struct context *ctx, struct finish_job *job)
{
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int parent = -1;
	int r = rooted_read(job->root_fd, DEVICE_MAP, SETTINGS_LIMIT, &text, NULL);

	if (r < 0 || device_map_fits(job->options->plan, text))
		return 0;
	parent = root_open(job->root_fd, "boot/grub", O_RDONLY | O_DIRECTORY, 0);
	if (parent < 0 || renameat(parent, "device.map", parent, "device.map" ROOTED_ORIGINAL) < 0)
		return job_breaks(job, "/" DEVICE_MAP " names disks of the old machine and could not be put aside: %s.",
				  strerror(parent < 0 ? -parent : errno));
	context_info(ctx, "Put /" DEVICE_MAP " aside: it names disks of the old machine");
	return 0;
}

static int correct_entries(struct context *ctx, struct finish_job *job)
{
	static const char *const keys[] = { "root", "resume", NULL };
	AUTO_STRV char **names = NULL;
	int r = rooted_list(job->root_fd, ENTRIES, &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		AUTO_FREE char *path = NULL;
		size_t length = strlen(names[i]);

		if (length < 5 || strcmp(names[i] + length - 5, ".conf"))
			continue;
		path = text_format(ENTRIES "/%s", names[i]);
		r = path ? correct_file(ctx, job, path, keys) : -ENOMEM;
	}
	return r < 0 ? r : 0;
}

int loader_settings_finish(struct context *ctx, struct finish_job *job)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(settings_files); i++) {
		r = correct_file(ctx, job, settings_files[i].path, settings_files[i].keys);
		if (r > 0 && settings_files[i].menu)
			job->loader_settings_changed = true;
	}
	if (r >= 0)
		r = correct_entries(ctx, job);
	return r < 0 ? r : check_device_map(ctx, job);
}
