/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways to give every source disk a target. Ways that restore the same machine are one: of equal targets the first is taken, and source
 * disks that are alike take theirs in order, so each machine is met once. */
#include <string.h>

#include "map.h"
#include "map_parts.h"

/* Ways to pair that are tried before a machine counts as ambiguous anyway. */
#define TRIES 100000

bool source_is_open(const struct source *source)
{
	return !source->target && !source->left_out;
}

static bool is_free(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate, eligible is_eligible)
{
	return candidate->usable && !proposal_has_taken(proposal, candidate->disk) && is_eligible(proposal, source, candidate);
}

/* Whether a disk that is equal to CANDIDATE is free, too, and comes before it. */
static bool is_second(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate, eligible is_eligible)
{
	for (size_t i = 0; i < source->count; i++) {
		const struct disk_candidate *other = &source->candidates[i];

		if (other->place < candidate->place && proposal->groups[other->place] == proposal->groups[candidate->place] &&
		    is_free(proposal, source, other, is_eligible))
			return true;
	}
	return false;
}

/* Whether a source disk before SOURCE that is like it was given a target behind CANDIDATE. */
static bool is_out_of_order(const struct proposal *proposal, const struct source *source, const struct disk_candidate *candidate)
{
	for (const struct source *other = proposal->sources; other < source; other++)
		if (other->tried && other->alike == source->alike && other->tried_group > proposal->groups[candidate->place])
			return true;
	return false;
}

/* Counts the ways for the open sources from number FROM on, up to two. The first is kept in KEPT. */
static unsigned count_ways(struct proposal *proposal, size_t from, eligible is_eligible, struct node **kept, unsigned found)
{
	struct source *source;

	while (from < proposal->count && !source_is_open(&proposal->sources[from]))
		from++;
	if (from == proposal->count) {
		for (size_t i = 0; !found && i < proposal->count; i++)
			kept[i] = proposal->sources[i].tried;
		return found + 1;
	}
	source = &proposal->sources[from];
	for (size_t j = 0; j < source->count && found < 2; j++) {
		struct disk_candidate *candidate = &source->candidates[j];

		if (!is_free(proposal, source, candidate, is_eligible) || is_second(proposal, source, candidate, is_eligible) ||
		    is_out_of_order(proposal, source, candidate))
			continue;
		if (++proposal->tries > TRIES)
			return found ? 2 : 0;
		source->tried = candidate->disk;
		source->tried_group = proposal->groups[candidate->place];
		found = count_ways(proposal, from + 1, is_eligible, kept, found);
		source->tried = NULL;
	}
	return found;
}

/* Whether a disk is left free that is equal to one in KEPT: then it is not clear which of them is meant. */
static bool has_one_more(const struct proposal *proposal, eligible is_eligible, struct node *const *kept)
{
	for (size_t i = 0; i < proposal->count; i++) {
		const struct source *source = &proposal->sources[i];
		const struct disk_candidate *own = kept[i] ? source_candidate(source, kept[i]) : NULL;

		for (size_t j = 0; own && j < source->count; j++)
			if (proposal->groups[source->candidates[j].place] == proposal->groups[own->place] &&
			    is_free(proposal, source, &source->candidates[j], is_eligible))
				return true;
	}
	return false;
}

/* Whether DISK claims to be that of SOURCE: 0 or 1; less than nothing where it cannot take it. */
static int claim_of(const struct source *source, const struct node *disk)
{
	const struct disk_candidate *candidate = source_candidate(source, disk);

	return candidate->usable ? candidate->claims_identity : -2;
}

/* Of equal targets each source gets the one that claims to be its disk: that is no reason to take one, but to take it for this source. */
static void honour_claims(struct proposal *proposal, struct node **kept)
{
	for (size_t i = 0; i < proposal->count; i++)
		for (size_t j = 0; j < proposal->count; j++) {
			const struct source *one = &proposal->sources[i], *two = &proposal->sources[j];
			struct node *target = kept[i];

			if (!target || !kept[j] ||
			    proposal->groups[source_candidate(one, target)->place] != proposal->groups[source_candidate(two, kept[j])->place] ||
			    claim_of(one, kept[j]) + claim_of(two, target) <= claim_of(one, target) + claim_of(two, kept[j]))
				continue;
			kept[i] = kept[j];
			kept[j] = target;
		}
}

unsigned pair_open(struct proposal *proposal, eligible is_eligible)
{
	AUTO_FREE struct node **kept = calloc(proposal->count + 1, sizeof(*kept));
	unsigned ways;

	if (!kept)
		return 0;
	proposal->tries = 0;
	ways = count_ways(proposal, 0, is_eligible, kept, 0);
	if (ways)
		honour_claims(proposal, kept);
	for (size_t i = 0; ways && i < proposal->count; i++)
		if (source_is_open(&proposal->sources[i]))
			proposal->sources[i].target = kept[i];
	return ways == 1 && has_one_more(proposal, is_eligible, kept) ? 2 : ways;
}
