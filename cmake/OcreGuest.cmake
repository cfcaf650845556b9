# SPDX-License-Identifier: Apache-2.0
# OcreGuest.cmake - guests for firmware: compiled, their code prepared, and both linked in. For the
# bare port, and for applications of Zephyr.

# ocre_guest(NAME SOURCES file... [FLAGS ...] [CONFIG file]): NAME.wasm in the binary folder, made by
# clang, with the section ocre.config of that file.
# Sets NAME_wasm in the caller's scope.
function(ocre_guest name)
	cmake_parse_arguments(G "" "CONFIG" "SOURCES;FLAGS" ${ARGN})
	set(sdk ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../sdk)
	find_program(OCRE_GUEST_CC NAMES clang-19 clang NO_CMAKE_FIND_ROOT_PATH)
	if(NOT OCRE_GUEST_CC)
		message(FATAL_ERROR "ocre_guest(${name}): no clang that makes WebAssembly was found; "
				    "install clang and wasi-libc, or say -DOCRE_GUEST_CC=...")
	endif()
	set(wasm ${CMAKE_CURRENT_BINARY_DIR}/${name}.wasm)
	set(sources "")
	foreach(source IN LISTS G_SOURCES)
		get_filename_component(source ${source} ABSOLUTE)
		list(APPEND sources ${source})
	endforeach()
	set(configure "")
	if(G_CONFIG)
		set(G_CONFIG ${CMAKE_CURRENT_SOURCE_DIR}/${G_CONFIG})
		set(tool ${sdk}/ocre-config)
		set(configure COMMAND ${tool} ${wasm} ${G_CONFIG})
	endif()
	add_custom_command(OUTPUT ${wasm}
		COMMAND ${OCRE_GUEST_CC} --target=wasm32-wasi -Os -Wall -Wextra -Werror
			-I ${sdk}/include ${G_FLAGS} ${sources} -Wl,--strip-all -o ${wasm}
		${configure}
		DEPENDS ${sources} ${G_CONFIG} ${tool}
		VERBATIM)
	set(${name}_wasm ${wasm} PARENT_SCOPE)
endfunction()

# The program of this machine that prepares code as the firmware's engine wants it: the engine's
# sources with the switches of this build, compiled for the machine that builds.
function(ocre_host_prepare)
	if(TARGET ocre_prepare_host)
		return()
	endif()
	get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/.. ABSOLUTE)
	find_program(OCRE_HOST_CC NAMES cc gcc clang-19 REQUIRED NO_CMAKE_FIND_ROOT_PATH)
	get_target_property(switches ocre_engine INTERFACE_COMPILE_DEFINITIONS)
	set(flags "")
	foreach(switch IN LISTS switches)
		string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" switch "${switch}")
		list(APPEND flags -D${switch})
	endforeach()
	file(GLOB sources CONFIGURE_DEPENDS ${root}/src/base/*.c ${root}/src/engine/*.c)
	set(program ${PROJECT_BINARY_DIR}/ocre-prepare-host)
	get_target_property(engine_dir ocre_engine BINARY_DIR)
	add_custom_command(OUTPUT ${program}
		COMMAND ${OCRE_HOST_CC} -std=c11 ${flags} -DOCRE_ENGINE_TAIL_DISPATCH=0
			-include ${engine_dir}/code_id.h -I ${root}/include ${sources}
			${root}/tools/prepare_host.c -lm -o ${program}
		DEPENDS ${sources} ${engine_dir}/code_id.h ${root}/tools/prepare_host.c ocre_engine
		VERBATIM)
	add_custom_target(ocre_prepare_host DEPENDS ${program})
	set_property(GLOBAL PROPERTY OCRE_PREPARE_HOST ${program})
endfunction()

# NAME.ocode beside the module, made once by whoever asks first. Sets `code` in the caller's scope.
function(ocre_prepare_guest name wasm)
	ocre_host_prepare()
	get_property(program GLOBAL PROPERTY OCRE_PREPARE_HOST)
	get_filename_component(folder ${wasm} DIRECTORY)
	set(code ${folder}/${name}.ocode)
	if(NOT TARGET ${name}_prepared)
		add_custom_command(OUTPUT ${code}
			COMMAND ${program} ${wasm} ${code}
			DEPENDS ocre_prepare_host ${program} ${wasm}
			VERBATIM)
		add_custom_target(${name}_prepared DEPENDS ${code})
	endif()
	set(code ${code} PARENT_SCOPE)
endfunction()

# ocre_flash_guest(TARGET SYMBOL FILE.wasm [WORD directive] [UNPREPARED]): put a module and its
# prepared code into the flash of a program, as `const struct ocre_flash_image SYMBOL`; UNPREPARED:
# the module alone. WORD is what the assembler calls a pointer.
function(ocre_flash_guest target symbol wasm)
	cmake_parse_arguments(G "UNPREPARED" "WORD" "" ${ARGN})
	get_filename_component(name ${wasm} NAME_WE)
	set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${target}-${symbol}.S)
	set(word .word)
	if(G_WORD)
		set(word ${G_WORD})
	endif()
	if(G_UNPREPARED)
		set(code "")
		set(code_words "0, 0")
		set(code_bytes "")
		if(NOT TARGET ${name}_prepared)
			add_custom_target(${name}_prepared DEPENDS ${wasm})
		endif()
	else()
		ocre_prepare_guest(${name} ${wasm})
		set(code_words "3f, 4f - 3f")
		set(code_bytes ".incbin \"${code}\"")
	endif()
	file(CONFIGURE OUTPUT ${assembly} @ONLY CONTENT
"/* made by cmake/OcreGuest.cmake */
	.section .rodata.@symbol@, \"a\"
	.balign 8
	.global @symbol@
@symbol@:
	@word@ 1f, 2f - 1f, @code_words@
1:	.incbin \"@wasm@\"
2:	.balign 4
3:	@code_bytes@
4:
#ifdef __linux__ /* or the program's stack is executable */
	.section .note.GNU-stack, \"\", %progbits
#endif
")
	set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${wasm};${code}")
	target_sources(${target} PRIVATE ${assembly})
	add_dependencies(${target} ${name}_prepared)
endfunction()
