/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proposes a map: identities first, then what was named or is blank, then what a person may be asked about. */
#include <errno.h>
#include <string.h>

#include "../layout/identity.h"
#include "map.h"
#include "map_parts.h"

/* May be erased without asking anybody: named, or, where nothing was named, blank and built in as the captured one was. */
static bool may_be_erased(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	if (proposal->targets)
		return proposal_is_named(proposal, candidate);
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

/* The captured disks that are here themselves keep their place. Where several claim to be one, none of them is believed, be it only one
 * that could be used: the others may be copies, or another way to the same disk. */
static void pair_by_identity(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		struct node *found = NULL;
		size_t claims = 0;

		for (size_t j = 0; source_is_open(source) && j < source->count; j++) {
			struct disk_candidate *candidate = &source->candidates[j];

			if (!candidate->claims_identity || (proposal->targets && !proposal_is_named(proposal, candidate)))
				continue;
			claims++;
			if (candidate->usable && candidate->same_identity && !proposal_has_taken(proposal, candidate->disk))
				found = candidate->disk;
		}
		if (claims == 1) {
			source->target = found;
		} else if (claims > 1) {
			AUTO_FREE char *text = node_describe(source->disk);
			char *paths = NULL;

			for (size_t j = 0; !paths && j < source->count; j++)
				if (source->candidates[j].claims_identity)
					paths = proposal_paths_words(proposal, source->candidates[j].disk);
			proposal_doubt(proposal, paths ? paths : sentence("%zu disks here have the identity of the captured one (%s); unplug the others, or "
						    "choose by hand.", claims, text ? text : source->disk->id));
		}
	}
}

/* As many names as open captured disks, each for a disk: their order is the pairing. */
static bool pair_in_order(struct proposal *proposal)
{
	size_t names = strv_length(proposal->targets), next = 0, wanted = 0;

	for (size_t i = 0; i < proposal->count; i++)
		wanted += !proposal->sources[i].left_out;
	if (proposal->blank_named || names != wanted)
		return false;
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		const struct disk_candidate *candidate;

		if (!source_is_open(source))
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
		if (source_is_open(&proposal->sources[i]))
			proposal->sources[i].target = TAKE_POINTER(proposal->sources[i].tried);
	return true;
}

static const struct source *first_open(const struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (source_is_open(&proposal->sources[i]))
			return &proposal->sources[i];
	return NULL;
}

static bool has_usable(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (source->candidates[i].usable)
			return true;
	return false;
}

/* A source that no disk here can take is left out. */
static void leave_out_hopeless(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (source_is_open(&proposal->sources[i]) && !has_usable(&proposal->sources[i]))
			proposal->sources[i].left_out = true;
}

/* The last open source that may be left out, those without files of the set before the others; NULL: none. */
static struct source *least_needed(struct proposal *proposal)
{
	struct source *found = NULL;

	for (size_t i = proposal->count; i > 0; i--) {
		struct source *source = &proposal->sources[i - 1];

		if (source_is_open(source) && !source->essential && (!found || (found->has_files && !source->has_files)))
			found = source;
	}
	return found;
}

/* Media that were only plugged in have no place in this machine and nothing to restore. Here themselves, they may hold other sets. */
static void leave_out_guests(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++)
		if (source_is_open(&proposal->sources[i]) && source_is_guest(&proposal->sources[i]))
			proposal->sources[i].left_out = true;
}

typedef bool (*property)(const struct disk_candidate *candidate);

static bool resumes(const struct disk_candidate *candidate)
{
	return candidate->resumes;
}

static bool is_same_place(const struct disk_candidate *candidate)
{
	return candidate->same_place;
}

/* Pairs each open source with the one eligible disk that has the property. */
static void pair_by(struct proposal *proposal, property has, eligible is_eligible)
{
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];
		struct node *found = NULL;
		size_t count = 0;

		for (size_t j = 0; source_is_open(source) && j < source->count; j++) {
			const struct disk_candidate *candidate = &source->candidates[j];

			if (!candidate->usable || !has(candidate) || !is_eligible(proposal, source, candidate) ||
			    proposal_has_taken(proposal, candidate->disk))
				continue;
			found = candidate->disk;
			count++;
		}
		if (count == 1)
			source->target = found;
	}
}

/* What an earlier restore began, and what is connected where it was, goes first, as far as the others still find a disk then. The number of
 * ways, as pair_open(). */
static unsigned pair_rest(struct proposal *proposal, eligible is_eligible)
{
	AUTO_FREE bool *open = calloc(proposal->count + 1, sizeof(*open));
	unsigned ways;

	if (!open)
		return 0;
	for (size_t i = 0; i < proposal->count; i++)
		open[i] = source_is_open(&proposal->sources[i]);
	pair_by(proposal, resumes, is_eligible);
	pair_by(proposal, is_same_place, is_eligible);
	ways = pair_open(proposal, is_eligible);
	if (ways)
		return ways;
	for (size_t i = 0; i < proposal->count; i++)
		if (open[i])
			proposal->sources[i].target = NULL;
	return pair_open(proposal, is_eligible);
}

static unsigned pair_unasked(struct proposal *proposal)
{
	unsigned ways = pair_rest(proposal, may_be_erased_whole);

	return ways ? ways : pair_rest(proposal, may_be_erased);
}

static unsigned pair_asked(struct proposal *proposal)
{
	unsigned ways = pair_rest(proposal, may_be_proposed_whole);

	return ways ? ways : pair_rest(proposal, may_be_proposed);
}

/* For a person, as many sources as possible get a disk. 0, or -ENODEV or -ENOSPC with a sentence. */
static int propose_rest(struct proposal *proposal)
{
	struct source *source;

	for (size_t i = 0; i < proposal->count; i++)
		if (source_is_open(&proposal->sources[i]))
			proposal_doubt_named(proposal, &proposal->sources[i]);
	while (!pair_asked(proposal)) {
		source = least_needed(proposal);
		if (!source)
			return proposal_fail_source(proposal, first_open(proposal));
		source->left_out = true;
	}
	for (size_t i = 0; i < proposal->count; i++) {
		const struct disk_candidate *candidate;

		source = &proposal->sources[i];
		candidate = source->target ? source_candidate(source, source->target) : NULL;
		if (candidate && !candidate->same_identity && !may_be_erased(proposal, source, candidate))
			proposal_doubt_not_blank(proposal, source);
	}
	return 0;
}

static void leave_out_without_files(struct proposal *proposal)
{
	for (size_t i = 0; i < proposal->count; i++) {
		struct source *source = &proposal->sources[i];

		source->left_out |= source_is_open(source) && !source->has_files && !source->essential;
	}
}

/* Whether it is clear which disk gets what when all that has no files of the set is left out; BEFORE is what was decided before. If not, nothing
 * changes. */
static bool is_clear_without(struct proposal *proposal, const struct source *before)
{
	size_t bytes = proposal->count * sizeof(*proposal->sources);
	AUTO_FREE struct source *undecided = malloc(bytes);

	if (!undecided)
		return false;
	memcpy(undecided, proposal->sources, bytes);
	memcpy(proposal->sources, before, bytes);
	leave_out_without_files(proposal);
	if (!first_open(proposal) || pair_unasked(proposal) == 1)
		return true;
	memcpy(proposal->sources, undecided, bytes);
	return false;
}

/* What has no files of the set gets a disk where one is free without a question, and makes nobody stop. */
static int pair_rest_or_ask(struct proposal *proposal)
{
	size_t bytes = proposal->count * sizeof(*proposal->sources);
	AUTO_FREE struct source *before = malloc(bytes);
	struct source *source;
	unsigned ways;

	if (!before)
		return context_oom(proposal->ctx);
	if (pair_in_order(proposal))
		return 0;
	memcpy(before, proposal->sources, bytes);
	ways = pair_unasked(proposal);
	while (!ways && (source = least_needed(proposal)) && !source->has_files) {
		source->left_out = true;
		ways = pair_unasked(proposal);
	}
	if (ways > 1 && !is_clear_without(proposal, before))
		proposal_doubt_ambiguous(proposal);
	return ways ? 0 : propose_rest(proposal);
}

/* 0, or why the system would be without a disk that it needs. */
static int check_system(struct proposal *proposal)
{
	const struct source *missing = NULL;
	size_t targets = 0;
	int r = proposal_find_missing(proposal, &missing);

	for (size_t i = 0; i < proposal->count; i++)
		targets += proposal->sources[i].target != NULL;
	if (!r && (missing || !targets))
		r = proposal_fail_source(proposal, missing ? missing : &proposal->sources[0]);
	return r;
}

static int pair_all(struct proposal *proposal)
{
	int r = 0;

	leave_out_guests(proposal);
	pair_by_identity(proposal);
	leave_out_hopeless(proposal);
	if (first_open(proposal))
		r = pair_rest_or_ask(proposal);
	if (!r)
		r = check_system(proposal);
	if (!r)
		proposal_doubt_left_out(proposal);
	return r;
}

/* Where a person decides, disks that were not named are proposed too. */
static bool goes_beyond_targets(const struct proposal *proposal)
{
	for (size_t i = 0; proposal->targets && i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];

		if (source->target && !proposal_is_named(proposal, source_candidate(source, source->target)))
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
		r = proposal_take_targets(&proposal);
	if (!r)
		r = pair_all(&proposal);
	if (!r)
		proposal_doubt_twins(&proposal);
	if (!r)
		proposal_doubt_untold(&proposal);
	if (!r)
		proposal_doubt_tight(&proposal);
	if (!r)
		r = proposal_map(&proposal, ret);
	if (!r)
		(*ret)->beyond_targets = goes_beyond_targets(&proposal);
	return r;
}

