/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing: what the server has answered for is written, and persistent where it can do that; whatever broke is written again. */
#include "sftp.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/clock.h"
#include "../core/sentence.h"
#include "sftp_calls.h"
#include "sftp_paths.h"

#define IN_FLIGHT 16         /* stretches of a file that are sent before the first is answered for */
#define MANY_NAMES 1000000   /* of one directory: a capture makes no more */

struct writing {
	uint64_t offset;
	const char *data;
	size_t length;
	bool once;               /* one attempt; what is there is not ours */
};

static int send_stretch(struct sftp_connection *connection, const struct sftp_handle *handle, uint64_t offset, const void *data, size_t length,
			struct sftp_request *request)
{
	AUTO_BUFFER struct buffer head = { 0 };
	int r = wire_add_string(&head, handle->bytes, handle->length);

	if (r == 0)
		r = wire_add_long(&head, offset);
	return r < 0 ? r : connection_ask(connection, request, SFTP_WRITE, &head, data, length);
}

static int take_status(struct sftp_work *work, struct sftp_connection *connection, struct sftp_request *request)
{
	int r = connection_await(connection, request);

	if (r == 0)
		r = sftp_status(request);
	if (r == 0)
		work->moved = clock_now();
	request_done(request);
	return r;
}

static int write_stretches(struct sftp_work *work, struct sftp_connection *connection, const struct sftp_handle *handle)
{
	const struct writing *writing = work->data;
	struct sftp_request requests[IN_FLIGHT];
	size_t first = 0, count = 0, sent = 0, size = connection_write_size(connection);
	int r = 0;

	while (r == 0 && (count > 0 || sent < writing->length)) {
		if (count < IN_FLIGHT && sent < writing->length) {
			size_t length = writing->length - sent < size ? writing->length - sent : size;

			r = send_stretch(connection, handle, writing->offset + sent, writing->data + sent, length,
					 &requests[(first + count) % IN_FLIGHT]);
			sent += length;
			count += r == 0;
			continue;
		}
		r = take_status(work, connection, &requests[first]);
		first = (first + 1) % IN_FLIGHT;
		count--;
	}
	for (; count > 0; first = (first + 1) % IN_FLIGHT, count--)
		(void)!take_status(work, connection, &requests[first]);
	return r;
}

/* It has all that was written and no more. */
static int check_size(struct sftp_work *work, struct sftp_connection *connection, const struct sftp_handle *handle)
{
	const struct writing *writing = work->data;
	struct wire_attributes attributes = { 0 };
	int r = sftp_get_attributes(connection, NULL, handle, &attributes);

	return r < 0 ? r : attributes.has_size && attributes.size != writing->offset + writing->length ? -EREMOTEIO : 0;
}

/* Up to LENGTH bytes from the beginning of the file: how many, or what went wrong. */
static ssize_t read_beginning(struct sftp_connection *connection, const struct sftp_handle *handle, void *ret, size_t length)
{
	AUTO_BUFFER struct buffer head = { 0 };
	struct sftp_request request;
	struct wire wire;
	const void *bytes = NULL;
	size_t come = 0;
	int r = wire_add_string(&head, handle->bytes, handle->length);

	if (r == 0)
		r = wire_add_long(&head, 0);
	if (r == 0)
		r = wire_add_number(&head, (uint32_t)length);
	if (r == 0)
		r = connection_ask(connection, &request, SFTP_READ, &head, NULL, 0);
	if (r < 0)
		return r;
	r = connection_await(connection, &request);
	if (r == 0 && request.kind == SFTP_DATA) {
		wire = (struct wire){ .at = (unsigned char *)request.body, .left = request.length };
		bytes = wire_string(&wire, &come);
	}
	if (bytes && come <= length)
		memcpy(ret, bytes, come);
	else if (r == 0)
		r = -EREMOTEIO;
	request_done(&request);
	return r < 0 ? r : (ssize_t)come;
}

/* A file that is there after a connection broke: ours, if it begins as we began it. Else another capture took the place over meanwhile. */
static int open_own(struct sftp_work *work, struct sftp_connection *connection, unsigned flags, struct sftp_handle *ret)
{
	const struct writing *writing = work->data;
	struct wire_attributes attributes = { 0 };
	char beginning[16 << 10];
	ssize_t n = 0;
	int r = sftp_open_file(connection, work->path, flags, ret);

	if (r == 0)
		r = sftp_get_attributes(connection, NULL, ret, &attributes);
	if (r == 0 && (!attributes.has_size || attributes.size > writing->length))
		r = -EREMOTEIO;
	if (r == 0 && attributes.size)
		n = read_beginning(connection, ret, beginning, attributes.size < sizeof(beginning) ? (size_t)attributes.size : sizeof(beginning));
	if (r == 0 && n < 0)
		return (int)n;
	return r == 0 && memcmp(beginning, writing->data, (size_t)n) ? -EREMOTEIO : r;
}

static int write_file(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	const struct writing *writing = work->data;
	unsigned flags = SFTP_FOR_READING | SFTP_FOR_WRITING;
	struct sftp_handle handle = { 0 };
	int closed, r;

	(void)ctx;
	r = sftp_open_file(connection, work->path, writing->offset ? flags : flags | SFTP_CREATE | SFTP_EXCLUSIVE, &handle);
	/* One that an attempt before this one has begun is written again. */
	if (r == -EREMOTEIO && !writing->offset && work->attempts > 1 && !writing->once)
		r = open_own(work, connection, flags, &handle);
	if (r == 0)
		r = write_stretches(work, connection, &handle);
	if (r == 0 && connection_has_fsync(connection))
		r = sftp_extended(connection, "fsync@openssh.com", &handle, NULL, NULL);
	else if (r == 0)
		atomic_store(&work->sftp->unsynced, true);
	if (r == 0)
		r = check_size(work, connection, &handle);
	closed = sftp_close_handle(connection, &handle);
	r = r == 0 ? closed : r;
	/* A full filesystem is a failure like any other in this protocol. */
	if (r == -EREMOTEIO && sftp_free_space(connection, work->path) < writing->length + (64u << 10))
		r = -ENOSPC;
	return r;
}

int sftp_store(struct context *ctx, struct sftp *sftp, const char *name, uint64_t offset, const void *data, size_t length)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct writing writing = { .offset = offset, .data = data, .length = length };
	struct sftp_work work = { .attempt = write_file, .sftp = sftp, .path = path, .data = &writing };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == -EREMOTEIO)
		return context_fail(ctx, EIO, "the SSH server %s cannot write %s, and does not say why: is a quota used up there, or the file there already?",
				    sftp->host, path);
	return r < 0 ? sftp_failed(ctx, sftp, name, r) : 0;
}

static int attempt_once(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	int r = work->attempts > 1 ? 0 : write_file(ctx, work, connection);

	return work->attempts > 1 ? -EALREADY : r;
}

static bool is_there(struct context *ctx, struct sftp *sftp, const char *name)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct sftp_entry entry;

	return sftp_describe(ctx, sftp, name, &entry) == 0;
}

int sftp_claim(struct context *ctx, struct sftp *sftp, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct writing writing = { .data = data, .length = length, .once = true };
	struct sftp_work work = { .attempt = attempt_once, .sftp = sftp, .path = path, .data = &writing };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == -EALREADY)
		return context_fail(ctx, ECONNRESET, "the connection to the SSH server %s broke while the place of the set was claimed: try again",
				    sftp->host);
	if (r == -EREMOTEIO && is_there(ctx, sftp, name))
		return -EEXIST;
	return r < 0 ? sftp_failed(ctx, sftp, name, r) : 0;
}

/* ---- names ---- */

struct naming {
	enum sftp_kind kind;
	const char *second;
	mode_t mode;
};

static int do_naming(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	const struct naming *naming = work->data;
	int r = sftp_do(connection, naming->kind, work->path, naming->second, naming->mode);

	(void)ctx;
	/* Done by an attempt whose answer did not come. */
	return r == -ENOENT && work->attempts > 1 && naming->kind != SFTP_MKDIR ? 0 : r;
}

bool sftp_is_persistent(struct sftp *sftp)
{
	return !atomic_load(&sftp->unsynced);
}

static int carry_out_naming(struct context *ctx, struct sftp *sftp, const char *name, enum sftp_kind kind, mode_t mode)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct naming naming = { .kind = kind, .mode = mode };
	struct sftp_work work = { .attempt = do_naming, .sftp = sftp, .path = path, .data = &naming };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == -EREMOTEIO && kind == SFTP_MKDIR && is_there(ctx, sftp, name))
		return -EEXIST;
	return r < 0 ? sftp_failed(ctx, sftp, name, r) : 0;
}

int sftp_make_directory(struct context *ctx, struct sftp *sftp, const char *name)
{
	return carry_out_naming(ctx, sftp, name, SFTP_MKDIR, 0700);
}

int sftp_remove(struct context *ctx, struct sftp *sftp, const char *name)
{
	return carry_out_naming(ctx, sftp, name, SFTP_REMOVE, 0);
}

int sftp_remove_directory(struct context *ctx, struct sftp *sftp, const char *name)
{
	return carry_out_naming(ctx, sftp, name, SFTP_RMDIR, 0);
}

/* Where the place's path begins with a directory that is not there: the end of its LEVEL-th part from the end on, or NULL. */
static char *place_above(const struct sftp *sftp, unsigned level)
{
	char *path = sftp_path(sftp, "");

	for (; path && level > 0; level--) {
		char *cut = strrchr(path, '/');

		if (!cut || cut == path) {
			free(path);
			return NULL;
		}
		*cut = '\0';
	}
	return path;
}

/* KIND about the place LEVEL directories up. */
static int name_place(struct context *ctx, struct sftp *sftp, unsigned level, enum sftp_kind kind, mode_t mode)
{
	AUTO_FREE char *path = place_above(sftp, level);
	struct naming naming = { .kind = kind, .mode = mode };
	struct sftp_work work = { .attempt = do_naming, .sftp = sftp, .path = path, .data = &naming };

	return path ? sftp_carry_out(ctx, &work) : -ENOENT;
}

static int is_directory(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	struct sftp_handle handle = { 0 };
	int r = sftp_open_directory(connection, work->path, &handle);

	(void)ctx;
	(void)!sftp_close_handle(connection, &handle);
	return r;
}

static int find_place(struct context *ctx, struct sftp *sftp, unsigned level)
{
	AUTO_FREE char *path = place_above(sftp, level);
	struct sftp_work work = { .attempt = is_directory, .sftp = sftp, .path = path };

	return path ? sftp_carry_out(ctx, &work) : 0;
}

int sftp_make_place(struct context *ctx, struct sftp *sftp, unsigned *ret_made)
{
	unsigned missing = 0;
	int r;

	while ((r = find_place(ctx, sftp, missing)) == -ENOENT)
		missing++;
	for (unsigned level = missing; r == 0 && level > 0; level--) {
		r = name_place(ctx, sftp, level - 1, SFTP_MKDIR, 0700);
		if (r < 0)
			missing -= level;
	}
	if (r == 0) {
		*ret_made = missing;
		return 0;
	}
	return *context_detail(ctx) ? r : context_fail(ctx, -r, "the directory %s of the SSH server %s cannot be made or opened: %s", sftp->path, sftp->host,
						       r == -EREMOTEIO ? sentence_words(N_("the server does not say why")) : strerror(-r));
}

void sftp_remove_place(struct context *ctx, struct sftp *sftp, unsigned made)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);

	for (unsigned level = 0; level < made && name_place(ctx, sftp, level, SFTP_RMDIR, 0) == 0; level++)
		;
}

/* A directory can be opened like a file by the servers of most systems; where it cannot, its names are as persistent as its filesystem makes them. */
static void sync_directory(struct sftp_connection *connection, const char *path)
{
	struct sftp_handle handle = { 0 };

	if (!connection_has_fsync(connection) || sftp_open_file(connection, path, SFTP_FOR_READING, &handle) < 0)
		return;
	(void)!sftp_extended(connection, "fsync@openssh.com", &handle, NULL, NULL);
	(void)!sftp_close_handle(connection, &handle);
}

static int rename_once(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	const struct naming *naming = work->data;
	AUTO_FREE char *directory = sftp_path(work->sftp, "");
	int r = work->attempts > 1 ? -EALREADY : directory ? 0 : -ENOMEM;

	(void)ctx;
	if (r < 0)
		return r;
	r = connection_has_posix_rename(connection) ?
		    sftp_extended(connection, "posix-rename@openssh.com", NULL, work->path, naming->second) :
		    sftp_do(connection, SFTP_RENAME, work->path, naming->second, 0);
	if (r == 0)
		sync_directory(connection, directory);
	return r;
}

int sftp_rename(struct context *ctx, struct sftp *sftp, const char *old, const char *new)
{
	AUTO_FREE char *path = sftp_path(sftp, old), *target = sftp_path(sftp, new);
	struct naming naming = { .second = target };
	struct sftp_work work = { .attempt = rename_once, .sftp = sftp, .path = path, .data = &naming };
	int r = path && target ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == -EALREADY)
		return context_fail(ctx, ECONNRESET, "the connection to the SSH server %s broke while the set was completed", sftp->host);
	return r < 0 ? sftp_failed(ctx, sftp, old, r) : 0;
}

/* ---- lists ---- */

struct listing {
	int (*each)(void *data, const struct sftp_entry *entry);
	void *data;
};

/* The entries of one answer. */
static int take_names(const struct sftp_request *request, const struct listing *listing, size_t *seen)
{
	struct wire wire = { .at = (unsigned char *)request->body, .left = request->length };
	uint32_t count = wire_number(&wire);
	int r = 0;

	for (; count > 0 && !wire.bad && r == 0; count--) {
		size_t length, long_length;
		const char *bytes = wire_string(&wire, &length);
		struct wire_attributes attributes;
		AUTO_FREE char *name = NULL;

		wire_string(&wire, &long_length);
		attributes = wire_attributes(&wire);
		if (wire.bad || memchr(bytes, '\0', length) || ++*seen > MANY_NAMES)
			return -EPROTO;
		name = strndup(bytes, length);
		if (!name)
			return -ENOMEM;
		if (strcmp(name, ".") && strcmp(name, ".."))
			r = listing->each(listing->data, &(struct sftp_entry){ .name = name,
									       .directory = attributes.has_mode && S_ISDIR(attributes.mode),
									       .regular = attributes.has_mode && S_ISREG(attributes.mode),
									       .size = attributes.size,
									       .modified = attributes.modified });
	}
	return wire.bad ? -EPROTO : r;
}

static int list_names(struct context *ctx, struct sftp_work *work, struct sftp_connection *connection)
{
	struct sftp_handle handle = { 0 };
	size_t seen = 0;
	int r = work->attempts > 1 ? -EALREADY : sftp_open_directory(connection, work->path, &handle);

	(void)ctx;
	while (r == 0) {
		AUTO_BUFFER struct buffer head = { 0 };
		struct sftp_request request;

		r = wire_add_string(&head, handle.bytes, handle.length);
		if (r == 0)
			r = connection_ask(connection, &request, SFTP_READDIR, &head, NULL, 0);
		if (r == 0)
			r = connection_await(connection, &request);
		if (r < 0)
			break;
		r = request.kind == SFTP_NAME ? take_names(&request, work->data, &seen) : sftp_status(&request);
		request_done(&request);
	}
	if (r != SFTP_BROKEN)
		(void)!sftp_close_handle(connection, &handle);
	free(handle.bytes);
	return r == -ENODATA ? 0 : r;
}

int sftp_list(struct context *ctx, struct sftp *sftp, const char *name, int (*each)(void *data, const struct sftp_entry *entry), void *data)
{
	AUTO_FREE char *path = sftp_path(sftp, name);
	struct listing listing = { .each = each, .data = data };
	struct sftp_work work = { .attempt = list_names, .sftp = sftp, .path = path, .data = &listing };
	int r = path ? sftp_carry_out(ctx, &work) : -ENOMEM;

	if (r == -EALREADY)
		return context_fail(ctx, ECONNRESET, "the connection to the SSH server %s broke", sftp->host);
	return r < 0 ? sftp_failed(ctx, sftp, name, r) : r;
}
