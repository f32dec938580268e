/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disks_question.h"

#include <errno.h>
#include <string.h>

#include "../machine/disk_words.h"
#include "../resume/checkpoint.h"
#include "ask.h"
#include "memory.h"
#include "plan_make.h"
#include "shared_disks.h"

static json_t *candidate_to_json(struct session *s, const struct layout *present, struct disk_candidate *candidate)
{
	json_t *object = hardware_disk(present, candidate->disk);
	bool frees = !candidate->usable && session_can_free(s, candidate->disk);

	if (frees) {
		candidate->usable = true;
		free(TAKE_POINTER(candidate->reason));
		json_object_set_new(object, "frees", json_true());
	}

	json_object_set_new(object, "usable", json_boolean(candidate->usable));
	json_object_set_new(object, "reason", json_string(candidate->reason ? candidate->reason : ""));
	json_object_set_new(object, "shrinks", json_string(candidate->usable && candidate->shrinks ? candidate->shrinks : ""));
	json_object_set_new(object, "blank", json_boolean(candidate->blank));
	json_object_set_new(object, "unfinished", json_boolean(candidate->disk->disk.unfinished));
	json_object_set_new(object, "same_identity", json_boolean(candidate->same_identity));
	return object;
}

static const struct disk_pair *proposed_pair(const struct disk_map *map, const char *source)
{
	for (size_t i = 0; map && i < map->count; i++)
		if (!strcmp(map->pairs[i].source, source))
			return &map->pairs[i];
	return NULL;
}

static int source_to_json(struct session *s, const struct layout *captured, const struct node *source,
			  const struct layout *present, const struct disk_map *map, json_t *sources)
{
	struct disk_candidate *candidates = NULL;
	AUTO_FREE char *text = node_describe(source);
	const struct disk_pair *pair = proposed_pair(map, source->id);
	const char *target = pair ? pair->target : NULL;
	json_t *array = json_array();
	size_t count = 0;
	int r = disk_candidates(s->ctx, captured, source, present, s->found.protected_disks, &candidates, &count);

	for (size_t i = 0; r == 0 && i < count; i++)
		json_array_append_new(array, candidate_to_json(s, present, candidates + i));
	disk_candidates_free(candidates, count);
	json_array_append_new(sources, json_pack("{ss, ss, sI, sI, so, sb, so}", "id", source->id, "text", text ? text : source->id, "size",
						 (json_int_t)source->size, "used", (json_int_t)source->used, "target",
						 target ? json_string(target) : json_null(), "left_out", pair && !target && !pair->loses,
						 "candidates", array));
	return r;
}

/* "A disk", or "A disk - cannot be taken: it is too small". */
static char *candidate_text(json_t *candidate)
{
	const char *line = json_string_value(json_object_get(candidate, "line"));
	const char *reason = json_string_value(json_object_get(candidate, "reason"));

	if (json_is_true(json_object_get(candidate, "usable")))
		return text_format("%s", line);
	return sentence("%s - cannot be taken: %s", line, reason ? reason : "");
}

/* Number of SOURCES that have a candidate of this TEXT. */
static size_t count_candidates(json_t *sources, const char *text)
{
	json_t *source, *candidate;
	size_t i, k, found = 0;

	json_array_foreach(sources, i, source)
		json_array_foreach(json_object_get(source, "candidates"), k, candidate) {
			AUTO_FREE char *other = candidate_text(candidate);

			found += other && !strcmp(other, text);
		}
	return found;
}

/* Where nobody is asked, whoever reads the end learns by what names the disks here can be meant: a disk that is the same to all saved ones
 * once, else once for each of them. */
static void list_candidates(struct session *s, json_t *sources)
{
	json_t *source, *candidate;
	size_t i, k;

	json_array_foreach(sources, i, source)
		json_array_foreach(json_object_get(source, "candidates"), k, candidate) {
			AUTO_FREE char *text = candidate_text(candidate);

			if (text && count_candidates(sources, text) < json_array_size(sources))
				outcome_list(&s->outcome, "%s - for saved disk %s, %s", text, json_string_value(json_object_get(source, "id")),
					     json_string_value(json_object_get(source, "text")));
			else if (text && i == 0)
				outcome_list(&s->outcome, "%s", text);
		}
}

/* NONE_FITS: the problem is what the candidates say themselves, one by one, to whoever sees them. */
static int fill_disks_question(struct session *s, struct question *question, const struct layout *captured,
			       const struct layout *present, const struct disk_map *map, const char *problem, bool none_fits)
{
	json_t *sources = json_array();
	int r = 0;

	for (size_t i = 0; r == 0 && i < captured->count; i++)
		if (captured->nodes[i]->type == NODE_DISK)
			r = source_to_json(s, captured, captured->nodes[i], present, map, sources);
	question_data(question, "sources", sources);
	if (map) {
		question->preset = disk_map_to_json(map);
		question->certain = map->certain && !problem;
	}
	question->text = none_fits && json_array_size(json_object_get(json_array_get(sources, 0), "candidates")) > 0 ?
		sentence("None of these disks can be the target disk; the reason stands with each. Connect another disk, then look again.") :
		strdup(problem ? problem : "");
	question->reason = strdup(problem ? problem : map && map->reason ? map->reason : "");
	/* Where nothing is possible, the problem itself lists the disks. */
	if (s->chosen.mode == MODE_NUKE && map && !question->certain)
		list_candidates(s, sources);
	return r;
}

/* What was confirmed before the engine died is certain where the same disks are here. */
static void take_known_map(const struct session *s, struct question *question, const struct layout *present)
{
	json_t *map = checkpoint_map(s->ctx, &s->restarted, present);

	question->certain = map;
	if (!map)
		return;
	json_decref(question->preset);
	question->preset = map;
}

/* Where there are too few disks, several saved ones share one: nobody but a person decides that. 0 or -errno. */
static int propose_shared(struct session *s, struct question *question, const struct layout *wanted, const struct layout *present,
			  const struct disk_map *proposed)
{
	json_t *pairs = NULL, *source;
	int r = shared_disks_propose(s, wanted, present, proposed, &pairs);
	size_t i;

	if (r < 0 || !pairs)
		return r;
	json_decref(question->preset);
	question->preset = pairs;
	question->certain = false;
	free(question->text);
	question->text = sentence("This machine has too few disks for all saved ones: one is proposed as the target of several, which share it");
	json_array_foreach(json_object_get(question->data, "sources"), i, source)
		json_object_set(source, "target", json_object_get(pairs, json_string_value(json_object_get(source, "id"))));
	return question->text ? 0 : context_oom(s->ctx);
}

/* The disk in ANSWER that must be freed first; NULL: none. */
static const struct node *find_medium(struct session *s, json_t *answer, const struct layout *present)
{
	const char *source;
	json_t *target;

	json_object_foreach(answer, source, target) {
		const struct node *disk = json_is_string(target) ? layout_find(present, json_string_value(target)) : NULL;

		if (disk && disk->type == NODE_DISK && session_can_free(s, disk))
			return disk;
	}
	return NULL;
}

int disks_question_ask(struct session *s, const struct layout *captured, const struct layout *present, const char *problem,
		       struct disk_map **ret)
{
	AUTO_QUESTION struct question question = { .name = "disks", .type = "map", .title = N_("Disks"), .back = s->options->rescue,
						   .rescan = true };
	AUTO_FREE char *impossible = NULL;
	struct error_scope scope = context_scope_begin(s->ctx);
	struct disk_map *proposed = NULL;
	bool none_fits;
	json_t *answer = NULL;
	int r = plan_propose(s, captured, present, &proposed);

	if (r == -ENOMEM || r == -ECANCELED)
		return context_scope_keep(&scope, r);
	none_fits = !problem && (r == -ENODEV || r == -ENOSPC);
	if (r < 0)
		impossible = strdup(context_detail(s->ctx));
	context_scope_end(&scope);
	r = fill_disks_question(s, &question, captured, present, proposed, problem ? problem : impossible, none_fits);
	if (r == 0 && !problem && s->chosen.mode != MODE_NUKE)
		r = propose_shared(s, &question, captured, present, proposed);
	disk_map_free(proposed);
	if (r == 0 && s->chosen.resuming && !problem)
		take_known_map(s, &question, present);
	if (r == 0)
		r = session_ask(s, &question, &answer);
	if (r == ASK_ANSWERED) {
		const struct node *medium = find_medium(s, answer, present);

		if (medium) {
			json_decref(answer);
			return session_ask_memory(s, medium);
		}
	}
	if (r == ASK_ANSWERED) {
		int built = shared_disks_map(s, answer, captured, present, ret);

		s->chosen.plan_is_certain = question.certain && json_equal(answer, question.preset);
		r = built < 0 ? built : ASK_ANSWERED;
	}
	json_decref(answer);
	return r;
}
