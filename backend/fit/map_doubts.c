/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a map is not certain, or not possible, in the words of who can do something about it. */
#include <errno.h>

#include "../layout/identity.h"
#include "map.h"
#include "map_parts.h"

char *disk_map_share_words(void)
{
	return sentence("Saved disks can share a target disk: choose the same one for several, or say so in a file of changes, "
			"{\"disk:1\": {\"onto\": \"disk:0\"}}");
}

void proposal_doubt_ambiguous(struct proposal *proposal)
{
	proposal_doubt(proposal, sentence("Several disks here fit equally well; name the one that may be erased (%sNAME: its serial number, WWN "
				    "or by-path name), or choose by hand.", proposal->option));
}

/* A named disk that cannot be used is the reason a person looks for. */
void proposal_doubt_named(struct proposal *proposal, const struct source *source)
{
	for (size_t i = 0; i < strv_length(proposal->targets); i++) {
		const struct disk_candidate *candidate = proposal->named[i] ? source_candidate(source, proposal->named[i]) : NULL;

		if (candidate && !candidate->usable)
			proposal_doubt(proposal, sentence("The disk called \"%s\" cannot be used. %s", proposal->targets[i], candidate->reason));
	}
}

void proposal_doubt_not_blank(struct proposal *proposal, const struct source *source)
{
	const struct disk_candidate *candidate = source->target ? source_candidate(source, source->target) : NULL;
	AUTO_FREE char *text = NULL, *name = NULL, *how = NULL;

	proposal_doubt_named(proposal, source);
	if (!candidate)
		return;
	text = node_describe(source->target);
	name = disk_best_name(proposal->present, source->target);
	if (name)
		how = sentence("to have it erased without a question, name it: %s%s", proposal->option, name);
	else
		how = sentence("it has no name of its own, so it must be chosen by hand");
	if (proposal->targets)
		proposal_doubt(proposal, sentence("%s is not among the disks that may be erased.", text ? text : source->target->id));
	else if (candidate->claims_identity)
		proposal_doubt(proposal, sentence("%s has the identity of the captured disk, but many disks share such an identity, and its size "
					    "or contents differ from what was captured; %s.", text ? text : source->target->id,
					    how ? how : ""));
	else
		proposal_doubt(proposal, sentence("%s is neither blank nor the disk that was captured; %s.", text ? text : source->target->id,
					    how ? how : ""));
}

/* No present disk can take SOURCE: the sentence lists why, disk by disk. */
int proposal_fail_source(struct proposal *proposal, const struct source *source)
{
	AUTO_FREE char *text = node_describe(source->disk), *share = NULL;
	AUTO_FREE char *list = NULL;
	bool only_small = source->count > 0;

	for (size_t i = 0; i < source->count; i++) {
		const struct disk_candidate *candidate = &source->candidates[i];
		AUTO_FREE char *disk = node_describe(candidate->disk);
		const char *place = candidate->disk->disk.by_path ? candidate->disk->disk.by_path : candidate->disk->disk.name;
		/* Disks may look alike; their places do not. */
		AUTO_FREE char *line = sentence("%s (%s): %s", disk ? disk : candidate->disk->id, place ? place : candidate->disk->id,
						candidate->usable ? sentence_words(N_("It is needed for another captured disk.")) : candidate->reason);
		AUTO_FREE char *before = list;

		list = before && line ? sentence("%s %s", before, line) : TAKE_POINTER(line);
		if (!list)
			return context_oom(proposal->ctx);
		only_small &= candidate->too_small;
	}
	if (!source->count)
		return context_fail(proposal->ctx, ENODEV, "This machine has no disk that could be the target disk of the saved disk (%s)",
				    text ? text : source->disk->id);
	if (proposal->count == 1 || only_small)
		return context_fail(proposal->ctx, only_small ? ENOSPC : ENODEV, "No disk here can be the target disk of the saved disk (%s). %s",
				    text ? text : source->disk->id, list);
	share = disk_map_share_words();
	return context_fail(proposal->ctx, ENODEV, "No disk here can be the target disk of the saved disk (%s). %s %s", text ? text : source->disk->id,
			    list, share ? share : "");
}

char *proposal_paths_words(const struct proposal *proposal, const struct node *disk)
{
	const struct node *other = disk_other_path(proposal->present, disk);
	AUTO_FREE char *text = node_describe(disk);

	return !other ? NULL : sentence("%s and %s are paths to one disk (%s), which nothing combines; start multipathd, or disconnect all paths but one.",
					disk->device ? disk->device : disk->id, other->device ? other->device : other->id, text ? text : disk->id);
}

/* A target whose identity another disk here has too is confirmed by what does not tell the two apart. */
void proposal_doubt_twins(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct node *target = proposal->sources[i].target;

		for (size_t k = 0; target && !proposal_is_singled_out(proposal, target) && k < proposal->present->count; k++) {
			const struct node *other = proposal->present->nodes[k];
			AUTO_FREE char *text = NULL, *name = NULL;

			if (other->type != NODE_DISK || other == target || !disk_claims_same(&target->disk, &other->disk))
				continue;
			text = node_describe(target);
			if (disk_other_path(proposal->present, target)) {
				proposal_doubt(proposal, proposal_paths_words(proposal, target));
				break;
			}
			name = disk_best_name(proposal->present, target);
			if (name)
				proposal_doubt(proposal, sentence("Several disks here have the identity of %s, so nobody can tell which one is meant; "
								  "unplug the others, or name it by %s%s.",
								  text ? text : target->id, proposal->option, name));
			else
				proposal_doubt(proposal, sentence("Several disks here have the identity of %s, so nobody can tell which one is meant; "
							 "unplug the others.", text ? text : target->id));
		}
	}
}

/* The disk that is meant may be the one that could not be looked at. */
void proposal_doubt_untold(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];
		const struct disk_candidate *target = source->target ? source_candidate(source, source->target) : NULL;

		for (size_t k = 0; target && !target->same_identity && !proposal_is_singled_out(proposal, target->disk) && k < source->count; k++) {
			const struct disk_candidate *candidate = &source->candidates[k];
			AUTO_FREE char *text = candidate->untold ? node_describe(candidate->disk) : NULL;

			if (candidate->untold)
				proposal_doubt(proposal, sentence("%s may be the disk that is meant. %s", text ? text : candidate->disk->id,
								  candidate->reason));
		}
	}
}

/* What it was decided to leave out costs files: a person has to know. Of the medium itself they are on it. */
void proposal_doubt_left_out(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];
		AUTO_FREE char *text = NULL, *share = NULL;

		if (!source->left_out || source->stays || !source->has_files)
			continue;
		text = node_describe(source->disk);
		proposal_doubt_named(proposal, source);
		share = disk_map_share_words();
		proposal_doubt(proposal, sentence("No disk here can be the target disk of the saved disk (%s), which would not be restored. %s",
						  text ? text : source->disk->id, share ? share : ""));
	}
}

/* Whether all files fit is not found out on the only disk there is. */
void proposal_doubt_tight(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];
		const struct disk_candidate *candidate = source->target ? source_candidate(source, source->target) : NULL;
		AUTO_FREE char *text = candidate && candidate->doubtful ? node_describe(candidate->disk) : NULL;

		if (candidate && candidate->doubtful)
			proposal_doubt(proposal, sentence("%s is smaller than the captured disk, and it is not certain that all files fit: %s.",
						    text ? text : candidate->disk->id, candidate->shrinks));
	}
}
