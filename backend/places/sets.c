/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the sets of a place, and deciding which of them go. */
#include "sets.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

#define REST_AGE_S (24 * 3600) /* a capture under way writes a segment more often than that */
#define CLOCKS_DIFFER_S (24 * 3600)
#define EARLIEST 1577836800 /* 2020: there was no Lifeboat */

struct folders {
	char **names;
	size_t count;
};

static int keep_folder(void *data, const struct place_item *item)
{
	struct folders *folders = data;

	/* A server may tell of names that lead elsewhere. */
	if (!item->folder || strchr(item->name, '/') || !strcmp(item->name, ".") || !strcmp(item->name, ".."))
		return 0;
	return strv_append_counted(&folders->names, &folders->count, item->name);
}

/* A folder that is not ours to read (lost+found, say), or whose parts are links, keeps nobody from the others. */
static int look(struct context *ctx, struct sets *sets, const char *folder, struct known_set *ret, bool *ret_is)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	int r = known_set_look(ctx, sets->place, folder, ret, ret_is);

	if (!*folder || (r != -EACCES && r != -EPERM && r != -ENOTDIR && r != -ELOOP))
		return context_scope_keep(&scope, r);
	context_warn(ctx, "skipped, nothing was changed there: %s", context_detail(ctx));
	*ret_is = false;
	return 0;
}

static int add(struct context *ctx, struct sets *sets, const char *folder)
{
	struct known_set found = { 0 };
	struct known_set *grown;
	bool is;
	int r = look(ctx, sets, folder, &found, &is);

	if (r < 0 || !is) {
		known_set_done(&found);
		return r;
	}
	grown = reallocarray(sets->sets, sets->count + 1, sizeof(*grown));
	if (!grown) {
		known_set_done(&found);
		return context_oom(ctx);
	}
	sets->sets = grown;
	sets->sets[sets->count++] = found;
	return 0;
}

static int by_host_and_age(const void *a, const void *b)
{
	const struct known_set *one = a, *other = b;
	int order;

	if (!one->host != !other->host)
		return one->host ? -1 : 1;
	order = one->host ? strcmp(one->host, other->host) : 0;
	if (!order)
		order = one->created > other->created ? -1 : one->created < other->created;
	return order ? order : strcmp(one->folder, other->folder);
}

int sets_find(struct context *ctx, const char *where, bool write, double patience, struct sets **ret)
{
	AUTO_SETS struct sets *sets = calloc(1, sizeof(*sets));
	struct folders folders = { 0 };
	int r;

	if (!sets)
		return context_oom(ctx);
	r = place_open(ctx, where, write, patience, &sets->place);
	if (r == 0)
		r = add(ctx, sets, "");
	/* What lies below a set are its members; a place with something like one beside others is none. */
	if (r == 0 && (!sets->count || sets->sets[0].foreign))
		r = place_list(ctx, sets->place, "", keep_folder, &folders);
	for (size_t i = 0; r == 0 && i < folders.count; i++) {
		r = context_check_cancel(ctx);
		if (r == 0)
			r = add(ctx, sets, folders.names[i]);
	}
	strv_free(folders.names);
	if (r < 0)
		return r;
	if (sets->count)
		qsort(sets->sets, sets->count, sizeof(*sets->sets), by_host_and_age);
	*ret = TAKE_POINTER(sets);
	return 0;
}

void sets_free(struct sets *sets)
{
	if (!sets)
		return;
	for (size_t i = 0; i < sets->count; i++)
		known_set_done(&sets->sets[i]);
	free(sets->sets);
	place_close(sets->place);
	free(sets);
}

/* A clock that is wrong, of the machine or here, is to remove nothing: in 1970 a clock begins that nobody has set. */
static bool has_likely_time(const struct known_set *set, time_t now)
{
	return set->created >= EARLIEST && set->created <= now + CLOCKS_DIFFER_S;
}

struct judged {
	size_t *sets, *versions; /* the machine's whole sets with a likely time, and which of the times each has */
	time_t *times;
	unsigned *kept;          /* of each time */
	size_t count, versions_count;
};

/* A copy of a set that is counted already is no version of its own: it stays or goes as that one. */
static void count_set(struct judged *judged, const struct sets *sets, size_t i)
{
	const struct known_set *set = &sets->sets[i];
	size_t version = judged->versions_count;

	for (size_t k = judged->count; k > 0 && sets->sets[judged->sets[k - 1]].created == set->created; k--)
		if (*set->manifest && !strcmp(sets->sets[judged->sets[k - 1]].manifest, set->manifest))
			version = judged->versions[k - 1];
	if (version == judged->versions_count)
		judged->times[judged->versions_count++] = set->created;
	judged->versions[judged->count] = version;
	judged->sets[judged->count++] = i;
}

/* The whole sets of one machine: those from FIRST to END with MACHINES[i - FIRST] MACHINE. */
static int judge_machine(struct sets *sets, size_t first, size_t end, const size_t *machines, size_t machine, const struct retention *rules,
			 time_t now)
{
	size_t most = end - first;
	struct judged judged = { .sets = calloc(most, sizeof(*judged.sets)), .versions = calloc(most, sizeof(*judged.versions)),
				 .times = calloc(most, sizeof(*judged.times)), .kept = calloc(most, sizeof(*judged.kept)) };
	int r = judged.sets && judged.versions && judged.times && judged.kept ? 0 : -ENOMEM;

	for (size_t i = first; r == 0 && i < end; i++) {
		struct known_set *set = &sets->sets[i];

		if (machines[i - first] != machine || set->state != SET_WHOLE)
			continue;
		if (has_likely_time(set, now))
			count_set(&judged, sets, i);
		else if (!set->why &&
			 !(set->why = sentence("its time is implausible, so no rule applies to it: check the clocks of its machine and of this one")))
			r = -ENOMEM;
	}
	if (r == 0)
		retention_apply(rules, judged.times, judged.versions_count, judged.kept);
	for (size_t k = 0; r == 0 && k < judged.count; k++) {
		struct known_set *set = &sets->sets[judged.sets[k]];

		set->kept = judged.kept[judged.versions[k]];
		/* The newest is first, and stays whatever the rules say. */
		set->goes = !set->kept && judged.versions[k] > 0;
	}
	free(judged.sets);
	free(judged.versions);
	free(judged.times);
	free(judged.kept);
	return r;
}

/* The sets of one host name. */
static int judge_host(struct sets *sets, size_t first, size_t end, const struct retention *rules, time_t now)
{
	size_t *machines = calloc(end - first, sizeof(*machines));
	int r = machines ? sets_tell_machines(sets, first, end, machines) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < end - first; i++)
		if (machines[i] == i)
			r = judge_machine(sets, first, end, machines, i, rules, now);
	free(machines);
	return r;
}

/* Half sets: what stopped captures left. */
static int judge_rest(struct known_set *set, time_t now)
{
	if (set->state != SET_HALF)
		return 0;
	set->goes = !set->foreign && set->created && now - set->created > REST_AGE_S;
	if (set->foreign && !set->why)
		set->why = sentence("it has files that are not of a recovery set, or no file that only a capture makes. Look into it, and remove it by hand if nobody needs it");
	return set->foreign && !set->why ? -ENOMEM : 0;
}

static bool is_same_host(const struct known_set *a, const struct known_set *b)
{
	return a->host && b->host ? !strcmp(a->host, b->host) : a->host == b->host;
}

int sets_judge(struct sets *sets, const struct retention *rules, time_t now)
{
	int r = 0;

	for (size_t first = 0, end; r == 0 && first < sets->count; first = end) {
		for (end = first + 1; end < sets->count && is_same_host(&sets->sets[first], &sets->sets[end]);)
			end++;
		/* Sets of which no machine is known may be of several. */
		if (sets->sets[first].host)
			r = judge_host(sets, first, end, rules, now);
	}
	for (size_t i = 0; r == 0 && i < sets->count; i++)
		r = judge_rest(&sets->sets[i], now);
	return r;
}
