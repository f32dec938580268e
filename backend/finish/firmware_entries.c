/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "firmware_entries.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "identifiers.h"
#include "rooted.h"

static void entry_done(struct firmware_entry *entry)
{
	free(entry->label);
	free(entry->partition);
	free(entry->file);
}

void firmware_entries_done(struct firmware_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_done(&entries->entries[i]);
	free(entries->entries);
	memset(entries, 0, sizeof(*entries));
}

/* "Boot0001* debian<tab>HD(1,GPT,GUID,0x800,0x100000)/File(\EFI\debian\shimx64.efi)": four hex digits, then an
 * active mark or a space. Newer versions write the path without File(). 1 an entry, 0 another line, -ENOMEM. */
static int parse_line(const char *line, struct firmware_entry *entry)
{
	const char *tab, *part, *file;

	memset(entry, 0, sizeof(*entry));
	if (strncmp(line, "Boot", 4) || strlen(line) < 10)
		return 0;
	for (int i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)line[4 + i]))
			return 0;
	if (line[8] != '*' && line[8] != ' ')
		return 0;
	memcpy(entry->number, line + 4, 4);
	tab = strchr(line, '\t');
	entry->label = strndup(line + 10, tab ? (size_t)(tab - line - 10) : strlen(line + 10));
	if (!entry->label)
		return -ENOMEM;
	part = tab ? strstr(tab, "HD(") : NULL;
	part = part ? strstr(part, ",GPT,") : NULL;
	if (part) {
		entry->partition = strndup(part + 5, strcspn(part + 5, ",)"));
		if (!entry->partition)
			return -ENOMEM;
	}
	file = tab ? strchr(tab, '\\') : NULL;
	if (file) {
		entry->file = strndup(file, strcspn(file, ")\t "));
		if (!entry->file)
			return -ENOMEM;
	}
	return 1;
}

int firmware_entries_parse(const char *listing, struct firmware_entries *ret)
{
	AUTO_FIRMWARE_ENTRIES struct firmware_entries entries = { 0 };

	while (*listing) {
		size_t length = strcspn(listing, "\n");
		AUTO_FREE char *line = strndup(listing, length);
		struct firmware_entry entry, *grown;
		int r = line ? parse_line(line, &entry) : -ENOMEM;

		listing += length + (listing[length] == '\n');
		if (r == 0)
			continue;
		grown = r > 0 ? reallocarray(entries.entries, entries.count + 1, sizeof(*grown)) : NULL;
		if (!grown) {
			if (line)
				entry_done(&entry);
			return -ENOMEM;
		}
		entries.entries = grown;
		grown[entries.count++] = entry;
	}
	*ret = entries;
	memset(&entries, 0, sizeof(entries));
	return 0;
}

bool firmware_entry_is_of(const struct firmware_entry *entry, const char *id)
{
	size_t length = strlen(id);

	return entry->file && !strncasecmp(entry->file, "\\EFI\\", 5) && !strncasecmp(entry->file + 5, id, length) &&
	       entry->file[5 + length] == '\\';
}

/* On a restored disk, or on a present one that was left alone. Out of memory the entry stays. */
static bool partition_exists(const struct plan *plan, const char *guid)
{
	AUTO_FREE char *spec = text_format("PARTUUID=%s", guid);

	return !spec || identifier_check(plan, spec, NULL) == IDENTIFIER_FITS;
}

/* efibootmgr of the restored system, else of the rescue system. */
static int run_manager(struct context *ctx, struct finish_job *job, const char *const *words, struct run_result *result)
{
	AUTO_FREE char *own = rooted_program(job->root_fd, "efibootmgr");
	const char *argv[16] = { own ? own : "efibootmgr" };

	for (size_t i = 0; words[i] && i + 2 < ARRAY_LENGTH(argv); i++)
		argv[i + 1] = words[i];
	if (own)
		return job_run(ctx, job, argv, result);
	return run_program(ctx, &(struct run){ .argv = argv }, result);
}

static int create_entry(struct context *ctx, struct finish_job *job, const char *id, const char *file,
			const struct node *partition)
{
	const char *disk = identifier_disk_device(job->options->plan,
						  layout_disk_of(job->options->plan->target.result, partition));
	AUTO_FREE char *number = text_format("%u", partition->partition.number);

	if (!disk)
		return context_fail(
			ctx, ENODEV,
			"The disk of the EFI system partition is not known, so the firmware got no boot entry");
	if (!number)
		return context_oom(ctx);
	return run_manager(ctx, job,
			   (const char *const[]){ "-q", "-c", "-d", disk, "-p", number, "-L", id, "-l", file, NULL },
			   NULL);
}

int firmware_entries_correct(struct context *ctx, struct finish_job *job, const char *id, const char *file,
			     const struct node *partition)
{
	AUTO_FIRMWARE_ENTRIES struct firmware_entries entries = { 0 };
	CLEANUP(run_result_done) struct run_result listing = { 0 };
	bool there = false;
	int r = run_manager(ctx, job, (const char *const[]){ "-v", NULL }, &listing);

	if (r == 0 && firmware_entries_parse(listing.output, &entries) < 0)
		r = context_oom(ctx);
	for (size_t i = 0; r == 0 && i < entries.count; i++) {
		const struct firmware_entry *entry = &entries.entries[i];

		if (!firmware_entry_is_of(entry, id) || !entry->partition)
			continue;
		if (partition->partition.uuid && !strcasecmp(entry->partition, partition->partition.uuid)) {
			there = true;
		} else if (!partition_exists(job->options->plan, entry->partition)) {
			context_info(ctx, "Removing the firmware's boot entry %s (%s): its partition is gone",
				     entry->number, entry->label);
			r = run_manager(ctx, job, (const char *const[]){ "-q", "-b", entry->number, "-B", NULL }, NULL);
		}
	}
	if (r < 0 || there)
		return r;
	context_info(ctx, "Making the firmware's boot entry %s", id);
	return create_entry(ctx, job, id, file, partition);
}
