/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unfinished_find.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../core/root_open.h"
#include "../machine/system_mount.h"
#include "../plan/plan.h"
#include "../storage/actions.h"
#include "../wanted/table_kind.h"
#include "unfinished_note.h"

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcasecmp(a, b));
}

/* The captured partition that PARTITION of a present disk is; NULL when it is none of DISK's. */
static const struct node *partition_among(const struct layout *captured, const struct node *disk,
					  const struct node *partition)
{
	const struct node *other;

	for (size_t at = 0; (other = layout_next_child(captured, disk->id, NODE_PARTITION, &at));)
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

	for (size_t at = 0; (content = layout_next_child(present, holder->id, NODE_TYPE_COUNT, &at));) {
		const struct node *other = layout_child(captured, wanted->id, content->type, 0);
		bool known = content->type == NODE_FILESYSTEM || content->type == NODE_SWAP || content->type == NODE_RAID ||
			     content->type == NODE_PV || content->type == NODE_LUKS;

		if (content->type == NODE_PARTITION)
			continue;
		if (!other || !known || !content->uuid || !same_text(content->uuid, other->uuid) ||
		    (content->type != NODE_RAID && !same_text(content->label, other->label)) ||
		    (content->type == NODE_FILESYSTEM && !same_text(content->filesystem.kind, other->filesystem.kind)))
			return false;
	}
	return true;
}

/* Whether DISK looks as if the captured disk WANTED had been made on it, and nothing else; whatever its boot code. */
static bool is_made_as(const struct layout *captured, const struct node *wanted, const struct layout *present,
		       const struct node *disk)
{
	const struct node *partition;

	if (!same_text(disk->disk.table, wanted->disk.table) || !same_text(disk->disk.table_id, wanted->disk.table_id) ||
	    !contents_match(captured, wanted, present, disk))
		return false;
	for (size_t at = 0; (partition = layout_next_child(present, disk->id, NODE_PARTITION, &at));) {
		const struct node *other = partition_among(captured, wanted, partition);

		if (!other || !contents_match(captured, other, present, partition))
			return false;
	}
	return layout_count_children(captured, wanted->id, NODE_PARTITION) <= layout_count_children(present, disk->id, NODE_PARTITION);
}

/* The note on the filesystem of the captured MOUNT, looked for on the disks of ONLY; NULL when there is none. New reference. */
static json_t *read_note(const struct restore_job *job, const struct layout *only, const struct node *mount)
{
	AUTO_CLOSE int top = -1, file = -1;
	AUTO_FREE char *text = NULL;
	AUTO_SCOPE struct error_scope scope = context_scope_begin(job->ctx);
	struct loop_device loop;

	if (system_mount_one(job->ctx, job->layout, only, mount, job->root, &loop) < 0)
		return NULL;
	top = open(job->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = top < 0 ? -1 : root_open_regular(top, NOTE_NAME, O_RDONLY);
	if (file >= 0 && file_read_fd(file, NOTE_LIMIT, &text, NULL) < 0)
		context_debug(job->ctx, "a note of an unfinished restore cannot be read");
	if (file >= 0)
		close(TAKE_FD(file));
	if (top >= 0)
		close(TAKE_FD(top));
	if (system_unmount_one(job->ctx, job->root, &loop) < 0)
		context_warn(job->ctx, "%s", context_detail(job->ctx));
	return text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* A note on the disk ON that is about that disk and about DISK, too. New reference; NULL: there is none. */
static json_t *find_note(const struct restore_job *job, const struct layout *present, const struct node *on, const struct node *disk)
{
	const struct manifest *manifest = job->manifest;
	AUTO_FREE struct node **nodes = calloc(present->count + 1, sizeof(*nodes));
	struct layout only = { .nodes = nodes };

	/* Of a mirror what lies on this disk. */
	for (size_t i = 0; nodes && i < present->count; i++)
		if (layout_lies_on(present, present->nodes[i], on))
			nodes[only.count++] = present->nodes[i];
	for (size_t i = 0; nodes && i < job->layout->count; i++) {
		const struct node *mount = job->layout->nodes[i];
		json_t *note = unfinished_has_note(job->layout, mount) ? read_note(job, &only, mount) : NULL;

		if (note && unfinished_is_about(note, manifest->set_id, on) && unfinished_is_about(note, manifest->set_id, disk))
			return note;
		json_decref(note);
	}
	return NULL;
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

static enum restore_stage stage_of(json_t *note)
{
	enum restore_stage stage = STAGE_EXTRACT;

	stage_parse(json_string_value(json_object_get(note, NOTE_STAGE)), &stage);
	return stage;
}

static bool may_be_looked_at(const struct layout *present, const struct node *disk, char *const *protected_disks)
{
	return disk->type == NODE_DISK && !strv_contains(protected_disks, disk->disk.name ? disk->disk.name : "") && !has_twin(present, disk);
}

/* Whether DISK looks like any of the captured ones. */
static bool is_made(const struct layout *captured, const struct layout *present, const struct node *disk)
{
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK && is_made_as(captured, captured->nodes[i], present, disk))
			return true;
	return false;
}

/* A note on another disk of the same restore: what DISK holds may be nothing that could be looked into. */
static json_t *find_note_elsewhere(const struct restore_job *job, char *const *protected_disks, const struct layout *present, const struct node *disk)
{
	json_t *note = NULL;

	for (size_t i = 0; !note && i < present->count; i++) {
		const struct node *other = present->nodes[i];

		if (other != disk && may_be_looked_at(present, other, protected_disks) && is_made(job->layout, present, other))
			note = find_note(job, present, other, disk);
	}
	return note;
}

/* The note about DISK when it holds nothing but an unfinished restore of the captured disk WANTED; NULL otherwise. New reference. */
static json_t *unfinished_note(const struct restore_job *job, char *const *protected_disks, const struct node *wanted, const struct layout *present,
			       const struct node *disk)
{
	json_t *note;

	if (!may_be_looked_at(present, disk, protected_disks) || !is_made_as(job->layout, wanted, present, disk))
		return NULL;
	note = find_note(job, present, disk, disk);
	if (!note)
		note = find_note_elsewhere(job, protected_disks, present, disk);
	/* The boot loader comes after all files. */
	if (!disk->disk.boot_code || stage_of(note) >= STAGE_BOOT)
		return note;
	json_decref(note);
	return NULL;
}

static bool is_unfinished(const struct restore_job *job, char *const *protected_disks, const struct layout *present, const struct node *disk,
			  enum restore_stage *ret_stage)
{
	const struct layout *captured = job->layout;
	json_t *note = NULL;

	for (size_t i = 0; i < captured->count && !note; i++)
		if (captured->nodes[i]->type == NODE_DISK)
			note = unfinished_note(job, protected_disks, captured->nodes[i], present, disk);
	*ret_stage = stage_of(note);
	json_decref(note);
	return note;
}

int unfinished_find(const struct restore_job *job, char *const *protected_disks, struct layout *present, char ***late)
{
	for (size_t i = 0; i < present->count; i++) {
		struct node *disk = present->nodes[i];
		AUTO_FREE char *text = NULL;
		enum restore_stage stage;

		/* A blank disk, or one without a table or content of its own, is no such case. */
		if (disk->type != NODE_DISK || disk->disk.read_only || disk->disk.unfinished ||
		    !layout_child(present, disk->id, NODE_TYPE_COUNT, 0) || !is_unfinished(job, protected_disks, present, disk, &stage))
			continue;
		disk->disk.unfinished = true;
		text = node_describe(disk);
		context_info(job->ctx, "%s holds nothing but an unfinished restore of this set, interrupted in the phase '%s'",
			     text ? text : disk->id, stage_name(stage));
		if (stage >= STAGE_BOOT && strv_append(late, disk->id) < 0)
			return context_oom(job->ctx);
	}
	return 0;
}

bool unfinished_is_possible(const struct restore_job *job, char *const *protected_disks, const struct layout *present)
{
	for (size_t i = 0; i < present->count; i++)
		if (may_be_looked_at(present, present->nodes[i], protected_disks) && !present->nodes[i]->disk.unfinished &&
		    layout_child(present, present->nodes[i]->id, NODE_TYPE_COUNT, 0) && is_made(job->layout, present, present->nodes[i]))
			return true;
	return false;
}

/* Whether the id of DISK's table is that of OTHER, a captured disk, or what that becomes with a table of another kind. */
static bool has_id_of(const struct layout *captured, const struct node *other, const struct node *disk)
{
	AUTO_FREE char *gpt = table_derived_id(captured, other, true), *mbr = table_derived_id(captured, other, false);

	return same_text(other->disk.table_id, disk->disk.table_id) || (gpt && same_text(gpt, disk->disk.table_id)) ||
	       (mbr && same_text(mbr, disk->disk.table_id));
}

/* Whether DISK has the table of a disk of the set: with what in it, follows from changes that are not known yet. */
static bool has_table_of(const struct layout *captured, const struct node *disk)
{
	for (size_t i = 0; i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK && captured->nodes[i]->disk.table_id && has_id_of(captured, captured->nodes[i], disk))
			return true;
	return false;
}

json_t *unfinished_wishes(const struct restore_job *job, char *const *protected_disks, const struct layout *present)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];
		bool looked_at = may_be_looked_at(present, disk, protected_disks) && has_table_of(job->layout, disk);
		json_auto_t *note = looked_at ? find_note(job, present, disk, disk) : NULL;
		json_t *wishes = json_object_get(note, NOTE_WISHES);

		if (json_object_size(wishes) > 0)
			return json_incref(wishes);
	}
	return NULL;
}

/* ---- resuming ---- */

/* Whether the target disk of the wiping ACTION was made by the restore RUN (NULL: any; set to the one found) with PROOF. *STAGE becomes
 * the earlier of itself and that of its note. */
static bool is_of_run(const struct restore_job *job, char *const *protected_disks, const struct layout *present, const struct action *action,
		      const char *proof, char **run, enum restore_stage *stage)
{
	const struct node *source = layout_find(job->layout, action->node->id), *disk = layout_disk_like(present, action->disks[0]);
	json_t *note = source && disk ? unfinished_note(job, protected_disks, source, present, disk) : NULL;
	const char *noted_proof = json_string_value(json_object_get(note, NOTE_PROOF));
	const char *noted_run = json_string_value(json_object_get(note, NOTE_RUN));
	bool same = noted_proof && noted_run && !strcmp(noted_proof, proof) && (!*run || !strcmp(*run, noted_run));

	if (same && !*run)
		*run = strdup(noted_run);
	if (same && stage_of(note) < *stage)
		*stage = stage_of(note);
	json_decref(note);
	return same && *run;
}

bool unfinished_can_resume(const struct restore_job *job, char *const *protected_disks, const struct layout *present, struct restore_run *run)
{
	enum restore_stage stage = STAGE_FINISH;
	AUTO_FREE char *name = NULL;
	char proof[DIGEST_HEX];

	if (restore_job_proof(job, proof) < 0)
		return false;
	for (size_t i = 0; i < job->plan->count; i++)
		if (job->plan->actions[i].type == &action_wipe &&
		    !is_of_run(job, protected_disks, present, &job->plan->actions[i], proof, &name, &stage))
			return false;
	if (!name)
		return false;
	free(run->name);
	run->name = TAKE_POINTER(name);
	run->resumed = stage;
	return true;
}
