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
#include "../layout/fit.h"
#include "journal.h"
#include "phases.h"
#include "unfinished_note.h"

/* What a note says of the disk it lies on: which disk, and of which set. Beside it has NOTE_PROOF, NOTE_RUN and NOTE_STAGE. New reference. */
json_t *unfinished_note_of(const char *set_id, const struct node *disk)
{
	return json_pack("{ss*, ss*, ss*, ss*, sI}", "set_id", set_id, "model", disk->disk.model,
			 "serial", disk->disk.serial, "wwn", disk->disk.wwn, "size", (json_int_t)disk->size);
}

bool unfinished_has_note(const struct layout *layout, const struct node *node)
{
	const struct node *filesystem = node->type == NODE_MOUNT ? layout_filesystem_of(layout, node) : NULL;

	return filesystem && fit_is_growable(filesystem->filesystem.kind);
}

/* The new top directory of a mount; -errno. */
static int open_top(const struct session *s, const struct node *mount)
{
	AUTO_FREE char *path = text_format("%s%s", s->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	return !path ? -ENOMEM : fd < 0 ? -errno : fd;
}

/* Notes are looked for without replaying a filesystem's journal, so it is emptied: by a moment of being mounted read-only. (Freezing would do
 * it too, but a filesystem stays frozen when who froze it dies.) Where something holds a file open for writing, what was written stays in
 * the journal. */
static int empty_journal(struct session *s, const struct node *mount, int top)
{
	const struct node *filesystem = layout_filesystem_of(s->plan->result, mount);
	AUTO_FREE char *where = text_format("%s%s", s->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");

	if (syncfs(top) < 0)
		return -errno;
	if (!where || !strcmp(filesystem->filesystem.kind, "btrfs"))
		return where ? 0 : -ENOMEM;
	if (s->ctx->ops->mount(s->ctx, filesystem->device, where, NULL, MS_REMOUNT | MS_RDONLY | MS_NOATIME, NULL) < 0) {
		context_clear(s->ctx);
		return 0;
	}
	return s->ctx->ops->mount(s->ctx, filesystem->device, where, NULL, MS_REMOUNT | MS_NOATIME, NULL);
}

static char *note_text(const struct session *s, const struct node *disk, enum restore_stage stage)
{
	json_t *note = unfinished_note_of(set_manifest(s->set)->set_id, disk);
	char proof[DIGEST_HEX], *text;

	/* By these a restore is known that can be resumed, and from where. */
	if (s->run && journal_proof(s, proof) == 0) {
		json_object_set_new(note, NOTE_PROOF, json_string(proof));
		json_object_set_new(note, NOTE_RUN, json_string(s->run));
		json_object_set_new(note, NOTE_STAGE, json_string(stage_name(stage)));
	}
	text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	json_decref(note);
	return text;
}

/* What is done to the top directory of a filesystem, open as TOP. TEXT: the new note; NULL: none any more. */
static int change_top(int top, const struct node *mount, const char *text)
{
	struct stat status;
	int r = 0;

	if (fstat(top, &status) < 0)
		return -errno;
	if (text)
		r = file_replace(top, NOTE_NAME, text, strlen(text), 0600);
	else if (!strcmp(mount->mount.path, "/"))
		r = journal_remove(top);
	if (r < 0)
		return r;
	if (!text && unlinkat(top, NOTE_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	/* The directory may be as restored already. */
	return futimens(top, (struct timespec[]){ status.st_atim, status.st_mtim }) < 0 ? -errno : 0;
}

static int change_note(struct session *s, const struct node *mount, const char *text)
{
	AUTO_CLOSE int top = open_top(s, mount);
	int flags = 0, open_flags, r;

	if (top < 0)
		return top;
	/* A directory that was immutable is so again since its files are there. */
	if (ioctl(top, FS_IOC_GETFLAGS, &flags) < 0)
		flags = 0;
	open_flags = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &open_flags) < 0)
		return -errno;
	r = change_top(top, mount, text);
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &flags) < 0 && r == 0)
		r = -errno;
	return r == 0 ? empty_journal(s, mount, top) : r;
}

int unfinished_mark(struct session *s, enum restore_stage stage)
{
	int first = 0;

	for (size_t i = 0; i < s->plan->count; i++) {
		const struct action *action = &s->plan->actions[i];
		AUTO_FREE char *text = NULL;
		int r;

		if (!action->disk || !unfinished_has_note(s->plan->result, action->node))
			continue;
		text = note_text(s, action->disk, stage);
		r = text ? change_note(s, action->node, text) : -ENOMEM;
		first = first ? first : r;
	}
	return first;
}

int unfinished_clear(struct session *s)
{
	for (size_t i = 0; i < s->plan->count; i++) {
		const struct node *node = s->plan->actions[i].node;
		int r = unfinished_has_note(s->plan->result, node) ? change_note(s, node, NULL) : 0;

		if (r)
			return context_fail(s->ctx, -r, "The note that the restore is unfinished could not be removed from %s: %s",
					    node->mount.path, strerror(-r));
	}
	return 0;
}

bool unfinished_is_noted(const char *root)
{
	AUTO_CLOSE int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int note = top < 0 ? -1 : root_open_regular(top, NOTE_NAME, O_RDONLY);

	return note >= 0;
}
