/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of a screen: each has a function key, and for lines that do not carry function keys a letter, or, where
 * letters are typed into a field, a control character. The bottom line says them all.
 */
#ifndef LIFEBOAT_UI_KEY_H
#define LIFEBOAT_UI_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct key {
	int id;              /* what the screen gets; above 0 */
	int function;        /* number of the function key, 0: none */
	int letter;          /* plain ASCII character, 0: none */
	char control;        /* 'T': Ctrl-T works everywhere, 0: none */
	bool escape;         /* Esc does the same */
	const char *label;   /* "Help"; translated; "" is not shown in the bottom line */
};

#define KEYS_MAX 12 /* of one screen */

/* What a field of the screen takes: of words signs are no part, so they stay keys; of a secret all characters are. */
enum key_typing { KEY_TYPING_NOTHING, KEY_TYPING_WORDS, KEY_TYPING_SECRET };
/* Does the letter work as a key meanwhile? */
bool key_letter_works(const struct key *key, enum key_typing typing);
/* The bottom line of COUNT keys for WIDTH cells: "F1/? Help  F2/! Shell", without function keys where that does not
 * fit. Keys that still find no room are left out from the end, but the last one stays. New string. */
char *key_line(const struct key *keys, size_t count, enum key_typing typing, int width);

#endif
