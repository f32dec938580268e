/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine for tests: a tree of /sys, /proc and /dev below a fresh directory, built from a listing in tests/data/machines.
 * Lines: "file PATH TEXT", "hex PATH BYTES", "link PATH TARGET", "dir PATH"; \n in TEXT is a line end, '#' starts a comment.
 */
#ifndef LIFEBOAT_TESTS_MACHINE_H
#define LIFEBOAT_TESTS_MACHINE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/context.h"
#include "../../backend/core/file.h"
#include "../../backend/probe/probe.h"

static inline void machine_fail(const char *what)
{
	fprintf(stderr, "machine: %s\n", what);
	abort();
}

/* The directory that holds PATH, made. */
static inline void machine_parent(const char *path)
{
	AUTO_FREE char *parent = strdup(path);

	*strrchr(parent, '/') = '\0';
	if (make_directories(parent, 0755))
		machine_fail(parent);
}

static inline void machine_write(const char *root, const char *path, const void *data, size_t length)
{
	AUTO_FREE char *full = text_format("%s%s", root, path);
	FILE *file;

	machine_parent(full);
	file = fopen(full, "w");
	if (!file || fwrite(data, 1, length, file) != length || fclose(file))
		machine_fail(full);
}

static inline void machine_hex(const char *root, const char *path, const char *hex)
{
	unsigned char data[4096];
	size_t length = 0;
	unsigned byte;

	while (sscanf(hex, " %2x", &byte) == 1) {
		data[length++] = (unsigned char)byte;
		hex += strspn(hex, " ") + 2;
	}
	machine_write(root, path, data, length);
}

static inline void machine_line(const char *root, char *line)
{
	char *path = strchr(line, ' '), *rest;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return;
	if (!path)
		machine_fail(line);
	*path++ = '\0';
	rest = path + strcspn(path, " ");
	if (*rest)
		*rest++ = '\0';
	if (!strcmp(line, "file")) {
		AUTO_FREE char *text = text_format("%s\n", rest);

		for (char *at = text; (at = strstr(at, "\\n"));) {
			*at = '\n';
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
		}
		machine_write(root, path, text, strlen(text));
	} else if (!strcmp(line, "hex")) {
		machine_hex(root, path, rest);
	} else if (!strcmp(line, "link") || !strcmp(line, "dir")) {
		AUTO_FREE char *full = text_format("%s%s", root, path);

		machine_parent(full);
		if (*line == 'l' ? symlink(rest, full) : make_directories(full, 0755))
			machine_fail(full);
	} else {
		machine_fail(line);
	}
}

/* A new directory; removed by machine_remove(). LISTING: name in tests/data/machines, or NULL for an empty one. */
static inline char *machine_make(const char *listing)
{
	char *root = strdup("/tmp/lifeboat-machine-XXXXXX"), *line = NULL;
	size_t size = 0;
	FILE *file;

	if (!mkdtemp(root))
		machine_fail("mkdtemp");
	if (!listing)
		return root;
	AUTO_FREE char *path = text_format("tests/data/machines/%s", listing);
	file = fopen(path, "r");
	if (!file)
		machine_fail(path);
	while (getline(&line, &size, file) > 0)
		machine_line(root, line);
	free(line);
	fclose(file);
	return root;
}

static inline int machine_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void machine_remove(char *root)
{
	nftw(root, machine_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(root);
}

/* Adds block device NAME of SIZE bytes, all zeros. Its image, open. */
static inline int machine_device(const char *root, const char *name, uint64_t size)
{
	AUTO_FREE char *attribute = text_format("/sys/block/%s/size", name), *device = text_format("/dev/%s", name);
	AUTO_FREE char *sectors = text_format("%llu\n", (unsigned long long)size / 512), *path = text_format("%s%s", root, device);
	int fd;

	machine_write(root, attribute, sectors, strlen(sectors));
	machine_write(root, device, "", 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		machine_fail(path);
	return fd;
}

/* An attribute of block device NAME, as it is. */
static inline void machine_attribute(const char *root, const char *name, const char *attribute, const char *text)
{
	AUTO_FREE char *path = text_format("/sys/block/%s/%s", name, attribute);

	machine_write(root, path, text, strlen(text));
}

/* Block device UPPER lies on LOWER. */
static inline void machine_stand(const char *root, const char *upper, const char *lower)
{
	AUTO_FREE char *slave = text_format("slaves/%s/x", lower), *holder = text_format("holders/%s/x", upper);

	machine_attribute(root, upper, slave, "");
	machine_attribute(root, lower, holder, "");
}

/* A machine that is looked at, and what is warned of meanwhile. */
struct seen {
	struct context ctx;
	char *root, *warnings;   /* a line each; NULL: none */
};

static inline void seen_listen(void *data, json_t *event)
{
	struct seen *seen = data;
	const char *level = json_string_value(json_object_get(event, "level"));

	if (level && !strcmp(level, "warning")) {
		AUTO_FREE char *before = seen->warnings;

		seen->warnings = text_format("%s%s\n", before ? before : "", json_string_value(json_object_get(event, "text")));
	}
}

/* LISTING: as machine_make() takes it. */
static inline void seen_begin(struct seen *seen, const char *listing)
{
	*seen = (struct seen){ .root = machine_make(listing) };
	context_init(&seen->ctx);
	seen->ctx.prefix = seen->root;
	seen->ctx.listener = seen_listen;
	seen->ctx.listener_data = seen;
}

static inline void seen_end(struct seen *seen)
{
	context_done(&seen->ctx);
	machine_remove(seen->root);
	free(seen->warnings);
}

/* Its layout, to be freed. */
static inline struct layout *seen_probe(struct seen *seen)
{
	struct layout *layout = NULL;

	if (layout_probe(&seen->ctx, &(struct probe_options){ 0 }, &layout))
		machine_fail(context_detail(&seen->ctx));
	return layout;
}

/* The node ID, which must be there. */
static inline const struct node *seen_find(const struct layout *layout, const char *id)
{
	const struct node *node = layout_find(layout, id);

	if (!node)
		machine_fail(id);
	return node;
}

#endif
