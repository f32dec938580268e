/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "../core/file.h"
#include "exclude.h"
#include "parts.h"

static bool is_running_machine(const struct capture *capture)
{
	return !strcmp(capture->root, "/");
}

static bool exists(const struct capture *capture, const char *path)
{
	AUTO_CLOSE int fd = volumes_open_file(capture->volumes, path, O_PATH);

	return fd >= 0;
}

/* The text of a small file below the root; NULL when it cannot be read. */
static char *read_text(const struct capture *capture, const char *path)
{
	AUTO_CLOSE int fd = volumes_open_file(capture->volumes, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	char *text = NULL;

	return fd >= 0 && file_read_fd(fd, 1 << 16, &text, NULL) == 0 ? text : NULL;
}

/* First line of a small file below the root, stripped; NULL when it is not there. Text of people: not longer than 256 bytes. */
static char *first_line(const struct capture *capture, const char *path)
{
	AUTO_FREE char *text = read_text(capture, path);

	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) > 256)
		text[256] = '\0';
	return text_strip(text);
}

static char *host_name(const struct capture *capture)
{
	struct utsname names;
	char *name;

	if (is_running_machine(capture) && uname(&names) == 0)
		return strdup(names.nodename);
	name = first_line(capture, "etc/hostname");
	return name ? name : strdup("");
}

/* PRETTY_NAME of os-release(5), its quotes taken off. */
static char *os_name(const struct capture *capture)
{
	static const char *const paths[] = { "etc/os-release", "usr/lib/os-release" };
	AUTO_FREE char *text = NULL;
	char *rest, *line;

	for (size_t i = 0; i < ARRAY_LENGTH(paths) && !text; i++)
		text = read_text(capture, paths[i]);
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		size_t length;

		if (strncmp(line, "PRETTY_NAME=", 12) != 0)
			continue;
		line += 12;
		length = strlen(line);
		if (length > 1 && (line[0] == '"' || line[0] == '\'') && line[length - 1] == line[0])
			return strndup(line + 1, length - 2);
		return strdup(line);
	}
	return strdup("");
}

/* /lib may be a link to /usr/lib, which may be another filesystem. */
static int open_modules(const struct capture *capture)
{
	int fd = volumes_open_file(capture->volumes, "lib/modules", O_RDONLY | O_DIRECTORY);

	return fd >= 0 ? fd : volumes_open_file(capture->volumes, "usr/lib/modules", O_RDONLY | O_DIRECTORY);
}

static int fail_listing(const struct capture *capture, const char *what, int r)
{
	return context_fail(capture->ctx, -r, "The directory %s cannot be read: %s", what, strerror(-r));
}

/* The newest kernel that has modules; the running one on the running machine when it has some. A new string in *RET, NULL when out of memory. 0 or
 * -errno with a sentence. */
static int kernel_release(const struct capture *capture, char **ret)
{
	AUTO_CLOSE int fd = open_modules(capture);
	AUTO_CLOSEDIR DIR *dir = fd < 0 ? NULL : fdopendir(dup(fd));
	AUTO_FREE char *newest = NULL;
	struct utsname names;
	struct dirent *entry;
	int r = 0;

	if (uname(&names) < 0)
		names.release[0] = '\0';
	if (is_running_machine(capture) && (fd < 0 || faccessat(fd, names.release, F_OK, 0) == 0)) {
		*ret = strdup(names.release);
		return 0;
	}
	while (dir && (r = directory_next(dir, &entry)) > 0) {
		if (entry->d_name[0] == '.' || (newest && strverscmp(entry->d_name, newest) <= 0))
			continue;
		free(newest);
		newest = strdup(entry->d_name);
	}
	if (r < 0)
		return fail_listing(capture, "lib/modules", r);
	*ret = newest ? TAKE_POINTER(newest) : strdup(is_running_machine(capture) ? names.release : "");
	return 0;
}

/* Directory below EFI/ on a mounted EFI system partition that holds GRUB: a new string in *RET; NULL when there is none. 0 or -errno with a
 * sentence. */
static int find_loader_id(const struct capture *capture, char **ret)
{
	static const char *const places[] = { "boot/efi/EFI", "efi/EFI", "boot/EFI" };

	*ret = NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(places) && !*ret; i++) {
		AUTO_CLOSE int fd = volumes_open_file(capture->volumes, places[i], O_RDONLY | O_DIRECTORY);
		AUTO_CLOSEDIR DIR *dir = fd < 0 ? NULL : fdopendir(dup(fd));
		struct dirent *entry;
		int r = 0;

		while (dir && !*ret && (r = directory_next(dir, &entry)) > 0) {
			AUTO_FREE char *path = text_format("%s/grubx64.efi", entry->d_name);

			if (entry->d_name[0] == '.' || !strcasecmp(entry->d_name, "BOOT") || !path)
				continue;
			if (faccessat(fd, path, F_OK, 0) == 0)
				*ret = strdup(entry->d_name);
		}
		if (r < 0)
			return fail_listing(capture, places[i], r);
	}
	return 0;
}

static bool has_system_partition(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		if (partition_is_esp(layout->nodes[i]))
			return true;
	return false;
}

static const char *firmware(const struct capture *capture)
{
	bool bios = exists(capture, "boot/grub/i386-pc") || exists(capture, "boot/grub2/i386-pc");
	bool uefi = exists(capture, "boot/grub/x86_64-efi") || exists(capture, "boot/grub2/x86_64-efi");

	if (is_running_machine(capture)) {
		AUTO_FREE char *path = context_path(capture->ctx, "/sys/firmware/efi");

		return path && access(path, F_OK) == 0 ? "uefi" : "bios";
	}
	return has_system_partition(capture->manifest->layout) && (uefi || !bios) ? "uefi" : uefi && !bios ? "uefi" : "bios";
}

bool machine_captures(const struct capture *capture, const char *path)
{
	if (!exists(capture, path))
		return false;
	for (const char *end = path; end; end = end[0] ? strchr(end + 1, '/') : NULL) {
		AUTO_FREE char *part = strndup(path, end == path ? strlen(path) : (size_t)(end - path));

		if (!part || exclude_match(capture->exclude, part) >= 0)
			return false;
	}
	return true;
}

static bool has_any(const struct capture *capture, const char *const *paths)
{
	while (*paths && !machine_captures(capture, *paths))
		paths++;
	return *paths;
}

/* The platforms that the system can install GRUB for: as finish/loader_bios.c and loader_uefi.c look for it. */
static const char *installable(const struct capture *capture)
{
	static const char *const programs[] = { "usr/sbin/grub-install", "sbin/grub-install", "usr/bin/grub-install", NULL };
	static const char *const others[] = { "usr/sbin/grub2-install", "sbin/grub2-install", "usr/bin/grub2-install", NULL };
	static const char *const for_bios[] = { "usr/lib/grub/i386-pc/kernel.img", "usr/share/grub2/i386-pc/kernel.img", NULL };
	bool own = has_any(capture, programs), bios = (own || has_any(capture, others)) && has_any(capture, for_bios);
	bool uefi = own && machine_captures(capture, "usr/lib/grub/x86_64-efi/kernel.img");

	return bios && uefi ? "i386-pc,x86_64-efi" : bios ? "i386-pc" : uefi ? "x86_64-efi" : NULL;
}

/* Name and abilities of the system's GRUB. 0 or -ENOMEM. */
static int describe_grub(const struct capture *capture, struct machine_info *machine)
{
	const char *grub = exists(capture, "boot/grub") ? "grub" : exists(capture, "boot/grub2") ? "grub2" : NULL, *installs = installable(capture);

	machine->grub = grub ? strdup(grub) : NULL;
	machine->installs = installs ? strdup(installs) : NULL;
	return (grub && !machine->grub) || (installs && !machine->installs) ? -ENOMEM : 0;
}

int machine_describe(struct capture *capture, struct machine_info *machine)
{
	struct utsname names;
	bool bios = exists(capture, "boot/grub/i386-pc") || exists(capture, "boot/grub2/i386-pc"), uefi;
	int r = find_loader_id(capture, &machine->loader_id);

	if (r == 0)
		r = kernel_release(capture, &machine->kernel);
	if (r < 0)
		return r;
	uefi = machine->loader_id || exists(capture, "boot/grub/x86_64-efi") || exists(capture, "boot/grub2/x86_64-efi");
	machine->host = host_name(capture);
	machine->os = os_name(capture);
	machine->architecture = strdup(uname(&names) == 0 ? names.machine : "");
	machine->firmware = strdup(firmware(capture));
	machine->loader = strdup(bios && uefi ? "grub-bios,grub-uefi" : bios ? "grub-bios" : uefi ? "grub-uefi" : "none");
	return describe_grub(capture, machine) == 0 && machine->host && machine->os && machine->kernel && machine->architecture &&
			       machine->firmware && machine->loader ?
		       0 :
		       context_oom(capture->ctx);
}
