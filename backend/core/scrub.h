/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secrets in text: passwords reach no log, event, screen or file. */
#ifndef LIFEBOAT_CORE_SCRUB_H
#define LIFEBOAT_CORE_SCRUB_H

/* TEXT, any sentence or command line, with "***" for passwords of addresses in it and for values of words that are secret by their name
 * ("lifeboat.password=...", "&token=..."). New string; NULL when out of memory. */
char *text_scrub(const char *text);

#endif
