/* The captured storage as a tree for people: every node with all that the set says of it, below what it lies on. */
#include "show_layout.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define STEP 2                       /* columns a level */
#define DEEPEST 60                   /* columns; what lies deeper is not indented further */

struct tree {
	const struct layout *layout;
	json_t *nodes;           /* as in the manifest: what is printed is what is stored */
	bool *printed;
};

static void print_value(const char *name, json_t *value, int indent)
{
	if (json_is_string(value))
		printf("%*s%s: %s\n", indent, "", name, json_string_value(value));
	else if (json_is_integer(value))
		printf("%*s%s: %lld\n", indent, "", name, (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		printf("%*s%s: %s\n", indent, "", name, json_is_true(value) ? "true" : "false");
}

/* The members of a node, then those of the objects in it: its type's, its properties. */
static void print_members(json_t *object, int indent)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
		if (strcmp(name, "id") && strcmp(name, "type"))
			print_value(name, value, indent);
	json_object_foreach(object, name, value)
		if (json_is_object(value))
			print_members(value, indent);
}

/* A node on several others is printed once, in full, below the first of them, and named below the rest. Each level goes up in the array, so
 * the recursion is as deep as the longest way through the graph. */
static void print_node(struct tree *tree, size_t at, int indent)
{
	const struct node *node = tree->layout->nodes[at];
	AUTO_FREE char *words = node_describe(node);

	printf("%*s%s  %s%s\n", indent, "", node->id, words ? words : "?", tree->printed[at] ? _(" (see above)") : "");
	if (tree->printed[at])
		return;
	tree->printed[at] = true;
	if (node->on && node->on[0] && node->on[1]) {
		printf("%*son:", indent + 2 * STEP, "");
		for (char **on = node->on; *on; on++)
			printf(" %s", *on);
		putchar('\n');
	}
	print_members(json_array_get(tree->nodes, at), indent + 2 * STEP);
	for (size_t i = at + 1; i < tree->layout->count; i++)
		if (tree->layout->nodes[i]->on && strv_contains(tree->layout->nodes[i]->on, node->id))
			print_node(tree, i, indent < DEEPEST ? indent + STEP : indent);
}

int show_layout(struct context *ctx, const struct layout *layout, bool json)
{
	AUTO_FREE bool *printed = calloc(layout->count + 1, sizeof(*printed));
	struct tree tree = { .layout = layout, .nodes = layout_to_json(layout), .printed = printed };
	int r = tree.nodes && printed ? 0 : context_oom(ctx);

	if (r == 0 && json)
		r = json_dumpf(tree.nodes, stdout, JSON_INDENT(2)) < 0 || putchar('\n') == EOF
			? context_fail(ctx, EIO, "The layout could not be written to standard output") : 0;
	for (size_t i = 0; r == 0 && !json && i < layout->count; i++)
		if (!layout->nodes[i]->on || !layout->nodes[i]->on[0])
			print_node(&tree, i, 0);
	json_decref(tree.nodes);
	return r;
}
