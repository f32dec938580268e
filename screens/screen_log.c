/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of the session in a pager: without details until they are asked for. */

#include "../ui/memory.h"
#include "console.h"
#include "log_lines.h"
#include "text.h"
#include "words.h"

struct log_view {
	struct console *console;
	bool details;            /* all lines are shown */
	size_t *shown;           /* numbers of the lines that are, as far as they were looked at */
	size_t shown_count, looked_at;
	unsigned trims;          /* of the model, when they were looked at */
	char *line;              /* the last that was asked for */
};

static size_t log_count(void *data)
{
	struct log_view *view = data;
	const struct model *model = &view->console->model;

	if (view->trims != model->log_trims || view->looked_at > model->log_count)
		view->shown_count = view->looked_at = 0;
	view->trims = model->log_trims;
	for (; view->looked_at < model->log_count; view->looked_at++) {
		if (!view->details && log_rank(&model->log[view->looked_at]) == LOG_DETAIL)
			continue;
		view->shown = ui_reallocate(view->shown, (view->shown_count + 1) * sizeof(*view->shown));
		view->shown[view->shown_count++] = view->looked_at;
	}
	return view->shown_count;
}

static const char *log_line(void *data, size_t i, enum tone *ret_tone)
{
	struct log_view *view = data;
	const struct model_log *line = &view->console->model.log[view->shown[i]];
	char clock[WORDS_CLOCK_SIZE];

	*ret_tone = log_tone(line);
	words_clock(line->time, clock);
	free(view->line);
	view->line = line_format("%s %s", clock, line->text);
	return view->line;
}

static const char *help(void)
{
	return _("The log of this session, newest line last. Warnings and errors stand out. Details - programs that are run and what they "
		 "say, answers, states - are left out until 'd' shows them; 'kernel:' is what the kernel says of devices, 'trial:' what is "
		 "only tried before anything is written.\n"
		 "'/' searches, 'n' and 'N' go to the next and previous find, 'g' and 'G' to the start and the end. At the end the log "
		 "follows what happens.");
}

/* One run of the pager, with or without details; VIEW_KEY with KEY_ID_DETAIL: the other. */
static enum view_end show(struct log_view *view, struct key *keys, size_t count, int *ret_key)
{
	struct console *console = view->console;
	const struct pager_source source = { log_count, log_line, view };
	const struct pager_texts texts =
		console_pager_texts(console->client ? _("Nothing was logged yet.") : _("Waiting for the engine."));
	struct pager *pager = pager_new(console->term, view->details ? _("Log, with details") : _("Log"), &source, &texts, true);
	enum view_end end;

	do {
		*ret_key = 0;
		end = pager_run(pager, keys, count, ret_key);
		if (end == VIEW_KEY && *ret_key == KEY_ID_HELP)
			end = console_show_help(console, keys, count, help());
	} while (end == VIEW_CHANGED);
	pager_free(pager);
	return end;
}

enum view_end console_show_log(struct console *console, bool closes)
{
	struct log_view view = { .console = console };
	struct key keys[KEYS_MAX], all[KEYS_MAX];
	size_t count = console_keys(console, CONSOLE_CLOSE, all), used = 0;
	enum view_end end;
	int id;

	/* A console that shows nothing but the log has nothing to go back to. */
	if (!closes)
		count = 1;
	keys[used++] = all[0];
	keys[used++] = (struct key){ .id = KEY_ID_DETAIL, .letter = 'd' };
	for (size_t i = 1; i < count; i++)
		keys[used++] = all[i];
	do {
		keys[1].label = view.details ? _("Less") : _("Details");
		end = show(&view, keys, used, &id);
		if (end == VIEW_KEY && id == KEY_ID_DETAIL) {
			view.details = !view.details;
			view.looked_at = view.shown_count = 0;
		}
	} while (end == VIEW_KEY && id == KEY_ID_DETAIL);
	free(view.shown);
	free(view.line);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}
