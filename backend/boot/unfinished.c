#include "unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../layout/fit.h"
#include "../storage/actions.h"
#include "journal.h"
#include "phases.h"
#include "system_mount.h"

#define NOTE_NAME ".lifeboat-unfinished.json"
#define NOTE_LIMIT 65536
#define PROOF "proof"
#define RUN "run"

/* ---- writing ---- */

/* What a note says of the disk it lies on: which disk, and of which set. Beside it has PROOF and RUN. New reference. */
static json_t *note_of(const char *set_id, const struct node *disk)
{
	return json_pack("{ss*, ss*, ss*, ss*, sI}", "set_id", set_id, "model", disk->disk.model,
			 "serial", disk->disk.serial, "wwn", disk->disk.wwn, "size", (json_int_t)disk->size);
}

/* True for mounts that carry a note: of filesystems that survive a power failure. */
static bool has_note(const struct layout *layout, const struct node *node)
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

/* Notes are looked for without replaying a filesystem's journal: a moment of freezing empties that. Where it cannot be done, what
 * was written stays in the journal. */
static void empty_journal(int top)
{
	if (ioctl(top, FIFREEZE, 0) == 0)
		ioctl(top, FITHAW, 0);
}

static int write_note(const struct session *s, const struct node *mount, const struct node *disk)
{
	json_t *note = note_of(set_manifest(s->set)->set_id, disk);
	AUTO_FREE char *text = NULL;
	AUTO_CLOSE int top = open_top(s, mount);
	char proof[DIGEST_HEX];
	int r;

	/* By these a restore is known that can go on. */
	if (s->run && journal_proof(s, proof) == 0) {
		json_object_set_new(note, PROOF, json_string(proof));
		json_object_set_new(note, RUN, json_string(s->run));
	}
	text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	json_decref(note);
	if (top < 0 || !text)
		return top < 0 ? top : -ENOMEM;
	r = file_replace(top, NOTE_NAME, text, strlen(text), 0600);
	if (r == 0)
		empty_journal(top);
	return r;
}

void unfinished_write(struct session *s)
{
	int first = 0;

	for (size_t i = 0; i < s->plan->count; i++) {
		const struct action *action = &s->plan->actions[i];
		int r = action->disk && has_note(s->plan->result, action->node) ? write_note(s, action->node, action->disk) : 0;

		first = first ? first : r;
	}
	if (first)
		context_warn(s->ctx, "It could not be noted that this restore is unfinished (%s): if it is cut off, an unattended "
			     "run will not begin it anew by itself", strerror(-first));
}

/* What MOUNT has at its open TOP. */
static int remove_note(int top, const struct node *mount)
{
	struct stat status;
	int r;

	if (fstat(top, &status) < 0)
		return -errno;
	if (!strcmp(mount->mount.path, "/") && (r = journal_remove(top)) < 0)
		return r;
	if (unlinkat(top, NOTE_NAME, 0) < 0 && errno != ENOENT)
		return -errno;
	/* The directory is as restored already. */
	return futimens(top, (struct timespec[]){ status.st_atim, status.st_mtim }) < 0 ? -errno : 0;
}

static int clear_note(const struct session *s, const struct node *mount)
{
	AUTO_CLOSE int top = open_top(s, mount);
	int flags = 0, open_flags, r;

	if (top < 0)
		return top;
	/* A directory that was immutable has been so again since its files are there. */
	if (ioctl(top, FS_IOC_GETFLAGS, &flags) < 0)
		flags = 0;
	open_flags = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &open_flags) < 0)
		return -errno;
	r = remove_note(top, mount);
	if (flags != open_flags && ioctl(top, FS_IOC_SETFLAGS, &flags) < 0 && r == 0)
		r = -errno;
	if (r == 0 && syncfs(top) < 0)
		r = -errno;
	if (r == 0)
		empty_journal(top);
	return r;
}

int unfinished_clear(struct session *s)
{
	for (size_t i = 0; i < s->plan->count; i++) {
		const struct node *node = s->plan->actions[i].node;
		int r = has_note(s->plan->result, node) ? clear_note(s, node) : 0;

		if (r)
			return context_fail(s->ctx, -r, "The note that the restore is unfinished could not be removed from %s: %s",
					    node->mount.path, strerror(-r));
	}
	return 0;
}

/* ---- finding ---- */

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcasecmp(a, b));
}

/* The captured partition that PARTITION of a present disk is; NULL when it is none of DISK's. */
static const struct node *partition_among(const struct layout *captured, const struct node *disk,
					  const struct node *partition)
{
	const struct node *other;

	for (size_t i = 0; (other = layout_child(captured, disk->id, NODE_PARTITION, i)); i++)
		if (other->partition.number == partition->partition.number &&
		    same_text(other->partition.kind, partition->partition.kind) &&
		    same_text(other->partition.uuid, partition->partition.uuid) &&
		    same_text(other->partition.role, partition->partition.role))
			return other;
	return NULL;
}

/* Whether all that lies directly on HOLDER is what the set has on its counterpart WANTED. */
static bool contents_match(const struct layout *captured, const struct node *wanted, const struct layout *present,
			   const struct node *holder)
{
	const struct node *content;

	for (size_t i = 0; (content = layout_child(present, holder->id, NODE_TYPE_COUNT, i)); i++) {
		const struct node *other = layout_child(captured, wanted->id, content->type, 0);

		if (content->type == NODE_PARTITION)
			continue;
		if (!other || (content->type != NODE_FILESYSTEM && content->type != NODE_SWAP) || !content->uuid ||
		    !same_text(content->uuid, other->uuid) || !same_text(content->label, other->label) ||
		    (content->type == NODE_FILESYSTEM && !same_text(content->filesystem.kind, other->filesystem.kind)))
			return false;
	}
	return true;
}

/* Whether DISK looks as if the captured disk WANTED had been made on it, and nothing else. */
static bool is_made_as(const struct layout *captured, const struct node *wanted, const struct layout *present,
		       const struct node *disk)
{
	const struct node *partition;
	size_t count = 0;

	if (disk->disk.boot_code || !same_text(disk->disk.table, wanted->disk.table) ||
	    !same_text(disk->disk.table_id, wanted->disk.table_id) || !contents_match(captured, wanted, present, disk))
		return false;
	for (; (partition = layout_child(present, disk->id, NODE_PARTITION, count)); count++) {
		const struct node *other = partition_among(captured, wanted, partition);

		if (!other || !contents_match(captured, other, present, partition))
			return false;
	}
	return !layout_child(captured, wanted->id, NODE_PARTITION, count);
}

/* The note on the filesystem of the captured MOUNT, looked for on one disk only, when it is about WANTED; NULL otherwise. New
 * reference. */
static json_t *read_note(struct session *s, const struct layout *only, const struct node *mount, json_t *wanted)
{
	AUTO_CLOSE int top = -1;
	AUTO_FREE char *text = NULL;
	json_t *note, *about;
	bool same;

	if (system_mount_one(s->ctx, set_manifest(s->set)->layout, only, mount, s->root) < 0) {
		context_clear(s->ctx);
		return NULL;
	}
	top = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0)
		file_read(top, NOTE_NAME, NOTE_LIMIT, &text, NULL);
	if (top >= 0)
		close(TAKE_FD(top));
	if (s->ctx->ops->unmount(s->ctx, s->root, 0) < 0) {
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
	}
	note = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	about = json_copy(note);
	json_object_del(about, PROOF);
	json_object_del(about, RUN);
	same = about && wanted && json_equal(about, wanted);
	json_decref(about);
	if (same)
		return note;
	json_decref(note);
	return NULL;
}

/* New reference; NULL when DISK has none. */
static json_t *find_note(struct session *s, const struct layout *present, const struct node *disk)
{
	const struct manifest *manifest = set_manifest(s->set);
	AUTO_FREE struct node **nodes = calloc(present->count + 1, sizeof(*nodes));
	struct layout only = { .nodes = nodes };
	json_t *wanted = note_of(manifest->set_id, disk), *found = NULL;

	for (size_t i = 0; nodes && i < present->count; i++)
		if (layout_disk_of(present, present->nodes[i]) == disk)
			nodes[only.count++] = present->nodes[i];
	for (size_t i = 0; nodes && !found && i < manifest->layout->count; i++)
		if (has_note(manifest->layout, manifest->layout->nodes[i]))
			found = read_note(s, &only, manifest->layout->nodes[i], wanted);
	json_decref(wanted);
	return found;
}

/* Whether something on DISK has the UUID of something elsewhere: mounting might then show the other. */
static bool has_twin(const struct layout *present, const struct node *disk)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct node *here = present->nodes[i];

		if (here->type != NODE_FILESYSTEM || !here->uuid || layout_disk_of(present, here) != disk)
			continue;
		for (size_t k = 0; k < present->count; k++)
			if (same_text(here->uuid, present->nodes[k]->uuid) && layout_disk_of(present, present->nodes[k]) != disk)
				return true;
	}
	return false;
}

/* The note of DISK when it holds nothing but an unfinished restore of the captured disk WANTED; NULL otherwise. New reference. */
static json_t *unfinished_note(struct session *s, const struct node *wanted, const struct layout *present, const struct node *disk)
{
	if (strv_contains(s->protected_disks, disk->disk.name ? disk->disk.name : "") || has_twin(present, disk) ||
	    !is_made_as(set_manifest(s->set)->layout, wanted, present, disk))
		return NULL;
	return find_note(s, present, disk);
}

static bool is_unfinished(struct session *s, const struct layout *present, const struct node *disk)
{
	const struct layout *captured = set_manifest(s->set)->layout;
	json_t *note = NULL;

	for (size_t i = 0; i < captured->count && !note; i++)
		if (captured->nodes[i]->type == NODE_DISK)
			note = unfinished_note(s, captured->nodes[i], present, disk);
	json_decref(note);
	return note;
}

void unfinished_find(struct session *s, struct layout *present)
{
	for (size_t i = 0; i < present->count; i++) {
		struct node *disk = present->nodes[i];
		AUTO_FREE char *text = NULL;

		/* A blank disk, or one without a table or content of its own, is no such case. */
		if (disk->type != NODE_DISK || disk->disk.read_only ||
		    !layout_child(present, disk->id, NODE_TYPE_COUNT, 0) || !is_unfinished(s, present, disk))
			continue;
		disk->disk.unfinished = true;
		text = node_describe(disk);
		context_info(s->ctx, "%s holds nothing but an unfinished restore of this set; it is taken as blank", text ? text : disk->id);
	}
}

/* ---- going on ---- */

/* Whether the target disk of the wiping ACTION was made by the restore RUN (NULL: any; set to the one found) with PROOF. */
static bool is_of_run(struct session *s, const struct action *action, const char *proof, char **run)
{
	const struct node *source = layout_find(set_manifest(s->set)->layout, action->node->id);
	json_t *note = source ? unfinished_note(s, source, s->plan->present, action->disk) : NULL;
	const char *noted_proof = json_string_value(json_object_get(note, PROOF));
	const char *noted_run = json_string_value(json_object_get(note, RUN));
	bool same = noted_proof && noted_run && !strcmp(noted_proof, proof) && (!*run || !strcmp(*run, noted_run));

	if (same && !*run)
		*run = strdup(noted_run);
	json_decref(note);
	return same && *run;
}

bool unfinished_goes_on(struct session *s)
{
	AUTO_FREE char *run = NULL;
	char proof[DIGEST_HEX];

	if (journal_proof(s, proof) < 0)
		return false;
	for (size_t i = 0; i < s->plan->count; i++)
		if (s->plan->actions[i].type == &action_wipe && !is_of_run(s, &s->plan->actions[i], proof, &run))
			return false;
	if (!run)
		return false;
	free(s->run);
	s->run = TAKE_POINTER(run);
	return true;
}
