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

}  // namespace instar::io
