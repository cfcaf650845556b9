# SPDX-License-Identifier: Apache-2.0
# variant.cmake - writes a header that puts a prefix before every name of the engine, so that a
# second build of it can be in the same program.
#
#   cmake -DPREFIX=x_ -DENGINE=src/engine -DHEADER=include/ocre/engine.h -DOUT=file.h -P variant.cmake

file(GLOB inside "${ENGINE}/*.h")
set(names fuzz_case)
foreach(header IN LISTS inside)
	file(READ "${header}" text)
	string(REGEX MATCHALL "ocre__[a-z0-9_]+" found "${text}")
	list(APPEND names ${found})
endforeach()
file(READ "${HEADER}" text)
string(REGEX MATCHALL "ocre_[a-z0-9][a-z0-9_]*\\(" found "${text}")
string(REPLACE "(" "" found "${found}")
list(APPEND names ${found})
list(REMOVE_DUPLICATES names)

set(lines "/* Made by variant.cmake. */\n")
foreach(name IN LISTS names)
	string(APPEND lines "#define ${name} ${PREFIX}${name}\n")
endforeach()
file(WRITE "${OUT}" "${lines}")
