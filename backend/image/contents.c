/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../core/bytes.h"
#include "contents_entry.h"

struct contents {
	void *root;              /* of tsearch(3), by path: an ordered, balanced tree */
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct contents_entry *)a)->path, ((const struct contents_entry *)b)->path);
}

static void entry_free(void *data)
{
	struct contents_entry *entry = data;

	if (!entry)
		return;
	free(entry->path);
	free(entry->data);
	free(entry);
}

struct contents *contents_new(void)
{
	return calloc(1, sizeof(struct contents));
}

void contents_free(struct contents *contents)
{
	if (!contents)
		return;
	tdestroy(contents->root, entry_free);
	free(contents);
}

char *contents_merged(const char *path)
{
	static const char *const merged[] = { "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/" };

	for (size_t i = 0; i < ARRAY_LENGTH(merged); i++)
		if (!strncmp(path, merged[i], strlen(merged[i])))
			return text_format("/usr%s", path);
	return strdup(path);
}

bool contents_has(const struct contents *contents, const char *path)
{
	AUTO_FREE char *merged = contents_merged(path);
	struct contents_entry key = { .path = merged };

	return merged && tfind(&key, &contents->root, compare);
}

/* Adds the entry (whose strings it takes, also on failure) and the directories above it. */
static int add(struct contents *contents, const struct contents_entry *model)
{
	struct contents_entry *entry = calloc(1, sizeof(*entry));
	struct contents_entry **found;
	char *slash;

	if (!entry || !model->path || (model->type != S_IFDIR && model->type != S_IFCHR && !model->data)) {
		free(model->path);
		free(model->data);
		free(entry);
		return -ENOMEM;
	}
	*entry = *model;
	found = tsearch(entry, &contents->root, compare);
	if (!found || *found != entry) {
		entry_free(entry);
		return found ? 0 : -ENOMEM;
	}
	slash = strrchr(entry->path, '/');
	if (slash == entry->path)
		return 0;
	return add(contents, &(struct contents_entry){
		.path = strndup(entry->path, (size_t)(slash - entry->path)), .type = S_IFDIR, .mode = 0755 });
}

int contents_directory(struct contents *contents, const char *path, mode_t mode)
{
	return add(contents, &(struct contents_entry){ .path = contents_merged(path), .type = S_IFDIR, .mode = mode });
}

int contents_link(struct contents *contents, const char *path, const char *target)
{
	return add(contents, &(struct contents_entry){
		.path = contents_merged(path), .type = S_IFLNK, .mode = 0777, .data = strdup(target) });
}

int contents_text(struct contents *contents, const char *path, mode_t mode, const char *text)
{
	return add(contents, &(struct contents_entry){
		.path = contents_merged(path), .type = S_IFREG, .mode = mode, .is_text = true, .data = strdup(text) });
}

int contents_character_device(struct contents *contents, const char *path, mode_t mode, unsigned major, unsigned minor)
{
	return add(contents, &(struct contents_entry){
		.path = contents_merged(path), .type = S_IFCHR, .mode = mode, .device = makedev(major, minor) });
}

int contents_file(struct contents *contents, const char *path, mode_t mode, const char *source)
{
	return add(contents, &(struct contents_entry){
		.path = contents_merged(path), .type = S_IFREG, .mode = mode, .data = strdup(source) });
}

/* The name without symbolic links in its directories: what the last component is stays. */
static char *real_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *directory = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	AUTO_FREE char *real = NULL;

	if (!directory) {
		errno = ENOMEM;
		return NULL;
	}
	real = realpath(directory, NULL);
	if (!real)
		return NULL;
	return text_format("%s%s", strcmp(real, "/") ? real : "", slash);
}

int contents_take(struct context *ctx, struct contents *contents, const char *path, char **ret_source)
{
	AUTO_FREE char *name = real_name(path);
	AUTO_FREE char *source = name ? realpath(name, NULL) : NULL;
	AUTO_FREE char *target = NULL;
	struct stat st;
	int r;

	if (!source)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT :
			context_fail(ctx, errno, "Cannot find what %s stands for: %s", path, strerror(errno));
	if (stat(source, &st) < 0)
		return context_fail(ctx, errno, "Cannot look at %s: %s", source, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return context_fail(ctx, EINVAL, "%s is not a regular file, so it cannot go into the boot archive", source);
	r = contents_file(contents, source, st.st_mode & 0755, source);
	if (r < 0)
		return r;
	if (strcmp(name, source) != 0) {
		target = contents_merged(source);
		r = target ? contents_link(contents, name, target) : -ENOMEM;
		if (r < 0)
			return r;
	}
	if (ret_source)
		*ret_source = TAKE_POINTER(source);
	return 0;
}

struct walk {
	int (*each)(void *data, const struct contents_entry *entry);
	void *data;
	int result;
};

static void visit(const void *node, VISIT which, void *closure)
{
	struct walk *walk = closure;

	if ((which == postorder || which == leaf) && walk->result == 0)
		walk->result = walk->each(walk->data, *(struct contents_entry *const *)node);
}

int contents_walk(const struct contents *contents, int (*each)(void *data, const struct contents_entry *entry), void *data)
{
	struct walk walk = { .each = each, .data = data };

	twalk_r(contents->root, visit, &walk);
	return walk.result;
}

static int add_length(void *data, const struct contents_entry *entry)
{
	uint64_t *sum = data;
	struct stat st;

	if (entry->type == S_IFREG && !entry->is_text && stat(entry->data, &st) == 0)
		*sum += (uint64_t)st.st_size;
	return 0;
}

uint64_t contents_bytes(const struct contents *contents)
{
	uint64_t sum = 0;

	contents_walk(contents, add_length, &sum);
	return sum;
}
