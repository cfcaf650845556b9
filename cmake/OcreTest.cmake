# SPDX-License-Identifier: Apache-2.0
# OcreTest.cmake - how a test is made and how it says that it was skipped.

# A test that ends with this status did not run; it has said why on its output.
set(OCRE_SKIP 77)

# cmocka comes from the system. Cross builds take the small stand-in of tests/support/cmocka, since
# Debian has cmocka for the machine itself only.
function(ocre_link_cmocka target)
	if(CMAKE_CROSSCOMPILING)
		target_include_directories(
			${target} SYSTEM PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/cmocka)
		return()
	endif()
	find_path(CMOCKA_INCLUDE_DIR cmocka.h)
	find_library(CMOCKA_LIBRARY cmocka)
	if(NOT CMOCKA_INCLUDE_DIR OR NOT CMOCKA_LIBRARY)
		message(FATAL_ERROR "cmocka was not found: install libcmocka-dev, or build without "
				    "the tests (-DOCRE_TESTS=OFF)")
	endif()
	target_include_directories(${target} SYSTEM PRIVATE ${CMOCKA_INCLUDE_DIR})
	target_link_libraries(${target} PRIVATE ${CMOCKA_LIBRARY})
endfunction()

# ocre_test_program(NAME SOURCES file... DEPENDS room... [LIBS ...] [INCLUDES folder...]
#                   [DEFINITIONS ...])
# A program that tests use; not a test by itself.
function(ocre_test_program name)
	cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS;LIBS;INCLUDES;DEFINITIONS" ${ARGN})
	set(rooms ${TEST_DEPENDS})
	list(TRANSFORM rooms PREPEND ocre_)

	ocre_require(${name} ${rooms})
	add_executable(${name} ${TEST_SOURCES})
	ocre_target_flags(${name})
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${TEST_INCLUDES})
	target_compile_definitions(${name} PRIVATE ${TEST_DEFINITIONS})
	target_link_libraries(${name} PRIVATE ${rooms} ${TEST_LIBS})
endfunction()

# ocre_test_objects(NAME SOURCES file... DEPENDS room... [INCLUDES folder...])
# Files that several tests of a folder share, compiled once; a test has $<TARGET_OBJECTS:NAME> among
# its sources.
function(ocre_test_objects name)
	cmake_parse_arguments(OBJECTS "" "" "SOURCES;DEPENDS;INCLUDES" ${ARGN})
	set(rooms ${OBJECTS_DEPENDS})
	list(TRANSFORM rooms PREPEND ocre_)

	ocre_require(${name} ${rooms})
	add_library(${name} OBJECT EXCLUDE_FROM_ALL ${OBJECTS_SOURCES})
	ocre_target_flags(${name})
	target_include_directories(${name} PRIVATE ${OBJECTS_INCLUDES})
	target_link_libraries(${name} PRIVATE ${rooms})
	ocre_link_cmocka(${name})
endfunction()

# ocre_unit_test(NAME SOURCES ... DEPENDS ... [LIBS ...] [INCLUDES ...] [DEFINITIONS ...]
#                [TIMEOUT seconds] [ONCE])
# A cmocka program, run by ctest under its own name (in the emulator when cross compiled). What is
# not in DEPENDS does not link: that is how the doors between the rooms are proved.
function(ocre_unit_test name)
	cmake_parse_arguments(UNIT "ONCE" "TIMEOUT" "" ${ARGN})
	if(UNIT_ONCE AND NOT OCRE_TESTS_ONCE)
		return()
	endif()
	ocre_test_program(${name} ${UNIT_UNPARSED_ARGUMENTS})
	ocre_link_cmocka(${name})
	add_test(NAME ${name} COMMAND ${name})
	ocre_test_properties(${name} TIMEOUT ${UNIT_TIMEOUT})
endfunction()

# ocre_test(NAME [TIMEOUT seconds] [ONCE] COMMAND program...): any other test.
# OCRE_BIN is in its environment. ONCE is for what says little new in one more configuration: it is
# run in the release and with the sanitizers, and left out without OCRE_TESTS_ONCE.
function(ocre_test name)
	cmake_parse_arguments(ANY "ONCE" "TIMEOUT" "COMMAND" ${ARGN})
	if(ANY_ONCE AND NOT OCRE_TESTS_ONCE)
		return()
	endif()
	add_test(NAME ${name} COMMAND ${ANY_COMMAND})
	ocre_test_properties(${name} TIMEOUT ${ANY_TIMEOUT})
	set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "OCRE_BIN=${OCRE_BIN}")
endfunction()

function(ocre_test_properties name)
	cmake_parse_arguments(P "" "TIMEOUT" "" ${ARGN})
	if(NOT P_TIMEOUT)
		set(P_TIMEOUT 120)
	endif()
	# What may take long begins first, so that nothing has to be waited for at the end.
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE ${OCRE_SKIP} TIMEOUT ${P_TIMEOUT}
		COST ${P_TIMEOUT})
endfunction()
