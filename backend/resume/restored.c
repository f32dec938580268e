/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "restored.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../core/clock.h"
#include "../core/file.h"
#include "../plan/plan.h"
#include "../core/ops.h"
#include "../core/root_open.h"
#include "../machine/system_mount.h"
#include "../storage/actions.h"
#include "../storage/device.h"

#define NOTE_NAME "restored.json"
#define LOG_DIRECTORY "var/log/lifeboat"
#define LOG_NAME "restore.log"
#define NOTE_LIMIT 65536

/* Where the note lies: in the first place, and where a rescue system would have to assemble or unlock something to see that, in the next one, too. */
static const struct place {
	const char *directory;
	const char *point;       /* only where this has a filesystem of its own; NULL: in any case */
} places[] = {
	{ "/var/lib/lifeboat", NULL },
	{ "/etc/lifeboat", NULL },
	{ "/boot/lifeboat", "/boot" },
	{ "/boot/efi/lifeboat", "/boot/efi" },
	{ "/efi/lifeboat", "/efi" },
};

/* Whether PLACE may lie on the filesystem of MOUNT. */
static bool may_have(const struct node *mount, const struct place *place)
{
	return mount->type == NODE_MOUNT && (place->point ? !strcmp(mount->mount.path, place->point) : system_mount_holds(mount, place->directory));
}

/* ---- reading ---- */

/* The note's object when it is about SET_ID; new reference or NULL. */
static json_t *read_note(int root_fd, const char *path, const char *set_id)
{
	AUTO_FREE char *file = text_format("%s/" NOTE_NAME, path), *text = NULL;
	AUTO_CLOSE int fd = file ? root_open_regular(root_fd, file, O_RDONLY) : -ENOMEM;
	const char *noted;
	json_t *note;

	if (fd < 0 || file_read_fd(fd, NOTE_LIMIT, &text, NULL) < 0)
		return NULL;
	note = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	noted = json_string_value(json_object_get(note, "set_id"));
	if (noted && set_id && !strcmp(noted, set_id))
		return note;
	json_decref(note);
	return NULL;
}

static enum end_state noted_end(json_t *note)
{
	enum end_state end = end_state_parse(json_string_value(json_object_get(note, "name")));

	return end == END_BOOTABLE || end == END_NOT_BOOTABLE ? end : END_PARTIAL;
}

/* The note in DIRECTORY (absolute), as far as that lies on the filesystem of MOUNT. */
static json_t *find_note_on(struct context *ctx, const struct manifest *manifest, const char *where, const struct layout *present,
			    const struct node *mount, const char *directory)
{
	AUTO_CLOSE int root_fd = -1;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct loop_device loop;
	json_t *note = NULL;

	if (system_mount_one(ctx, manifest->layout, present, mount, where, &loop) < 0)
		return NULL;
	root_fd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd >= 0) {
		const char *path = directory + (strcmp(mount->mount.path, "/") ? strlen(mount->mount.path) : 0);

		note = read_note(root_fd, *path ? path + 1 : ".", manifest->set_id);
		close(TAKE_FD(root_fd));
	}
	if (system_unmount_one(ctx, where, &loop) < 0)
		context_warn(ctx, "%s", context_detail(ctx));
	return note;
}

/* On every filesystem that has one of the places, or would have it if the ones below it in the tree were not restored. */
static json_t *find_note(struct context *ctx, const struct manifest *manifest, const char *where, const struct layout *present)
{
	const struct layout *layout = manifest->layout;
	json_t *note = NULL;

	for (size_t k = 0; k < ARRAY_LENGTH(places); k++)
		for (size_t i = 0; !note && i < layout->count; i++)
			if (may_have(layout->nodes[i], &places[k]))
				note = find_note_on(ctx, manifest, where, present, layout->nodes[i], places[k].directory);
	return note;
}

bool restored_is_here(struct context *ctx, const struct manifest *manifest, const char *where, const struct layout *present,
		      struct restored *ret)
{
	json_t *note = find_note(ctx, manifest, where, present);
	const char *when = json_string_value(json_object_get(note, "time"));

	if (!note)
		return false;
	*ret = (struct restored){ .end = noted_end(note), .when = text_format("%s", when ? when : "before") };
	json_decref(note);
	return true;
}

/* ---- writing ---- */

/* Opens the directory, made where it is missing. The times of those it is made in stay as they were restored. */
static int open_directory(int root_fd, const char *path)
{
	AUTO_FREE char *copy = strdup(path);
	char *save = NULL;
	AUTO_CLOSE int fd = root_open(root_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	AUTO_BUFFER struct buffer so_far = { 0 };

	for (char *part = copy ? strtok_r(copy, "/", &save) : NULL; part && fd >= 0; part = strtok_r(NULL, "/", &save)) {
		struct stat status;
		int next;

		if (so_far.length)
			buffer_append(&so_far, "/", 1);
		buffer_append(&so_far, part, strlen(part));
		if (fstat(fd, &status) == 0 && mkdirat(fd, part, 0755) == 0) {
			const struct timespec times[2] = { status.st_atim, status.st_mtim };

			if (futimens(fd, times) < 0)
				return -errno;
		}
		next = root_open(root_fd, so_far.data, O_RDONLY | O_DIRECTORY, 0);
		close(fd);
		fd = next;
	}
	return copy ? TAKE_FD(fd) : -ENOMEM;
}

static char *note_text(const struct restore_job *job, enum end_state end)
{
	char stamp[RFC3339_SIZE];
	json_t *note;
	char *text;

	clock_rfc3339(time(NULL), stamp);
	note = json_pack("{ss, ss*, ss, ss, ss}", "set_id", job->manifest->set_id ? job->manifest->set_id : "", "digest",
			 job->plan->digest,
			 "time", stamp, "state", end_state_name(end), "name", end_state_program_name(end));
	text = note ? json_dumps(note, JSON_INDENT(2)) : NULL;
	json_decref(note);
	return text;
}

static int copy_log(const char *log, int root_fd)
{
	AUTO_CLOSE int directory = open_directory(root_fd, LOG_DIRECTORY);
	AUTO_FREE char *text = NULL;
	size_t length;
	int r;

	if (directory < 0)
		return directory;
	r = file_read(AT_FDCWD, log, 64u << 20, &text, &length);
	return r < 0 ? r : file_replace(directory, LOG_NAME, text, length, 0600);
}

static void write_note(const struct restore_job *job, int root_fd, const char *where, const char *text)
{
	AUTO_CLOSE int directory = root_fd < 0 ? root_fd : open_directory(root_fd, where + 1);
	int r = directory < 0 ? directory : text ? file_replace(directory, NOTE_NAME, text, strlen(text), 0644) : -ENOMEM;

	if (r < 0)
		context_warn(job->ctx, "The restore could not be noted in %s of the restored system: %s", where, strerror(-r));
}

/* The mount of PLAN that PLACE lies on; NULL: it has none. */
static const struct node *mount_of(const struct plan *plan, const struct place *place)
{
	const struct node *deepest = NULL;

	for (size_t i = 0; i < plan->count; i++) {
		const struct node *mount = plan->actions[i].node;

		if (plan->actions[i].type == &action_mount && may_have(mount, place) &&
		    (!deepest || strlen(mount->mount.path) > strlen(deepest->mount.path)))
			deepest = mount;
	}
	return deepest;
}

/* Whether what is mounted lies on a disk or partition: on an array, container or volume it may be out of sight for who brings nothing up. */
static bool is_in_sight(const struct plan *plan, const struct node *mount)
{
	const struct layout *result = plan->target.result;
	const struct node *filesystem = layout_filesystem_of(result, mount), *holder = filesystem ? device_holder(result, filesystem) : NULL;

	return !holder || holder->type == NODE_DISK || holder->type == NODE_PARTITION;
}

static void write_notes(const struct restore_job *job, int root_fd, const char *text)
{
	const struct node *mount = NULL;

	for (size_t i = 0; i < ARRAY_LENGTH(places) && (!mount || !is_in_sight(job->plan, mount)); i++) {
		const struct node *own = mount_of(job->plan, &places[i]);

		if (!own && i > 0)
			continue;
		write_note(job, root_fd, places[i].directory, text);
		mount = own;
	}
}

void restored_write(const struct restore_job *job, enum end_state end, const char *log, const char **ret_log)
{
	AUTO_CLOSE int root_fd = open(job->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FREE char *text = note_text(job, end);
	int r;

	if (root_fd < 0)
		root_fd = -errno;
	write_notes(job, root_fd, text);
	if (!log || root_fd < 0)
		return;
	r = copy_log(log, root_fd);
	if (r < 0)
		context_warn(job->ctx, "The log could not be kept in /%s of the restored system: %s", LOG_DIRECTORY, strerror(-r));
	else
		*ret_log = "/" LOG_DIRECTORY "/" LOG_NAME;
}
