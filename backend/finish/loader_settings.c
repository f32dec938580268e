/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "device_table.h"
#include "grub_commands.h"
#include "identifiers.h"
#include "rooted.h"
#include "setting_words.h"
#include "subvolume_numbers.h"

#define SETTINGS_LIMIT (1u << 20)
#define DEVICE_MAP "boot/grub/device.map"

struct settings_place {
	const char *directory;   /* its last part may be a pattern of fnmatch(3), too */
	const char *names;       /* of files in it: a pattern of fnmatch(3) */
	unsigned places;         /* enum device_place: which words they may have */
	bool menu;               /* GRUB's menu is made from it */
	bool commands;           /* entries of GRUB's menu that a person wrote */
	bool fixed_size;         /* a block of GRUB's environment, filled with "#" */
};

#define LINE DEVICES_ON_COMMAND_LINE
#define INITRAMFS DEVICES_OF_INITRAMFS
#define UNITS DEVICES_IN_UNITS

/* The partition with the loaders lies at /boot, /boot/efi or /efi. A menu that GRUB makes for itself is only corrected in what needs
 * no new one. */
static const struct settings_place settings_places[] = {
	{ "etc/default", "grub", LINE, .menu = true },
	{ "etc/default/grub.d", "*.cfg", LINE, .menu = true },
	{ "etc/grub.d", "*custom*", LINE, .menu = true, .commands = true },
	{ "boot/grub", "custom.cfg", LINE, .commands = true },
	{ "boot/grub2", "custom.cfg", LINE, .commands = true },
	{ "etc/default", "limine", LINE },
	{ "etc/default", "extlinux", LINE },
	{ "etc/default", "u-boot", LINE },
	{ "etc/default", "flash-kernel", LINE },
	{ "etc", "update-extlinux.conf", LINE },
	{ "etc/kernel", "cmdline", LINE },
	{ "etc/kernel", "uki.conf", LINE },
	{ "etc/cmdline.d", "*.conf", LINE },
	{ "etc/initramfs-tools", "initramfs.conf", INITRAMFS },
	{ "etc/initramfs-tools/conf.d", "cryptroot", INITRAMFS | DEVICES_IN_CRYPTOPTS },
	{ "etc/initramfs-tools/conf.d", "*", INITRAMFS },
	{ "etc", "dracut.conf", LINE | INITRAMFS },
	{ "etc/dracut.conf.d", "*.conf", LINE | INITRAMFS },
	{ "etc/systemd/system", "*.mount", UNITS },
	{ "etc/systemd/system", "*.swap", UNITS },
	{ "etc/systemd/system", "*.automount", UNITS },
	{ "etc/systemd/system", "*.service", UNITS },
	{ "etc/systemd/system/*.mount.d", "*.conf", UNITS },
	{ "etc/systemd/system/*.swap.d", "*.conf", UNITS },
	{ "etc/systemd/system/*.automount.d", "*.conf", UNITS },
	{ "etc/systemd/system/*.service.d", "*.conf", UNITS },
	{ "usr/local/lib/systemd/system", "*.mount", UNITS },
	{ "usr/local/lib/systemd/system", "*.swap", UNITS },
	{ "usr/local/lib/systemd/system/*.mount.d", "*.conf", UNITS },
	{ "usr/local/lib/systemd/system/*.swap.d", "*.conf", UNITS },
	{ "boot/loader/entries", "*.conf", LINE },
	{ "boot/efi/loader/entries", "*.conf", LINE },
	{ "efi/loader/entries", "*.conf", LINE },
	{ "boot/grub", "grubenv", LINE, .fixed_size = true },
	{ "boot/grub2", "grubenv", LINE, .fixed_size = true },
	{ "boot/grub", "*.cfg", 0 },
	{ "boot/grub2", "*.cfg", 0 },
	{ "boot/syslinux", "*.cfg", LINE },
	{ "boot/extlinux", "*.conf", LINE },
	{ "boot", "extlinux.conf", LINE },
	{ "boot", "cmdline.txt", LINE },
	{ "boot/firmware", "cmdline.txt", LINE },
	{ "boot", "refind_linux.conf", LINE },
	{ "boot/EFI/refind", "refind.conf", LINE },
	{ "boot/efi/EFI/refind", "refind.conf", LINE },
	{ "efi/EFI/refind", "refind.conf", LINE },
	{ "boot", "limine.conf", LINE },
	{ "boot/limine", "*.conf", LINE },
	{ "boot/EFI/limine", "*.conf", LINE },
	{ "boot/efi", "limine.conf", LINE },
	{ "boot/efi/EFI/limine", "*.conf", LINE },
	{ "etc", "lilo.conf", LINE },
	{ "etc", "zipl.conf", LINE },
};

/* A block keeps its length: the filling grows or shrinks. 0, or -ENOSPC when there is not enough of it. */
static int fit_block(struct buffer *text, size_t length)
{
	while (text->length > length && text->data[text->length - 1] == '#')
		text->data[--text->length] = '\0';
	while (text->length < length)
		if (buffer_append(text, "#", 1) < 0)
			return -ENOMEM;
	return text->length == length ? 0 : -ENOSPC;
}

/* The corrected TEXT of the file at PATH in OUT. Number of words changed, or -errno. */
static int correct_text(const struct plan *plan, const char *path, const struct settings_place *place, const char *text, struct buffer *out,
			char ***notes)
{
	AUTO_BUFFER struct buffer words = { 0 }, commands = { 0 };
	uint64_t unknown = 0;
	AUTO_FREE char *note = NULL;
	int searches = place->commands ? grub_commands_correct(plan, path, text, &commands, notes) : 0, changed, numbers;

	if (searches < 0)
		return searches;
	changed = setting_words_correct(plan, path, commands.data ? commands.data : text, place->places, &words, notes);
	if (changed < 0)
		return changed;
	numbers = subvolume_numbers_correct(plan, NULL, words.data ? words.data : "", words.length, out, &unknown);
	if (numbers < 0)
		return numbers;
	if (unknown) {
		note = sentence("/%s names the btrfs subvolume with the number %llu, but there was none when the machine was "
			"captured.", path, (unsigned long long)unknown);
		if (!note || strv_append(notes, note) < 0)
			return -ENOMEM;
	}
	return searches + changed + numbers;
}

/* 1 when the file was changed. */
static int correct_file(struct context *ctx, struct finish_job *job, const char *path, const struct settings_place *place)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_STRV char **notes = NULL;
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, path, SETTINGS_LIMIT, &text);

	if (r == -ENOENT || r == -ENOTDIR || r == -EISDIR)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", path, root_strerror(r));
	changed = correct_text(job->options->plan, path, place, text, &corrected, &notes);
	if (changed < 0)
		return changed;
	r = job_reasons(job, notes);
	if (r < 0 || changed == 0)
		return r;
	r = place->fixed_size ? fit_block(&corrected, strlen(text)) : 0;
	if (r == -ENOSPC)
		return job_reason(job, "/%s names what only the old machine had, and has no room for the new names.", path);
	if (r == 0)
		r = job_replace(ctx, job, path, &corrected);
	if (r <= 0)
		return r;
	r = job_reason(job, "/%s named what only the old machine had and was corrected; the original is /%s%s.", path, path,
		ROOTED_ORIGINAL);
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
		for (size_t i = 0; i < plan->target.captured->count && !found; i++) {
			const struct node *disk = plan->target.captured->nodes[i];
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
	int r = rooted_read(job->root_fd, DEVICE_MAP, SETTINGS_LIMIT, &text);

	if (r < 0 || device_map_fits(job->options->plan, text))
		return 0;
	r = job_set_aside(job, DEVICE_MAP);
	if (r < 0)
		return job_breaks(job, "/%s names disks of the old machine and could not be put aside: %s.", DEVICE_MAP, strerror(-r));
	context_info(ctx, "Put /%s aside: it names disks of the old machine", DEVICE_MAP);
	return 0;
}

/* No program reads an original that was kept. */
static bool is_kept(const char *name)
{
	size_t length = strlen(name), end = strlen(ROOTED_ORIGINAL);

	return length > end && !strcmp(name + length - end, ROOTED_ORIGINAL);
}

/* The names that match PATTERN in the directory at PATH; of a plain name, itself. 0 or -ENOMEM. */
static int find_names(struct finish_job *job, const char *path, const char *pattern, char ***ret)
{
	AUTO_STRV char **names = NULL;
	int r = strchr(pattern, '*') ? rooted_list(job->root_fd, path, &names) : strv_append(&names, pattern);

	for (size_t i = 0; r == 0 && names && names[i]; i++)
		if (!fnmatch(pattern, names[i], FNM_PERIOD) && !is_kept(names[i]))
			r = strv_append(ret, names[i]);
	return r == -ENOMEM ? r : 0;
}

/* Every file of PLACE in DIRECTORY. Positive when one was changed. */
static int correct_directory(struct context *ctx, struct finish_job *job, const struct settings_place *place, const char *directory)
{
	AUTO_STRV char **names = NULL;
	int changed = 0, r = find_names(job, directory, place->names, &names);

	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		AUTO_FREE char *path = text_format("%s/%s", directory, names[i]);

		r = path ? correct_file(ctx, job, path, place) : -ENOMEM;
		changed |= r > 0;
	}
	return r < 0 ? r : changed;
}

static int correct_place(struct context *ctx, struct finish_job *job, const struct settings_place *place)
{
	const char *slash = strrchr(place->directory, '/'), *last = slash ? slash + 1 : place->directory;
	AUTO_FREE char *above = strndup(place->directory, slash ? (size_t)(slash - place->directory) : 0);
	AUTO_STRV char **names = NULL;
	int changed = 0, r = above ? find_names(job, above, last, &names) : -ENOMEM;

	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		AUTO_FREE char *directory = slash ? text_format("%s/%s", above, names[i]) : strdup(names[i]);

		r = directory ? correct_directory(ctx, job, place, directory) : -ENOMEM;
		changed |= r > 0;
	}
	return r < 0 ? r : changed;
}

int loader_settings_finish(struct context *ctx, struct finish_job *job)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LENGTH(settings_places); i++) {
		r = correct_place(ctx, job, &settings_places[i]);
		if (r > 0 && settings_places[i].menu)
			job->loader_settings_changed = true;
	}
	return r < 0 ? r : check_device_map(ctx, job);
}
