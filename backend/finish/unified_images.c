/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unified_images.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/file.h"
#include "device_table.h"
#include "pe_sections.h"
#include "rooted.h"
#include "setting_words.h"

#define SECTION_LIMIT 65536u     /* of a command line; the kernel itself takes 2 KiB */
#define SETTINGS_LIMIT (1u << 20)

/* The partition with the loaders lies at one of these. */
static const char *const directories[] = { "boot/efi", "efi", "boot" };

struct image {
	const char *path;
	int fd;
	uint64_t size;
	unsigned char *head;
	size_t length;           /* of HEAD */
};

static int open_image(struct finish_job *job, const char *path, struct image *ret)
{
	struct stat st;
	ssize_t n;

	*ret = (struct image){ .path = path, .fd = root_open_regular(job->root_fd, path, O_RDONLY) };
	if (ret->fd < 0)
		return ret->fd;
	ret->head = malloc(PE_HEAD_LIMIT);
	if (!ret->head)
		return -ENOMEM;
	n = fstat(ret->fd, &st) < 0 ? -errno : read_full_at(ret->fd, ret->head, PE_HEAD_LIMIT, 0);
	if (n < 0)
		return (int)n;
	ret->size = (uint64_t)st.st_size;
	ret->length = (size_t)n;
	return 0;
}

static void close_image(struct image *image)
{
	if (image->fd >= 0)
		close(image->fd);
	free(image->head);
}

/* The text of the next section NAME from *AT on, a new string in *RET: 1, 0, -errno. */
static int read_section(const struct image *image, const char *name, size_t *at, char **ret)
{
	struct pe_section section;
	AUTO_FREE char *text = NULL;
	ssize_t n;
	int r = pe_section_next(image->head, image->length, image->size, name, at, &section);

	if (r <= 0)
		return r;
	if (section.length > SECTION_LIMIT)
		return -EFBIG;
	text = calloc(1, section.length + 1);
	if (!text)
		return -ENOMEM;
	n = read_full_at(image->fd, text, section.length, (off_t)section.offset);
	if (n < 0 || (uint64_t)n < section.length)
		return n < 0 ? (int)n : -EBADMSG;
	*ret = TAKE_POINTER(text);
	return 1;
}

static bool has_line(int root_fd, const char *path, const char *line)
{
	AUTO_FREE char *text = NULL;
	size_t length = strlen(line);

	if (rooted_read(root_fd, path, SETTINGS_LIMIT, &text) < 0)
		return false;
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (!strncmp(at, line, length) && strchr(" \t\r\n", at[length]))
			return true;
	return false;
}

/* How the system makes the image of RELEASE again: a command, new string; NULL when out of memory. */
static char *command_of(int root_fd, const char *release)
{
	AUTO_FREE char *install = rooted_program(root_fd, "kernel-install"), *dracut = rooted_program(root_fd, "dracut");
	AUTO_FREE char *mkinitcpio = rooted_program(root_fd, "mkinitcpio");

	if (install && (has_line(root_fd, "etc/kernel/install.conf", "layout=uki") || (!dracut && !mkinitcpio)))
		return text_format("kernel-install add %s /lib/modules/%s/vmlinuz", release, release);
	if (dracut)
		return text_format("dracut --force --uefi --kver %s", release);
	return mkinitcpio ? strdup("mkinitcpio -P") : text_format("ukify build --config=/etc/kernel/uki.conf --uname=%s", release);
}

static int tell(struct finish_job *job, const struct image *image, const char *line)
{
	AUTO_FREE char *release = NULL, *command = NULL;
	size_t at = 0;
	int r = read_section(image, ".uname", &at, &release);

	if (r < 0 && r != -EBADMSG && r != -EFBIG)
		return r;
	if (r == 1)
		release[strcspn(release, " \t\r\n")] = '\0';
	command = command_of(job->root_fd, release && *release ? release : "RELEASE");
	return command ? job_reason(job,
				    "The kernel command line inside /%s names what only the old machine had, and only the program that made that file "
				    "makes it again: in the restored system, make it with the command line '%s' (%s).",
				    image->path, line, command)
		       : -ENOMEM;
}

/* Each command line of the image: it has one a profile. */
static int check_lines(struct finish_job *job, const struct image *image)
{
	size_t at = 0;
	int r;

	do {
		AUTO_BUFFER struct buffer corrected = { 0 };
		AUTO_STRV char **notes = NULL;
		AUTO_FREE char *line = NULL, *shown = NULL;

		r = read_section(image, ".cmdline", &at, &line);
		if (r <= 0)
			break;
		r = setting_words_correct(job->options->plan, image->path, line, DEVICES_ON_COMMAND_LINE, &corrected, &notes);
		shown = r > 0 ? text_strip(corrected.data) : NULL;
		if (r > 0)
			r = shown ? tell(job, image, shown) : -ENOMEM;
		if (r == 0)
			r = job_reasons(job, notes);
	} while (r == 0);
	return r;
}

static int check_image(struct finish_job *job, const char *path)
{
	struct image image;
	int r = open_image(job, path, &image);

	if (r == 0)
		r = check_lines(job, &image);
	close_image(&image);
	return r >= 0 || r == -ENOMEM ? r : job_reason(job, "/%s could not be read, so the kernel command line inside was not checked: %s.", path,
							r == -EBADMSG || r == -EFBIG ? sentence_words(N_("it is damaged, or no EFI program")) :
										       root_strerror(r));
}

static bool ends_in(const char *name, const char *end)
{
	size_t length = strlen(name), behind = strlen(end);

	return length > behind && !strcasecmp(name + length - behind, end);
}

/* Every image in DIRECTORY, and in the directories of addons there. */
static int check_directory(struct finish_job *job, const char *directory, bool addons)
{
	AUTO_STRV char **names = NULL;
	int r = rooted_list(job->root_fd, directory, &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && names && names[i]; i++) {
		AUTO_FREE char *path = text_format("%s/%s", directory, names[i]);

		if (!path)
			return -ENOMEM;
		if (ends_in(names[i], ".efi"))
			r = check_image(job, path);
		else if (addons && ends_in(names[i], ".efi.extra.d"))
			r = check_directory(job, path, false);
	}
	return r;
}

int unified_images_finish(struct finish_job *job)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(directories); i++) {
		AUTO_FREE char *path = text_format("%s/EFI/Linux", directories[i]);

		r = path ? check_directory(job, path, true) : -ENOMEM;
	}
	return r;
}
