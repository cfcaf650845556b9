# SPDX-License-Identifier: Apache-2.0
# build_info.cmake - what ocre_build_configuration says, as build.h. Included when CMake runs, which
# it does again after each commit.
get_filename_component(OCRE_BUILD_SOURCE "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
find_package(Git QUIET)
set(OCRE_BUILD_COMMIT unknown)
if(GIT_FOUND)
	execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --show-toplevel HEAD
			WORKING_DIRECTORY "${OCRE_BUILD_SOURCE}" OUTPUT_VARIABLE answer
			ERROR_QUIET RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
	string(REPLACE "\n" ";" answer "${answer}")
	# Not the commit of a repository that only holds a copy of ours.
	list(LENGTH answer words)
	if(NOT failed AND words EQUAL 2)
		list(GET answer 0 top)
		file(REAL_PATH "${OCRE_BUILD_SOURCE}" source)
		if(top STREQUAL source)
			list(GET answer 1 OCRE_BUILD_COMMIT)
		endif()
		execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --git-path logs/HEAD
				WORKING_DIRECTORY "${OCRE_BUILD_SOURCE}" OUTPUT_VARIABLE head
				ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
		get_filename_component(head "${head}" ABSOLUTE BASE_DIR "${OCRE_BUILD_SOURCE}")
		if(EXISTS "${head}")
			set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${head}")
		endif()
	endif()
endif()

# Respects SOURCE_DATE_EPOCH.
string(TIMESTAMP OCRE_BUILD_DATE "%Y-%m-%d %H:%M:%S UTC" UTC)
set(OCRE_BUILD_VERSION "${PROJECT_VERSION}")
set(OCRE_BUILD_SYSTEM "${CMAKE_SYSTEM_NAME} ${CMAKE_SYSTEM_PROCESSOR}")
configure_file("${CMAKE_CURRENT_SOURCE_DIR}/build.h.in" "${CMAKE_CURRENT_BINARY_DIR}/build.h" @ONLY)
