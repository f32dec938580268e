/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said in a rescue shell: how to get into a system that was restored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../../backend/session/readme.h"
#include "../../backend/plan/plan.h"

static const struct action_type mount_type = { .name = "mount" }, table_type = { .name = "table" };

static struct node *add(struct layout *layout, enum node_type type, const char *id, const char *on, const char *device)
{
	struct node *node = layout_add(layout, type, id);

	assert_non_null(node);
	if (on)
		strv_append(&node->on, on);
	node->device = device ? strdup(device) : NULL;
	return node;
}

/* A terminal breaks longer lines in the middle of words. Commands are one line each, to be copied as they are. */
static void assert_lines_fit(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		if (strcspn(line, "\n") > 79 && strncmp(line, "  ", 2))
			fail_msg("'%.*s' is wider than a terminal", (int)strcspn(line, "\n"), line);
		if (!strchr(line, '\n'))
			return;
	}
}

static void mounts_are_told(void **state)
{
	AUTO_LAYOUT struct layout *layout = layout_new();
	struct node *disk = add(layout, NODE_DISK, "disk:0", NULL, "/dev/vda");
	struct node *root, *home, *srv, *subvolume;
	struct action actions[4] = { { .type = &table_type, .node = disk } };
	struct plan plan = { .target.result = layout, .actions = actions, .count = ARRAY_LENGTH(actions) };
	const struct media media = { 0 };
	struct readme readme = { .state = "/run/lifeboat", .root = "/run/lifeboat/target", .socket = "/run/lifeboat/engine",
				 .log = "/run/lifeboat/lifeboat.log", .media = &media, .plan = &plan };
	AUTO_FREE char *before = NULL, *after = NULL, *mounted = NULL;

	(void)state;
	add(layout, NODE_FILESYSTEM, "fs:1", "disk:0", "/dev/vda3");
	subvolume = add(layout, NODE_SUBVOLUME, "sub:1", "fs:1", NULL);
	subvolume->subvolume.path = strdup("@home");
	root = add(layout, NODE_MOUNT, "mount:1", "fs:1", NULL);
	root->mount.path = strdup("/");
	home = add(layout, NODE_MOUNT, "mount:2", "sub:1", NULL);
	home->mount.path = strdup("/home");
	actions[1] = (struct action){ .type = &mount_type, .node = root };
	subvolume = add(layout, NODE_SUBVOLUME, "sub:2", "fs:1", NULL);
	subvolume->subvolume.path = strdup("a,b'c");
	srv = add(layout, NODE_MOUNT, "mount:3", "sub:2", NULL);
	srv->mount.path = strdup("/srv");
	actions[3] = (struct action){ .type = &mount_type, .node = srv };
	actions[2] = (struct action){ .type = &mount_type, .node = home };

	before = readme_text(&readme);
	assert_non_null(strstr(before, "no disk has been touched"));
	assert_null(strstr(before, "chroot"));
	assert_lines_fit(before);
	readme.written = true;
	readme.mounted = true;
	mounted = readme_text(&readme);
	assert_non_null(strstr(mounted, "The new system is mounted"));
	assert_null(strstr(mounted, "chroot"));
	readme.mounted = false;
	after = readme_text(&readme);
	assert_null(strstr(after, "no disk has been touched"));
	assert_non_null(strstr(after, "\n  mount /dev/vda3 '/run/lifeboat/target'\n"
				      "  mount -o 'subvol=/@home' /dev/vda3 '/run/lifeboat/target/home'\n"));
	assert_non_null(strstr(after, "\n  mkdir -p /run/lifeboat/top; mount -o subvolid=5 /dev/vda3 /run/lifeboat/top\n"
				      "  mount --bind /run/lifeboat/top'/a,b'\\''c' '/run/lifeboat/target/srv'; umount /run/lifeboat/top\n"));
	assert_non_null(strstr(after, "\n  chroot /run/lifeboat/target /bin/sh\n"));
	assert_lines_fit(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(mounts_are_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
