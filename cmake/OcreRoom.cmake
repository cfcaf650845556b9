# SPDX-License-Identifier: Apache-2.0
# OcreRoom.cmake - how a room becomes a static library.

# Fields that an initializer leaves out are zero, and that is what tables of host functions rely on.
set(OCRE_WARNINGS -Wall -Wextra -Wconversion -Wno-missing-field-initializers)
if(OCRE_WERROR)
	list(APPEND OCRE_WARNINGS -Werror)
endif()

# What `name` needs must have been built before it.
function(ocre_require name)
	foreach(target IN LISTS ARGN)
		if(NOT TARGET ${target})
			message(FATAL_ERROR "${name} needs ${target}, which is not built: see the "
					    "order of the rooms in CMakeLists.txt")
		endif()
	endforeach()
endfunction()

function(ocre_target_flags target)
	set_target_properties(${target} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON)
	target_compile_options(${target} PRIVATE ${OCRE_WARNINGS})
endfunction()

# ocre_room(NAME [FREESTANDING] [INTERNAL] SOURCES file... [DEPENDS room...] [LIBS m pthread...]
#           [DEFINITIONS X=1...])
#
# The static library ocre_NAME (ocre::NAME for others) of exactly these sources. DEPENDS names the
# rooms whose functions it may call, LIBS system libraries. FREESTANDING: plain C11 without the
# extensions of the C library. INTERNAL: for our own programs; built when one of them is, not
# installed.
function(ocre_room name)
	cmake_parse_arguments(ROOM "FREESTANDING;INTERNAL" "" "SOURCES;DEPENDS;LIBS;DEFINITIONS" ${ARGN})
	set(target ocre_${name})
	set(rooms ${ROOM_DEPENDS})
	list(TRANSFORM rooms PREPEND ocre_)

	ocre_require(ocre_${name} ${rooms})
	add_library(${target} STATIC ${ROOM_SOURCES})
	add_library(ocre::${name} ALIAS ${target})
	ocre_target_flags(${target})
	set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
	if(ROOM_FREESTANDING)
		set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF)
	endif()
	target_include_directories(
		${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
				 $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	# Seen by the room and by those tests of this tree that look inside it.
	foreach(definition IN LISTS ROOM_DEFINITIONS)
		target_compile_definitions(${target} PUBLIC $<BUILD_INTERFACE:${definition}>)
	endforeach()
	target_link_libraries(${target} PUBLIC ${rooms})
	if(OCRE_HOSTED)
		target_link_libraries(${target} PUBLIC ${ROOM_LIBS})
	endif()

	if(ROOM_INTERNAL)
		set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
		return()
	endif()
	set_property(GLOBAL APPEND PROPERTY OCRE_ROOMS ${name})
	set_property(GLOBAL PROPERTY OCRE_ROOM_DEPENDS_${name} "${ROOM_DEPENDS}")
	set_property(GLOBAL PROPERTY OCRE_ROOM_LIBS_${name} "${ROOM_LIBS}")
endfunction()

# ocre_program(NAME SOURCES file... DEPENDS room... [LIBS ...]): a program, in bin/, installed.
function(ocre_program name)
	cmake_parse_arguments(PROGRAM "" "" "SOURCES;DEPENDS;LIBS" ${ARGN})
	set(rooms ${PROGRAM_DEPENDS})
	list(TRANSFORM rooms PREPEND ocre_)

	ocre_require(${name} ${rooms})
	add_executable(${name} ${PROGRAM_SOURCES})
	ocre_target_flags(${name})
	target_link_libraries(${name} PRIVATE ${rooms} ${PROGRAM_LIBS})
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${OCRE_BIN}")
	add_dependencies(programs ${name})
	if(OCRE_INSTALL)
		install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	endif()
endfunction()
