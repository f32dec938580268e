/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LVM's metadata text (lvm.conf(5) syntax, as lvm2's lib/config writes it): sections in braces, "key = value", values of numbers, strings and
 * lists. Foreign bytes: strict, bounded, and never more than a tree of values.
 */
#ifndef LIFEBOAT_SUPERBLOCKS_LVM_TEXT_H
#define LIFEBOAT_SUPERBLOCKS_LVM_TEXT_H

#include <stddef.h>

#include <jansson.h>

#define LVM_TEXT_LIMIT (16u << 20)   /* bytes of a text that is believed */

/* LENGTH bytes as an object: sections are objects, lists are arrays, numbers integers or reals; strings hold bytes, not always UTF-8. Ends at a
 * NUL. 0; -EINVAL: it is no such text, or a name in it is there twice; -E2BIG; -ENOMEM. */
int lvm_text_parse(const char *text, size_t length, json_t **ret);

/* The other way round: ROOT, an object as lvm_text_parse() makes them, as a text. New string. 0; -EINVAL: it holds what no such text can, a real
 * among it; -ENOMEM. */
int lvm_text_print(json_t *root, char **ret);

#endif
