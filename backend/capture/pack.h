/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packs the items of a job into a segment: reads files, takes their digests, notices what changes meanwhile. */
#ifndef LIFEBOAT_CAPTURE_PACK_H
#define LIFEBOAT_CAPTURE_PACK_H

struct capture;
struct job;
struct packer;

/* For one thread; makes many segments, one after the other. NULL when out of memory. */
struct packer *packer_new(struct capture *capture);
void packer_free(struct packer *packer);
/* Writes the job's items. 0 or -errno with a sentence. */
int packer_run(struct packer *packer, struct job *job);

#endif
