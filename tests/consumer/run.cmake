# Installs the build at BUILD, then configures, builds and runs the consumer against it.
set(prefix ${BUILD}/consumer/prefix)
foreach(step
    "${CMAKE_COMMAND};--install;${BUILD};--prefix;${prefix}"
    "${CMAKE_COMMAND};-S;${SOURCE};-B;${BUILD}/consumer/build;-G;Ninja;-DCMAKE_PREFIX_PATH=${prefix};-DCMAKE_BUILD_TYPE=Release"
    "${CMAKE_COMMAND};--build;${BUILD}/consumer/build"
    "${BUILD}/consumer/build/consumer")
  execute_process(COMMAND ${step} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${step}\n${text}")
  endif()
endforeach()
