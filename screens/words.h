/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of the engine for people: its titles and states translated, sizes, times, and how a disk or a set is called.
 * All results are new strings the caller frees unless said otherwise.
 */
#ifndef LIFEBOAT_SCREENS_WORDS_H
#define LIFEBOAT_SCREENS_WORDS_H

#include "model.h"

/* A text of the engine in the reader's language where it is known, else as it is. Borrowed. */
const char *words_translate(const char *text);
/* A phase in at most 20 cells or so: a short title by its NAME, else TITLE. Borrowed. */
const char *words_phase(const char *name, const char *title);
/* The same for a step of the progress. */
const char *words_step(const char *name, const char *title);
/* "interactive" -> what it does, in a few words. Borrowed. */
const char *words_mode(const char *mode);
/* TEXT, which came from outside, as it is quoted in a sentence: text_bounded() to TEXT_QUOTE_MAX. NULL is "". */
char *words_quote(const char *text);
/* "1.5 GiB" */
char *words_size(double bytes);
/* Seconds as "42 s", "3 min 20 s", "2 h 05 min". */
char *words_duration(double seconds);
/* The time of day of WHEN, seconds since the epoch, here: "23:59:59", or "" for what no calendar has. */
#define WORDS_CLOCK_SIZE sizeof("23:59:59")
void words_clock(double when, char text[WORDS_CLOCK_SIZE]);
/* A set in one line: host, system, when. */
char *words_set(json_t *set);
/* Model, serial and size of a disk in one line; "no serial number" where it has none. */
char *words_disk(json_t *disk);
/* The full line of a disk: all that tells it from others, and what lies on it. */
char *words_disk_line(json_t *disk);
/* Before an action of the plan: '=' an earlier run made it, and it is only looked at; '!' it erases; else ' '. */
char words_action_sign(json_t *action);
/* What tells a disk here from all others: serial number, WWN, path or name. Borrowed. */
const char *words_identity(json_t *disk);
/* Cells to the right that a row with "depth" begins at in a tree. */
int words_indent(json_t *row);
/* A row of "tree" or "after", indented. */
char *words_tree_row(json_t *row);
/* "2026-11-21T01:02:03Z" -> "2026-11-21 01:02 UTC"; other texts as they are. */
char *words_time(const char *rfc3339);
/* Lines of an array of texts, each with PREFIX before it, joined by line ends; "" when empty. */
char *words_lines(json_t *array, const char *prefix);
/* What the set lacks of the machine, from "lost" and "lost_total" of OBJECT: a sentence without its full stop; "" for
 * nothing. */
char *words_lost(json_t *object);
/* The I-th line that belongs below it; NULL past the last. */
char *words_lost_line(json_t *object, size_t i);
/* That the language which was asked for has no effect; NULL: it has, or none was asked for. */
char *words_language(void);
/* What an end state means and what the operator should do, in one or two sentences. Borrowed. */
const char *words_end(const char *name);

/* That lines of the log are missing, from "log_lost" of the end; NULL: none are. New string. */
char *words_log_lost(json_t *end);

/* What the question "resume" tells: how far the restore had come, and which disks it had written. New string. */
char *words_resume(json_t *question);

#endif
