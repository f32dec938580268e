/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a restore's notes onto the new filesystems, and takes them away. */
#include "unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../core/root_open.h"
#include "../plan/plan.h"
#include "journal.h"
#include "unfinished_note.h"

/* The new top directory of a mount; -errno. */
static int open_top(const struct restore_job *job, const struct node *mount)
{
	AUTO_FREE char *path = text_format("%s%s", job->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	return !path ? -ENOMEM : fd < 0 ? -errno : fd;
}

/* Notes are looked for without replaying a filesystem's journal, so it is emptied: by a moment of being mounted read-only. (Freezing would do
 * it too, but a filesystem stays frozen when who froze it dies.) Where something holds a file open for writing, what was written stays in
 * the journal. A filesystem that cannot be written any more is kept in RUN for the end. */
static int empty_journal(const struct restore_job *job, struct restore_run *run, const struct node *mount, int top)
{
	const struct node *filesystem = layout_filesystem_of(job->plan->target.result, mount);
	AUTO_FREE char *where = text_format("%s%s", job->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");
	AUTO_SCOPE struct error_scope scope = context_scope_begin(job->ctx);
	int r = 0;

	if (syncfs(top) < 0) {
		r = -errno;
		run_keep_unwritten(run, mount->mount.path, r);
		return r;
	}
	if (!where || !strcmp(filesystem->filesystem.kind, "btrfs"))
		return where ? 0 : -ENOMEM;
	if (ops_of(job->ctx)->mount(job->ctx, filesystem->device, where, NULL, MS_REMOUNT | MS_RDONLY | MS_NOATIME, NULL) < 0)
		return 0;
	r = ops_of(job->ctx)->mount(job->ctx, filesystem->device, where, NULL, MS_REMOUNT | MS_NOATIME, NULL);
	if (r < 0)
		run_keep_unwritten(run, mount->mount.path, r);
	return r;
}

/* Without its NOTE_TIME. New reference; NULL when out of memory. */
static json_t *make_note(const struct restore_job *job, const struct restore_run *run, enum restore_stage stage)
{
	json_t *disks = json_array(), *note = json_pack("{ss*, so}", NOTE_SET, job->manifest->set_id, NOTE_DISKS, disks);
	char proof[DIGEST_HEX];

	for (size_t i = 0; note && i < job->plan->disk_count; i++)
		if (json_array_append_new(disks, unfinished_disk(job->plan->disks[i].disk))) {
			json_decref(note);
			return NULL;
		}
	if (note && json_object_size(job->wishes) && json_dumpb(job->wishes, NULL, 0, JSON_COMPACT) < NOTE_WISHES_LIMIT)
		json_object_set(note, NOTE_WISHES, job->wishes);
	/* By these a restore is known that can be resumed, and from where. */
	if (note && run->name && restore_job_proof(job, proof) == 0) {
		json_object_set_new(note, NOTE_PROOF, json_string(proof));
		json_object_set_new(note, NOTE_RUN, json_string(run->name));
		json_object_set_new(note, NOTE_STAGE, json_string(stage_name(stage)));
	}
	return note;
}

static int write_note(int top, json_t *note, const struct stat *status)
{
	AUTO_FREE char *text = NULL;

	json_object_set_new(note, NOTE_TIME, json_pack("[I, I]", (json_int_t)status->st_mtim.tv_sec, (json_int_t)status->st_mtim.tv_nsec));
	text = json_dumps(note, JSON_COMPACT);
	return text ? file_replace(top, NOTE_NAME, text, strlen(text), 0600) : -ENOMEM;
}

static int remove_note(int top, bool is_root)
{
	int r = is_root ? journal_remove(top) : 0;

	return r == 0 && unlinkat(top, NOTE_NAME, 0) < 0 && errno != ENOENT ? -errno : r;
}

/* The time of the directory that its note keeps; as it is when there is none. */
static void read_time(int top, struct stat *status)
{
	AUTO_CLOSE int file = root_open_regular(top, NOTE_NAME, O_RDONLY);
	AUTO_FREE char *text = NULL;
	json_int_t seconds, nanoseconds;
	json_t *note = file < 0 || file_read_fd(file, NOTE_LIMIT, &text, NULL) < 0 ? NULL : json_loads(text, 0, NULL);

	if (note && json_unpack(note, "{s[I, I]}", NOTE_TIME, &seconds, &nanoseconds) == 0)
		status->st_mtim = (struct timespec){ .tv_sec = seconds, .tv_nsec = nanoseconds };
	json_decref(note);
}

enum change { CHANGE_WRITE, CHANGE_REMOVE, CHANGE_TIME };

/* The top directory of a filesystem, open as TOP, may be as restored already: its time stays, also when the change fails half-way. */
static int change_top(int top, enum change change, json_t *note, bool is_root)
{
	struct stat status;
	int r = 0;

	if (fstat(top, &status) < 0)
		return -errno;
	if (change == CHANGE_WRITE)
		r = write_note(top, note, &status);
	else if (change == CHANGE_REMOVE)
		r = remove_note(top, is_root);
	else
		read_time(top, &status);
	if (futimens(top, (struct timespec[]){ status.st_atim, status.st_mtim }) < 0 && r == 0)
		r = -errno;
	return r;
}

/* RUN may be NULL for CHANGE_TIME. */
static int change_note(const struct restore_job *job, struct restore_run *run, const struct node *mount, enum change change, json_t *note)
{
	AUTO_CLOSE int top = open_top(job, mount);
	int flags = 0, open_flags, r;

	if (top < 0)
		return top;
	/* A directory that was immutable is so again since its files are there. */
	if (ioctl(top, FS_IOC_GETFLAGS, &flags) < 0)
		flags = 0;
	open_flags = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &open_flags) < 0)
		return -errno;
	r = change_top(top, change, note, !strcmp(mount->mount.path, "/"));
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &flags) < 0 && r == 0)
		r = -errno;
	return r == 0 && change != CHANGE_TIME ? empty_journal(job, run, mount, top) : r;
}

int unfinished_mark(const struct restore_job *job, struct restore_run *run, enum restore_stage stage)
{
	json_t *note = make_note(job, run, stage);
	int first = note ? 0 : -ENOMEM;

	for (size_t i = 0; note && i < job->plan->count; i++) {
		const struct node *node = job->plan->actions[i].node;
		int r = unfinished_has_note(job->plan->target.result, node) ? change_note(job, run, node, CHANGE_WRITE, note) : 0;

		first = first ? first : r;
	}
	json_decref(note);
	return first;
}

int unfinished_take_up(const struct restore_job *job)
{
	int first = 0;

	for (size_t i = 0; i < job->plan->count; i++) {
		const struct node *node = job->plan->actions[i].node;
		int r = unfinished_has_note(job->plan->target.result, node) ? change_note(job, NULL, node, CHANGE_TIME, NULL) : 0;

		first = first ? first : r;
	}
	return first;
}

int unfinished_clear(const struct restore_job *job, struct restore_run *run)
{
	int first = 0;

	for (size_t i = 0; i < job->plan->count; i++) {
		const struct node *node = job->plan->actions[i].node;
		int r = unfinished_has_note(job->plan->target.result, node) ? change_note(job, run, node, CHANGE_REMOVE, NULL) : 0;

		if (r && !first)
			first = context_fail(job->ctx, -r, "The note that the restore is unfinished could not be removed from %s: %s",
					     node->mount.path, strerror(-r));
	}
	return first;
}

bool unfinished_is_noted(const char *root)
{
	AUTO_CLOSE int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int note = top < 0 ? -1 : root_open_regular(top, NOTE_NAME, O_RDONLY);

	return note >= 0;
}
