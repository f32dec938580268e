/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads that turn jobs into segments. */
#ifndef LIFEBOAT_CAPTURE_PACKERS_H
#define LIFEBOAT_CAPTURE_PACKERS_H

struct capture;

/* Starts up to capture->workers of them on the open pool, as capture->packers. 0 or -errno with a sentence. */
int packers_start(struct capture *capture);
/* Waits for their end, once pool_end() was called, and releases them. */
void packers_join(struct capture *capture);

#endif
