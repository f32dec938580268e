/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "../set/acl.h"
#include "../set/xattr.h"
#include "flags.h"

/* Needs root; without, left out with one warning. */
static bool is_privileged(const char *name)
{
	return !strncmp(name, "trusted.", 8) || !strncmp(name, "security.", 9);
}

static bool is_acl(const char *name)
{
	return !strcmp(name, ACL_ACCESS) || !strcmp(name, ACL_DEFAULT);
}

/* The l*xattr calls have no form relative to a directory; this link names the directory that is open, whatever its path. */
static char *proc_path(const struct subject *subject)
{
	return text_format("/proc/self/fd/%d/%s", subject->parent_fd, subject->name);
}

static int set_xattr(const struct subject *subject, const struct pax_xattr *xattr)
{
	AUTO_FREE char *path = NULL;

	if (subject->fd >= 0)
		return fsetxattr(subject->fd, xattr->name, xattr->value, xattr->length, 0) < 0 ? -errno : 0;
	path = proc_path(subject);
	if (!path)
		return -ENOMEM;
	return lsetxattr(path, xattr->name, xattr->value, xattr->length, 0) < 0 ? -errno : 0;
}

static void remove_acl(const struct subject *subject, const char *name)
{
	AUTO_FREE char *path = NULL;

	if (subject->fd >= 0) {
		fremovexattr(subject->fd, name);
		return;
	}
	path = proc_path(subject);
	if (path)
		lremovexattr(path, name);
}

static int apply_xattrs(struct extraction *work, const struct subject *subject, const struct pax_entry *entry, bool acls)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct pax_xattr *xattr = entry->xattrs + i;
		AUTO_FREE char *shown = NULL;
		int r;

		if (is_acl(xattr->name) != acls)
			continue;
		if (work->options->skip_owner && is_privileged(xattr->name))
			continue;
		/* Another view of the ACLs that XFS gives. */
		if (!strncmp(xattr->name, "trusted.SGI_ACL_", 16))
			continue;
		r = set_xattr(subject, xattr);
		if (r == 0)
			continue;
		/* ext4 says "no space" for an attribute that its inode cannot hold. */
		if (r == -ENOSPC && !filesystem_is_full(subject->parent_fd))
			r = -E2BIG;
		shown = bytes_escape(xattr->name, strlen(xattr->name));
		r = work_failed(work, subject->path, -r, subject->parent_fd, acls ? N_("its access control list (%s) is missing") :
				N_("its extended attribute %s is missing"), shown ? shown : "?");
		if (r < 0)
			return r;
	}
	return 0;
}

static bool entry_has_xattr(const struct pax_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->xattr_count; i++)
		if (!strcmp(entry->xattrs[i].name, name))
			return true;
	return false;
}

/* Takes away the attributes that a directory had before and the set does not know. */
static int remove_others(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	ssize_t length = flistxattr(subject->fd, NULL, 0);
	AUTO_FREE char *names = length > 0 ? malloc((size_t)length) : NULL;
	int r = 0;

	length = names ? flistxattr(subject->fd, names, (size_t)length) : 0;
	for (const char *name = names; r == 0 && length > 0 && name < names + length; name += strlen(name) + 1) {
		AUTO_FREE char *shown = NULL;

		if (!xattr_is_kept(name) || entry_has_xattr(entry, name) ||
		    (work->options->skip_owner && is_privileged(name)) || fremovexattr(subject->fd, name) == 0)
			continue;
		shown = bytes_escape(name, strlen(name));
		r = work_failed(work, subject->path, errno, subject->parent_fd,
				"its extended attribute %s from before is still there", shown ? shown : "?");
	}
	return r;
}

static int apply_owner(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	int r;

	if (subject->owner_is_right || work->options->skip_owner)
		return 0;
	if (filesystem_is_fat(subject->filesystem) && entry->uid == 0 && entry->gid == 0)
		return 0;
	r = subject->fd >= 0 ? fchown(subject->fd, entry->uid, entry->gid)
			     : fchownat(subject->parent_fd, subject->name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW);
	return r == 0 ? 0 : work_failed(work, subject->path, errno, subject->parent_fd, "its owner is not as saved");
}

static int apply_mode(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	mode_t mode = entry->mode & 07777;
	int r;

	if (subject->mode_is_right || S_ISLNK(entry->mode))
		return 0;
	/* What is made here is no symbolic link, so this follows none. */
	r = subject->fd >= 0 ? fchmod(subject->fd, mode) : fchmodat(subject->parent_fd, subject->name, mode, 0);
	/* The modes of FAT are an option of its mount. */
	if (r < 0 && errno == EPERM && filesystem_is_fat(subject->filesystem))
		return 0;
	return r == 0 ? 0 : work_failed(work, subject->path, errno, subject->parent_fd, "its mode is not as saved");
}

/* Filesystems cut times that they cannot hold, without a word. */
static bool time_was_kept(const struct subject *subject, const struct timespec *mtime)
{
	struct stat status;
	int r;

	if (mtime->tv_sec >= 0 && mtime->tv_sec <= INT32_MAX)
		return true;
	r = subject->fd >= 0 ? fstat(subject->fd, &status)
			     : fstatat(subject->parent_fd, subject->name, &status, AT_SYMLINK_NOFOLLOW);
	return r == 0 && status.st_mtim.tv_sec == mtime->tv_sec;
}

static int apply_time(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, entry->mtime };
	int r;

	if (subject->without_time)
		return 0;
	r = subject->fd >= 0 ? futimens(subject->fd, times)
			     : utimensat(subject->parent_fd, subject->name, times, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return work_failed(work, subject->path, errno, subject->parent_fd, "its time is not as saved");
	if (!time_was_kept(subject, &entry->mtime))
		return work_failed(work, subject->path, ERANGE, subject->parent_fd,
				   "its time is not as saved, the filesystem does not reach that far");
	return 0;
}

/* Setting the flag "compressed" put the filesystem's own algorithm in place of the one that was chosen. */
static int apply_compression(const struct subject *subject, const struct pax_entry *entry)
{
	for (size_t i = 0; i < entry->xattr_count; i++)
		if (!strcmp(entry->xattrs[i].name, "btrfs.compression"))
			return set_xattr(subject, entry->xattrs + i);
	return 0;
}

static int apply_flags(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	unsigned long flags = subject->flags & FLAGS_KEPT;
	AUTO_FREE char *shown = NULL;
	int r;

	if (work->options->skip_owner)
		flags &= ~INODE_FLAGS_LATE;
	if (subject->fd < 0 || (flags == 0 && !subject->has_flags))
		return 0;
	r = inode_flags_set(subject->fd, flags);
	if (r == 0 && flags & FS_COMPR_FL)
		r = apply_compression(subject, entry);
	if (r == 0)
		return 0;
	if (flags == 0)
		return work_failed(work, subject->path, -r, subject->parent_fd,
				   "inode flags that it got from its directory stay");
	shown = inode_flags_print(flags);
	return work_failed(work, subject->path, -r, subject->parent_fd, "its inode flags (%s) are missing", shown ? shown : "?");
}

/* Before the flags: one that is immutable takes none. */
static int apply_hints(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	int r;

	if (subject->fd < 0 || (hints_are_none(&entry->hints) && !subject->has_flags))
		return 0;
	r = hints_set(subject->fd, &entry->hints);
	return r == 0 ? 0 : work_failed(work, subject->path, -r, subject->parent_fd, "its project or allocation hints are not as saved");
}

static bool leaves_out(const struct extraction *work, const struct pax_entry *entry)
{
	if (!work->options->skip_owner)
		return false;
	if (entry->uid != work->uid || entry->gid != work->gid)
		return true;
	for (size_t i = 0; i < entry->xattr_count; i++)
		if (is_privileged(entry->xattrs[i].name))
			return true;
	return false;
}

int metadata_apply(struct extraction *work, const struct subject *subject, const struct pax_entry *entry)
{
	int r;

	if (leaves_out(work, entry))
		work_left_out(work);
	r = apply_owner(work, subject, entry);
	if (r == 0 && subject->was_there)
		r = remove_others(work, subject, entry);
	if (r == 0 && entry->xattr_count)
		r = apply_xattrs(work, subject, entry, false);
	if (subject->has_acl) {
		/* Before the mode, whose group bits would go to the ACL's mask. */
		remove_acl(subject, ACL_ACCESS);
		if (S_ISDIR(entry->mode))
			remove_acl(subject, ACL_DEFAULT);
	}
	if (r == 0)
		r = apply_mode(work, subject, entry);
	if (r == 0 && entry->xattr_count)
		r = apply_xattrs(work, subject, entry, true);
	if (r == 0)
		r = apply_time(work, subject, entry);
	if (r == 0)
		r = apply_hints(work, subject, entry);
	if (r == 0)
		r = apply_flags(work, subject, entry);
	return r;
}
