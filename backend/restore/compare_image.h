/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of an image, compared with what is on its device. */
#ifndef LIFEBOAT_RESTORE_COMPARE_IMAGE_H
#define LIFEBOAT_RESTORE_COMPARE_IMAGE_H

#include "compare_row.h"

/* ROW lies at or below LAYOUT_IMAGES_NAME. As compare_row(). */
int compare_image(struct comparer *comparer, const struct index_row *row);

#endif
