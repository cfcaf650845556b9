# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=FILE.h -P code_id.cmake FILE...: a header with a number that changes when the files do.
# They decide what prepared code means; stored code of another meaning must be told apart.

set(digests "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
	if(after_script)
		file(SHA256 "${CMAKE_ARGV${i}}" digest)
		string(APPEND digests ${digest})
	elseif(CMAKE_ARGV${i} MATCHES "code_id\\.cmake$")
		set(after_script TRUE)
	endif()
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING ${digest} 0 8 digest)
file(WRITE "${OUT}" "#define OCRE_ENGINE_CODE_ID 0x${digest}u\n")
