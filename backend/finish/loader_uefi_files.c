/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loader_uefi_files.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "../core/byte_order.h"
#include "identifiers.h"
#include "rooted.h"

#define STUB_LIMIT (1u << 20)

const char *const loader_uefi_names[LOADER_UEFI_NAMES] = { "shimx64.efi", "grubx64.efi" };

char *loader_uefi_path(const char *esp, const char *id, const char *file)
{
	return text_format("%s/EFI/%s/%s", esp, id, file);
}

const char *loader_uefi_find(int root_fd, const char *esp, const char *id)
{
	for (size_t i = 0; i < LOADER_UEFI_NAMES; i++) {
		AUTO_FREE char *path = loader_uefi_path(esp, id, loader_uefi_names[i]);

		if (path && rooted_has_content(root_fd, path))
			return loader_uefi_names[i];
	}
	return NULL;
}

char *loader_uefi_id(int root_fd, const char *esp, const char *preferred)
{
	AUTO_FREE char *directory = text_format("%s/EFI", esp);
	AUTO_STRV char **names = NULL;

	if (preferred && *preferred && !strchr(preferred, '/') && loader_uefi_find(root_fd, esp, preferred))
		return strdup(preferred);
	if (!directory || rooted_list(root_fd, directory, &names) < 0)
		return NULL;
	for (size_t i = 0; names && names[i]; i++)
		if (strcasecmp(names[i], "BOOT") && loader_uefi_find(root_fd, esp, names[i]))
			return strdup(names[i]);
	return NULL;
}

bool loader_uefi_is_program(int root_fd, const char *path)
{
	unsigned char start[4096];
	ssize_t n = rooted_read_start(root_fd, path, start, sizeof(start));
	uint32_t header;

	if (n < 0x40 || memcmp(start, "MZ", 2))
		return false;
	header = le32(start + 0x3c);
	return header < (size_t)n - 4 && !memcmp(start + header, "PE\0\0", 4);
}

/* The few lines that lead a signed GRUB to its menu name a filesystem. */
static int check_stub(const struct plan *plan, int root_fd, const char *path, char **ret_why)
{
	AUTO_FREE char *text = NULL;
	int r = rooted_read(root_fd, path, STUB_LIMIT, &text);
	char *at;

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	at = strstr(text, "search.fs_uuid ");
	if (at) {
		AUTO_FREE char *uuid = NULL, *spec = NULL;
		const struct node *home = layout_boot(plan->target.result);

		at += strlen("search.fs_uuid ");
		uuid = strndup(at, strcspn(at, " \t\r\n"));
		spec = uuid ? text_format("UUID=%s", uuid) : NULL;
		if (!spec)
			return -ENOMEM;
		if (home && identifier_find(plan, spec) == home)
			return 0;
		*ret_why = sentence("%s looks for GRUB's menu on the filesystem %s, which does not hold it.", path, uuid);
		return *ret_why ? 1 : -ENOMEM;
	}
	return 0;
}

static int check_own_loader(const struct plan *plan, int root_fd, const char *esp, const char *id, char **ret_why)
{
	const char *file = loader_uefi_find(root_fd, esp, id);
	AUTO_FREE char *path = loader_uefi_path(esp, id, file ? file : loader_uefi_names[1]);
	AUTO_FREE char *grub = loader_uefi_path(esp, id, "grubx64.efi"), *stub = loader_uefi_path(esp, id, "grub.cfg");

	if (!path || !grub || !stub)
		return -ENOMEM;
	if (!file || !loader_uefi_is_program(root_fd, path))
		*ret_why = sentence("%s is no program that UEFI firmware can start.", path);
	else if (!loader_uefi_is_program(root_fd, grub))
		*ret_why = sentence("%s, which the loader starts, is missing or no program.", grub);
	else if (!strcmp(file, "shimx64.efi") && !rooted_has_content(root_fd, stub))
		*ret_why = sentence("%s, which leads GRUB to its menu, is missing.", stub);
	else
		return check_stub(plan, root_fd, stub, ret_why);
	return *ret_why ? 1 : -ENOMEM;
}

int loader_uefi_check_files(const struct plan *plan, int root_fd, const char *esp, const char *id, char **ret_why)
{
	AUTO_FREE char *fallback = text_format("%s/" LOADER_UEFI_FALLBACK, esp);
	AUTO_FREE char *shim = id ? loader_uefi_path(esp, id, "shimx64.efi") : NULL;
	AUTO_FREE char *next = loader_uefi_path(esp, "BOOT", "grubx64.efi"), *finder = loader_uefi_path(esp, "BOOT", "fbx64.efi");

	*ret_why = NULL;
	if (!fallback || (id && !shim) || !next || !finder)
		return -ENOMEM;
	if (!loader_uefi_is_program(root_fd, fallback)) {
		*ret_why = sentence("%s is missing or no program that UEFI firmware can start.", fallback);
		return *ret_why ? 1 : -ENOMEM;
	}
	/* Shim continues to GRUB beside it, or by way of the program that makes boot entries. */
	if (shim && rooted_is_same(root_fd, shim, fallback) && !loader_uefi_is_program(root_fd, next) &&
	    !loader_uefi_is_program(root_fd, finder)) {
		*ret_why = sentence("%s, which the fallback loader starts, is missing or no program.", next);
		return *ret_why ? 1 : -ENOMEM;
	}
	return id ? check_own_loader(plan, root_fd, esp, id, ret_why) : 0;
}
