/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plain_print.h"

#include <string.h>

#include "../ui/line.h"
#include "plain_text.h"
#include "text.h"
#include "words.h"

#define PROGRESS_SECONDS 5
#define PROGRESS_FRACTION 0.05

void print_line_end(struct print_state *state)
{
	if (state->prompt)
		printf("\n");
	state->prompt = false;
}

static void put(struct print_state *state, const char *prefix, const char *text)
{
	AUTO_FREE char *failed = NULL;

	if (!*text)
		return;
	failed = TAKE_POINTER(state->failed);
	print_line_end(state);
	if (failed)
		plain_text(stdout, "  ", failed);
	plain_text(stdout, prefix, text);
}

static void print_phase(struct print_state *state, const struct model *model, json_t *event)
{
	const char *now = member_text(event, "state"), *text = words_translate(member_text(event, "text"));

	if (!strcmp(now, "running")) {
		AUTO_FREE char *line = line_format(
			_("Step %zu of %zu: %s"), model_running_index(model), model->phase_count,
			words_phase(member_text(event, "phase"), member_text(event, "title")));

		state->running = model_running_index(model);
		print_line_end(state);
		printf("\n");
		put(state, "", line);
		put(state, "  ", text);
	} else if (!strcmp(now, "failed")) {
		put(state, "  ", _("failed"));
		state->failed = *text ? strdup(text) : NULL;
	} else if (!strcmp(now, "skipped")) {
		AUTO_FREE char *line = line_format(
			_("Not needed: %s"), words_phase(member_text(event, "phase"), member_text(event, "title")));

		put(state, "  ", line);
		put(state, "  ", text);
	} else {
		put(state, "  ", text);
	}
}

static void print_log(struct print_state *state, const struct model *model, json_t *event)
{
	(void)model;
	if (!strcmp(member_text(event, "level"), "warning"))
		put(state, _("Warning: "), member_text(event, "text"));
	else if (!strcmp(member_text(event, "level"), "error"))
		put(state, _("Error: "), member_text(event, "text"));
}

static void print_action(struct print_state *state, const struct model *model, json_t *event)
{
	(void)model;
	if (!strcmp(member_text(event, "state"), "running")) {
		AUTO_FREE char *line = line_format(_("  Action %d of %d: %s"), (int)member_number(event, "index") + 1,
						   (int)member_number(event, "count"), member_text(event, "text"));

		put(state, "", line);
	}
}

/* "  42 % Files: 1.2 GiB of 3 GiB, 80 MiB a second, 25 s left" */
static char *progress_line(json_t *event)
{
	double total = member_number(event, "total");
	double eta = json_is_number(json_object_get(event, "eta")) ? member_number(event, "eta") : -1;
	const char *stall = member_text(event, "stall");
	AUTO_FREE char *done = words_size(member_number(event, "done"));
	AUTO_FREE char *whole = words_size(total);
	AUTO_FREE char *rate = words_size(member_number(event, "rate"));
	AUTO_FREE char *left = words_duration(eta);
	AUTO_FREE char *amount = total > 0 ? line_format(_(": %s of %s"), done, whole) : line_format("%s", "");
	AUTO_FREE char *speed = !strcmp(stall, "read")             ? line_format("%s", _(", waits for the medium"))
				: !strcmp(stall, "write")          ? line_format("%s", _(", waits for the disk"))
				: member_number(event, "rate") > 0 ? line_format(_(", %s a second"), rate)
								   : line_format("%s", "");
	AUTO_FREE char *rest = eta >= 0 ? line_format(_(", %s left"), left) : line_format("%s", "");

	return line_format(_("  %3d %% %s%s%s%s"), (int)(member_number(event, "fraction") * 100),
			   words_step(member_text(event, "step"), member_text(event, "title")), amount, speed, rest);
}

static void print_progress(struct print_state *state, const struct model *model, json_t *event)
{
	double fraction = member_number(event, "fraction"), now = clock_now();
	AUTO_FREE char *line = NULL;

	(void)model;
	if (state->step && !strcmp(state->step, member_text(event, "step")) &&
	    fraction < state->fraction + PROGRESS_FRACTION && now < state->printed_at + PROGRESS_SECONDS)
		return;
	free(state->step);
	state->step = line_format("%s", member_text(event, "step"));
	state->fraction = fraction;
	state->printed_at = now;
	line = progress_line(event);
	put(state, "", line);
}

static void print_answered(struct print_state *state, const struct model *model, json_t *event)
{
	AUTO_FREE char *answer = NULL;

	(void)model;
	if (member_true(event, "secret")) {
		AUTO_FREE char *line = line_format(_("  '%s' was answered by %s"), member_text(event, "name"), member_text(event, "by"));

		put(state, "", line);
		return;
	}
	answer = json_dumps(json_object_get(event, "answer"), JSON_ENCODE_ANY | JSON_COMPACT);
	if (answer && strcmp(member_text(event, "by"), "plain") != 0) {
		AUTO_FREE char *line = line_format(_("  '%s' was answered by %s: %s"), member_text(event, "name"),
						   member_text(event, "by"), answer);

		put(state, "", line);
	}
}

static void print_end(struct print_state *state, const struct model *model, json_t *event)
{
	AUTO_FREE char *headline = line_format(_("RESULT: %s"), words_translate(member_text(event, "state")));
	AUTO_FREE char *list = words_lines(member_array(event, "list"), "  ");
	AUTO_FREE char *differences = words_lines(member_array(event, "differences"), "  ");
	const char *kept = member_text(event, "log_kept");
	AUTO_FREE char *log = *kept ? line_format(_("Log: %s, and on the restored system: %s"), member_text(event, "log"), kept)
				    : line_format(_("Log: %s"), member_text(event, "log"));
	AUTO_FREE char *lost = words_log_lost(event);
	size_t shown = json_array_size(member_array(event, "list")), total = (size_t)member_number(event, "list_total");

	(void)model;
	if (state->failed && !strncmp(member_text(event, "reason"), state->failed, strlen(state->failed)))
		free(TAKE_POINTER(state->failed));
	print_line_end(state);
	printf("\n");
	put(state, "", headline);
	put(state, "", *member_text(event, "reason") ? words_translate(member_text(event, "reason"))
					      : words_end(member_text(event, "name")));
	put(state, "", list);
	if (total > shown) {
		AUTO_FREE char *more = line_format(_("  and %zu more; the log has all."), total - shown);

		put(state, "", more);
	}
	if (differences && *differences) {
		put(state, "", _("Corrected settings, line by line:"));
		put(state, "", differences);
	}
	if (*member_text(event, "log"))
		put(state, "", log);
	if (lost)
		put(state, "", lost);
}

static void print_state_event(struct print_state *state, const struct model *model, json_t *event)
{
	const struct model_phase *phase = model_running(model);

	/* The mode that was chosen brings another list of the same steps. */
	if (phase && state->running != model_running_index(model)) {
		state->running = model_running_index(model);
		AUTO_FREE char *line = line_format(_("Step %zu of %zu: %s"), model_running_index(model),
						   model->phase_count, words_phase(phase->name, phase->title));

		put(state, "", line);
	}
	if (model->end)
		print_end(state, model, json_object_get(event, "end"));
}

static const struct {
	const char *name;
	void (*print)(struct print_state *state, const struct model *model, json_t *event);
} printers[] = {
	{ "state", print_state_event }, { "phase", print_phase }, { "action", print_action },
	{ "progress", print_progress }, { "log", print_log },     { "answered", print_answered },
	{ "end", print_end },
};

void print_event(struct print_state *state, const struct model *model, json_t *event)
{
	for (size_t i = 0; i < ARRAY_LENGTH(printers); i++)
		if (!strcmp(printers[i].name, member_text(event, "event")))
			printers[i].print(state, model, event);
	fflush(stdout);
}

void print_done(struct print_state *state)
{
	free(TAKE_POINTER(state->step));
	free(TAKE_POINTER(state->failed));
}
