/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "automounts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <libmount.h>

#include "../core/clock.h"
#include "../core/file.h"

#define DEADLINE_S 6
#define UNIT_LIMIT (64u << 10)

bool automount_is_local(const char *source)
{
	static const char *const prefixes[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=", "/dev/" };

	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
		if (!strncmp(source, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

char *automount_unit_name(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.";
	AUTO_BUFFER struct buffer name = { 0 };

	for (const char *c = path; *c; c++) {
		char escaped[5] = { *c == '/' ? '-' : *c };

		if (*c != '/' && (!strchr(plain, *c) || (c == path && *c == '.')))
			snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*c);
		if (buffer_append(&name, escaped, strlen(escaped)) < 0)
			return NULL;
	}
	return buffer_append(&name, ".mount", 6) < 0 ? NULL : TAKE_POINTER(name.data);
}

/* The source that the captured fstab names for PATH, as a new string; NULL when it has no such line. */
static char *source_of_fstab(const struct volumes *volumes, const char *path)
{
	AUTO_CLOSE int fd = volumes_open_file(volumes, "etc/fstab", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	AUTO_FREE char *target = text_format("/%s", path);
	AUTO_FCLOSE FILE *file = NULL;
	struct libmnt_table *table;
	struct libmnt_fs *fs;
	char *source = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !target)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		return NULL;
	(void)TAKE_FD(fd);
	table = mnt_new_table();
	if (table && mnt_table_parse_stream(table, file, "fstab") == 0) {
		fs = mnt_table_find_target(table, target, MNT_ITER_BACKWARD);
		if (fs)
			source = strdup(mnt_fs_is_netfs(fs) || !mnt_fs_get_source(fs) ? "" : mnt_fs_get_source(fs));
	}
	mnt_unref_table(table);
	return source;
}

static char *read_unit(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes, const char *directory,
		       const char *name)
{
	bool running = !strcmp(mount_tree_root(tree), "/") && !strncmp(directory, "run/", 4);
	AUTO_FREE char *path = text_format("%s%s/%s", running ? "/" : "", directory, name);
	AUTO_FREE char *full = running && path ? context_path(ctx, path) : NULL;
	AUTO_CLOSE int fd = -1;
	char *text = NULL;

	if (!path || (running && !full))
		return NULL;
	/* What the generators of systemd write lies in memory. */
	fd = running ? open(full, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
		     : volumes_open_file(volumes, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 && file_read_fd(fd, UNIT_LIMIT, &text, NULL) == 0 ? text : NULL;
}

/* What a unit of systemd mounts at PATH, as a new string; NULL when there is none. */
static char *source_of_unit(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes, const char *path)
{
	static const char *const directories[] = { "etc/systemd/system", "run/systemd/system", "run/systemd/transient",
						   "run/systemd/generator", "run/systemd/generator.late", "usr/lib/systemd/system",
						   "lib/systemd/system" };
	AUTO_FREE char *name = automount_unit_name(path);

	for (size_t i = 0; name && i < ARRAY_LENGTH(directories); i++) {
		AUTO_FREE char *text = read_unit(ctx, tree, volumes, directories[i], name);
		char *rest = text, *line;

		while (text && (line = strsep(&rest, "\n")))
			if (!strncmp(line, "What=", 5))
				return text_strip(line + 5);
	}
	return NULL;
}

/* Places where systemd mounts the boot partitions of the disk it runs from, without being told (systemd-gpt-auto-generator(8)). */
static bool is_boot_place(const char *path)
{
	return !strcmp(path, "efi") || !strcmp(path, "boot") || !strcmp(path, "boot/efi");
}

/* An untouched automount point for one directory, on a disk of this machine. */
static bool is_own(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes, const struct mount_point *point)
{
	AUTO_FREE char *source = NULL;

	if (!point->path || !point->is_mount || point->blind || strcmp(point->entry->kind, "autofs") || *ctx->prefix ||
	    !strstr(point->entry->superblock_options, "direct") || strstr(point->entry->superblock_options, "indirect"))
		return false;
	source = source_of_fstab(volumes, point->path);
	if (!source)
		source = source_of_unit(ctx, tree, volumes, point->path);
	if (source)
		return automount_is_local(source);
	return is_boot_place(point->path) && !strncmp(point->entry->source, "systemd-", 8);
}

/* Opens the directory in a process of its own, so that nobody waits for more than he wants. */
static pid_t open_elsewhere(const char *target)
{
	pid_t child = fork();

	if (child == 0)
		_exit(open(target, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC) < 0);
	return child;
}

static int wait_for(struct context *ctx, pid_t *children, size_t count)
{
	double end = clock_now() + DEADLINE_S;
	size_t left = count;
	int r = 0;

	do {
		left = 0;
		for (size_t i = 0; i < count; i++) {
			if (children[i] > 0 && waitpid(children[i], NULL, WNOHANG) != 0)
				children[i] = 0;
			left += children[i] > 0;
		}
		r = context_check_cancel(ctx);
		if (left && r == 0)
			clock_pause(0.005);
	} while (left && r == 0 && clock_now() < end);
	for (size_t i = 0; i < count; i++) {
		if (children[i] <= 0)
			continue;
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, WNOHANG);
	}
	return r;
}

int automounts_set_off(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes)
{
	AUTO_FREE pid_t *children = NULL;
	const struct mount_point *point;
	size_t count = 0;
	int r;

	for (size_t i = 0; (point = mount_tree_point(tree, i)); i++) {
		pid_t *grown;

		if (!is_own(ctx, tree, volumes, point))
			continue;
		grown = reallocarray(children, count + 1, sizeof(*grown));
		if (!grown)
			return context_oom(ctx);
		children = grown;
		context_debug(ctx, "%s is mounted on demand: it is set off", point->target);
		children[count++] = open_elsewhere(point->target);
	}
	r = count ? wait_for(ctx, children, count) : 0;
	return r < 0 ? r : count > 0;
}

void automounts_check(struct context *ctx, const struct mount_tree *tree, const struct volumes *volumes)
{
	const struct mount_point *point;

	for (size_t i = 0; (point = mount_tree_point(tree, i)); i++) {
		AUTO_FREE char *target = is_own(ctx, tree, volumes, point) ? bytes_escape(point->target, strlen(point->target)) : NULL;

		if (target)
			context_warn(ctx, "%s is mounted on demand, but it was not within %d seconds: what belongs there is not captured as part "
				     "of it; mount it, and capture again", target, DEADLINE_S);
	}
}
