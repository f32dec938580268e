/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "local_boot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <string.h>
#include <sys/syscall.h>

#include "../core/file.h"
#include "../core/root_open.h"
#include "system_mount.h"

#define CONFIGURATION_LIMIT (1u << 20)

void local_kernel_done(struct local_kernel *kernel)
{
	free(kernel->kernel);
	free(kernel->initrd);
	free(kernel->arguments);
	*kernel = (struct local_kernel){ 0 };
}

/* When LINE's first word is WORD: what follows; else NULL. */
static const char *after_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	line += strspn(line, " \t");
	if (strncmp(line, word, length) || !strchr(" \t", line[length]) || !line[length])
		return NULL;
	return line + length + strspn(line + length, " \t");
}

/* GRUB sees the file from the top of its filesystem, this program from the system's /: the name below /boot is the same in both. */
static char *below_boot(const char *path)
{
	size_t length = strcspn(path, " \t");
	AUTO_FREE char *copy = strndup(path, length);
	const char *slash = copy ? strrchr(copy, '/') : NULL;

	return copy ? strdup(slash ? slash + 1 : copy) : NULL;
}

/* The arguments without GRUB's variables, which mean nothing here. */
static char *plain_arguments(const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	AUTO_BUFFER struct buffer kept = { 0 };
	char *save = NULL;

	for (char *word = copy ? strtok_r(copy, " \t", &save) : NULL; word; word = strtok_r(NULL, " \t", &save)) {
		if (strchr(word, '$'))
			continue;
		if (kept.length && buffer_append(&kept, " ", 1) < 0)
			return NULL;
		if (buffer_append(&kept, word, strlen(word)) < 0)
			return NULL;
	}
	return kept.data ? TAKE_POINTER(kept.data) : strdup("");
}

int local_boot_parse(const char *text, struct local_kernel *ret)
{
	AUTO_FREE char *copy = strdup(text);
	struct local_kernel kernel = { 0 };
	char *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *linux_words = after_word(line, "linux"), *initrd_words = after_word(line, "initrd");

		if (linux_words && kernel.kernel)
			break; /* the next entry */
		if (linux_words) {
			kernel.kernel = below_boot(linux_words);
			kernel.arguments = plain_arguments(linux_words + strcspn(linux_words, " \t"));
		} else if (initrd_words && kernel.kernel) {
			kernel.initrd = below_boot(initrd_words);
			break;
		}
	}
	if (!kernel.kernel || !*kernel.kernel || !kernel.arguments) {
		local_kernel_done(&kernel);
		return -ENOENT;
	}
	*ret = kernel;
	return 0;
}

/* Leaves RET empty where no configuration names a kernel. */
static void read_configuration(int root_fd, struct local_kernel *ret)
{
	static const char *const places[] = { "boot/grub/grub.cfg", "boot/grub2/grub.cfg" };

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		AUTO_CLOSE int file = root_open_regular(root_fd, places[i], O_RDONLY);
		AUTO_FREE char *text = NULL;

		if (file >= 0 && file_read_fd(file, CONFIGURATION_LIMIT, &text, NULL) == 0 &&
		    local_boot_parse(text, ret) == 0)
			return;
	}
}

/* NAME of the directory boot: a descriptor or -errno. */
static int open_in_boot(int root_fd, const char *name)
{
	AUTO_FREE char *path = text_format("boot/%s", name);

	return path ? root_open_regular(root_fd, path, O_RDONLY) : -ENOMEM;
}

static int load(struct context *ctx, const char *root)
{
	AUTO_CLOSE int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int kernel_fd = -1, initrd_fd = -1;
	struct local_kernel kernel = { 0 };
	int r = 0;

	if (root_fd < 0)
		return context_fail(ctx, errno, "%s cannot be opened: %s", root, strerror(errno));
	read_configuration(root_fd, &kernel);
	if (!kernel.kernel)
		return context_fail(ctx, ENOENT, "The system on the local disk has no GRUB configuration that names a kernel");
	kernel_fd = open_in_boot(root_fd, kernel.kernel);
	initrd_fd = kernel.initrd ? open_in_boot(root_fd, kernel.initrd) : -1;
	if (kernel_fd < 0 || (kernel.initrd && initrd_fd < 0))
		r = context_fail(ctx, ENOENT, "The kernel %s of the system on the local disk cannot be opened", kernel.kernel);
	else if (syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(kernel.arguments) + 1, kernel.arguments,
			 kernel.initrd ? 0UL : (unsigned long)KEXEC_FILE_NO_INITRAMFS) < 0)
		r = context_fail(ctx, errno, "The kernel %s of the system on the local disk cannot be started from here: %s",
				 kernel.kernel, strerror(errno));
	else
		context_info(ctx, "the system on the local disk is started: %s %s", kernel.kernel, kernel.arguments);
	local_kernel_done(&kernel);
	return r;
}

int local_boot_load(struct context *ctx, const struct layout *captured, const struct layout *present, const char *where)
{
	const struct node *mount = system_mount_of(captured, "/boot");
	AUTO_FREE char *point = mount ? text_format("%s%s", where, strcmp(mount->mount.path, "/") ? mount->mount.path : "") : NULL;
	struct loop_device loop;
	int r = point ? system_mount_one(ctx, captured, present, mount, point, &loop) : mount ? context_oom(ctx) : -ENOENT, undone;

	if (r < 0)
		return r;
	r = load(ctx, where);
	undone = system_unmount_one(ctx, point, &loop);
	return r ? r : undone;
}
