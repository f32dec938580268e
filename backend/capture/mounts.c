#include "mounts.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include <libmount.h>

#include "../core/bytes.h"

struct mount {
	char *target;            /* absolute */
	char *path;              /* relative to the captured root, "." for itself; NULL when not at or below it */
	char *root;              /* part of the filesystem that is mounted, "/" for all of it */
	char *kind;
	dev_t device;
	bool network;
	bool subvolume;          /* a whole btrfs subvolume, not a directory of one */
	bool stand_in;           /* no mount: the captured directory, a part of the filesystem it lies on */
	enum mount_choice choice;
	char *reason;
};

/* A directory where a subvolume is seen that is mounted, and captured, elsewhere. */
struct view {
	char *path;              /* as in struct mount */
	char *reason;
};

struct mounts {
	struct mount *mounts;
	size_t count;
	struct view *views;
	size_t view_count;
};

/* Filesystems on local block devices that hold files of the machine. Squashfs and ISO 9660 are images that are files elsewhere. */
static bool is_local(const char *kind)
{
	static const char *const kinds[] = { "ext2",  "ext3",	 "ext4",    "xfs",	"btrfs",  "vfat",     "msdos",
					     "exfat", "f2fs",	 "jfs",	    "reiserfs", "nilfs2", "bcachefs", "ntfs",
					     "ntfs3", "fuseblk", "hfsplus", "minix",	"zfs" };

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcmp(kinds[i], kind))
			return true;
	return false;
}

void mounts_free(struct mounts *mounts)
{
	if (!mounts)
		return;
	for (size_t i = 0; i < mounts->count; i++) {
		free(mounts->mounts[i].target);
		free(mounts->mounts[i].path);
		free(mounts->mounts[i].root);
		free(mounts->mounts[i].kind);
		free(mounts->mounts[i].reason);
	}
	for (size_t i = 0; i < mounts->view_count; i++) {
		free(mounts->views[i].path);
		free(mounts->views[i].reason);
	}
	free(mounts->views);
	free(mounts->mounts);
	free(mounts);
}

/* What follows the directory PREFIX in PATH: "" for itself, else without a leading '/'; NULL when it is not below. */
static const char *path_below(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	if (length == 1)
		return path + 1;
	if (strncmp(path, prefix, length) || (path[length] && path[length] != '/'))
		return NULL;
	return path[length] ? path + length + 1 : path + length;
}

/* The mount through which what is mounted at A is seen, too; NULL when A is the only view. */
static const struct mount *other_view(const struct mounts *mounts, size_t a_index)
{
	const struct mount *a = &mounts->mounts[a_index], *closest = NULL;
	AUTO_FREE char *elsewhere = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *b = &mounts->mounts[i];
		const char *rest = i != a_index && a->device == b->device && b->path && b->choice != MOUNT_LEAVE ?
				   path_below(a->root, b->root) : NULL;

		if (rest && !*rest && i < a_index)
			return b;
		/* Where a subvolume is mounted is its own place; where it shows up in another one it is left out. */
		if (rest && *rest && !a->subvolume && (!closest || strlen(b->root) > strlen(closest->root)))
			closest = b;
	}
	if (!closest)
		return NULL;
	/* A part mounted onto its own place is the only view of itself. */
	elsewhere = text_format("%s%s%s", closest->target, closest->target[1] ? "/" : "", path_below(a->root, closest->root));
	return elsewhere && strcmp(elsewhere, a->target) ? closest : NULL;
}

static int choose(struct mounts *mounts, size_t index)
{
	struct mount *mount = &mounts->mounts[index];
	const struct mount *other;

	mount->choice = MOUNT_DESCEND;
	if (!strcmp(mount->path, "."))
		return 0;
	if (!is_local(mount->kind)) {
		mount->choice = MOUNT_LEAVE;
		mount->reason = mount->network ? text_format("%s, a network mount: its files belong to another machine",
							     mount->kind) :
						 text_format("%s: not a filesystem on a disk", mount->kind);
		return mount->reason ? 0 : -ENOMEM;
	}
	other = other_view(mounts, index);
	if (!other)
		return 0;
	mount->choice = MOUNT_LEAVE;
	mount->reason = text_format("a second view of files that are captured at %s", other->target);
	return mount->reason ? 0 : -ENOMEM;
}

/* Where B, walked into, shows the subvolume that A mounts. */
static int add_view(struct mounts *mounts, const struct mount *a, const struct mount *b)
{
	const char *rest = a != b && a->device == b->device && a->subvolume && a->path && b->path &&
					   a->choice == MOUNT_DESCEND && b->choice == MOUNT_DESCEND ?
				   path_below(a->root, b->root) :
				   NULL;
	struct view view = { 0 }, *grown;

	if (!rest || !*rest)
		return 0;
	view.path = strcmp(b->path, ".") ? text_format("%s/%s", b->path, rest) : strdup(rest);
	view.reason = text_format("a second view of files that are captured at %s", a->target);
	grown = reallocarray(mounts->views, mounts->view_count + 1, sizeof(*grown));
	if (grown)
		mounts->views = grown;
	if (!view.path || !view.reason || !grown || !strcmp(view.path, a->path)) {
		int r = view.path && view.reason && grown ? 0 : -ENOMEM;

		free(view.path);
		free(view.reason);
		return r;
	}
	grown[mounts->view_count++] = view;
	return 0;
}

static int add_mount(struct mounts *mounts, struct libmnt_fs *fs, const char *root)
{
	struct mount mount = { .device = mnt_fs_get_devno(fs), .network = mnt_fs_is_netfs(fs) };
	const char *target = mnt_fs_get_target(fs), *kind = mnt_fs_get_fstype(fs), *part = mnt_fs_get_root(fs), *below;
	char *subvolume = NULL;
	size_t length = 0;
	struct mount *grown = reallocarray(mounts->mounts, mounts->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	mounts->mounts = grown;
	if (!target || *target != '/')
		return 0;
	below = path_below(target, root);
	mount.target = strdup(target);
	mount.kind = strdup(kind ? kind : "");
	mount.root = strdup(part ? part : "/");
	mount.path = below ? strdup(*below ? below : ".") : NULL;
	mount.subvolume = mount.kind && mount.root && !strcmp(mount.kind, "btrfs") &&
			  mnt_fs_get_option(fs, "subvol", &subvolume, &length) == 0 && strlen(mount.root) == length &&
			  !strncmp(mount.root, subvolume, length);
	mounts->mounts[mounts->count++] = mount;
	return mount.target && mount.kind && mount.root && (mount.path || !below) ? 0 : -ENOMEM;
}

/* The captured directory, where nothing is mounted on it, stands first among the mounts: so what is bound from it into it is known to
 * be a second view. */
static int add_stand_in(struct mounts *mounts, const char *root)
{
	const struct mount *on = NULL;
	struct mount mount, *grown;
	const char *rest;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *m = &mounts->mounts[i];

		if (path_below(root, m->target) && (!on || strlen(m->target) >= strlen(on->target)))
			on = m;
	}
	rest = on ? path_below(root, on->target) : "";
	if (!*rest)
		return 0;
	mount = (struct mount){ .device = on->device, .stand_in = true, .target = strdup(root), .path = strdup("."),
				.kind = strdup(on->kind), .root = text_format("%s%s%s", on->root, on->root[1] ? "/" : "", rest) };
	grown = reallocarray(mounts->mounts, mounts->count + 1, sizeof(*grown));
	if (grown) {
		mounts->mounts = grown;
		memmove(grown + 1, grown, mounts->count++ * sizeof(*grown));
		*grown = mount;
		return mount.target && mount.path && mount.kind && mount.root ? 0 : -ENOMEM;
	}
	free(mount.target);
	free(mount.path);
	free(mount.kind);
	free(mount.root);
	return -ENOMEM;
}

/* Of several mounts on one place only the last is seen. */
static void drop_covered(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++) {
		for (size_t j = i + 1; j < mounts->count; j++) {
			if (strcmp(mounts->mounts[i].target, mounts->mounts[j].target) != 0)
				continue;
			free(mounts->mounts[i].path);
			mounts->mounts[i].path = NULL;
		}
	}
}

/* In order: a mount that is itself left out is no other view of anything. */
static int choose_all(struct mounts *mounts)
{
	int r = 0;

	drop_covered(mounts);
	for (int local = 0; local < 2; local++)
		for (size_t i = 0; i < mounts->count && r == 0; i++)
			if (mounts->mounts[i].path && is_local(mounts->mounts[i].kind) == local)
				r = choose(mounts, i);
	for (size_t i = 0; i < mounts->count && r == 0; i++)
		for (size_t j = 0; j < mounts->count && r == 0; j++)
			r = add_view(mounts, &mounts->mounts[i], &mounts->mounts[j]);
	return r;
}

int mounts_read(struct context *ctx, const char *root, struct mounts **ret)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/self/mountinfo");
	struct mounts *mounts = calloc(1, sizeof(*mounts));
	struct libmnt_table *table = path ? mnt_new_table_from_file(path) : NULL;
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = 0;

	if (!table)
		r = context_fail(ctx, EIO, "%s cannot be read: what is mounted is not known",
				 path ? path : "the mount table");
	else if (!mounts || !iter)
		r = context_fail(ctx, ENOMEM, "out of memory");
	while (r == 0 && mnt_table_next_fs(table, iter, &fs) == 0)
		r = add_mount(mounts, fs, root);
	if (r == 0)
		r = add_stand_in(mounts, root);
	if (r == 0)
		r = choose_all(mounts);
	mnt_free_iter(iter);
	mnt_unref_table(table);
	if (r < 0) {
		mounts_free(mounts);
		return r == -ENOMEM ? context_fail(ctx, ENOMEM, "out of memory") : r;
	}
	*ret = mounts;
	return 0;
}

enum mount_choice mounts_choose(const struct mounts *mounts, const char *path, const char **ret_reason)
{
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->mounts[i];

		if (!mount->path || strcmp(mount->path, path) != 0)
			continue;
		if (mount->choice == MOUNT_LEAVE)
			*ret_reason = mount->reason;
		return mount->choice;
	}
	for (size_t i = 0; i < mounts->view_count; i++) {
		if (strcmp(mounts->views[i].path, path) != 0)
			continue;
		*ret_reason = mounts->views[i].reason;
		return MOUNT_VIEW;
	}
	return MOUNT_NONE;
}

void mounts_used(const struct mounts *mounts, uint64_t *ret_bytes, uint64_t *ret_files)
{
	bool whole = false;

	*ret_bytes = *ret_files = 0;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->mounts[i];
		struct statvfs st;

		if (!mount->path || mount->stand_in || mount->choice != MOUNT_DESCEND || statvfs(mount->target, &st) < 0)
			continue;
		whole = whole || !strcmp(mount->path, ".");
		*ret_bytes += (uint64_t)(st.f_blocks - st.f_bfree) * st.f_frsize;
		*ret_files += st.f_files - st.f_ffree;
	}
	if (!whole)
		*ret_bytes = *ret_files = 0;
}
