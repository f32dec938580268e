/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which identities say little: serial numbers seen on many disks at once. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "identity.h"

/* Shorter ones are counters. */
#define LEAST_LENGTH 4

/* Letters and digits of TEXT in upper case, without zeros at the start. New string; NULL when out of memory. */
static char *significant(const char *text)
{
	char *out = malloc(strlen(text) + 1), *at = out;

	if (!out)
		return NULL;
	for (; *text; text++)
		if (isalnum((unsigned char)*text) && (at > out || *text != '0'))
			*at++ = (char)toupper((unsigned char)*text);
	*at = '\0';
	return out;
}

/* Whether TO comes after FROM when a number is made up: 9 is followed by 0 or A, F by 0. */
static bool follows(char from, char to)
{
	return to == from + 1 || (from == '9' && (to == '0' || to == 'A')) || (from == '0' && to == 'A') || (from == 'F' && to == '0');
}

/* "0123456789ABCDEF", "123456789012", "987654321". */
static bool is_sequence(const char *text)
{
	bool up = true, down = true;

	for (; text[0] && text[1]; text++) {
		up &= follows(text[0], text[1]);
		down &= follows(text[1], text[0]);
	}
	return up || down;
}

/* "AAAAAAAA", "12121212", "ABCDABCD". */
static bool is_repeated(const char *text)
{
	size_t length = strlen(text);

	for (size_t period = 1; period <= 4 && 2 * period <= length; period++)
		if (!strncmp(text, text + period, length - period))
			return true;
	return false;
}

static bool is_word(const char *text)
{
	static const char *const words[] = { "DEADBEEF", "DEADC0DE", "CAFEBABE", "FEEDFACE", "BAADF00D", "NONE", "NULL", "DEFAULT",
					     "UNKNOWN", "SERIAL", "NOTSPECIFIED", "NOTAVAILABLE", "TOBEFILLED", "INVALID" };

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	return false;
}

/* What virtual machines give their disks in order: QM00001 (QEMU), drive-scsi0 (Proxmox). */
static bool is_counter(const char *text)
{
	static const char *const prefixes[] = { "QM", "DRIVESCSI", "DRIVEIDE", "DRIVESATA", "DRIVEVIRTIO" };

	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++) {
		size_t length = strlen(prefixes[i]);

		if (!strncmp(text, prefixes[i], length) && strspn(text + length, "0123456789") == strlen(text + length))
			return true;
	}
	return false;
}

static bool says_little(const char *text)
{
	AUTO_FREE char *kept = significant(text);

	return !kept || strlen(kept) < LEAST_LENGTH || is_sequence(kept) || is_repeated(kept) || is_word(kept) || is_counter(kept);
}

bool disk_identity_is_weak(const struct disk_info *disk)
{
	/* A WWN's first digits say who made it; the number is the rest. */
	if (disk->wwn && !says_little(!strncmp(disk->wwn, "0x", 2) && strlen(disk->wwn) > 9 ? disk->wwn + 9 : disk->wwn))
		return false;
	/* An enclosure's number goes with the enclosure. */
	return !disk->serial || (disk->transport && !strcmp(disk->transport, "usb")) || says_little(disk->serial);
}

static bool is_same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && !strcmp(a, b));
}

const struct node *disk_other_path(const struct layout *layout, const struct node *disk)
{
	const struct disk_info *info = &disk->disk;

	if (!info->wwn || !info->serial || disk_identity_is_weak(info) || (info->transport && !strcmp(info->transport, "usb")))
		return NULL;
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *other = layout->nodes[i];

		if (other != disk && other->type == NODE_DISK && other->size == disk->size && disk_claims_same(info, &other->disk) &&
		    is_same_text(info->serial, other->disk.serial) && is_same_text(info->model, other->disk.model))
			return other;
	}
	return NULL;
}

bool disk_claims_same(const struct disk_info *a, const struct disk_info *b)
{
	/* Where both have a WWN it alone decides: disks of one enclosure may share the rest. */
	if (a->wwn && b->wwn)
		return !strcmp(a->wwn, b->wwn);
	return a->serial && b->serial && !strcmp(a->serial, b->serial) && is_same_text(a->model, b->model);
}
