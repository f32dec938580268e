/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translations from GNU .mo catalogues (the format: gettext manual, "The Format of GNU MO Files"). Read by ourselves, since the C
 * library's gettext() hangs the language on the locale: a rescue system has no locale but C.UTF-8, and glibc translates nothing in it
 * from 2.41 on. As with gettext() there is one catalogue for the program, chosen once at its start.
 */
#ifndef LIFEBOAT_UI_CATALOGUE_H
#define LIFEBOAT_UI_CATALOGUE_H

#include <stddef.h>

struct catalogue;

/* Reads BYTES (taken, whatever the result); NULL when they are no sound catalogue. */
struct catalogue *catalogue_read(char *bytes, size_t length);
void catalogue_free(struct catalogue *catalogue);
/* The translation of TEXT; TEXT itself where there is none. Borrowed. CATALOGUE may be NULL. */
const char *catalogue_find(const struct catalogue *catalogue, const char *text) __attribute__((format_arg(2)));
/* The translation of FORMAT, which may be either English form of a text that has plurals, for NUMBER. */
const char *catalogue_find_format(const struct catalogue *catalogue, const char *format, unsigned long number) __attribute__((format_arg(2)));
const char *catalogue_find_plural(const struct catalogue *catalogue, const char *one, const char *many, unsigned long number)
	__attribute__((format_arg(2), format_arg(3)));

/* Chooses the program's catalogue by LANGUAGE, LC_ALL, LC_MESSAGES and LANG, as gettext() does, below DIRECTORY
 * (LANGUAGE/LC_MESSAGES/lifeboat.mo). setlocale() comes before: where the locale cannot show UTF-8 all stays English. */
void catalogue_choose(const char *directory);
void catalogue_forget(void);
/* The language of LANGUAGE that was asked for and has no effect; NULL: none was asked for, or it has. Borrowed. */
const char *catalogue_missing(void);
/* With the program's catalogue. */
const char *catalogue_text(const char *text) __attribute__((format_arg(1)));
const char *catalogue_format(const char *format, unsigned long number) __attribute__((format_arg(1)));
const char *catalogue_plural(const char *one, const char *many, unsigned long number) __attribute__((format_arg(1), format_arg(2)));

#endif
