/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../core/file.h"
#include "fstab.h"
#include "rooted.h"

#define SIGNATURE "SWAPSPACE2"
#define SIGNATURE_LENGTH 10
#define NEW_SUFFIX ".lifeboat-new"

bool swapfile_has_header(int fd, size_t page)
{
	char signature[SIGNATURE_LENGTH];

	return pread(fd, signature, sizeof(signature), (off_t)(page - SIGNATURE_LENGTH)) == SIGNATURE_LENGTH &&
	       !memcmp(signature, SIGNATURE, SIGNATURE_LENGTH);
}

int swapfile_fill(int fd)
{
	struct stat before, after;

	/* Space set aside but never written looks like a hole to SEEK_HOLE, so that only asking again tells. Not
	 * posix_fallocate(): where the filesystem cannot do it, that writes into every block. */
	if (fstat(fd, &before) < 0 || fallocate(fd, 0, 0, before.st_size) < 0 || fstat(fd, &after) < 0)
		return -errno;
	return after.st_blocks != before.st_blocks;
}

static bool is_copied_on_write(int fd)
{
	struct statfs fs;
	int flags = 0;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != BTRFS_SUPER_MAGIC)
		return false;
	return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && !(flags & FS_NOCOW_FL);
}

/* Only an empty file can be taken out of copy-on-write: a new one takes the old one's place, with its first page and
 * owner. */
static int make_anew(int parent, const char *name, int old)
{
	AUTO_FREE char *temporary = text_format("%s" NEW_SUFFIX, name);
	AUTO_CLOSE int fd = -1;
	int flags = FS_NOCOW_FL, r = 0;
	char page[65536];
	struct stat st;
	ssize_t n;

	if (!temporary)
		return -ENOMEM;
	if (fstat(old, &st) < 0)
		return -errno;
	/* One that was interrupted may have left its own. */
	if (unlinkat(parent, temporary, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(parent, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = pread(old, page, sizeof(page), 0);
	if (n < 0 || ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 || fallocate(fd, 0, 0, st.st_size) < 0 ||
	    fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		r = -errno;
	if (r == 0)
		r = write_all(fd, page, (size_t)n);
	if (r == 0 && (fsync(fd) < 0 || renameat(parent, temporary, parent, name) < 0))
		r = -errno;
	if (r < 0)
		unlinkat(parent, temporary, 0);
	return r;
}

static int make_header(struct context *ctx, struct finish_job *job, const char *path)
{
	AUTO_FREE char *program = rooted_program(job->root_fd, "mkswap");

	if (!program)
		return context_fail(ctx, ENOENT, "the restored system has no mkswap");
	return job_run(ctx, job, (const char *const[]){ program, path, NULL }, NULL);
}

/* 0 or -errno with a sentence. */
static int finish_one(struct context *ctx, struct finish_job *job, const char *path)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	AUTO_CLOSE int fd = root_open_regular(job->root_fd, path, O_RDWR);
	AUTO_CLOSE int parent = -1;
	bool has_header;
	AUTO_FREE char *name = NULL;
	struct stat st;
	int r;

	if (fd < 0)
		return context_fail(ctx, -fd, "it cannot be opened: %s", root_strerror(fd));
	if (fstat(fd, &st) < 0 || st.st_size <= (off_t)page)
		return context_fail(ctx, EINVAL, "it is no file that can hold swap");
	has_header = swapfile_has_header(fd, page);
	if (is_copied_on_write(fd)) {
		parent = root_open_place(job->root_fd, path, &name);
		r = parent < 0 ? parent : make_anew(parent, name, fd);
	} else {
		r = swapfile_fill(fd);
	}
	if (r < 0)
		return context_fail(ctx, -r, "its %lld bytes cannot be set aside: %s", (long long)st.st_size,
				    strerror(-r));
	context_info(ctx, "The swap file %s is ready", path);
	return has_header ? 0 : make_header(ctx, job, path);
}

int swapfile_finish(struct context *ctx, struct finish_job *job)
{
	AUTO_FSTAB struct fstab fstab = { 0 };
	AUTO_FREE char *text = NULL;
	int r = rooted_read(job->root_fd, "etc/fstab", 4u << 20, &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = fstab_parse(text, &fstab);
	for (size_t i = 0; r == 0 && i < fstab.count; i++) {
		const struct fstab_entry *entry = &fstab.entries[i];
		AUTO_FREE char *before = NULL;

		if (strcmp(entry->type, "swap") || entry->spec[0] != '/' || !strncmp(entry->spec, "/dev/", 5))
			continue;
		before = sentence("The swap file %s cannot be used: ", entry->spec);
		if (!before)
			return -ENOMEM;
		r = finish_one(ctx, job, entry->spec);
		r = job_absorb(ctx, job, r, false, before);
	}
	return r;
}
