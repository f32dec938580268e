/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set that is written as a stream to standard output. */
#ifndef LIFEBOAT_SINK_STREAM_H
#define LIFEBOAT_SINK_STREAM_H

#include "sink_type.h"

/* Descriptor of the file that SINK writes a stream into; -1: it writes none, or into no file. */
int stream_file(const struct sink *sink);

#endif
