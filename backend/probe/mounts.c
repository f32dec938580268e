/* Format: proc(5), /proc/pid/mountinfo. */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "../core/file.h"
#include "sysfs.h"

#define MOUNTINFO_LIMIT (64u << 20)

void mount_table_done(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mount_entry *entry = &table->entries[i];

		free(entry->root);
		free(entry->path);
		free(entry->options);
		free(entry->superblock_options);
		free(entry->kind);
		free(entry->source);
		free(entry->device);
	}
	free(table->entries);
	*table = (struct mount_table){ 0 };
}

/* The device a mount comes from: by number, or by its source where the number is an anonymous one. The source of other filesystems is
 * any text, maybe a path that nobody answers for. */
static char *device_of(const struct context *ctx, const struct mount_entry *entry)
{
	if (entry->major)
		return block_name(ctx, entry->major, entry->minor);
	if (strcmp(entry->kind, "btrfs") && strcmp(entry->kind, "bcachefs"))
		return NULL;
	return strncmp(entry->source, "/dev/", 5) ? NULL : block_name_of_node(ctx, entry->source);
}

/* ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [OPTIONAL]... - KIND SOURCE SUPER_OPTIONS. False: not a line of the table. */
static bool parse_line(const struct context *ctx, char *line, struct mount_entry *entry)
{
	char *fields[10] = { NULL }, *state = NULL, *word = strtok_r(line, " ", &state), *number;
	size_t count = 0;

	for (; word && count < 6; word = strtok_r(NULL, " ", &state))
		fields[count++] = word;
	while (word && strcmp(word, "-"))
		word = strtok_r(NULL, " ", &state);
	fields[6] = strtok_r(NULL, " ", &state);
	fields[7] = fields[6] ? strtok_r(NULL, " ", &state) : NULL;
	fields[8] = fields[7] ? strtok_r(NULL, " ", &state) : NULL;
	if (count < 6 || !fields[7] || !parse_u64(fields[0], &entry->id) || !parse_u64(fields[1], &entry->parent))
		return false;
	entry->major = (unsigned)strtoul(fields[2], &number, 10);
	if (*number != ':')
		return false;
	entry->minor = (unsigned)strtoul(number + 1, NULL, 10);
	entry->root = strdup(text_unescape_octal(fields[3]));
	entry->path = strdup(text_unescape_octal(fields[4]));
	entry->options = strdup(text_unescape_octal(fields[5]));
	entry->superblock_options = strdup(fields[8] ? text_unescape_octal(fields[8]) : "");
	entry->kind = strdup(text_unescape_octal(fields[6]));
	entry->source = strdup(text_unescape_octal(fields[7]));
	if (!entry->root || !entry->path || !entry->options || !entry->superblock_options || !entry->kind || !entry->source)
		return false;
	entry->device = device_of(ctx, entry);
	return true;
}

static int add_line(struct context *ctx, struct mount_table *table, size_t *capacity, char *line)
{
	if (table->count == *capacity) {
		size_t larger = *capacity ? 2 * *capacity : 64;
		struct mount_entry *entries = reallocarray(table->entries, larger, sizeof(*entries));

		if (!entries)
			return context_oom(ctx);
		table->entries = entries;
		*capacity = larger;
	}
	table->entries[table->count] = (struct mount_entry){ 0 };
	if (parse_line(ctx, line, &table->entries[table->count++]))
		return 0;
	return context_fail(ctx, EINVAL, "the table of mounted filesystems holds a line that makes no sense");
}

/* The text of the table as it was at one moment: the kernel tells (poll(2), priority data) when it changed while it was read. */
static int read_text(const char *path, char **ret)
{
	struct pollfd changed = { .events = POLLPRI };
	int r = -EAGAIN;

	for (int attempt = 0; attempt < 16 && r == -EAGAIN; attempt++) {
		AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		free(TAKE_POINTER(*ret));
		r = file_read_fd(fd, MOUNTINFO_LIMIT, ret, NULL);
		changed.fd = fd;
		/* One that never rests is better known roughly than not at all. */
		if (r == 0 && poll(&changed, 1, 0) > 0 && changed.revents & POLLPRI && attempt < 15)
			r = -EAGAIN;
	}
	return r;
}

/* The first of PLACES that exists. */
static int read_table(struct context *ctx, const char *const *places, struct mount_table *ret)
{
	AUTO_FREE char *data = NULL;
	char *state = NULL;
	size_t capacity = 0;
	int r = -ENOENT;

	*ret = (struct mount_table){ 0 };
	for (; r == -ENOENT && *places; places++) {
		AUTO_FREE char *path = context_path(ctx, *places);

		r = path ? read_text(path, &data) : -ENOMEM;
	}
	if (r)
		return context_fail(ctx, -r, "the table of mounted filesystems cannot be read: %s", strerror(-r));
	for (char *line = strtok_r(data, "\n", &state); line && r == 0; line = strtok_r(NULL, "\n", &state))
		r = add_line(ctx, ret, &capacity, line);
	if (r)
		mount_table_done(ret);
	return r;
}

int mount_table_read(struct context *ctx, struct mount_table *ret)
{
	return read_table(ctx, (const char *const[]){ "/proc/self/mountinfo", "/proc/1/mountinfo", NULL }, ret);
}

int mount_table_read_of(struct context *ctx, pid_t pid, struct mount_table *ret)
{
	AUTO_FREE char *place = text_format("/proc/%d/mountinfo", (int)pid);

	*ret = (struct mount_table){ 0 };
	return place ? read_table(ctx, (const char *const[]){ place, NULL }, ret) : context_oom(ctx);
}

int path_order(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t i = 0;

	while (i < a_length && i < b_length && a[i] == b[i])
		i++;
	if (i == a_length || i == b_length)
		return i < b_length ? -1 : i < a_length;
	if (a[i] == '/' || b[i] == '/')
		return a[i] == '/' ? -1 : 1;
	return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
}

bool path_is_below(const char *path, const char *base, const char **ret_rest)
{
	size_t length = strlen(base);

	while (length && base[length - 1] == '/')
		length--;
	if (strncmp(path, base, length) || (path[length] && path[length] != '/'))
		return false;
	*ret_rest = path[length] ? path + length : "/";
	return true;
}
