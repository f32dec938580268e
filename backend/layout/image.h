/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images: contents of a device that are in a set block by block, because nobody here reads them file by file. A filesystem node with the
 * property IMAGE_PROPERTY is one; its blocks are files of the set, the parts, each of IMAGE_PART_BYTES but for the last:
 * LAYOUT_IMAGES_NAME "/NAME/NNNNNNNN". docs/set-format.md, "Images".
 */
#ifndef LIFEBOAT_LAYOUT_IMAGE_H
#define LIFEBOAT_LAYOUT_IMAGE_H

#include "layout.h"

#define LAYOUT_IMAGES_NAME ".lifeboat-images"
#define IMAGE_PART_BYTES (16ull << 20)
/* What the holes of its parts stand for: zeros, or blocks that the content does not use, whatever is in them. */
#define IMAGE_HOLES_PROPERTY "image_holes"
#define IMAGE_HOLES_ZERO "zero"
#define IMAGE_HOLES_UNUSED "unused"
/* Beside holes that are zeros: which program said what is unused. That is a hole, too, and comes back as zeros. */
#define IMAGE_MAP_PROPERTY "image_map"
#define IMAGE_MAP_PARTCLONE "partclone"

/* The name of the image that NODE is captured as; NULL: it is none. */
const char *node_image(const struct node *node);
/* True for an image whose holes are blocks that the content does not use. */
bool image_has_unused(const struct node *node);
/* True for an image of whose blocks partclone said which are used. */
bool image_has_partclone_map(const struct node *node);
bool layout_has_images(const struct layout *layout);
/* What is wrong with NODE as an image of LAYOUT, N_(); NULL: nothing, also of a node that is none. */
const char *image_complaint(const struct layout *layout, const struct node *node);

/* Parts, from 0 on; bytes of one. */
uint64_t image_part_count(const struct node *node);
uint64_t image_part_size(const struct node *node, uint64_t part);
/* The path of a part. New string; NULL when out of memory. */
char *image_part_path(const struct node *node, uint64_t part);
/* True for LAYOUT_IMAGES_NAME and what lies below; PATH is relative to the captured root. */
bool path_is_of_images(const char *path);
/* True for the path of a part of the image NODE, whose number *RET_PART gets. */
bool image_part_parse(const struct node *node, const char *path, uint64_t *ret_part);
/* The image of LAYOUT that PATH is a part of, and its number in *RET_PART; NULL: none. */
const struct node *layout_image_part(const struct layout *layout, const char *path, uint64_t *ret_part);
/* True for a directory of images: LAYOUT_IMAGES_NAME, or that of an image of LAYOUT. */
bool layout_is_images_directory(const struct layout *layout, const char *path);

#endif
