/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "xattr.h"

#include <endian.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/bytes.h"
#include "acl.h"

#define CAPABILITY "security.capability"
#define COMPRESSION "btrfs.compression"

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool xattr_is_kept(const char *name)
{
	static const char *const names[] = { ACL_ACCESS, ACL_DEFAULT, COMPRESSION };
	static const char *const namespaces[] = { "user.", "trusted.", "security." };

	/* XFS's second view of ACLs. */
	if (has_prefix(name, "trusted.SGI_ACL_") || strlen(name) > XATTR_NAME_MAX)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LENGTH(namespaces); i++)
		if (has_prefix(name, namespaces[i]) && name[strlen(namespaces[i])])
			return true;
	return false;
}

bool xattr_fits_type(const char *name, mode_t mode)
{
	if (!strcmp(name, ACL_DEFAULT))
		return S_ISDIR(mode);
	if (!strcmp(name, ACL_ACCESS))
		return !S_ISLNK(mode);
	if (!strcmp(name, COMPRESSION))
		return S_ISREG(mode) || S_ISDIR(mode);
	/* xattr(7); of sockets newer kernels take them. */
	if (has_prefix(name, "user."))
		return S_ISREG(mode) || S_ISDIR(mode) || S_ISSOCK(mode);
	return true;
}

/* cap_convert_nscap() of the kernel; revision 1 is not taken since Linux 4.14. */
static bool is_capability(const void *value, size_t length)
{
	struct vfs_ns_cap_data data = { 0 };
	uint32_t revision, root;

	if (length > sizeof(data))
		return false;
	memcpy(&data, value, length);
	revision = le32toh(data.magic_etc) & ~(uint32_t)VFS_CAP_FLAGS_EFFECTIVE;
	root = le32toh(data.rootid);
	if (length == XATTR_CAPS_SZ_2)
		return revision == VFS_CAP_REVISION_2;
	/* Of root itself the kernel shows it as revision 2. */
	return length == XATTR_CAPS_SZ_3 && revision == VFS_CAP_REVISION_3 && root != 0 && root != UINT32_MAX;
}

/* fs/btrfs/props.c: an algorithm, later kernels take a level behind it. */
static bool is_compression(const char *value, size_t length)
{
	static const char *const begins[] = { "zlib", "lzo", "zstd", "none", "no" };

	for (size_t i = 0; i < ARRAY_LENGTH(begins); i++)
		if (length >= strlen(begins[i]) && !memcmp(value, begins[i], strlen(begins[i])))
			return true;
	return false;
}

bool xattr_value_is_valid(const char *name, const void *value, size_t length)
{
	if (length > XATTR_SIZE_MAX)
		return false;
	if (!strcmp(name, CAPABILITY))
		return is_capability(value, length);
	if (!strcmp(name, COMPRESSION))
		return is_compression(value, length);
	if (!strcmp(name, ACL_ACCESS) || !strcmp(name, ACL_DEFAULT))
		return acl_value_is_valid(value, length);
	return true;
}
