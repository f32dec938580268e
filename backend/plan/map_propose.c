/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proposes a map: identities first, then what was named or is blank, then what a person may be asked about. */
#include <errno.h>
#include <string.h>

#include "../layout/identity.h"
#include "map.h"
#include "map_parts.h"

/* Ways to pair that are tried before a machine counts as ambiguous anyway. */
#define TRIES 100000

typedef bool (*eligible)(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate);

/* Keeps the first reason (takes the text). */
static void doubt(struct proposal *proposal, char *reason)
{
	if (proposal->reason)
		free(reason);
	else
		proposal->reason = reason;
}

static struct node *only_disk_named(struct proposal *proposal, const char *name)
{
	struct node *found = NULL;

	for (size_t i = 0; i < proposal->present->count; i++) {
		struct node *disk = proposal->present->nodes[i];

		if (disk->type != NODE_DISK || !disk_is_called(disk, name))
			continue;
		if (found) {
			doubt(proposal, sentence("Several disks here are called \"%s\"; name the one that may be erased by "
						    "another of its names.", name));
			return NULL;
		}
		found = disk;
	}
	if (!found)
		doubt(proposal, sentence("No disk here is called \"%s\".", name));
	return found;
}

/* A kernel name says nothing: the same disk may have another one at the next start, and another disk this one. */
static int refuse_kernel_name(struct proposal *proposal, const char *name)
{
	const char *bare = strncmp(name, "/dev/", 5) ? name : name + 5;
	AUTO_FREE char *best = NULL;

	for (size_t i = 0; i < proposal->present->count; i++) {
		struct node *disk = proposal->present->nodes[i];

		if (disk->type == NODE_DISK && disk->disk.name && !strcmp(disk->disk.name, bare))
			best = best ? best : disk_best_name(proposal->present, disk);
	}
	if (!best)
		return context_fail(proposal->ctx, EINVAL, "the target \"%s\" is a kernel name, which may belong to another disk after the next "
				    "start; name the disk by its serial number, WWN or by-path name", name);
	return context_fail(proposal->ctx, EINVAL, "the target \"%s\" is a kernel name, which may belong to another disk after the next start; "
			    "name the disk by its serial number, WWN or by-path name, here: %s", name, best);
}

static int take_targets(struct proposal *proposal)
{
	proposal->named = calloc(strv_length(proposal->targets) + 1, sizeof(*proposal->named));
	if (!proposal->named)
		return context_oom(proposal->ctx);
	for (size_t i = 0; proposal->targets && proposal->targets[i]; i++) {
		const char *name = proposal->targets[i];

		if (!strcmp(name, "blank"))
			proposal->blank_named = true;
		else if (is_kernel_disk_name(name))
			return refuse_kernel_name(proposal, name);
		else
			proposal->named[i] = only_disk_named(proposal, name);
	}
	return 0;
}

static bool is_named(const struct proposal *proposal, const struct disk_candidate *candidate)
{
	for (size_t i = 0; i < strv_length(proposal->targets); i++)
		if (proposal->named[i] == candidate->disk)
			return true;
	return proposal->blank_named && candidate->blank;
}

/* May be erased without asking anybody: named, or, where nothing was named, blank and built in as the captured one was. */
static bool may_be_erased(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	if (proposal->targets)
		return is_named(proposal, candidate);
	return candidate->blank && (!candidate->disk->disk.removable || source->disk->disk.removable);
}

/* The same, and nothing becomes smaller. */
static bool may_be_erased_whole(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	return !candidate->shrinks && may_be_erased(proposal, source, candidate);
}

/* May be proposed to a person. */
static bool may_be_proposed(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	(void)proposal;
	(void)source;
	(void)candidate;
	return true;
}

static bool may_be_proposed_whole(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	return !candidate->shrinks && may_be_proposed(proposal, source, candidate);
}

/* Whether DISK was named by a name that no other disk here has. */
static bool is_singled_out(const struct proposal *proposal, const struct node *disk)
{
	for (size_t i = 0; disk && i < strv_length(proposal->targets); i++)
		if (proposal->named[i] == disk)
			return true;
	return false;
}

/* The captured disks that are here themselves keep their place. Where several claim to be one, none of them is believed, be it only one
 * that could be used: the others may be copies, or another way to the same disk. */
static void pair_by_identity(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		struct node *found = NULL;
		size_t claims = 0;

		for (size_t j = 0; j < source->count; j++) {
			struct disk_candidate *candidate = &source->candidates[j];

			if (!candidate->claims_identity || (proposal->targets && !is_named(proposal, candidate)))
				continue;
			claims++;
			if (candidate->usable && candidate->same_identity && !proposal_has_taken(proposal, candidate->disk))
				found = candidate->disk;
		}
		if (claims == 1) {
			source->target = found;
		} else if (claims > 1) {
			AUTO_FREE char *text = node_describe(source->disk);

			doubt(proposal, sentence("%zu disks here have the identity of the captured one (%s); unplug the others, or "
						    "choose by hand.", claims, text ? text : source->disk->id));
		}
	}
}

/* A target whose identity another disk here has too is confirmed by what does not tell the two apart. */
static void doubt_twins(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct node *target = proposal->sources[i].target;

		for (size_t k = 0; target && !is_singled_out(proposal, target) && k < proposal->present->count; k++) {
			const struct node *other = proposal->present->nodes[k];
			AUTO_FREE char *text = NULL, *name = NULL;

			if (other->type != NODE_DISK || other == target || !disk_claims_same(&target->disk, &other->disk))
				continue;
			text = node_describe(target);
			name = disk_best_name(proposal->present, target);
			if (name)
				doubt(proposal, sentence("Several disks here have the identity of %s, so nobody can tell which one is meant; "
							 "unplug the others, or name it by %s%s.", text ? text : target->id, proposal->option, name));
			else
				doubt(proposal, sentence("Several disks here have the identity of %s, so nobody can tell which one is meant; "
							 "unplug the others.", text ? text : target->id));
		}
	}
}

/* Counts the ways to give every open source from number FROM on a disk of its own, up to two. The first is kept in KEPT. */
static unsigned count_pairings(struct proposal *proposal, size_t from, eligible is_eligible, struct node **kept)
{
	struct source *source;
	unsigned found = 0;

	while (from < proposal->count && (proposal->sources[from].target || !proposal->sources[from].count))
		from++;
	if (from == proposal->count) {
		for (size_t i = 0; i < proposal->count; i++)
			if (!kept[i])
				kept[i] = proposal->sources[i].tried;
		return 1;
	}
	source = &proposal->sources[from];
	for (size_t j = 0; j < source->count && found < 2; j++) {
		struct disk_candidate *candidate = &source->candidates[j];

		if (!candidate->usable || proposal_has_taken(proposal, candidate->disk) || !is_eligible(proposal, source, candidate))
			continue;
		if (++proposal->tries > TRIES)
			return found ? 2 : 0;
		source->tried = candidate->disk;
		found += count_pairings(proposal, from + 1, is_eligible, kept);
		source->tried = NULL;
	}
	return found;
}

/* Pairs the open sources in the one way there is. Number of ways, up to two; of two the first is taken. */
static unsigned pair_open(struct proposal *proposal, eligible is_eligible)
{
	AUTO_FREE struct node **kept = calloc(proposal->count + 1, sizeof(*kept));
	unsigned ways;

	if (!kept)
		return 0;
	proposal->tries = 0;
	ways = count_pairings(proposal, 0, is_eligible, kept);
	for (size_t i = 0; ways && i < proposal->count; i++)
		if (!proposal->sources[i].target)
			proposal->sources[i].target = kept[i];
	return ways;
}

/* As many names as open captured disks, each for a disk: their order is the pairing. */
static bool pair_in_order(struct proposal *proposal)
{
	size_t names = strv_length(proposal->targets), next = 0;

	if (proposal->blank_named || names != proposal->count)
		return false;
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		const struct disk_candidate *candidate;

		if (source->target || !source->count)
			continue;
		while (next < names && (!proposal->named[next] || proposal_has_taken(proposal, proposal->named[next])))
			next++;
		candidate = next < names ? source_candidate(source, proposal->named[next]) : NULL;
		if (!candidate || !candidate->usable) {
			for (size_t j = 0; j < proposal->count; j++)
				proposal->sources[j].tried = NULL;
			return false;
		}
		source->tried = candidate->disk;
	}
	for (size_t i = 0; i < proposal->count; i++)
		if (!proposal->sources[i].target)
			proposal->sources[i].target = TAKE_POINTER(proposal->sources[i].tried);
	return true;
}

static bool has_open(const struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (!proposal->sources[i].target && proposal->sources[i].count)
			return true;
	return false;
}

static void doubt_ambiguous(struct proposal *proposal)
{
	doubt(proposal, sentence("Several disks here fit equally well; name the one that may be erased (%sNAME: its serial number, WWN "
				    "or by-path name), or choose by hand.", proposal->option));
}

/* A named disk that cannot be used is the reason a person looks for. */
static void doubt_named(struct proposal *proposal, const struct source *source)
{
	for (size_t i = 0; i < strv_length(proposal->targets); i++) {
		const struct disk_candidate *candidate = proposal->named[i] ? source_candidate(source, proposal->named[i]) : NULL;

		if (candidate && !candidate->usable)
			doubt(proposal, sentence("The disk called \"%s\" cannot be used. %s", proposal->targets[i], candidate->reason));
	}
}

static void doubt_not_blank(struct proposal *proposal, const struct source *source)
{
	const struct disk_candidate *candidate = source->target ? source_candidate(source, source->target) : NULL;
	AUTO_FREE char *text = NULL, *name = NULL, *how = NULL;

	doubt_named(proposal, source);
	if (!candidate)
		return;
	text = node_describe(source->target);
	name = disk_best_name(proposal->present, source->target);
	if (name)
		how = sentence("to have it erased without a question, name it: %s%s", proposal->option, name);
	else
		how = sentence("it has no name of its own, so it must be chosen by hand");
	if (proposal->targets)
		doubt(proposal, sentence("%s is not among the disks that may be erased.", text ? text : source->target->id));
	else if (candidate->claims_identity)
		doubt(proposal, sentence("%s has the identity of the captured disk, but many disks share such an identity, and its size "
					    "or contents differ from what was captured; %s.", text ? text : source->target->id,
					    how ? how : ""));
	else
		doubt(proposal, sentence("%s is neither blank nor the disk that was captured; %s.", text ? text : source->target->id,
					    how ? how : ""));
}

/* No present disk can take SOURCE: the sentence lists why, disk by disk. */
static int fail_source(struct proposal *proposal, const struct source *source)
{
	AUTO_FREE char *text = node_describe(source->disk);
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
	return context_fail(proposal->ctx, only_small ? ENOSPC : ENODEV, "No disk here can be the target disk of the saved disk (%s). %s",
			    text ? text : source->disk->id, list);
}

static bool has_usable(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->candidates[i].usable)
			return true;
	return false;
}

/* Data disks for which there is no place are left out, with a person's consent. */
static int leave_out(struct proposal *proposal)
{
	size_t left = 0;

	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		AUTO_FREE char *text = NULL;

		if (source->target || has_usable(source))
			continue;
		if (source->essential || ++left == proposal->count)
			return fail_source(proposal, source);
		text = node_describe(source->disk);
		doubt_named(proposal, source);
		doubt(proposal, sentence("No disk here can be the target disk of the saved disk (%s), which would not be restored.",
					    text ? text : source->disk->id));
		disk_candidates_free(source->candidates, source->count);
		source->candidates = NULL;
		source->count = 0;
	}
	return 0;
}

static int pair_all(struct proposal *proposal)
{
	unsigned ways;
	int r;

	pair_by_identity(proposal);
	r = leave_out(proposal);
	if (r || !has_open(proposal) || pair_in_order(proposal))
		return r;
	ways = pair_open(proposal, may_be_erased_whole);
	if (!ways)
		ways = pair_open(proposal, may_be_erased);
	if (ways > 1)
		doubt_ambiguous(proposal);
	if (ways)
		return 0;
	for (size_t i = 0; i < proposal->count; i++)
		if (!proposal->sources[i].target)
			doubt_named(proposal, &proposal->sources[i]);
	ways = pair_open(proposal, may_be_proposed_whole);
	if (!ways)
		ways = pair_open(proposal, may_be_proposed);
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		const struct disk_candidate *candidate = source->target ? source_candidate(source, source->target) : NULL;

		if (!ways && !source->target && source->count)
			return fail_source(proposal, source);
		if (candidate && !candidate->same_identity && !may_be_erased(proposal, source, candidate))
			doubt_not_blank(proposal, source);
	}
	return 0;
}

/* Whether all files fit is not found out on the only disk there is. */
static void doubt_tight(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];
		const struct disk_candidate *candidate = source->target ? source_candidate(source, source->target) : NULL;
		AUTO_FREE char *text = candidate && candidate->doubtful ? node_describe(candidate->disk) : NULL;

		if (text)
			doubt(proposal, sentence("%s is smaller than the captured disk, and it is not certain that all files fit: %s.",
						    text, candidate->shrinks));
	}
}

/* Where a person decides, disks that were not named are proposed too. */
static bool goes_beyond_targets(const struct proposal *proposal)
{
	for (size_t i = 0; proposal->targets && i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];

		if (source->target && !is_named(proposal, source_candidate(source, source->target)))
			return true;
	}
	return false;
}

int disk_map_propose(struct context *ctx, const struct layout *captured, const struct layout *present,
		     char *const *protected_disks, char *const *targets, const char *option, struct disk_map **ret)
{
	CLEANUP(proposal_done) struct proposal proposal = {
		.ctx = ctx, .captured = captured, .present = present, .targets = targets && *targets ? targets : NULL,
		.option = option,
	};
	int r = proposal_start(&proposal, protected_disks);

	if (!r)
		r = take_targets(&proposal);
	if (!r)
		r = pair_all(&proposal);
	if (!r)
		doubt_twins(&proposal);
	if (!r)
		doubt_tight(&proposal);
	if (!r)
		r = proposal_map(&proposal, ret);
	if (!r)
		(*ret)->beyond_targets = goes_beyond_targets(&proposal);
	return r;
}

