# SPDX-License-Identifier: Apache-2.0
# OcreFirmware.cmake - programs for machines without an operating system, and their tests in an
# emulator. For this tree, and for a project that has it as a folder (docs/firmware.md).

include(${CMAKE_CURRENT_LIST_DIR}/OcreGuest.cmake)

get_filename_component(OCRE_MACHINES_DIR ${CMAKE_CURRENT_LIST_DIR}/../ports/bare/machines ABSOLUTE)

# Which machines have the processor that is built for, and what each is made of:
# OCRE_MACHINE_<name>: sources | definitions | flash | flash size | RAM | RAM size.
# The sizes are those of the real part, or what we hold ourselves to where an emulator has more.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m3")
	set(OCRE_MACHINES lm3s6965evb mps2-an385)
	set(OCRE_MACHINE_lm3s6965evb "cortexm.c stack.c lm3s6965.c|CONSOLE_IRQ=5|0x0|256K|0x20000000|64K")
	set(OCRE_MACHINE_mps2-an385
	    "cortexm.c stack.c mps2.c|CONSOLE_IRQ=0 MPS2_UART=0x40004000 MPS2_FLASH=0x0u MPS2_HZ=25000000 MPS2_NAME=\"mps2-an385\"|0x0|1M|0x20000000|256K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m4")
	set(OCRE_MACHINES netduinoplus2)
	set(OCRE_MACHINE_netduinoplus2
	    "cortexm.c stack.c stm32f405.c|CONSOLE_IRQ=37|0x08000000|1M|0x20000000|128K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "cortex-m33")
	set(OCRE_MACHINES mps2-an505)
	set(OCRE_MACHINE_mps2-an505
	    "cortexm.c stack.c mps2.c|CONSOLE_IRQ=32 MPS2_UART=0x40200000 MPS2_FLASH=0x10000000u MPS2_HZ=20000000 MPS2_NAME=\"mps2-an505\"|0x10000000|1M|0x38000000|256K")
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "rv32imac")
	set(OCRE_MACHINES virt-rv32)
	set(OCRE_MACHINE_virt-rv32 "virt_rv32.c stack.c||0x80000000|1M|0x80400000|256K")
endif()

# ocre_firmware(NAME MACHINE machine STACK bytes [FLASH bytes] [RAM bytes] SOURCES file...
#               DEPENDS room... [LIBS ...])
# The program NAME-<machine>.elf in bin/, linked with the limits of that machine, or with those that
# are given: 192K.
function(ocre_firmware name)
	cmake_parse_arguments(FW "" "MACHINE;STACK;FLASH;RAM" "SOURCES;DEPENDS;LIBS" ${ARGN})
	if(NOT FW_MACHINE IN_LIST OCRE_MACHINES)
		message(FATAL_ERROR "ocre_firmware(${name}): no machine '${FW_MACHINE}' for the processor "
				    "'${CMAKE_SYSTEM_PROCESSOR}'; there are: ${OCRE_MACHINES} "
				    "(-DCMAKE_TOOLCHAIN_FILE= chooses the processor)")
	endif()
	string(REPLACE "|" ";" facts "${OCRE_MACHINE_${FW_MACHINE}}")
	list(GET facts 0 sources)
	list(GET facts 1 definitions)
	list(GET facts 2 flash)
	list(GET facts 3 flash_size)
	list(GET facts 4 ram)
	list(GET facts 5 ram_size)
	if(FW_FLASH)
		set(flash_size ${FW_FLASH})
	endif()
	if(FW_RAM)
		set(ram_size ${FW_RAM})
	endif()
	separate_arguments(sources)
	separate_arguments(definitions)
	list(TRANSFORM sources PREPEND ${OCRE_MACHINES_DIR}/)
	set(rooms ${FW_DEPENDS} port_bare)
	list(TRANSFORM rooms PREPEND ocre_)
	set(target ${name}-${FW_MACHINE})
	set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.ld)
	set(check "")
	if(definitions MATCHES "CONSOLE_IRQ")
		set(check "ASSERT(ocre__cortexm_vectors == ADDR(.init) + 64, \"vectors: not behind the system's\");\n")
	endif()
	file(WRITE ${script} "__flash = ${flash}; __flash_size = ${flash_size};\n"
			     "__ram = ${ram}; __ram_size = ${ram_size};\n"
			     "__stack_size = ${FW_STACK};\nINCLUDE picolibc.ld\n${check}")

	ocre_require(${target} ${rooms})
	add_executable(${target} ${FW_SOURCES} ${sources})
	ocre_target_flags(${target})
	target_include_directories(${target} PRIVATE ${OCRE_MACHINES_DIR})
	target_compile_definitions(${target} PRIVATE ${definitions})
	target_link_libraries(${target} PRIVATE ${rooms} ${FW_LIBS})
	target_link_options(${target} PRIVATE -T ${script} --crt0=minimal -Wl,--gc-sections
			    -Wl,-Map=${target}.map -Wl,--print-memory-usage)
	set_target_properties(${target} PROPERTIES SUFFIX .elf LINK_DEPENDS ${script}
			      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# ocre_firmware_test(NAME MACHINE machine EXPECT regex [STATUS n] [ICOUNT] [TEST name] [INPUT text]):
# run it in the emulator; it must end with that status (0) and print what is expected. INPUT is a line
# that is typed at its console, TEST what the test is called.
function(ocre_firmware_test name)
	cmake_parse_arguments(T "ICOUNT" "MACHINE;EXPECT;STATUS;TEST;INPUT" "" ${ARGN})
	set(target ${name}-${T_MACHINE})
	set(test ${target})
	if(T_TEST)
		set(test ${T_TEST}-${T_MACHINE})
	endif()
	set(arguments "")
	if(T_ICOUNT)
		set(test ${test}-icount)
		set(arguments -icount shift=5,sleep=off)
	endif()
	add_test(NAME ${test} COMMAND ${PROJECT_SOURCE_DIR}/tools/qemu.sh ${T_MACHINE}
		 ${OCRE_BIN}/${target}.elf ${arguments})
	set_tests_properties(${test} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 60
			     ENVIRONMENT "OCRE_EXPECT=${T_EXPECT};OCRE_STATUS=${T_STATUS};OCRE_INPUT=${T_INPUT}")
endfunction()
