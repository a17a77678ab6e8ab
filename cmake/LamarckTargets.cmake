# How each target of the project is made: warnings, sanitizers and include paths in one place.

# Flags for our own sources only; nothing here reaches a consumer of the installed libraries.
add_library(lamarck_private INTERFACE)
target_compile_features(lamarck_private INTERFACE cxx_std_20)
target_compile_options(lamarck_private INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<BOOL:${LAMARCK_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(lamarck_private INTERFACE -Wno-restrict)  # false alarms: GCC bug 105329
endif()
if(LAMARCK_SANITIZE)
  add_compile_options(-fsanitize=${LAMARCK_SANITIZE} -fno-omit-frame-pointer -O1 -g1)
  # GCC takes instrumented code for uses of uninitialised variables.
  target_compile_options(lamarck_private INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${LAMARCK_SANITIZE})
endif()
# Debug builds run the tests; -Og keeps the naive reference kernels affordable.
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
# The same arithmetic everywhere: no contraction differences between translation units.
add_compile_options(-ffp-contract=off)
set(CMAKE_CXX_EXTENSIONS OFF)
find_program(LAMARCK_CCACHE ccache)
if(LAMARCK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LAMARCK_CCACHE})
endif()

# lamarck_library(folder PUBLIC ... PRIVATE ...): every .cpp below folder/ but main.cpp.
function(lamarck_library folder)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(lamarck_${folder} STATIC ${sources})
  add_library(lamarck::${folder} ALIAS lamarck_${folder})
  target_include_directories(lamarck_${folder} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lamarck>)
  target_compile_features(lamarck_${folder} PUBLIC cxx_std_20)
  target_link_libraries(lamarck_${folder}
    PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:lamarck_private>)
  set_target_properties(lamarck_${folder} PROPERTIES EXPORT_NAME ${folder})
endfunction()

# lamarck_simd(folder): folder/simd/*_passes.cpp once more for AVX2, and those that gain by it for AVX-512, where the
# compiler knows them.
function(lamarck_simd folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/simd/*_passes.cpp)
  lamarck_isa(${folder} avx2 "-mavx2;-mfma;-mno-avx512f" ${sources})
  lamarck_isa(${folder} avx512 "-mavx512f;-mavx512vl;-mavx512bw;-mavx512dq;-mfma"
    ${CMAKE_SOURCE_DIR}/${folder}/simd/thin_conv_passes.cpp ${CMAKE_SOURCE_DIR}/${folder}/simd/winograd_passes.cpp)
endfunction()

# lamarck_isa(folder isa "flags" sources...): the sources for one instruction set, in a namespace of its name.
function(lamarck_isa folder isa flags)
  include(CheckCXXCompilerFlag)
  string(TOUPPER ${isa} upper)
  list(GET flags 0 first)
  check_cxx_compiler_flag(${first} LAMARCK_COMPILES_${upper})
  if(NOT LAMARCK_COMPILES_${upper})
    return()
  endif()
  add_library(lamarck_${folder}_${isa} OBJECT ${ARGN})
  target_include_directories(lamarck_${folder}_${isa} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(lamarck_${folder}_${isa} PRIVATE LAMARCK_ISA=${isa} LAMARCK_${upper}=1)
  target_compile_options(lamarck_${folder}_${isa} PRIVATE ${flags})
  target_link_libraries(lamarck_${folder}_${isa} PRIVATE lamarck_private)
  target_sources(lamarck_${folder} PRIVATE $<TARGET_OBJECTS:lamarck_${folder}_${isa}>)
  target_compile_definitions(lamarck_${folder} PUBLIC $<BUILD_INTERFACE:LAMARCK_${upper}=1>)
endfunction()

# lamarck_install(): the program, the libraries with their public headers, and an export set.
function(lamarck_install)
  include(CMakePackageConfigHelpers)
  install(TARGETS lamarck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS lamarck_kernels lamarck_nn lamarck_search lamarck_experiments
    EXPORT lamarck-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  foreach(folder kernels nn search experiments)
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/${folder}
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lamarck
      FILES_MATCHING PATTERN "*.hpp" PATTERN "detail" EXCLUDE)
  endforeach()
  install(EXPORT lamarck-targets NAMESPACE lamarck::
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lamarck)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/lamarck-config.cmake.in
    ${CMAKE_BINARY_DIR}/lamarck-config.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lamarck)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/lamarck-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/lamarck-config.cmake ${CMAKE_BINARY_DIR}/lamarck-config-version.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lamarck)
endfunction()
