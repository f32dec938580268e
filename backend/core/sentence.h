/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences for people, which front ends show in their language. The engine makes them in English, with printf's formats; the *form* of a
 * sentence is its format and its arguments, as JSON: ["Disk %s is too small", "sda"]. As gettext() finds a translation by the English text,
 * so a form is found by the English text of the sentence: it is kept when the sentence is made and looked for when an event is sent, and
 * whatever copies, keeps or passes on the text in between knows nothing of it. An argument that is a sentence itself is a form in the form.
 * Without a form - after a restart, or when very many were made since - a sentence is shown in English.
 *
 * What can be translated is found by 'make pot': every format given to the functions that end up here (the Makefile names them), and texts
 * in N_(). All functions may be called from any thread.
 */
#ifndef LIFEBOAT_CORE_SENTENCE_H
#define LIFEBOAT_CORE_SENTENCE_H

#include <stdarg.h>

#include <jansson.h>

#include "macro.h"

/* Marks a text for translation that is shown as it stands. */
#define N_(text) text

/* The format for NUMBER, which is its first numeric argument: translations have as many forms as their language. */
#define PLURAL(number, one, many) ((number) == 1 ? (one) : (many))

/* printf into a new string that is fit for a screen (text_scrub(), text_bounded()), whose form is kept; NULL when out of memory. */
char *sentence(const char *format, ...) PRINTF_LIKE(1, 2);
char *sentence_va(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
/* WORDS, in N_() somewhere, for an argument of a sentence: translated there, too. A sentence may be given as well, data never. Returns WORDS. */
const char *sentence_words(const char *words);

/* The form of a sentence made before: new reference; NULL: none is known. */
json_t *sentence_form(const char *text);
/* The forms of all texts in VALUE, an event: {text: form}, in at most ROOM bytes of JSON; those that do not fit are left out. New reference; NULL:
 * there are none. */
json_t *sentence_forms(json_t *value, size_t room);

/* Keeps FORM (borrowed, may be anything), which came with TEXT from outside, if it says the same in English: so it can do no harm. */
void sentence_recall(const char *text, json_t *form);

/* A translation of FORMAT, for NUMBER if it has plurals; FORMAT itself or NULL: there is none. Borrowed. */
typedef const char *(*sentence_translator)(const char *format, unsigned long number);
/* FORM, which may be anything, as a sentence: a new string; NULL when it is none, or when its translation does not fit its arguments.
 * Formats may number their arguments ("%2$s"). TRANSLATE may be NULL: English. */
char *sentence_show(json_t *form, sentence_translator translate);

#endif
