/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "skeleton.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <string.h>

#include "../core/bytes.h"
#include "../network/lease.h"
#include "../remote/access.h"

struct directory {
	const char *path;
	mode_t mode;
};

static const struct directory directories[] = {
	{ "/dev", 0755 }, { "/etc", 0755 }, { "/media", 0755 }, { "/mnt", 0755 }, { "/proc", 0555 }, { "/root", 0700 },
	{ "/run", 0755 }, { "/sys", 0555 }, { "/tmp", 01777 }, { "/usr/bin", 0755 }, { "/usr/lib", 0755 }, { "/usr/lib64", 0755 },
	{ "/usr/sbin", 0755 }, { "/usr/share", 0755 }, { "/var/lib", 0755 }, { "/var/log", 0755 }, { "/var/tmp", 01777 },
};

static const char *const links[][2] = {
	{ "/bin", "usr/bin" }, { "/lib", "usr/lib" }, { "/lib64", "usr/lib64" }, { "/sbin", "usr/sbin" },
	{ "/init", "/usr/bin/lifeboat" },
	{ "/etc/mtab", "/proc/self/mounts" },
	{ "/var/run", "/run" }, { "/var/lock", "/run/lock" },
};

struct text {
	const char *path;
	mode_t mode;
	const char *text;
};

/* There is no udev in the rescue system: LVM makes its device nodes itself and looks at /dev, not at udev's lists. */
static const char lvm_config[] =
	"activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }\n"
	"devices { obtain_device_list_from_udev = 0 external_device_info_source = \"none\" use_devicesfile = 0 }\n"
	"global { event_activation = 0 use_lvmpolld = 0 use_lvmlockd = 0 }\n"
	"backup { backup = 0 archive = 0 }\n";

static const struct text texts[] = {
	{ "/etc/group", 0644, "root:x:0:\ntty:x:5:\ndisk:x:6:\nnogroup:x:65534:\n" },
	{ "/etc/hostname", 0644, "lifeboat\n" },
	{ "/etc/hosts", 0644, "127.0.0.1 localhost lifeboat\n::1 localhost lifeboat\n" },
	{ "/etc/lvm/lvm.conf", 0644, lvm_config },
	{ "/etc/nsswitch.conf", 0644, "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nprotocols: files\nservices: files\n" },
	{ "/etc/os-release", 0644, "NAME=Lifeboat\nID=lifeboat\nPRETTY_NAME=\"Lifeboat rescue system\"\n" },
	{ "/etc/passwd", 0644, "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n" },
	{ "/etc/profile", 0644, "export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8\nPS1='lifeboat:\\w# '\n" },
	{ "/etc/resolv.conf", 0644, "" },
	{ "/etc/shells", 0644, "/bin/sh\n/bin/bash\n" },
	{ NETWORK_DHCP_SCRIPT, 0755, network_dhcp_script },
};

struct wanted {
	const char *pattern;     /* glob(7); directories are taken whole */
	const char *package;     /* of Debian, when a rescue cannot do without; NULL: taken when there */
};

static const struct wanted files[] = {
	{ "/etc/mke2fs.conf", "e2fsprogs" },   /* which features "mkfs.ext4" means */
	{ "/etc/protocols", "netbase" },       /* without it NFS v3 says "Protocol not supported" */
	{ "/etc/services", "netbase" },
	{ "/etc/rpc", NULL },
	{ "/etc/netconfig", NULL },
	{ "/etc/ssl/openssl.cnf", NULL },
	{ ACCESS_BUNDLE, NULL },               /* whom servers of sets are trusted by */
	{ "/usr/lib/ssl/openssl.cnf", NULL },
	{ "/usr/lib/locale/C.utf8", NULL },    /* newer C libraries have it built in */
	{ "/usr/lib/*/gconv/IBM850.so", NULL }, /* labels of FAT filesystems */
	{ "/usr/lib/*/gconv/gconv-modules", NULL },
	{ "/usr/lib/*/gconv/gconv-modules.d/*.conf", NULL },
	{ "/usr/share/misc/pci.ids", NULL },   /* names of hardware for people */
	{ "/usr/share/misc/usb.ids", NULL },
	{ "/usr/lib/grub/*/*.img", NULL },     /* what grub-install installs */
	{ "/usr/lib/grub/*/*.lst", NULL },
	{ "/usr/lib/grub/*/*.mod", NULL },
	{ "/usr/lib/grub/*/modinfo.sh", NULL }, /* it looks whether this is there */
};

static const char *const terminals[] = {
	"ansi", "dumb", "linux", "screen", "screen-256color", "tmux", "tmux-256color", "vt100", "vt102", "vt220", "xterm",
	"xterm-256color", "xterm-color",
};

static int out_of_memory(struct context *ctx)
{
	return context_oom(ctx);
}

static int add_directory(struct context *ctx, struct contents *contents, const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int r = walk ? 0 : -ENOMEM;

	while (r == 0 && walk && (entry = fts_read(walk)))
		if (entry->fts_info == FTS_F || entry->fts_info == FTS_SL)
			r = contents_take(ctx, contents, entry->fts_path, NULL);
	if (walk)
		fts_close(walk);
	return r;
}

static int add_file(struct context *ctx, struct contents *contents, const struct wanted *wanted)
{
	glob_t found;
	int r = 0;

	if (glob(wanted->pattern, 0, NULL, &found) != 0)
		return wanted->package ? context_fail(ctx, ENOENT, "A rescue needs the file %s, which is not on this machine: "
						      "install the package %s", wanted->pattern, wanted->package) : 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
		r = add_directory(ctx, contents, found.gl_pathv[i]);
	globfree(&found);
	return r == -ENOMEM ? out_of_memory(ctx) : r;
}

/* Terminal descriptions lie at DIRECTORY/FIRST LETTER/NAME (terminfo(5)). */
static int add_terminal(struct context *ctx, struct contents *contents, const char *name, bool *ret_found)
{
	static const char *const places[] = { "/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo" };

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		AUTO_FREE char *path = text_format("%s/%c/%s", places[i], *name, name);
		AUTO_FREE char *source = path ? realpath(path, NULL) : NULL;
		AUTO_FREE char *target = text_format("/lib/terminfo/%c/%s", *name, name);

		if (!path || !target)
			return out_of_memory(ctx);
		if (!source)
			continue;
		*ret_found = true;
		return contents_file(contents, target, 0644, source) < 0 ? out_of_memory(ctx) : 0;
	}
	return 0;
}

static int add_terminals(struct context *ctx, struct contents *contents)
{
	for (size_t i = 0; i < ARRAY_LENGTH(terminals); i++) {
		bool found = false;
		int r = add_terminal(ctx, contents, terminals[i], &found);

		if (r < 0)
			return r;
		if (!found && (!strcmp(terminals[i], "linux") || !strcmp(terminals[i], "vt220")))
			return context_fail(ctx, ENOENT, "A rescue needs the description of the terminal '%s', which is not on this "
					    "machine: install the package ncurses-base", terminals[i]);
	}
	return 0;
}

/* Translations, to where the program in the archive looks for them. */
static int add_catalogues(struct context *ctx, struct contents *contents, const char *directory)
{
	AUTO_FREE char *pattern = text_format("%s/*/LC_MESSAGES/lifeboat.mo", directory);
	glob_t found;
	int r = pattern ? 0 : -ENOMEM;

	if (r < 0 || glob(pattern, 0, NULL, &found) != 0)
		return r < 0 ? out_of_memory(ctx) : 0;
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		AUTO_FREE char *target = text_format(LOCALEDIR "%s", found.gl_pathv[i] + strlen(directory));
		AUTO_FREE char *source = realpath(found.gl_pathv[i], NULL);

		r = !target ? -ENOMEM : source ? contents_file(contents, target, 0644, source) : 0;
	}
	globfree(&found);
	return r < 0 ? out_of_memory(ctx) : 0;
}

/* What lets this machine in to servers of sets is what lets its rescue system in. */
static int add_access(struct context *ctx, struct contents *contents)
{
	AUTO_STRV char **taken = NULL;

	for (const char *const *name = access_files; *name; name++) {
		AUTO_FREE char *source = text_format("%s/%s", access_directory(), *name), *target = text_format(ACCESS_DIRECTORY "/%s", *name);
		AUTO_FREE char *real = source ? realpath(source, NULL) : NULL;

		if (!source || !target || (real && (contents_file(contents, target, 0600, real) < 0 || strv_append(&taken, *name) < 0)))
			return out_of_memory(ctx);
	}
	if (taken)
		context_info(ctx, "the rescue system gets what is in %s: whoever has the medium has these names, passwords and keys, too",
			     access_directory());
	return 0;
}

int skeleton_add(struct context *ctx, struct contents *contents, const char *catalogues)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(directories); i++)
		r = contents_directory(contents, directories[i].path, directories[i].mode);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(links); i++)
		r = contents_link(contents, links[i][0], links[i][1]);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(texts); i++)
		r = contents_text(contents, texts[i].path, texts[i].mode, texts[i].text);
	/* The kernel opens it for pid 1 before anything is mounted; numbers of Documentation/admin-guide/devices.txt. */
	if (r == 0)
		r = contents_character_device(contents, "/dev/console", 0600, 5, 1);
	if (r == 0)
		r = contents_character_device(contents, "/dev/null", 0666, 1, 3);
	if (r < 0)
		return out_of_memory(ctx);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(files); i++)
		r = add_file(ctx, contents, &files[i]);
	if (r == 0)
		r = add_access(ctx, contents);
	if (r == 0)
		r = add_catalogues(ctx, contents, catalogues);
	return r < 0 ? r : add_terminals(ctx, contents);
}
