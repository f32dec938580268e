/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EFI system partitions that the captured machine did not have.
 */
#ifndef LIFEBOAT_WANTED_ESP_H
#define LIFEBOAT_WANTED_ESP_H

#include "../core/macro.h"
#include "../layout/layout.h"

/* A filesystem on PARTITION of DISK, and its mount where no other is; both planned in because of WHY (PLANNED_PROPERTY). 0 or -ENOMEM. */
MUST_CHECK int esp_fill(struct layout *layout, const struct node *disk, const struct node *partition, const char *why);
/* DISK, a further one that gets a member of ARRAY, gets a system partition where the machine starts from ARRAY and each disk of that has one: a
 * machine that has lost them starts from it. 0 or -errno with a sentence. */
MUST_CHECK int esp_add_further(struct context *ctx, struct layout *layout, struct node *disk, const struct node *array);

#endif
