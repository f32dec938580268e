/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What S3 servers answer in XML: elements with text in them, read by libexpat, and nothing else that XML has. Whatever goes beyond the bounds of
 * answers that there are is refused, as is a document type.
 */
#ifndef LIFEBOAT_REMOTE_S3_XML_H
#define LIFEBOAT_REMOTE_S3_XML_H

#include <stddef.h>

#include "../core/macro.h"

#define S3_XML_LIMIT (8u << 20)   /* bytes of an answer: a list of 1000 names of 1024 bytes, each byte of them escaped */
#define S3_XML_DEPTH 8
#define S3_XML_TEXT (8u << 10)    /* bytes of an element's own text */
#define S3_XML_ELEMENTS 100000

/* Reads LENGTH bytes of XML, whose outermost element is ROOT. EACH is told of each element as it ends: its PATH below ROOT ("Contents/Key"; "" the
 * outermost itself) and its own TEXT, without what is in elements in it. 0; -EBADMSG; -ENOMEM; what EACH said, which ends it. */
MUST_CHECK int s3_xml_read(const void *xml, size_t length, const char *root, int (*each)(void *data, const char *path, const char *text), void *data);

#endif
