/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fat_geometry.h"

#include <stdbool.h>

#include "../core/macro.h"

/* What mkfs.vfat puts before the clusters at most: reserved sectors, the root directory, what aligns them. */
#define BEFORE_SECTORS 256
#define LARGEST_CLUSTER 32768 /* bytes: larger ones not every reader takes */

/* The numbers of clusters of each FAT, with a little room, as the specification advises. */
static const struct {
	uint64_t bits, least, most;
} kinds[] = { { 32, 65525 + 16, 268435445 }, { 16, 4085 + 16, 65524 - 16 }, { 12, 1, 4084 - 16 } };

static bool is_possible(const struct fat_geometry *geometry, uint64_t size, uint64_t fats)
{
	uint64_t sectors = size / geometry->sector;
	/* A cluster takes its sectors, and BITS in each table. */
	uint64_t cluster_bits = geometry->cluster * geometry->sector * 8;
	uint64_t least = sectors > BEFORE_SECTORS ? (sectors - BEFORE_SECTORS) * geometry->sector * 8 / (cluster_bits + fats * geometry->bits) : 0;
	uint64_t most = sectors / geometry->cluster;

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (kinds[i].bits == geometry->bits)
			return least >= kinds[i].least && most <= kinds[i].most;
	return false;
}

/* Finds the cluster for the kind of FAT that GEOMETRY has: the captured one, else the next smaller, else the next larger. */
static bool find_cluster(struct fat_geometry *geometry, uint64_t size, uint64_t fats)
{
	uint64_t captured = geometry->cluster;

	for (; geometry->cluster; geometry->cluster /= 2)
		if (is_possible(geometry, size, fats))
			return true;
	for (geometry->cluster = captured * 2; geometry->cluster * geometry->sector <= LARGEST_CLUSTER; geometry->cluster *= 2)
		if (is_possible(geometry, size, fats))
			return true;
	geometry->cluster = captured;
	return false;
}

void fat_geometry_fit(struct fat_geometry *geometry, uint64_t size, uint64_t fats)
{
	uint64_t captured = geometry->bits;

	if (!geometry->cluster)
		geometry->cluster = 1;
	if (find_cluster(geometry, size, fats))
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		geometry->bits = kinds[i].bits;
		if (find_cluster(geometry, size, fats))
			return;
	}
	geometry->bits = captured;
}
