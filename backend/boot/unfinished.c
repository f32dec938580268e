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
#include "phases.h"
#include "system_mount.h"

#define NOTE_NAME ".lifeboat-unfinished.json"
#define NOTE_LIMIT 65536

/* ---- writing ---- */

/* What a note says of the disk it lies on: which disk, and of which set. New reference. */
static json_t *note_of(const char *set_id, const struct node *disk)
{
	return json_pack("{ss*, ss*, ss*, ss*, sI}", "set_id", set_id, "model", disk->disk.model,
			 "serial", disk->disk.serial, "wwn", disk->disk.wwn, "size", (json_int_t)disk->size);
}

static const struct node *filesystem_of(const struct layout *layout, const struct node *mount)
{
	const struct node *below = mount->on && mount->on[0] ? layout_find(layout, mount->on[0]) : NULL;

	if (below && below->type == NODE_SUBVOLUME)
		below = below->on && below->on[0] ? layout_find(layout, below->on[0]) : NULL;
	return below && below->type == NODE_FILESYSTEM ? below : NULL;
}

/* True for mounts that carry a note: of filesystems that survive a power failure. */
static bool has_note(const struct layout *layout, const struct node *node)
{
	const struct node *filesystem = node->type == NODE_MOUNT ? filesystem_of(layout, node) : NULL;

	return filesystem && fit_is_growable(filesystem->filesystem.kind);
}

/* The new top directory of a mount; -errno. */
static int open_top(const struct session *s, const struct node *mount)
{
	AUTO_FREE char *path = text_format("%s%s", s->root, strcmp(mount->mount.path, "/") ? mount->mount.path : "");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	return !path ? -ENOMEM : fd < 0 ? -errno : fd;
}

static int write_note(const struct session *s, const struct node *mount, const struct node *disk)
{
	json_t *note = note_of(set_manifest(s->set)->set_id, disk);
	AUTO_FREE char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	AUTO_CLOSE int top = open_top(s, mount);
	int r;

	json_decref(note);
	if (top < 0 || !text)
		return top < 0 ? top : -ENOMEM;
	r = file_replace(top, NOTE_NAME, text, strlen(text), 0600);
	/* It will be looked for without replaying a journal: a moment of freezing empties that. */
	if (r == 0 && ioctl(top, FIFREEZE, 0) == 0)
		ioctl(top, FITHAW, 0);
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

static int clear_note(const struct session *s, const struct node *mount)
{
	AUTO_CLOSE int top = open_top(s, mount);
	struct stat status;

	if (top < 0 || fstat(top, &status) < 0)
		return top < 0 ? top : -errno;
	if (unlinkat(top, NOTE_NAME, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	/* The directory is as restored already. */
	if (futimens(top, (struct timespec[]){ status.st_atim, status.st_mtim }) < 0 || syncfs(top) < 0)
		return -errno;
	return 0;
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

/* Whether the filesystem of the captured MOUNT, looked for on one disk only, has a note equal to WANTED. */
static bool read_note(struct session *s, const struct layout *only, const struct node *mount, json_t *wanted)
{
	AUTO_CLOSE int top = -1;
	AUTO_FREE char *text = NULL;
	json_t *note;
	bool same;

	if (system_mount_one(s->ctx, set_manifest(s->set)->layout, only, mount, s->root) < 0) {
		context_clear(s->ctx);
		return false;
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
	same = note && wanted && json_equal(note, wanted);
	json_decref(note);
	return same;
}

static bool has_its_note(struct session *s, const struct layout *present, const struct node *disk)
{
	const struct manifest *manifest = set_manifest(s->set);
	AUTO_FREE struct node **nodes = calloc(present->count + 1, sizeof(*nodes));
	struct layout only = { .nodes = nodes };
	json_t *wanted = note_of(manifest->set_id, disk);
	bool found = false;

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

static bool is_unfinished(struct session *s, const struct layout *present, const struct node *disk)
{
	const struct layout *captured = set_manifest(s->set)->layout;

	if (strv_contains(s->protected_disks, disk->disk.name ? disk->disk.name : "") || has_twin(present, disk))
		return false;
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK && is_made_as(captured, captured->nodes[i], present, disk) &&
		    has_its_note(s, present, disk))
			return true;
	return false;
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
