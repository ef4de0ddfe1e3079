# Runs SCENARIO, a function of this file, in FOLDER, which is empty then and gone afterwards.

# transfer(STATUS status OUTPUT regular-expression [BY command...] ARGS argument...): runs PROGRAM, which must
# end with that status (a regular expression, too) and print what matches, all that it prints together.
function(transfer)
  cmake_parse_arguments(arg "" "STATUS;OUTPUT" "BY;ARGS" ${ARGN})
  execute_process(COMMAND ${arg_BY} ${PROGRAM} ${arg_ARGS} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE status
                  OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status MATCHES "^(${arg_STATUS})$" OR NOT out MATCHES "${arg_OUTPUT}")
    message(FATAL_ERROR
      "exit status ${status}, expected ${arg_STATUS}; output, expected to match ${arg_OUTPUT}:\n${out}")
  endif()
endfunction()

function(expect_same file other)
  file(SHA256 ${FOLDER}/${file} left)
  file(SHA256 ${FOLDER}/${other} right)
  if(NOT left STREQUAL right)
    message(FATAL_ERROR "${file} and ${other} differ")
  endif()
endfunction()

function(expect_no file)
  if(EXISTS ${FOLDER}/${file})
    message(FATAL_ERROR "${file} is there")
  endif()
endfunction()

# Of a few hundred calls, none of which is like another.
function(make_source text)
  string(REPEAT "${text} and so on, " 100000 content)
  file(WRITE ${FOLDER}/source "${content}${text}")
endfunction()

# The first half, or so, of a transfer.
function(interrupt)
  transfer(STATUS "Child killed|.*[Kk]illed.*" OUTPUT "^$" ARGS --interrupt-at 1000000 source copy)
  if(NOT EXISTS ${FOLDER}/copy.part)
    message(FATAL_ERROR "nothing is left of the transfer")
  endif()
endfunction()

function(copies_a_file)
  make_source(one)
  transfer(STATUS 0 OUTPUT "^copy: 1.4 MiB in [0-9.]+ s, [^\n]*/s, checksum verified\n$" ARGS source copy)
  expect_same(source copy)
  expect_no(copy.part)
endfunction()

function(copies_an_empty_file)
  file(WRITE ${FOLDER}/source "")
  transfer(STATUS 0 OUTPUT "^copy: 0 bytes in " ARGS source copy)
  expect_same(source copy)
  expect_no(copy.part)
endfunction()

function(puts_the_file_into_a_folder)
  make_source(one)
  file(MAKE_DIRECTORY ${FOLDER}/there)
  transfer(STATUS 0 OUTPUT "^there/source: " ARGS source there)
  expect_same(source there/source)
endfunction()

function(goes_on_after_it_was_killed)
  make_source(one)
  interrupt()
  transfer(STATUS 0 OUTPUT "^going on after [1-9].*\"resumed_at\":[1-9]" ARGS --json source copy)
  expect_same(source copy)
  expect_no(copy.part)
endfunction()

function(keeps_the_old_file_until_the_new_one_is_there)
  make_source(one)
  file(WRITE ${FOLDER}/copy "old")
  file(WRITE ${FOLDER}/old "old")
  interrupt()
  expect_same(copy old)
  transfer(STATUS 0 OUTPUT "going on" ARGS source copy)
  expect_same(source copy)
endfunction()

function(starts_again_when_the_source_has_changed)
  make_source(one)
  interrupt()
  make_source(two)  # of the same size
  transfer(STATUS 0 OUTPUT "is not how this file begins: starting again.*\"discarded\":true.*\"resumed_at\":0"
           ARGS --json source copy)
  expect_same(source copy)
endfunction()

function(starts_again_when_the_source_has_become_shorter)
  make_source(one)
  interrupt()
  file(WRITE ${FOLDER}/source "short")
  transfer(STATUS 0 OUTPUT "starting again" ARGS source copy)
  expect_same(source copy)
endfunction()

# A limit of the shell's for files is what no disk is needed for.
function(says_how_far_it_came_when_the_disk_is_full)
  make_source(one)
  transfer(STATUS 1 BY sh -c "ulimit -f 1000 && exec \"$0\" \"$@\"" ARGS source copy
           OUTPUT "^filetransfer: copy.part: File too large, after [1-9][0-9]+ bytes. They are kept: make room, then run the same again to go on\n$")
  expect_no(copy)
  transfer(STATUS 0 OUTPUT "^going on after [1-9]" ARGS source copy)
  expect_same(source copy)
endfunction()

function(refuses_a_second_transfer_to_the_same_file)
  make_source(one)
  transfer(STATUS 1 BY flock ${FOLDER}/copy.part ARGS source copy
           OUTPUT "^filetransfer: another transfer to copy is under way: try again when it is done\n$")
endfunction()

function(prints_one_line_for_scripts)
  file(WRITE ${FOLDER}/source "hello\n")
  transfer(STATUS 0 ARGS --json source copy
           OUTPUT "^{\"bytes\":6,.*\"result\":\"done\",.*\"sha256\":\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\"[^\n]*}\n$")
  transfer(STATUS 1 ARGS --json no-source copy OUTPUT "{.*\"error\":\"no-source: No such file or directory\".*\"result\":\"failed\".*}\n")
endfunction()

function(prints_nothing_when_quiet)
  make_source(one)
  interrupt()
  transfer(STATUS 0 OUTPUT "^$" ARGS --quiet source copy)
  expect_same(source copy)
endfunction()

function(says_that_there_is_no_source)
  transfer(STATUS 1 OUTPUT "^filetransfer: source: No such file or directory\n$" ARGS source copy)
  expect_no(copy.part)
endfunction()

function(says_that_there_is_no_folder)
  make_source(one)
  transfer(STATUS 1 OUTPUT "^filetransfer: no/folder: No such file or directory\n$" ARGS source no/folder/copy)
endfunction()

function(says_that_the_source_is_no_file)
  transfer(STATUS 1 OUTPUT "^filetransfer: /dev/zero: is not a regular file\n$" ARGS /dev/zero copy)
endfunction()

function(says_that_both_are_the_same_file)
  make_source(one)
  transfer(STATUS 1 OUTPUT "^filetransfer: source and ./source are the same file\n$" ARGS source ./source)
endfunction()

function(does_not_take_a_name_of_a_part)
  make_source(one)
  transfer(STATUS 1 OUTPUT "does not take a file of the name \"copy.part\": " ARGS source copy.part)
endfunction()

# "memory" is the most that the process had, in bytes: of eight digits at most.
function(needs_little_memory_for_a_large_file)
  execute_process(COMMAND truncate --size=300M ${FOLDER}/source COMMAND_ERROR_IS_FATAL ANY)
  transfer(STATUS 0 OUTPUT "\"bytes\":314572800,.*\"memory\":[1-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?," ARGS --json source copy)
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
cmake_language(CALL ${SCENARIO})
file(REMOVE_RECURSE ${FOLDER})
