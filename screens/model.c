/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model.h"

#include <string.h>

#define LOG_KEPT 20000 /* lines; then the older half goes, but for its warnings */
#define WARNINGS_KEPT (LOG_KEPT / 4) /* of it */

static char *copy(const char *text)
{
	char *new = strdup(text ? text : "");

	if (!new)
		abort();
	return new;
}

static void replace(char **text, const char *new)
{
	free(*text);
	*text = copy(new);
}

static void keep(json_t **slot, json_t *value)
{
	json_incref(value);
	json_decref(*slot);
	*slot = value;
}

const char *member_text(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

double member_number(json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

bool member_true(json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

json_t *member_array(json_t *object, const char *name)
{
	json_t *array = json_object_get(object, name);

	return json_is_array(array) ? array : NULL;
}

void model_init(struct model *model)
{
	*model = (struct model){ .mode = copy("") };
}

static void forget_phases(struct model *model)
{
	for (size_t i = 0; i < model->phase_count; i++) {
		free(model->phases[i].name);
		free(model->phases[i].title);
		free(model->phases[i].state);
		free(model->phases[i].text);
	}
	free(model->phases);
	model->phases = NULL;
	model->phase_count = 0;
}

static void forget_log(struct model *model, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(model->log[i].level);
		free(model->log[i].text);
	}
	memmove(model->log, model->log + count, (model->log_count - count) * sizeof(*model->log));
	model->log_count -= count;
	model->log_trims++;
}

static bool is_warning(const struct model_log *line)
{
	return !strcmp(line->level, "warning") || !strcmp(line->level, "error");
}

/* Makes room: the older half goes. Its last warnings move to the end of it and stay. */
static void trim_log(struct model *model)
{
	size_t half = model->log_count / 2, kept = 0;

	for (size_t i = half; i-- > 0 && kept < WARNINGS_KEPT;)
		if (is_warning(&model->log[i])) {
			struct model_log line = model->log[i];

			kept++;
			model->log[i] = model->log[half - kept];
			model->log[half - kept] = line;
		}
	forget_log(model, half - kept);
}

void model_done(struct model *model)
{
	json_t *const values[] = { model->hardware, model->sets, model->plan,    model->progress,
				   model->action,   model->end,  model->question };

	for (size_t i = 0; i < ARRAY_LENGTH(values); i++)
		json_decref(values[i]);
	forget_phases(model);
	if (model->log)
		forget_log(model, model->log_count);
	free(model->log);
	free(model->mode);
	free(model->answered_by);
	free(model->refused);
	*model = (struct model){ 0 };
}

static void *more(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count, size);

	if (!new)
		abort();
	return new;
}

static struct model_phase *phase_named(struct model *model, const char *name)
{
	for (size_t i = 0; i < model->phase_count; i++)
		if (!strcmp(model->phases[i].name, name))
			return &model->phases[i];
	model->phases = more(model->phases, model->phase_count + 1, sizeof(*model->phases));
	model->phases[model->phase_count] = (struct model_phase){
		.name = copy(name), .title = copy(name), .state = copy("waiting"), .text = copy(""),
	};
	return &model->phases[model->phase_count++];
}

static void update_phase(struct model_phase *phase, json_t *from)
{
	if (*member_text(from, "title"))
		replace(&phase->title, member_text(from, "title"));
	if (*member_text(from, "state"))
		replace(&phase->state, member_text(from, "state"));
	replace(&phase->text, member_text(from, "text"));
}

static void take_state(struct model *model, json_t *event)
{
	json_t *phase;
	size_t i;

	replace(&model->mode, member_text(event, "mode"));
	model->rescue = member_true(event, "rescue");
	forget_phases(model);
	json_array_foreach(member_array(event, "phases"), i, phase)
		if (*member_text(phase, "name"))
			update_phase(phase_named(model, member_text(phase, "name")), phase);
	keep(&model->end, json_is_object(json_object_get(event, "end")) ? json_object_get(event, "end") : NULL);
	keep(&model->progress, NULL);
}

static void take_phase(struct model *model, json_t *event)
{
	if (!*member_text(event, "phase"))
		return;
	update_phase(phase_named(model, member_text(event, "phase")), event);
	keep(&model->action, NULL);
	if (!strcmp(member_text(event, "state"), "running"))
		keep(&model->progress, NULL);
}

static void take_log(struct model *model, json_t *event)
{
	if (model->log_count >= LOG_KEPT)
		trim_log(model);
	model->log = more(model->log, model->log_count + 1, sizeof(*model->log));
	model->log[model->log_count++] = (struct model_log){
		.level = copy(member_text(event, "level")),
		.text = copy(member_text(event, "text")),
		.time = member_number(event, "time"),
	};
}

static void take_hardware(struct model *model, json_t *event)
{
	keep(&model->hardware, json_object_get(event, "hardware"));
}

static void take_sets(struct model *model, json_t *event)
{
	keep(&model->sets, json_object_get(event, "sets"));
}

static void take_plan(struct model *model, json_t *event)
{
	keep(&model->plan, json_object_get(event, "plan"));
	model->plan_is_cut = member_true(event, "truncated");
}

static void take_progress(struct model *model, json_t *event)
{
	keep(&model->progress, event);
}

static void take_action(struct model *model, json_t *event)
{
	keep(&model->action, event);
}

static void take_question(struct model *model, json_t *event)
{
	keep(&model->question, event);
	free(model->refused);
	model->refused = NULL;
}

static void take_answered(struct model *model, json_t *event)
{
	replace(&model->answered_by, member_text(event, "by"));
	if (model->question && member_number(event, "id") == member_number(model->question, "id"))
		keep(&model->question, NULL);
}

static void take_refused(struct model *model, json_t *event)
{
	replace(&model->refused, member_text(event, "reason"));
}

static void take_end(struct model *model, json_t *event)
{
	keep(&model->end, event);
}

static const struct {
	const char *name;
	void (*take)(struct model *model, json_t *event);
} events[] = {
	{ "state", take_state }, { "phase", take_phase }, { "action", take_action }, { "progress", take_progress },
	{ "log", take_log }, { "hardware", take_hardware }, { "sets", take_sets }, { "plan", take_plan },
	{ "question", take_question }, { "answered", take_answered }, { "refused", take_refused }, { "end", take_end },
};

void model_apply(struct model *model, json_t *event)
{
	const char *name = member_text(event, "event");

	for (size_t i = 0; i < ARRAY_LENGTH(events); i++)
		if (!strcmp(events[i].name, name))
			events[i].take(model, event);
}

void model_lose_engine(struct model *model)
{
	keep(&model->question, NULL);
}

bool model_may_have_written(const struct model *model)
{
	for (size_t i = 0; i < model->phase_count; i++)
		if (!strcmp(model->phases[i].name, "disks"))
			return strcmp(model->phases[i].state, "waiting") != 0;
	return false;
}

int model_question_id(const struct model *model)
{
	return model->question ? (int)member_number(model->question, "id") : 0;
}

const struct model_phase *model_running(const struct model *model)
{
	size_t i = model_running_index(model);

	return i ? &model->phases[i - 1] : NULL;
}

size_t model_running_index(const struct model *model)
{
	for (size_t i = 0; i < model->phase_count; i++)
		if (!strcmp(model->phases[i].state, "running"))
			return i + 1;
	return 0;
}
