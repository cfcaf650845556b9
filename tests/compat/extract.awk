# SPDX-License-Identifier: Apache-2.0
# extract.awk - the example programs of the Ocre runtime API document, as exampleN.c in DIR:
#   awk -v dir=DIR -f extract.awk ocre-runtime-api.txt
# The document's text has lost the marks around its code. A program begins at a line that includes
# <zephyr/kernel.h>, and ends at a brace that the next sentence or table follows on the same line.
# Nothing in between is changed.

/^#include <zephyr\/kernel.h>/ {
	n++
	file = dir "/example" n ".c"
}

file != "" && /^}[A-Z|]/ {
	print "}" >file
	close(file)
	file = ""
}

file != "" { print >file }
