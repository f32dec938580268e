/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/ops.h"
#include "../core/rescue_names.h"
#include "../remote/remote.h"
#include "../storage/loop_device.h"
#include "memory.h"

#define BLOCK (1u << 20)
#define SECTOR 512
#define DEPTH_MAX 40
#define MODULE_INDEX_LIMIT (256u << 20)
/* How long a boot server may be away. */
#define PATIENCE_S 30

int tools_read_wanted(struct context *ctx, struct tools_wanted *ret)
{
	AUTO_FREE char *path = context_path(ctx, TOOLS_DIGEST_PATH), *text = NULL;
	unsigned char bytes[DIGEST_BYTES];
	struct tools_wanted wanted = { 0 };
	int r = path ? file_read(AT_FDCWD, path, 4096, &text, NULL) : -ENOMEM;

	if (r == -ENOENT)
		return r;
	if (r < 0)
		return context_fail(ctx, -r, "%s cannot be read: %s", TOOLS_DIGEST_PATH, strerror(-r));
	if (strlen(text) < DIGEST_HEX || text[DIGEST_HEX - 1] != ' ')
		return context_fail(ctx, EBADMSG, "%s of the boot archive is damaged", TOOLS_DIGEST_PATH);
	text[strcspn(text, "\n")] = '\0';
	memcpy(wanted.sha256, text, DIGEST_HEX - 1);
	if (!digest_parse(wanted.sha256, bytes) || !parse_u64(text + DIGEST_HEX, &wanted.size))
		return context_fail(ctx, EBADMSG, "%s of the boot archive is damaged", TOOLS_DIGEST_PATH);
	*ret = wanted;
	return 0;
}

/* ---- the check ---- */

/* Where the bytes come from: a file, or a server. */
struct origin {
	int fd;
	struct remote *remote;   /* NULL: FD */
	const char *name;        /* for people */
};

static ssize_t origin_read(struct context *ctx, const struct origin *origin, uint64_t offset, void *block, size_t length)
{
	ssize_t got;

	if (origin->remote) {
		got = remote_read(ctx, origin->remote, "", offset, block, length);
		return got == -ENOENT ? context_fail(ctx, ENOENT, "There is no tools image at %s", origin->name) : got;
	}
	got = read_full_at(origin->fd, block, length, (off_t)offset);
	return got < 0 ? context_fail(ctx, (int)-got, "The tools image %s cannot be read: %s", origin->name, strerror((int)-got)) : got;
}

/* Reads all of it; what is read goes into COPY as well, unless that is -1. */
static int check(struct context *ctx, const struct tools_wanted *wanted, const struct origin *origin, int copy)
{
	struct digest AUTO_DIGEST *digest = digest_new();
	AUTO_FREE char *block = malloc(BLOCK);
	char hex[DIGEST_HEX];
	uint64_t done = 0;

	if (!digest || !block)
		return context_oom(ctx);
	while (done < wanted->size) {
		ssize_t got = origin_read(ctx, origin, done, block, wanted->size - done < BLOCK ? (size_t)(wanted->size - done) : BLOCK);
		int r = context_check_cancel(ctx);

		if (got < 0 || r < 0)
			return got < 0 ? (int)got : r;
		if (got == 0)
			return context_fail(ctx, EBADMSG, "The tools image %s ends after %llu of %llu bytes: it is damaged, or of another rescue "
					    "system. It is not used", origin->name, (unsigned long long)done, (unsigned long long)wanted->size);
		digest_update(digest, block, (size_t)got);
		r = copy >= 0 ? write_all(copy, block, (size_t)got) : 0;
		if (r < 0)
			return context_fail(ctx, -r, "The tools image cannot be copied into memory: %s", strerror(-r));
		done += (uint64_t)got;
	}
	digest_finish(digest, hex);
	return strcmp(hex, wanted->sha256) ?
		       context_fail(ctx, EBADMSG, "The tools image %s is damaged, or of another rescue system: its SHA-256 is %s and should be %s. It is not used",
				    origin->name, hex, wanted->sha256) : 0;
}

/* A file in memory that holds what was checked; nothing can be written to it any more. */
static int copy_checked(struct context *ctx, const struct tools_wanted *wanted, const struct origin *origin)
{
	AUTO_CLOSE int fd = -1;
	int r = memory_check(ctx, sentence_words(N_("The tools image")), wanted->size);

	if (r < 0)
		return r;
	fd = memfd_create("lifeboat-tools", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return context_fail(ctx, errno, "The tools image cannot be copied into memory: %s", strerror(errno));
	r = check(ctx, wanted, origin, fd);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return context_fail(ctx, errno, "The tools image cannot be copied into memory: %s", strerror(errno));
	return TAKE_FD(fd);
}

int tools_open(struct context *ctx, const struct tools_wanted *wanted, const char *path, bool to_memory)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct origin origin = { .fd = fd, .name = path };
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return context_fail(ctx, errno, "The tools image %s cannot be read: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != wanted->size)
		return context_fail(ctx, EBADMSG, "The tools image %s has %llu bytes and should have %llu: it is damaged, or of another rescue "
				    "system. It is not used", path, (unsigned long long)st.st_size, (unsigned long long)wanted->size);
	if (to_memory)
		return copy_checked(ctx, wanted, &origin);
	r = check(ctx, wanted, &origin, -1);
	return r < 0 ? r : TAKE_FD(fd);
}

int tools_fetch(struct context *ctx, const struct tools_wanted *wanted, const char *address)
{
	AUTO_LOCATION struct location *location = NULL;
	AUTO_FREE char *shown = NULL;
	struct origin origin = { .fd = -1 };
	int r = location_parse(ctx, address, &location);

	if (r < 0)
		return r;
	shown = location_show(location);
	if (!shown)
		return context_oom(ctx);
	if (!location_has_scheme(location, "http") && !location_has_scheme(location, "https"))
		return context_fail(ctx, EOPNOTSUPP, "lifeboat.tools=%s has no effect: a tools image is loaded from an address of HTTP or HTTPS", shown);
	r = remote_new(ctx, location, PATIENCE_S, &origin.remote);
	origin.name = shown;
	if (r == 0)
		r = copy_checked(ctx, wanted, &origin);
	remote_free(origin.remote);
	return r;
}

/* ---- use ---- */

int tools_mount(struct context *ctx, int fd, const char *directory)
{
	AUTO_LOOP_DEVICE struct loop_device loop = LOOP_DEVICE_NONE;
	int r = make_directories(directory, 0755);

	if (r < 0)
		return context_fail(ctx, -r, "%s could not be made: %s", directory, strerror(-r));
	r = loop_device_open(fd, SECTOR, true, &loop);
	if (r < 0)
		return context_fail(ctx, -r, "The tools image cannot be mounted, because there is no loop device: %s", strerror(-r));
	r = ops_of(ctx)->mount(ctx, loop.path, directory, "squashfs", MS_RDONLY | MS_NODEV, NULL);
	if (r == 0)
		loop_device_leave(&loop);
	return r;
}

bool tools_is_mounted(const char *directory)
{
	struct statfs st;

	return statfs(directory, &st) == 0 && st.f_type == SQUASHFS_MAGIC;
}

struct linker {
	struct context *ctx;
	size_t count;
};

/* What is below FROM and not below TO, which are directories. */
static int link_missing(struct linker *linker, const char *from, const char *to, unsigned depth)
{
	AUTO_CLOSEDIR DIR *directory = opendir(from);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return context_fail(linker->ctx, errno, "%s cannot be read: %s", from, strerror(errno));
	while (r == 0 && (r = directory_next(directory, &entry)) > 0) {
		AUTO_FREE char *source = text_format("%s/%s", from, entry->d_name), *target = text_format("%s/%s", to, entry->d_name);
		struct stat here, there;

		r = 0;
		if (!source || !target)
			return context_oom(linker->ctx);
		if (lstat(target, &there) < 0) {
			if (errno != ENOENT || symlink(source, target) < 0)
				return context_fail(linker->ctx, errno, "%s cannot be made: %s", target, strerror(errno));
			linker->count++;
		} else if (depth < DEPTH_MAX && S_ISDIR(there.st_mode) && lstat(source, &here) == 0 && S_ISDIR(here.st_mode)) {
			r = link_missing(linker, source, target, depth + 1);
			if (r < 0)
				return r;
		}
	}
	return r < 0 ? context_fail(linker->ctx, -r, "%s cannot be read: %s", from, strerror(-r)) : 0;
}

/* Copies the files of the directory FROM over those of TO: they are read by whoever looks for a driver of the boot archive, too. */
static int copy_indexes(struct context *ctx, const char *from, const char *to)
{
	AUTO_CLOSEDIR DIR *directory = opendir(from);
	struct dirent *entry;
	int r = directory ? make_directories(to, 0755) : -errno;

	while (r == 0 && (r = directory_next(directory, &entry)) > 0) {
		AUTO_FREE char *source = text_format("%s/%s", from, entry->d_name), *target = text_format("%s/%s", to, entry->d_name);
		AUTO_FREE char *text = NULL;
		size_t length = 0;

		r = source && target ? file_read(AT_FDCWD, source, MODULE_INDEX_LIMIT, &text, &length) : -ENOMEM;
		if (r == 0)
			r = file_replace(AT_FDCWD, target, text, length, 0644);
	}
	return r < 0 ? context_fail(ctx, -r, "The indexes of kernel modules in %s cannot be copied: %s", from, strerror(-r)) : 0;
}

static int replace_indexes(struct context *ctx, const char *directory, const char *root)
{
	AUTO_FREE char *indexes = text_format("%s/" TOOLS_INDEXES, directory);
	AUTO_CLOSEDIR DIR *dir = indexes ? opendir(indexes) : NULL;
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (r = directory_next(dir, &entry)) > 0) {
		AUTO_FREE char *from = text_format("%s/%s", indexes, entry->d_name);
		AUTO_FREE char *to = text_format("%s/usr/lib/modules/%s", root, entry->d_name);

		r = from && to ? copy_indexes(ctx, from, to) : context_oom(ctx);
	}
	return r;
}

int tools_link(struct context *ctx, const char *directory, const char *root, size_t *ret_count)
{
	AUTO_FREE char *from = text_format("%s/usr", directory), *to = text_format("%s/usr", root);
	struct linker linker = { .ctx = ctx };
	int r = from && to ? link_missing(&linker, from, to, 0) : context_oom(ctx);

	if (r == 0)
		r = replace_indexes(ctx, directory, root);
	*ret_count = linker.count;
	return r;
}
