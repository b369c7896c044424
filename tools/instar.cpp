// The program `instar`: runs the tool named by its first argument, as git does.
#include "cli/dispatch.hpp"

int main(int argc, char** argv) { return instar::cli::dispatch(argc, argv); }
