/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The captured storage for people who recreate it: the tree, then every node with all that the set says of it, then what tools take back. */
#include "show_layout.h"

#include <errno.h>
#include <string.h>

#include "text.h"
#include "translate.h"

#define INDENT 4

static void print_value(const char *name, json_t *value)
{
	if (json_is_string(value))
		printf("%*s%s: %s\n", INDENT, "", name, json_string_value(value));
	else if (json_is_integer(value))
		printf("%*s%s: %lld\n", INDENT, "", name, (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		printf("%*s%s: %s\n", INDENT, "", name, json_is_true(value) ? "true" : "false");
}

/* The members of a node, then those of the objects in it: its type's, its properties. */
static void print_members(json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		if (strcmp(name, "id") && strcmp(name, "type"))
			print_value(name, value);
	json_object_foreach(object, name, value)
		if (json_is_object(value))
			print_members(value);
}

/* What is printed is what is stored: NODES is the layout as in the manifest. */
static void print_details(const struct layout *layout, json_t *nodes)
{
	for (size_t i = 0; i < layout->count; i++) {
		const struct node *node = layout->nodes[i];
		AUTO_FREE char *words = node_describe(node), *said = words ? translate_sentence(words) : NULL;

		printf("\n%s  %s\n", node->id, said ? said : "?");
		if (node->on && node->on[0]) {
			printf("%*son:", INDENT, "");
			for (char **on = node->on; *on; on++)
				printf(" %s", *on);
			putchar('\n');
		}
		print_members(json_array_get(nodes, i));
	}
}

/* What a tool makes of it, for people. */
static const char *use_of(const char *kind)
{
	return !strcmp(kind, "lvm-metadata") ? _("metadata of a volume group, for vgcfgrestore") :
	       !strcmp(kind, "luks-header") ? _("header with keys, for cryptsetup luksHeaderRestore") :
	       !strcmp(kind, "builtin-drivers") ? _("drivers that a kernel has built in") : kind;
}

static void print_attachments(json_t *attachments)
{
	json_t *attachment;
	size_t i;

	if (json_array_size(attachments))
		printf("\n%s\n", _("For the tools, on standard output with 'lifeboat show --set SET --attachment NAME':"));
	json_array_foreach(attachments, i, attachment)
		printf("%*s%s  %s\n", INDENT, "", json_string_value(json_object_get(attachment, "name")),
		       use_of(json_string_value(json_object_get(attachment, "kind"))));
}

static int show_for_people(struct context *ctx, const struct shown_set *set, json_t *nodes)
{
	json_auto_t *summary = shown_set_summary(set);
	const struct layout *layout = shown_set_storage(set);
	int r = summary ? show_tree(ctx, layout) : context_oom(ctx);

	if (r < 0)
		return r;
	print_attachments(json_object_get(summary, "attachments"));
	if (layout->count) {
		printf("\n%s\n", _("Everything that the set says of each, sizes in bytes (docs/layout.md):"));
		print_details(layout, nodes);
	}
	return 0;
}

int show_layout(struct context *ctx, const struct shown_set *set, bool json)
{
	json_auto_t *nodes = layout_to_json(shown_set_storage(set));

	if (!nodes)
		return context_oom(ctx);
	if (!json && !shown_set_storage(set)->count) {
		puts(_("The set holds files only, and no storage."));
		return 0;
	}
	if (!json)
		return show_for_people(ctx, set, nodes);
	return json_dumpf(nodes, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF
		? context_fail(ctx, EIO, "The layout could not be written to standard output") : 0;
}
