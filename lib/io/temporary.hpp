#pragma once

#include <string>

namespace instar::io {

/// Remembers a file to be removed should SIGINT, SIGTERM, SIGHUP or SIGPIPE end the process. Signals that the process
/// ignores (nohup) stay ignored.
void guard_temporary(const std::string& path);

/// Forgets it (after the rename), so that no signal removes what has that name later.
void release_temporary(const std::string& path);

/// The folder for files that live no longer than the process: TMPDIR, else /tmp.
std::string temporary_folder();

/// Makes a new empty file `FOLDER/.NAME.XXXXXX.tmp` and guards it. @param path receives its name
/// @returns its descriptor, or -1 with errno
int make_temporary(const std::string& folder, const std::string& name, std::string& path);

/// Makes a new empty file in `folder` that has no name, and so is gone when the process is, even killed (SIGKILL).
/// @param path receives what opens it again, while the descriptor is open
/// @returns its descriptor, or -1 where the file system has no such files (O_TMPFILE) or /proc is not there
int make_nameless(const std::string& folder, std::string& path);

/// Gives a nameless file the name `target`, in place of the file that has it. @returns false with errno
bool give_name(int descriptor, const std::string& target);

}  // namespace instar::io
