/* Constants of the manifest's text that its reader and its writer share; docs/set-format.md. Only for manifest*.c. */
#ifndef LIFEBOAT_SET_MANIFEST_FORMAT_H
#define LIFEBOAT_SET_MANIFEST_FORMAT_H

#define MANIFEST_FORMAT "lifeboat recovery set"
/* The last two lines of the file: the digest covers every byte before the first of them. */
#define MANIFEST_CLOSING_HEAD "  \"sha256\": \""
#define MANIFEST_CLOSING_TAIL "\"\n}\n"

#endif
