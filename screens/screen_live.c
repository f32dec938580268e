/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live view: phases on the left; on the right what is done now, its progress, and the last lines of the log. */
#include <string.h>

#include "../ui/live.h"
#include "log_lines.h"
#include "screen.h"
#include "text.h"
#include "words.h"

#define PHASES_WIDTH 25
#define LABEL_WIDTH 11
/* Of texts that are wrapped; the log has them whole. */
#define ITEM_ROWS 3
#define ACTION_ROWS 4
#define PHASE_ROWS 6

struct pane {
	struct live *live;
	int row, column, width;
};

static const struct {
	const char *state, *mark;
	enum tone tone;
} states[] = {
	{ "waiting", "  ", TONE_PLAIN },
	{ "running", ">>", TONE_STRONG },
	{ "done", "ok", TONE_GOOD },
	{ "skipped", "--", TONE_PLAIN },
	{ "failed", "!!", TONE_BAD },
};

static void draw_phases(const struct model *model, struct live *live, int rows)
{
	size_t room = (size_t)rows - 3, first = 0, running = model_running_index(model);

	/* A list longer than the screen is shown around what runs. */
	if (model->phase_count > room && running > room / 2)
		first = running - room / 2;
	if (model->phase_count > room && first > model->phase_count - room)
		first = model->phase_count - room;
	for (size_t i = 0; i < room && first + i < model->phase_count; i++) {
		const struct model_phase *phase = &model->phases[first + i];
		const char *mark = "  ";
		enum tone tone = TONE_PLAIN;
		AUTO_FREE char *text = NULL;

		for (size_t k = 0; k < ARRAY_LENGTH(states); k++)
			if (!strcmp(states[k].state, phase->state)) {
				mark = states[k].mark;
				tone = states[k].tone;
			}
		text = line_format("%s %s", mark, words_phase(phase->name, phase->title));
		live_put(live, 2 + (int)i, 1, PHASES_WIDTH - 2, tone, text);
	}
}

static void put_fact(struct pane *pane, const char *label, const char *text, enum tone tone)
{
	if (!*text)
		return;
	live_put(pane->live, pane->row, pane->column, LABEL_WIDTH, TONE_PLAIN, label);
	live_put(pane->live, pane->row, pane->column + LABEL_WIDTH, pane->width - LABEL_WIDTH, tone, text);
	pane->row++;
}

/* What is being done may be a sentence; names of files take one row, so that nothing jumps. */
static void put_now(struct pane *pane, const char *item, bool counted)
{
	int width = pane->width - LABEL_WIDTH;
	AUTO_FREE char *fit = line_fit_middle(item, width);
	struct line_block block;

	if (counted || line_width(item) <= width) {
		put_fact(pane, _("Now"), fit, TONE_PLAIN);
		return;
	}
	line_wrap(item, width, &block);
	for (size_t i = 0; i < block.count && i < ITEM_ROWS; i++)
		put_fact(pane, i ? "" : _("Now"), block.lines[i], TONE_PLAIN);
	line_block_done(&block);
}

static void draw_amounts(struct pane *pane, json_t *progress)
{
	double total = member_number(progress, "total"), files = member_number(progress, "files_total");
	AUTO_FREE char *done = words_size(member_number(progress, "done"));
	AUTO_FREE char *whole = words_size(total);
	AUTO_FREE char *bytes = total > 0 ? line_format(_("%s of %s"), done, whole) : line_format("%s", done);
	AUTO_FREE char *count = files > 0 ? line_format(_("%.0f of %.0f"), member_number(progress, "files_done"), files)
					  : line_format("%.0f", member_number(progress, "files_done"));

	put_fact(pane, _("Data"), total > 0 || member_number(progress, "done") > 0 ? bytes : "", TONE_PLAIN);
	/* A set is checked segment by segment. */
	put_fact(pane, !strcmp(member_text(progress, "step"), "manifest") ? _("Segments") : _("Entries"),
		 files > 0 || member_number(progress, "files_done") > 0 ? count : "", TONE_PLAIN);
}

static void draw_times(struct pane *pane, json_t *progress)
{
	double eta = json_is_number(json_object_get(progress, "eta")) ? member_number(progress, "eta") : -1;
	const char *stall = member_text(progress, "stall");
	AUTO_FREE char *rate = words_size(member_number(progress, "rate"));
	AUTO_FREE char *speed = line_format(_("%s a second"), rate);
	AUTO_FREE char *elapsed = words_duration(member_number(progress, "elapsed"));
	double whole = json_is_number(json_object_get(progress, "eta_whole")) ? member_number(progress, "eta_whole") : -1;
	AUTO_FREE char *rest = words_duration(eta), *all = words_duration(whole);
	AUTO_FREE char *left = eta >= 0 && whole >= 0 ? line_format(_("%s for this step, %s in all"), rest, all)
			       : eta >= 0             ? line_format(_("%s for this step"), rest)
			       : whole >= 0           ? line_format(_("%s in all"), all)
						      : line_format("%s", _("not known"));

	if (!strcmp(stall, "read"))
		put_fact(pane, _("Speed"), _("WAITS FOR THE MEDIUM (reading)"), TONE_BAD);
	else if (!strcmp(stall, "write"))
		put_fact(pane, _("Speed"), _("WAITS FOR THE DISK (writing)"), TONE_BAD);
	else
		put_fact(pane, _("Speed"), member_number(progress, "rate") > 0 ? speed : "", TONE_PLAIN);
	put_fact(pane, _("Elapsed"), elapsed, TONE_PLAIN);
	put_fact(pane, _("Remaining"), left, TONE_PLAIN);
}

static void draw_progress(const struct model *model, struct pane *pane)
{
	json_t *progress = model->progress;
	double fraction = member_number(progress, "fraction");
	AUTO_FREE char *percent = line_format("%3d %%", (int)(fraction * 100));

	live_bar(pane->live, pane->row, pane->column, pane->width - 6, fraction);
	live_put(pane->live, pane->row, pane->column + pane->width - 5, 5, TONE_STRONG, percent);
	pane->row += 2;
	put_fact(pane, _("Step"), words_step(member_text(progress, "step"), member_text(progress, "title")),
		 TONE_STRONG);
	put_now(pane, member_text(progress, "item"), member_number(progress, "total") > 0);
	draw_amounts(pane, progress);
	draw_times(pane, progress);
}

/* Before there is progress: the phase that runs, and what came of the one before. */
static void draw_phase(const struct model *model, struct pane *pane)
{
	const struct model_phase *phase = model_running(model);
	struct line_block block;

	live_put(pane->live, pane->row, pane->column, pane->width, TONE_STRONG,
		 phase ? words_phase(phase->name, phase->title) : _("Please wait"));
	pane->row++;
	if (phase && *phase->text) {
		line_wrap(words_translate(phase->text), pane->width, &block);
		for (size_t i = 0; i < block.count && i < PHASE_ROWS; i++)
			live_put(pane->live, pane->row++, pane->column, pane->width, TONE_PLAIN, block.lines[i]);
		line_block_done(&block);
	}
}

static void draw_action(const struct model *model, struct pane *pane)
{
	json_t *action = model->action;
	AUTO_FREE char *label = NULL;
	struct line_block block;

	if (!action || strcmp(member_text(action, "state"), "running"))
		return;
	label = line_format(_("Action %d of %d"), (int)member_number(action, "index") + 1,
			    (int)member_number(action, "count"));
	pane->row++;
	live_put(pane->live, pane->row++, pane->column, pane->width, TONE_STRONG, label);
	line_wrap(words_translate(member_text(action, "text")), pane->width, &block);
	for (size_t i = 0; i < block.count && i < ACTION_ROWS; i++)
		live_put(pane->live, pane->row++, pane->column, pane->width, TONE_PLAIN, block.lines[i]);
	line_block_done(&block);
}

static void draw_log(const struct model *model, struct pane *pane, int rows)
{
	live_rule(pane->live, pane->row, pane->column - 1, pane->width + 2);
	pane->row++;
	log_draw(model, pane->live, pane->row, pane->column, pane->width, rows - 1 - pane->row);
}

static void draw(struct console *console, struct live *live, const struct key *keys, size_t count)
{
	const struct model *model = &console->model;
	const struct model_phase *phase = model_running(model);
	AUTO_FREE char *left = line_format(_("Lifeboat %s"), LIFEBOAT_VERSION);
	AUTO_FREE char *right = NULL;
	struct pane pane = { .live = live };
	int rows, columns;

	live_size(live, &rows, &columns);
	pane.row = 2;
	pane.column = PHASES_WIDTH + 2;
	pane.width = columns - pane.column - 1;
	live_begin(live);
	if (phase)
		right = line_format(_("Step %zu of %zu: %s"), model_running_index(model), model->phase_count,
				    words_phase(phase->name, phase->title));
	live_head(live, left, right ? right : "");
	live_column(live, 1, PHASES_WIDTH, rows - 2);
	draw_phases(model, live, rows);
	/* Its step may be that of an earlier phase, which is waited for now: the check of the set at the consent. */
	if (json_is_object(model->progress))
		draw_progress(model, &pane);
	else
		draw_phase(model, &pane);
	draw_action(model, &pane);
	pane.row++;
	draw_log(model, &pane, rows);
	live_keys(live, keys, count);
	live_end(live);
}

static const char *help(void)
{
	return _("Left: the steps. 'ok' is done, '>>' runs, '--' was not needed, '!!' failed.\n"
		 "Right: how far the whole restore is, the present step, and the last lines of the log, with warnings before all "
		 "others. 'Remaining' is the estimated time of the present step and of the whole restore; until an estimate has "
		 "settled it is not known. "
		 "When the restore stands still, 'Speed' says which side it waits for.\n"
		 "'c' stops the restore, after asking.");
}

enum view_end screen_live(struct console *console)
{
	struct key keys[KEYS_MAX];
	struct live *live;
	enum view_end end;
	size_t count;

	do {
		struct live_pressed pressed;

		count = console_keys(console, console->model.end ? 0 : CONSOLE_CANCEL, keys);
		live = live_open(console->term);
		if (!live)
			return VIEW_HANGUP;
		do {
			draw(console, live, keys, count);
			end = live_wait(live, keys, count, false, &pressed);
		} while (end == VIEW_CHANGED || (end == VIEW_KEY && !pressed.key));
		live_close(live);
		if (end == VIEW_KEY)
			end = console_press(console, pressed.key, keys, count, help());
		if (end == VIEW_CHANGED && console_is_stale(console))
			end = VIEW_NEWS;
	} while (end == VIEW_CHANGED);
	return end;
}
