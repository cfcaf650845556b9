# SPDX-License-Identifier: Apache-2.0
# OcreInstall.cmake - libraries, public headers, the package for find_package(ocre), and one
# pkg-config file for each room (ocre-base, ocre-engine, ...).

include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY OCRE_ROOMS)
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/ocre")

install(DIRECTORY include/ocre DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
	PATTERN "*.h")
# For authors of guests: not for the machine's own compiler.
install(DIRECTORY sdk DESTINATION ${CMAKE_INSTALL_DATADIR}/ocre)

# The .pc files find the prefix from where they lie, so that an installed tree can be moved.
set(OCRE_PC_DIR "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH OCRE_PC_UP "${OCRE_PC_DIR}" "${CMAKE_INSTALL_PREFIX}")
file(RELATIVE_PATH OCRE_PC_LIB "${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_FULL_LIBDIR}")
file(RELATIVE_PATH OCRE_PC_INCLUDE "${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")

foreach(room IN LISTS rooms)
	install(TARGETS ocre_${room} EXPORT ocre ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

	set(OCRE_PC_ROOM ${room})
	string(REPLACE "_" "-" OCRE_PC_NAME "ocre-${room}")
	get_property(depends GLOBAL PROPERTY OCRE_ROOM_DEPENDS_${room})
	get_property(libs GLOBAL PROPERTY OCRE_ROOM_LIBS_${room})
	list(TRANSFORM depends PREPEND "ocre-")
	list(TRANSFORM libs PREPEND "-l")
	string(REPLACE "_" "-" depends "${depends}")
	string(REPLACE ";" " " OCRE_PC_REQUIRES "${depends}")
	string(REPLACE ";" " " OCRE_PC_LIBS "${libs}")
	configure_file(cmake/room.pc.in "${PROJECT_BINARY_DIR}/pkgconfig/${OCRE_PC_NAME}.pc" @ONLY)
	install(FILES "${PROJECT_BINARY_DIR}/pkgconfig/${OCRE_PC_NAME}.pc"
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

if(rooms)
	install(EXPORT ocre NAMESPACE ocre:: FILE ocre-targets.cmake DESTINATION ${package})
	write_basic_package_version_file("${PROJECT_BINARY_DIR}/ocre-config-version.cmake"
					 COMPATIBILITY SameMinorVersion)
	configure_package_config_file(
		cmake/ocre-config.cmake.in "${PROJECT_BINARY_DIR}/ocre-config.cmake"
		INSTALL_DESTINATION ${package})
	install(FILES "${PROJECT_BINARY_DIR}/ocre-config.cmake"
		      "${PROJECT_BINARY_DIR}/ocre-config-version.cmake" DESTINATION ${package})
endif()
