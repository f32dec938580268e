/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of the form KEY=NAME in a text of configuration - root=/dev/sda1 on a kernel command line, RESUME=UUID=... in a
 * shell file - corrected where NAME is one that only the old machine had (identifiers.h). All else stays byte for byte.
 */
#ifndef LIFEBOAT_FINISH_SETTING_WORDS_H
#define LIFEBOAT_FINISH_SETTING_WORDS_H

#include "../core/macro.h"
#include "../plan/plan.h"

/* Corrects the words of PLACES (enum device_place) in TEXT. Returns the number of words changed, or -ENOMEM, and the new text in OUT (the same
 * text when 0); lines that start with '#' stay. A name that is unknown goes into *NOTES as one sentence that names FILE; that of "root" is replaced
 * by what was mounted at "/", and the word resume=NAME by noresume (RESUME=NAME by RESUME=none), as a start would wait for it. So it would for
 * encrypted devices, arrays and volumes (rd.luks.uuid, cryptdevice, rd.md.uuid, rd.lvm.lv and the like): words that open one that is gone are left
 * out. */
MUST_CHECK int setting_words_correct(const struct plan *plan, const char *file, const char *text, unsigned places, struct buffer *out, char ***notes);

#endif
