// The administration of V4V from the command line.

#include "command_line.hpp"

int main(int argc, char** argv) { return v4v_tool::run(argc, argv, v4v::open_control); }
