/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a set before its files are read: whether readers will take its manifest, and what a stream begins with. */
#ifndef LIFEBOAT_CAPTURE_BEGINNING_H
#define LIFEBOAT_CAPTURE_BEGINNING_H

#include <stdint.h>

struct capture;

/* What is written must be what readers take, and their own rules decide; what is not known yet is made up. A layout that no reader takes
 * is found out before a byte is captured for it. 0 or -errno with a sentence. */
int beginning_check(struct capture *capture);
/* Writes the beginning, with how much is in use where files are read. 0 or -errno with a sentence. */
int beginning_write(struct capture *capture, uint64_t bytes, uint64_t files);

#endif
