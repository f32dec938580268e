/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table_kind.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../core/digest.h"

#define MIB (1ULL << 20)
#define LINUX_GPT "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define LINUX_MBR "0x83"
#define PRIMARIES 4

/* The first row of a kind is what it becomes. (UEFI specification 2.10, 5.2.2; systemd's Discoverable Partitions Specification; libfdisk's lists.) */
static const struct {
	const char *mbr, *gpt;
} kinds[] = {
	{ LINUX_MBR, LINUX_GPT },
	{ "0x82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F" }, /* swap */
	{ "0x8e", "E6D6D379-F507-44C2-A23C-238F2A3DF928" }, /* LVM */
	{ "0xfd", "A19D880F-05FC-4D3B-A006-743F0F84911E" }, /* RAID */
	{ "0xe8", "CA7D7CCB-63ED-4C53-861C-1742536059CC" }, /* LUKS */
	{ "0xea", "BC13C2FF-59E6-4262-A352-B275FD6F7172" }, /* extended boot loader partition */
	{ "0xef", GPT_KIND_ESP },
	{ "0x07", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" }, /* Microsoft's basic data */
	{ "0x0c", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "0x0b", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "0x0e", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "0x06", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "0x27", "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC" }, /* Windows' recovery */
	{ "0x41", "9E1A2D38-C612-4316-AA26-8B49521E5A8B" }, /* PReP */
};

bool partition_is_bios_boot(const struct node *node)
{
	return node->type == NODE_PARTITION && node->partition.kind && !strcasecmp(node->partition.kind, GPT_KIND_BIOS_BOOT);
}

const char *partition_kind_as(const char *kind, bool gpt)
{
	if ((strncasecmp(kind, "0x", 2) != 0) == gpt)
		return kind;
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strcasecmp(kind, gpt ? kinds[i].mbr : kinds[i].gpt))
			return gpt ? kinds[i].gpt : kinds[i].mbr;
	return gpt ? LINUX_GPT : LINUX_MBR;
}

char *table_derived_uuid(const struct layout *layout, const struct node *disk, const char *purpose)
{
	AUTO_DIGEST struct digest *digest = digest_new();
	char hex[DIGEST_HEX];

	if (!digest)
		return NULL;
	/* Of what was captured, whatever was planned in already. */
	for (size_t i = 0; i < layout->count; i++)
		if (layout->nodes[i]->uuid && !node_property(layout->nodes[i], PLANNED_PROPERTY))
			digest_update(digest, layout->nodes[i]->uuid, strlen(layout->nodes[i]->uuid) + 1);
	digest_update(digest, disk->id, strlen(disk->id) + 1);
	digest_update(digest, purpose, strlen(purpose));
	digest_finish(digest, hex);
	/* Version 8, variant 10 (RFC 9562, 5.8). */
	return text_format("%.8s-%.4s-8%.3s-9%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
}

/* TEXT, stolen, in place of *FIELD. 0 or -ENOMEM. */
static int set_text(char **field, char *text)
{
	if (!text)
		return -ENOMEM;
	free(*field);
	*field = text;
	return 0;
}

static bool has_role(const struct node *node, const char *role)
{
	return !strcmp(node->partition.role, role);
}

/* The first partition of DISK with this role; NULL: none. */
static struct node *partition_with_role(const struct layout *layout, const struct node *disk, const char *role)
{
	struct node *node;

	for (size_t at = 0; (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		if (has_role(node, role))
			return node;
	return NULL;
}

char *table_derived_id(const struct layout *layout, const struct node *disk, bool gpt)
{
	AUTO_FREE char *uuid = table_derived_uuid(layout, disk, gpt ? "gpt" : "mbr");

	return !uuid || gpt ? TAKE_POINTER(uuid) : text_format("0x%.8s", uuid);
}

static int set_table(struct layout *layout, struct node *disk, bool gpt)
{
	int r = set_text(&disk->disk.table_id, table_derived_id(layout, disk, gpt));

	if (r == 0)
		r = set_text(&disk->disk.table, strdup(gpt ? "gpt" : "dos"));
	disk->disk.table_entries = 0;
	disk->disk.first_usable = 0;
	free(TAKE_POINTER(disk->disk.mbr));
	return r;
}

/* ---- MBR to GPT ---- */

static int partition_to_gpt(const struct layout *layout, const struct node *disk, struct node *node)
{
	AUTO_FREE char *purpose = text_format("partition %u", node->partition.number);
	int r = purpose ? set_text(&node->partition.kind, strdup(partition_kind_as(node->partition.kind, true))) : -ENOMEM;

	if (r == 0)
		r = set_text(&node->partition.uuid, table_derived_uuid(layout, disk, purpose));
	if (r == 0)
		r = set_text(&node->partition.role, strdup("primary"));
	node->partition.active = false;
	return r;
}

int table_to_gpt(struct context *ctx, struct layout *layout, struct node *disk)
{
	struct node *node = partition_with_role(layout, disk, "extended");
	int r = set_table(layout, disk, true);

	if (node)
		layout_remove(layout, node);
	for (size_t at = 0; r == 0 && (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		r = partition_to_gpt(layout, disk, node);
	return r < 0 ? context_oom(ctx) : 0;
}

/* ---- GPT to MBR ---- */

static int compare_places(const void *a, const void *b)
{
	const struct node *one = *(const struct node *const *)a, *two = *(const struct node *const *)b;

	return one->partition.start < two->partition.start ? -1 : one->partition.start > two->partition.start;
}

/* The partitions of DISK by their places, NULL-ended; NULL when out of memory. */
static struct node **partitions_of(const struct layout *layout, const struct node *disk, size_t *ret_count)
{
	struct node **list = calloc(layout->count + 1, sizeof(*list)), *node;

	*ret_count = 0;
	for (size_t at = 0; list && (node = layout_next_child(layout, disk->id, NODE_PARTITION, &at));)
		list[(*ret_count)++] = node;
	if (list)
		qsort(list, *ret_count, sizeof(*list), compare_places);
	return list;
}

static int partition_to_mbr(struct node *node, uint32_t number, const char *role)
{
	node->partition.number = number;
	node->partition.attributes = 0;
	free(TAKE_POINTER(node->partition.uuid));
	free(TAKE_POINTER(node->partition.name));
	return set_text(&node->partition.kind, strdup(partition_kind_as(node->partition.kind, false))) ||
	       set_text(&node->partition.role, strdup(role)) ? -ENOMEM : 0;
}

/* The first COUNT of LIST become primary partitions, with the numbers that they had where an MBR has those; *RET_FREE: a number that none has. */
static int make_primaries(struct node **list, size_t count, uint32_t *ret_free)
{
	bool taken[PRIMARIES + 1] = { true }, keeps[PRIMARIES] = { false };
	uint32_t next = 1;
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t number = list[i]->partition.number;

		keeps[i] = number <= PRIMARIES && !taken[number];
		if (keeps[i])
			taken[number] = true;
	}
	for (size_t i = 0; r == 0 && i < count; i++) {
		while (!keeps[i] && taken[next])
			next++;
		if (!keeps[i])
			taken[next] = true;
		r = partition_to_mbr(list[i], keeps[i] ? list[i]->partition.number : next, "primary");
	}
	*ret_free = 1;
	while (*ret_free < PRIMARIES && taken[*ret_free])
		++*ret_free;
	return r;
}

/* All of LIST, the rest of DISK by their places, become logical partitions in an extended one with this NUMBER; each moves up, for its boot record
 * lies in front of it. */
static int make_logical(struct layout *layout, struct node *disk, struct node **list, size_t count, uint32_t number)
{
	AUTO_FREE char *id = text_format("planned:extended:%s", disk->id);
	struct node *extended = id ? layout_insert(layout, NODE_PARTITION, id, disk) : NULL;
	uint64_t start = list[0]->partition.start;
	int r = extended ? strv_append(&extended->on, disk->id) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		list[i]->partition.start += (i + 1) * MIB;
		r = partition_to_mbr(list[i], (uint32_t)(PRIMARIES + 1 + i), "logical");
	}
	if (r < 0)
		return r;
	disk->size += count * MIB;
	extended->size = list[count - 1]->partition.start + list[count - 1]->size - start;
	extended->partition.start = start;
	extended->partition.number = number;
	extended->partition.kind = strdup("0x05");
	extended->partition.role = strdup("extended");
	return extended->partition.kind && extended->partition.role ? 0 : -ENOMEM;
}

int table_to_mbr(struct context *ctx, struct layout *layout, struct node *disk)
{
	AUTO_FREE struct node **list = NULL;
	uint32_t number = 1;
	size_t count, primaries;
	int r = set_table(layout, disk, false);

	for (size_t i = layout->count; i > 0; i--)
		if (partition_is_bios_boot(layout->nodes[i - 1]) && !strcmp(layout->nodes[i - 1]->on[0], disk->id) &&
		    !layout_child(layout, layout->nodes[i - 1]->id, NODE_TYPE_COUNT, 0))
			layout_remove(layout, layout->nodes[i - 1]);
	list = partitions_of(layout, disk, &count);
	if (r < 0 || !list)
		return context_oom(ctx);
	primaries = count > PRIMARIES ? PRIMARIES - 1 : count;
	r = make_primaries(list, primaries, &number);
	/* Firmware may start no disk without an active partition. */
	if (count)
		list[0]->partition.active = true;
	if (r == 0 && count > primaries)
		r = make_logical(layout, disk, list + primaries, count - primaries, number);
	return r < 0 ? context_oom(ctx) : 0;
}
