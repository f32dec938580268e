/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "special_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/file.h"
#include "../core/pathset.h"
#include "identifiers.h"
#include "rooted.h"

#define TOLD_MAX 20
/* Deeper than any loader's files, and each level holds a descriptor. */
#define DEPTH_LIMIT 64

/* FOLLOW: also into directories that links lead to. */
static const struct place {
	const char *path;
	bool follow;
} places[] = {
	{ "boot", true },
	{ "efi", true },
	{ "etc/default", true },
	{ "etc/grub.d", true },
	{ "etc/kernel", true },
	{ "etc/cmdline.d", true },
	{ "etc/initramfs-tools", true },
	{ "etc/dracut.conf", true },
	{ "etc/dracut.conf.d", true },
	{ "etc/mkinitcpio.conf", true },
	{ "etc/mkinitcpio.d", true },
	{ "etc/fstab", true },
	{ "etc/crypttab", true },
	{ "etc/veritytab", true },
	{ "etc/integritytab", true },
	{ "etc/mdadm", true },
	{ "etc/mdadm.conf", true },
	{ "etc/lvm", true },
	{ "etc/modules", true },
	{ "etc/modprobe.d", true },
	{ "etc/modules-load.d", true },
	{ "etc/os-release", true },
	{ "etc/lsb-release", true },
	{ "etc/selinux", true },
	{ "var/lib/initramfs-tools", true },
	{ "var/lib/grub", true },
	{ "usr/share/initramfs-tools", false },
	{ "usr/share/grub", false },
	{ "usr/lib/grub", false },
	{ "usr/lib/modules", false },
	{ "lib/modules", false },
};

struct look {
	struct finish_job *job;
	bool follow;
	struct path_key key;
	struct pathset seen;     /* directories, by device and inode */
	size_t found;
	unsigned depth;
};

static int look_at(struct look *look, const char *path, const struct stat *st);

/* 1 when the directory was looked at before, 0 when not, -ENOMEM. */
static int is_seen(struct look *look, const struct stat *st)
{
	const uint64_t identity[] = { st->st_dev, st->st_ino };
	uint64_t hash = path_hash(&look->key, (const char *)identity, sizeof(identity));

	return pathset_contains(&look->seen, hash) ? 1 : pathset_add(&look->seen, hash);
}

static int look_below(struct look *look, const char *path, const struct stat *st)
{
	AUTO_CLOSE int fd = root_open(look->job->root_fd, path, O_RDONLY | O_DIRECTORY, 0);
	AUTO_CLOSEDIR DIR *directory = NULL;
	struct dirent *entry;
	int listed = 0, r = is_seen(look, st);

	if (r != 0)
		return r < 0 ? r : 0;
	if (look->depth >= DEPTH_LIMIT)
		return look->found++ >= TOLD_MAX ? 0 : job_breaks(look->job, "The programs that make the system bootable were not run, because "
								  "/%s lies too deep to be looked through. Move it, and install the boot "
								  "loader from a shell.", path);
	directory = fd < 0 ? NULL : fdopendir(fd);
	/* What cannot be read is said by the step that needs it. */
	if (!directory)
		return 0;
	TAKE_FD(fd);
	look->depth++;
	while (r == 0 && (listed = directory_next(directory, &entry)) > 0) {
		AUTO_FREE char *below = text_format("%s/%s", path, entry->d_name);
		struct stat found;

		r = !below ? -ENOMEM : 0;
		if (r == 0 && fstatat(dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0)
			r = look_at(look, below, &found);
	}
	look->depth--;
	if (r < 0 || listed == 0 || look->found++ >= TOLD_MAX)
		return r;
	return job_breaks(look->job,
			  "The programs that make the system bootable were not run, because /%s cannot be read: %s. Install the boot loader "
			  "from a shell.",
			  path, strerror(-listed));
}

/* Devices that take and give anything without harm; masked configuration is often a link to one. */
static bool is_harmless(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 && minor(st->st_rdev) >= 3 && minor(st->st_rdev) != 4;
}

static const char *kind_of(mode_t mode)
{
	return sentence_words(S_ISFIFO(mode) ? N_("a fifo") : S_ISSOCK(mode) ? N_("a socket") : N_("a device"));
}

static int look_at(struct look *look, const char *path, const struct stat *st)
{
	AUTO_CLOSE int fd = -1;
	struct stat target = *st;

	if (S_ISLNK(st->st_mode)) {
		fd = root_open(look->job->root_fd, path, O_PATH, 0);
		if (fd < 0 || fstat(fd, &target) < 0)
			return 0;
	}
	if (S_ISDIR(target.st_mode))
		return S_ISLNK(st->st_mode) && !look->follow ? 0 : look_below(look, path, &target);
	if (S_ISREG(target.st_mode) || is_harmless(&target))
		return 0;
	if (look->found++ >= TOLD_MAX)
		return 0;
	return job_breaks(look->job, S_ISLNK(st->st_mode)
			  ? N_("The programs that make the system bootable were not run, because /%s leads to %s: they would hang on it, or write to "
			       "it. Remove it, and install the boot loader from a shell.")
			  : N_("The programs that make the system bootable were not run, because /%s is %s: they would hang on it, or write to it. "
			       "Remove it, and install the boot loader from a shell."),
			  path, kind_of(target.st_mode));
}

static int look_through(struct look *look, const char *path, bool follow)
{
	AUTO_FREE char *name = NULL;
	AUTO_CLOSE int parent = root_open_place(look->job->root_fd, path, &name);
	struct stat st;

	look->follow = follow;
	if (parent < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return look_at(look, path, &st);
}

int special_files_tell(struct finish_job *job)
{
	const struct node *esp = identifier_esp(job->options->plan, NULL);
	struct look look = { .job = job };
	int r = 0;

	path_key_init(&look.key);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(places); i++)
		r = look_through(&look, places[i].path, places[i].follow);
	if (r == 0 && esp)
		r = look_through(&look, esp->mount.path + strspn(esp->mount.path, "/"), true);
	pathset_done(&look.seen);
	return r < 0 ? r : look.found > 0;
}

/* Takes FD. */
static bool has_links(int fd, unsigned depth)
{
	AUTO_CLOSEDIR DIR *directory = fdopendir(fd);
	struct dirent *entry;
	bool found = false;
	int r = 0;

	if (!directory) {
		close(fd);
		return true;
	}
	while (!found && (r = directory_next(directory, &entry)) > 0) {
		struct stat st;

		found = fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode);
		if (!found && S_ISDIR(st.st_mode)) {
			int child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			found = child < 0 || depth >= DEPTH_LIMIT || has_links(child, depth + 1);
			if (child >= 0 && depth >= DEPTH_LIMIT)
				close(child);
		}
	}
	/* What cannot be read to its end may have some. */
	return found || r < 0;
}

bool special_files_has_links(int root_fd, const char *directory)
{
	AUTO_FREE char *copy = strdup(directory);
	AUTO_CLOSE int fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
	char *save = NULL;

	for (char *part = copy ? strtok_r(copy, "/", &save) : NULL; part && fd >= 0; part = strtok_r(NULL, "/", &save)) {
		int next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0 && errno == ENOENT)
			return false;
		close(fd);
		fd = next;
	}
	return !copy || fd < 0 || has_links(TAKE_FD(fd), 0);
}
