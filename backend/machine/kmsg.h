/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's messages as log events, so that the log view has them and no screen is painted over by them. */
#ifndef LIFEBOAT_MACHINE_KMSG_H
#define LIFEBOAT_MACHINE_KMSG_H

#include "../core/context.h"

struct kmsg;

/* Starts a thread that reads /dev/kmsg from its beginning: warnings and worse become log events of level info, the rest of level
 * debug. NULL when there is no such device, or no thread. */
struct kmsg *kmsg_start(struct context *ctx);
/* Takes NULL. */
void kmsg_stop(struct kmsg *kmsg);

/* The text of one record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg), "kernel: ..." in a new string, and whether its level is
 * warning or worse. NULL for what is no record. */
char *kmsg_text(const char *record, bool *ret_matters);

#endif
