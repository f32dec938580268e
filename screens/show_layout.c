/* The captured storage for people who make it again: the tree, then every node with all that the set says of it, then what tools take back. */
#include "show_layout.h"

#include <errno.h>
#include <string.h>

#include "text.h"

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
		AUTO_FREE char *words = node_describe(node);

		printf("\n%s  %s\n", node->id, words ? words : "?");
		if (node->on && node->on[0]) {
			printf("%*son:", INDENT, "");
			for (char **on = node->on; *on; on++)
				printf(" %s", *on);
			putchar('\n');
		}
		print_members(json_array_get(nodes, i));
	}
}

static void print_attachments(const struct manifest *manifest)
{
	if (manifest->attachment_count)
		printf("\n%s\n", _("For the tools, on standard output with 'lifeboat show --set SET --attachment NAME':"));
	for (size_t i = 0; i < manifest->attachment_count; i++)
		printf("%*s%s  %s\n", INDENT, "", manifest->attachments[i].name,
		       !strcmp(manifest->attachments[i].kind, "lvm-metadata") ? _("metadata of a volume group, for vgcfgrestore") :
		       !strcmp(manifest->attachments[i].kind, "luks-header") ? _("header with keys, for cryptsetup luksHeaderRestore") :
									      manifest->attachments[i].kind);
}

int show_layout(struct context *ctx, const struct manifest *manifest, bool json)
{
	json_t *nodes = layout_to_json(manifest->layout);
	int r = nodes ? 0 : context_oom(ctx);

	if (r == 0 && json) {
		r = json_dumpf(nodes, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF
			? context_fail(ctx, EIO, "The layout could not be written to standard output") : 0;
	} else if (r == 0) {
		r = show_tree(ctx, manifest->layout);
		if (r == 0)
			print_attachments(manifest);
		if (r == 0 && manifest->layout->count) {
			printf("\n%s\n", _("Everything that the set says of each, sizes in bytes (docs/layout.md):"));
			print_details(manifest->layout, nodes);
		}
	}
	json_decref(nodes);
	return r;
}
