# SPDX-License-Identifier: Apache-2.0
# OcreFirmware.cmake - programs for machines without an operating system, the guests in their flash,
# and their tests in an emulator.

set(OCRE_MACHINES_DIR ${PROJECT_SOURCE_DIR}/ports/bare/machines)

# Which machines have the processor that is built for, and what each is made of:
# OCRE_MACHINE_<name>: sources | definitions | flash | flash size | RAM | RAM size.
# The sizes are those of the real part, or what we hold ourselves to where an emulator has more.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m3")
	set(OCRE_MACHINES lm3s6965evb mps2-an385)
	set(OCRE_MACHINE_lm3s6965evb "cortexm.c stack.c lm3s6965.c||0x0|256K|0x20000000|64K")
	set(OCRE_MACHINE_mps2-an385
	    "cortexm.c stack.c mps2.c|MPS2_UART=0x40004000 MPS2_FLASH=0x0u MPS2_HZ=25000000 MPS2_NAME=\"mps2-an385\"|0x0|1M|0x20000000|256K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m4")
	set(OCRE_MACHINES netduinoplus2)
	set(OCRE_MACHINE_netduinoplus2
	    "cortexm.c stack.c stm32f405.c||0x08000000|1M|0x20000000|128K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m33")
	set(OCRE_MACHINES mps2-an505)
	set(OCRE_MACHINE_mps2-an505
	    "cortexm.c stack.c mps2.c|MPS2_UART=0x40200000 MPS2_FLASH=0x10000000u MPS2_HZ=20000000 MPS2_NAME=\"mps2-an505\"|0x10000000|1M|0x38000000|256K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "rv32imac")
	set(OCRE_MACHINES virt-rv32)
	set(OCRE_MACHINE_virt-rv32 "virt_rv32.c stack.c||0x80000000|1M|0x80400000|256K")
endif()

# ocre_guest(NAME SOURCES file... [FLAGS ...] [CONFIG file]): NAME.wasm in the binary folder, made by
# clang, with the section ocre.config of that file.
# Sets NAME_wasm in the caller's scope.
function(ocre_guest name)
	cmake_parse_arguments(G "" "CONFIG" "SOURCES;FLAGS" ${ARGN})
	find_program(OCRE_GUEST_CC clang-19)
	set(wasm ${CMAKE_CURRENT_BINARY_DIR}/${name}.wasm)
	list(TRANSFORM G_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
	set(configure "")
	if(G_CONFIG)
		set(G_CONFIG ${CMAKE_CURRENT_SOURCE_DIR}/${G_CONFIG})
		set(tool ${PROJECT_SOURCE_DIR}/sdk/ocre-config)
		set(configure COMMAND ${tool} ${wasm} ${G_CONFIG})
	endif()
	add_custom_command(OUTPUT ${wasm}
		COMMAND ${OCRE_GUEST_CC} --target=wasm32-wasi -Os -Wall -Wextra -Werror
			-I ${PROJECT_SOURCE_DIR}/sdk/include ${G_FLAGS} ${G_SOURCES} -Wl,--strip-all -o ${wasm}
		${configure}
		DEPENDS ${G_SOURCES} ${G_CONFIG} ${tool}
		VERBATIM)
	set(${name}_wasm ${wasm} PARENT_SCOPE)
endfunction()

# The program of this machine that prepares code as the firmware's engine wants it: the engine's
# sources with the switches of this build, compiled for the machine that builds.
function(ocre_host_prepare)
	if(TARGET ocre_prepare_host)
		return()
	endif()
	find_program(OCRE_HOST_CC NAMES cc gcc clang-19 REQUIRED NO_CMAKE_FIND_ROOT_PATH)
	get_target_property(switches ocre_engine INTERFACE_COMPILE_DEFINITIONS)
	set(flags "")
	foreach(switch IN LISTS switches)
		string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" switch "${switch}")
		list(APPEND flags -D${switch})
	endforeach()
	file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/base/*.c
	     ${PROJECT_SOURCE_DIR}/src/engine/*.c)
	set(program ${PROJECT_BINARY_DIR}/ocre-prepare-host)
	get_target_property(engine_dir ocre_engine BINARY_DIR)
	add_custom_command(OUTPUT ${program}
		COMMAND ${OCRE_HOST_CC} -std=c11 -O1 ${flags} -DOCRE_ENGINE_TAIL_DISPATCH=0
			-include ${engine_dir}/code_id.h -I ${PROJECT_SOURCE_DIR}/include ${sources}
			${PROJECT_SOURCE_DIR}/tools/prepare_host.c -lm -o ${program}
		DEPENDS ${sources} ${engine_dir}/code_id.h ${PROJECT_SOURCE_DIR}/tools/prepare_host.c
			ocre_engine
		VERBATIM)
	add_custom_target(ocre_prepare_host DEPENDS ${program})
	set_property(GLOBAL PROPERTY OCRE_PREPARE_HOST ${program})
endfunction()

# ocre_flash_guest(TARGET SYMBOL FILE.wasm): put a module and its prepared code into the flash of a
# program, as `const struct ocre_flash_image SYMBOL`.
function(ocre_flash_guest target symbol wasm)
	ocre_host_prepare()
	get_property(program GLOBAL PROPERTY OCRE_PREPARE_HOST)
	get_filename_component(name ${wasm} NAME_WE)
	set(code ${CMAKE_CURRENT_BINARY_DIR}/${name}.ocode)
	set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${target}-${symbol}.S)
	if(NOT TARGET ${name}_prepared)
		add_custom_command(OUTPUT ${code}
			COMMAND ${program} ${wasm} ${code}
			DEPENDS ocre_prepare_host ${program} ${wasm}
			VERBATIM)
		add_custom_target(${name}_prepared DEPENDS ${code})
	endif()
	file(CONFIGURE OUTPUT ${assembly} @ONLY CONTENT
"/* made by cmake/OcreFirmware.cmake */
	.section .rodata.@symbol@, \"a\"
	.balign 4
	.global @symbol@
@symbol@:
	.word 1f, 2f - 1f, 3f, 4f - 3f
1:	.incbin \"@wasm@\"
2:	.balign 4
3:	.incbin \"@code@\"
4:
")
	set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${wasm};${code}")
	target_sources(${target} PRIVATE ${assembly})
	add_dependencies(${target} ${name}_prepared)
endfunction()

# ocre_firmware(NAME MACHINE machine STACK bytes SOURCES file... DEPENDS room... [LIBS ...]): the
# program NAME-<machine>.elf in bin/, linked with the limits of that machine.
function(ocre_firmware name)
	cmake_parse_arguments(FW "" "MACHINE;STACK" "SOURCES;DEPENDS;LIBS" ${ARGN})
	string(REPLACE "|" ";" facts "${OCRE_MACHINE_${FW_MACHINE}}")
	list(GET facts 0 sources)
	list(GET facts 1 definitions)
	list(GET facts 2 flash)
	list(GET facts 3 flash_size)
	list(GET facts 4 ram)
	list(GET facts 5 ram_size)
	separate_arguments(sources)
	separate_arguments(definitions)
	list(TRANSFORM sources PREPEND ${OCRE_MACHINES_DIR}/)
	set(rooms ${FW_DEPENDS} port_bare)
	list(TRANSFORM rooms PREPEND ocre_)
	set(target ${name}-${FW_MACHINE})
	set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.ld)
	file(WRITE ${script} "__flash = ${flash}; __flash_size = ${flash_size};\n"
			     "__ram = ${ram}; __ram_size = ${ram_size};\n"
			     "__stack_size = ${FW_STACK};\nINCLUDE picolibc.ld\n")

	ocre_require(${target} ${rooms})
	add_executable(${target} ${FW_SOURCES} ${sources})
	ocre_target_flags(${target})
	target_include_directories(${target} PRIVATE ${OCRE_MACHINES_DIR})
	target_compile_definitions(${target} PRIVATE ${definitions})
	target_link_libraries(${target} PRIVATE ${rooms} ${FW_LIBS})
	target_link_options(${target} PRIVATE -T ${script} --crt0=minimal -Wl,--gc-sections
			    -Wl,-Map=${target}.map -Wl,--print-memory-usage)
	set_target_properties(${target} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY "${OCRE_BIN}"
			      LINK_DEPENDS ${script})
endfunction()

# ocre_firmware_test(NAME MACHINE machine EXPECT regex [STATUS n] [ICOUNT]): run it in the emulator;
# it must end with that status (0) and print what is expected.
function(ocre_firmware_test name)
	cmake_parse_arguments(T "ICOUNT" "MACHINE;EXPECT;STATUS" "" ${ARGN})
	set(target ${name}-${T_MACHINE})
	set(test ${target})
	set(arguments "")
	if(T_ICOUNT)
		set(test ${target}-icount)
		set(arguments -icount shift=5,sleep=off)
	endif()
	add_test(NAME ${test} COMMAND ${PROJECT_SOURCE_DIR}/tools/qemu.sh ${T_MACHINE}
		 ${OCRE_BIN}/${target}.elf ${arguments})
	set_tests_properties(${test} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 60
			     ENVIRONMENT "OCRE_EXPECT=${T_EXPECT};OCRE_STATUS=${T_STATUS}")
endfunction()
