/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pager over ncurses for text that may still grow: scrolls, follows the end, searches. It keeps its place between
 * runs.
 */
#ifndef LIFEBOAT_UI_PAGER_H
#define LIFEBOAT_UI_PAGER_H

#include "term.h"

struct pager;

/* Where the lines come from; called while the pager runs. A count that falls means that the lines are others now. */
struct pager_source {
	size_t (*count)(void *data);
	/* Line I, borrowed until the next call; *RET_TONE: how it is meant. */
	const char *(*line)(void *data, size_t i, enum tone *ret_tone);
	void *data;
};

/* What the pager says by itself, translated by the caller. */
struct pager_texts {
	const char *search;      /* "Search" */
	const char *next;        /* "Next" */
	const char *start;       /* "Start" */
	const char *end;         /* "End" */
	const char *not_found;   /* "Not found" */
	const char *empty;       /* shown when there is no line */
};

/* TEXTS is borrowed for the pager's life. FOLLOW: starts at the end and stays there while lines come. */
struct pager *pager_new(struct term *term, const char *title, const struct pager_source *source,
			const struct pager_texts *texts, bool follow);
void pager_free(struct pager *pager);
/* Runs until one of KEYS (VIEW_KEY, its id in *RET) or news, signals. The pager's own keys: arrows, pages, Home,
 * End, '/', 'n', 'N', 'g', 'G'. */
enum view_end pager_run(struct pager *pager, const struct key *keys, size_t count, int *ret);

#endif
