/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fleet_view.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../ui/line.h"
#include "../ui/live.h"
#include "../ui/pager.h"
#include "../ui/table.h"
#include "fleet_words.h"
#include "text.h"
#include "translate.h"
#include "words.h"

#define TICK_S 2             /* silence is seen without a message */
#define DETAIL_ROWS 6

enum { KEY_HELP = 1, KEY_QUIT };

struct fleet_view {
	struct term *term;
	struct fleet *fleet;
	int poll, timer;         /* what wakes the view: news of the fleet, and the clock */
	json_t *machines;
	char *chosen;            /* address of the machine that is marked; NULL: the first one, whichever that is */
	size_t current, top;
	pthread_mutex_t lock;    /* guards what follows */
	char *said;              /* the last warning */
};

/* ---- what is said ---- */

/* From the receiver's thread. */
static void hear(void *data, json_t *event)
{
	struct fleet_view *view = data;
	const char *name = json_string_value(json_object_get(event, "event")), *level = json_string_value(json_object_get(event, "level"));

	if (!name || strcmp(name, "log") || !level || (strcmp(level, "warning") && strcmp(level, "error")))
		return;
	pthread_mutex_lock(&view->lock);
	free(view->said);
	view->said = translate_sentence(member_text(event, "text"));
	pthread_mutex_unlock(&view->lock);
}

struct fleet_view *fleet_view_new(struct context *ctx)
{
	struct fleet_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view->poll = view->timer = -1;
	pthread_mutex_init(&view->lock, NULL);
	ctx->listener_data = view;
	ctx->listener = hear;
	return view;
}

void fleet_view_free(struct fleet_view *view)
{
	if (!view)
		return;
	json_decref(view->machines);
	if (view->poll >= 0)
		close(view->poll);
	if (view->timer >= 0)
		close(view->timer);
	pthread_mutex_destroy(&view->lock);
	free(view->chosen);
	free(view->said);
	free(view);
}

/* ---- what is shown ---- */

static size_t count_of(const struct fleet_view *view)
{
	return json_array_size(view->machines);
}

/* The machine that is marked stays marked, wherever it is now. */
static void refresh(struct fleet_view *view)
{
	json_t *machines = fleet_table(view->fleet), *machine;
	size_t i;

	if (!machines)
		return;
	json_decref(view->machines);
	view->machines = machines;
	if (view->current >= count_of(view))
		view->current = count_of(view) ? count_of(view) - 1 : 0;
	if (!view->chosen)
		return;
	json_array_foreach(machines, i, machine)
		if (!strcmp(fleet_address_of(machine), view->chosen))
			view->current = i;
}

static struct table *make_table(json_t *machines)
{
	const struct column columns[] = { { .head = _("State"), .whole = true }, { .head = _("Machine") }, { .head = _("Phase") },
					  { .head = "", .right = true, .whole = true }, { .head = _("Since"), .right = true, .whole = true } };
	struct table *table = table_new(columns, ARRAY_LENGTH(columns));
	json_t *machine;
	size_t i;

	json_array_foreach(machines, i, machine) {
		AUTO_FREE char *percent = fleet_percent(machine), *since = fleet_when(member_number(machine, "since"));
		const char *phase = member_text(machine, "phase");

		table_add(table, (const char *[]){ fleet_state(machine), fleet_name(machine), words_phase(phase, phase), percent, since });
	}
	return table;
}

static void draw_rows(struct fleet_view *view, struct live *live, int height, int columns)
{
	struct table *table = make_table(view->machines);
	AUTO_FREE char *head = table_head(table, columns - 4);

	if (view->current < view->top)
		view->top = view->current;
	if (view->current >= view->top + (size_t)height)
		view->top = view->current - (size_t)height + 1;
	live_put(live, 1, 3, columns - 4, TONE_STRONG, head);
	for (int i = 0; i < height && view->top + (size_t)i < count_of(view); i++) {
		size_t number = view->top + (size_t)i;
		bool current = number == view->current;
		AUTO_FREE char *cells = table_row(table, number, columns - 4), *text = line_format("%s %s", current ? ">" : " ", cells);

		live_put(live, 2 + i, 1, columns - 2, current ? TONE_REVERSE : fleet_tone(json_array_get(view->machines, number)), text);
	}
	table_free(table);
}

static void draw_detail(struct fleet_view *view, struct live *live, int row, int columns)
{
	AUTO_FREE char *detail = count_of(view) ? fleet_detail(json_array_get(view->machines, view->current)) :
						  line_format(_("No machine has reported yet. Machines report when they are started with "
								"lifeboat.notify=http://THIS-HOST:PORT/ (lifeboat media pxe --machine ID --notify ...)."));
	struct line_block block;

	line_wrap(detail, columns - 4, &block);
	for (int i = 0; i < DETAIL_ROWS && (size_t)i < block.count; i++)
		live_put(live, row + i, 2, columns - 4, TONE_PLAIN, block.lines[i]);
	line_block_done(&block);
}

static void draw(struct fleet_view *view, struct live *live, const struct key *keys, size_t count)
{
	AUTO_FREE char *summary = fleet_summary(view->machines), *right = line_format("%s  %s", summary, fleet_address(view->fleet));
	int rows, columns, height;

	live_size(live, &rows, &columns);
	/* Head, names of columns, rule, detail, what was said last, keys. */
	height = rows - 5 - DETAIL_ROWS;
	live_begin(live);
	live_head(live, _("Fleet"), right);
	draw_rows(view, live, height, columns);
	live_rule(live, 2 + height, 0, columns);
	draw_detail(view, live, 3 + height, columns);
	pthread_mutex_lock(&view->lock);
	if (view->said)
		live_put(live, rows - 2, 1, columns - 2, TONE_CARE, view->said);
	pthread_mutex_unlock(&view->lock);
	live_keys(live, keys, count);
	live_end(live);
}

/* ---- keys ---- */

static void move(struct fleet_view *view, enum live_move move, int page)
{
	long last = (long)count_of(view) - 1, to = (long)view->current;

	switch (move) {
	case MOVE_UP: to--; break;
	case MOVE_DOWN: to++; break;
	case MOVE_PAGE_UP: to -= page; break;
	case MOVE_PAGE_DOWN: to += page; break;
	case MOVE_START: to = 0; break;
	case MOVE_END: to = last; break;
	default: return;
	}
	if (last < 0)
		return;
	view->current = (size_t)(to < 0 ? 0 : to > last ? last : to);
	free(view->chosen);
	/* At the top whoever needs a person first stays in sight. */
	view->chosen = view->current ? strdup(fleet_address_of(json_array_get(view->machines, view->current))) : NULL;
}

static size_t help_count(void *data)
{
	return ((struct line_block *)data)->count;
}

static const char *help_line(void *data, size_t i, enum tone *ret_tone)
{
	*ret_tone = TONE_PLAIN;
	return ((struct line_block *)data)->lines[i];
}

static enum view_end show_help(struct fleet_view *view)
{
	const char *text =
		_("The machines that report here (lifeboat.notify=), those that need a person first: first those whose restore ended badly, then those of "
		  "which nothing was heard for a minute, then those that ask a question; below them those at work, and the restored ones at the end.\n\n"
		  "Since is when that began; for a silent machine it is when it was last heard. All that is known of the marked machine stands below the table.\n"
		  "A silent machine may be turned off, restarted or cut off from the network: look at its own console. A machine whose entry restores once "
		  "and whose restore was interrupted starts its local disk; 'lifeboat media pxe -o DIR --machine ID --resume' lets it resume.\n\n"
		  "Keys\n"
		  "  Up, Down, Page up, Page down, Home, End   mark another machine\n"
		  "  F1, ?    this help\n"
		  "  F10, q   quit: messages are received no more");
	const struct key keys[] = { { .id = KEY_QUIT, .function = 10, .letter = 'q', .escape = true, .label = _("Close") } };
	const struct pager_texts texts = { .search = _("Search"), .next = _("Next"), .start = _("Top"), .end = _("End"),
					   .not_found = _("Not found"), .empty = "" };
	struct line_block lines;
	struct pager *pager;
	enum view_end end;
	int id;

	line_wrap(text, TERM_COLUMNS - 4, &lines);
	pager = pager_new(view->term, _("Help"), &(struct pager_source){ help_count, help_line, &lines }, &texts, false);
	do
		end = pager_run(pager, keys, ARRAY_LENGTH(keys), &id);
	while (end == VIEW_CHANGED || end == VIEW_NEWS);
	pager_free(pager);
	line_block_done(&lines);
	return end == VIEW_KEY ? VIEW_CHANGED : end;
}

/* ---- the loop ---- */

static bool on_news(void *data)
{
	struct fleet_view *view = data;
	uint64_t ticks;

	while (read(view->timer, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
		;
	refresh(view);
	return false;
}

static int watch(struct fleet_view *view)
{
	const struct itimerspec often = { .it_interval = { .tv_sec = TICK_S }, .it_value = { .tv_sec = TICK_S } };
	struct epoll_event event = { .events = EPOLLIN };

	view->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	view->poll = epoll_create1(EPOLL_CLOEXEC);
	if (view->timer < 0 || view->poll < 0 || timerfd_settime(view->timer, 0, &often, NULL) < 0 ||
	    epoll_ctl(view->poll, EPOLL_CTL_ADD, view->timer, &event) < 0 ||
	    epoll_ctl(view->poll, EPOLL_CTL_ADD, fleet_news(view->fleet), &event) < 0)
		return -errno;
	term_watch(view->term, view->poll, on_news, view);
	return 0;
}

static enum view_end run_live(struct fleet_view *view, int *ret_key)
{
	const struct key keys[] = { { .id = KEY_HELP, .function = 1, .letter = '?', .label = _("Help") },
				    { .id = KEY_QUIT, .function = 10, .letter = 'q', .control = 'C', .label = _("Quit") } };
	struct live *live = live_open(view->term);
	enum view_end end = VIEW_HANGUP;
	struct live_pressed pressed = { 0 };

	*ret_key = 0;
	while (live) {
		int rows, columns;

		draw(view, live, keys, ARRAY_LENGTH(keys));
		pressed = (struct live_pressed){ 0 };
		end = live_wait(live, keys, ARRAY_LENGTH(keys), KEY_TYPING_NOTHING, &pressed);
		live_size(live, &rows, &columns);
		if (end == VIEW_KEY && !pressed.key)
			move(view, pressed.move, rows - 5 - DETAIL_ROWS);
		else if (end == VIEW_KEY || end == VIEW_HANGUP)
			break;
	}
	*ret_key = pressed.key;
	live_close(live);
	return end;
}

int fleet_view_run(struct fleet_view *view, struct fleet *fleet)
{
	enum view_end end = VIEW_CHANGED;
	int key = 0, r;

	view->fleet = fleet;
	r = term_open(&view->term);
	if (r < 0)
		return r;
	r = watch(view);
	refresh(view);
	while (r == 0 && end != VIEW_HANGUP && key != KEY_QUIT) {
		end = run_live(view, &key);
		if (end == VIEW_KEY && key == KEY_HELP)
			end = show_help(view);
	}
	term_close(view->term);
	return r;
}
