#include "pax.h"

#include <linux/limits.h>
#include <string.h>

void pax_entry_done(struct pax_entry *entry)
{
	free(entry->path);
	free(entry->link);
	free(entry->piece_of);
	free(entry->extents);
	for (size_t i = 0; i < entry->xattr_count; i++) {
		free(entry->xattrs[i].name);
		free(entry->xattrs[i].value);
	}
	free(entry->xattrs);
	memset(entry, 0, sizeof(*entry));
}

bool pax_path_is_safe(const char *path)
{
	if (!strcmp(path, "."))
		return true;
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || length > NAME_MAX || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

bool pax_xattr_is_kept(const char *name)
{
	static const char *const prefixes[] = { "user.", "trusted.", "security.", "system.posix_acl_", "btrfs." };

	/* XFS's second view of ACLs. */
	if (!strncmp(name, "trusted.SGI_ACL_", 16) || strlen(name) > XATTR_NAME_MAX)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

uint64_t pax_entry_data(const struct pax_entry *entry)
{
	uint64_t sum = 0;

	if (!S_ISREG(entry->mode) || entry->hard_link)
		return 0;
	if (!entry->extents)
		return entry->size;
	for (size_t i = 0; i < entry->extent_count; i++)
		sum += entry->extents[i].length;
	return sum;
}
