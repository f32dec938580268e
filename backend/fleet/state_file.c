/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/file.h"

#define FILE_LIMIT (256u << 20)
#define APPENDED_MAX (32u << 20)

/* Takes one line in; false: it is none of ours, or half written. */
static bool take_line(const char *line, size_t length, struct machine_table *table, struct tokens *tokens)
{
	json_auto_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	json_t *notice = json_object_get(object, "notice"), *token = json_object_get(object, "token");
	double at = json_number_value(json_object_get(object, "at"));
	struct notice read = { 0 };
	struct token used = { 0 };
	const char *why;
	bool taken = false;

	if (notice && notice_of_json(notice, &read, &why) == 0) {
		taken = machine_table_take(table, &read, at) >= 0;
		notice_done(&read);
	} else if (token && token_of_json(token, &used) == 0) {
		taken = tokens_put(tokens, &used) == 0;
		token_done(&used);
	}
	return taken;
}

int state_file_read(struct context *ctx, const char *path, struct machine_table *table, struct tokens *tokens)
{
	AUTO_FREE char *text = NULL;
	size_t length = 0, number = 0, dropped = 0;
	int r = file_read(AT_FDCWD, path, FILE_LIMIT, &text, &length);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return context_fail(ctx, -r, "The state file %s cannot be read: %s", path, strerror(-r));
	for (const char *line = text; line < text + length; number++) {
		const char *end = memchr(line, '\n', (size_t)(text + length - line));
		size_t n = end ? (size_t)(end - line) : (size_t)(text + length - line);

		if (n && !take_line(line, n, table, tokens)) {
			/* The last one may be what a crash cut. */
			if (end)
				dropped++;
			else
				context_info(ctx, "The last line of %s was not written to its end and is left out", path);
		}
		line += n + 1;
	}
	/* A file of something else is not taken for an empty one, and written over. */
	if (dropped && dropped == number)
		return context_fail(ctx, EINVAL, "%s is no state file of 'lifeboat fleet'", path);
	if (dropped)
		context_warn(ctx, PLURAL(dropped, "%zu line of the state file %s cannot be read and is left out",
					 "%zu lines of the state file %s cannot be read and are left out"), dropped, path);
	return 0;
}

/* ---- writing ---- */

static char *print_line(double at, const char *key, json_t *value)
{
	json_auto_t *object = value ? json_pack("{sf, so}", "at", at, key, value) : NULL;
	AUTO_FREE char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	return text ? text_format("%s\n", text) : NULL;
}

static int add_line(struct buffer *text, double at, const char *key, json_t *value)
{
	AUTO_FREE char *line = print_line(at, key, value);

	return line ? buffer_append(text, line, strlen(line)) : -ENOMEM;
}

static int print_all(const struct machine_table *table, const struct tokens *tokens, struct buffer *text)
{
	int r = buffer_append(text, "", 0);

	for (size_t i = 0; r == 0 && i < table->count; i++)
		r = add_line(text, table->machines[i].last, "notice", notice_to_json(&table->machines[i].notice, ""));
	for (size_t i = 0; r == 0 && i < tokens->count; i++)
		r = add_line(text, clock_wall(), "token", token_to_json(&tokens->tokens[i]));
	return r;
}

bool state_file_is_large(const struct state_file *file)
{
	return file->appended > APPENDED_MAX;
}

int state_file_renew(struct context *ctx, struct state_file *file, const struct machine_table *table, const struct tokens *tokens)
{
	AUTO_BUFFER struct buffer text = { 0 };
	int r = print_all(table, tokens, &text), fd;

	/* Tried again after as much again. */
	file->appended = 0;
	if (r == 0)
		r = file_replace(AT_FDCWD, file->path, text.data ? text.data : "", text.length, 0600);
	if (r < 0)
		return context_fail(ctx, -r, "The state file %s cannot be written: %s", file->path, strerror(-r));
	fd = open(file->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	r = -errno;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	return fd < 0 ? context_fail(ctx, -r, "The state file %s cannot be written: %s", file->path, strerror(-r)) : 0;
}

static int take_lock(struct context *ctx, const char *path, struct state_file *file)
{
	AUTO_FREE char *lock = text_format("%s.lock", path);

	file->lock = lock ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (file->lock < 0)
		return context_fail(ctx, errno, "%s.lock cannot be made: %s", path, strerror(errno));
	if (flock(file->lock, LOCK_EX | LOCK_NB) < 0)
		return context_fail(ctx, errno == EWOULDBLOCK ? EBUSY : errno, "Another 'lifeboat fleet' keeps %s", path);
	return 0;
}

int state_file_open(struct context *ctx, const char *path, struct machine_table *table, struct tokens *tokens, struct state_file *ret)
{
	struct state_file file = STATE_FILE_NONE;
	int r = take_lock(ctx, path, &file);

	if (r == 0)
		r = state_file_read(ctx, path, table, tokens);
	file.path = strdup(path);
	if (r == 0)
		r = file.path ? state_file_renew(ctx, &file, table, tokens) : context_oom(ctx);
	if (r < 0)
		state_file_close(&file);
	else
		*ret = file;
	return r;
}

void state_file_close(struct state_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->lock >= 0)
		close(file->lock);
	free(file->path);
	*file = (struct state_file)STATE_FILE_NONE;
}

int state_file_append(struct state_file *file, double at, const char *key, json_t *value, bool sync)
{
	AUTO_FREE char *line = print_line(at, key, value);
	off_t end;
	int r;

	if (!line)
		return -ENOMEM;
	if (file->fd < 0)
		return file->path ? -EIO : 0;
	file->appended += strlen(line);
	end = lseek(file->fd, 0, SEEK_END);
	r = write_all(file->fd, line, strlen(line));
	if (r == 0 && sync && fdatasync(file->fd) < 0)
		r = -errno;
	/* No half line stays for the next one to be appended to. */
	if (r < 0 && end >= 0 && ftruncate(file->fd, end) < 0)
		return r;
	return r;
}
