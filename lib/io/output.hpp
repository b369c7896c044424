#pragma once

#include <string>
#include <string_view>

namespace instar::io {

/// What messages call a target: `-` is "standard output".
std::string shown_target(const std::string& target);

/// A file that appears whole or not at all: written beside its target, synced, renamed by commit(). `-` is standard
/// output (written at commit()). Destroyed without commit() it leaves nothing; nor does a killed process where the file
/// system has nameless files (O_TMPFILE: all common ones but NFS). Elsewhere SIGINT, SIGTERM, SIGHUP and SIGPIPE leave
/// nothing, SIGKILL the temporary file.
class AtomicOutput {
 public:
  /// @throws DataError where the folder is missing or not writable (checked now, before any work)
  explicit AtomicOutput(std::string target);
  ~AtomicOutput();
  AtomicOutput(const AtomicOutput&) = delete;
  AtomicOutput& operator=(const AtomicOutput&) = delete;

  const std::string& temporary() const { return temporary_; }  ///< where to write meanwhile
  void write(std::string_view bytes);  ///< appends. @throws DataError (disk full, file too large)
  void commit();                       ///< @throws DataError; the target is then as it was

 private:
  void make_file(const std::string& folder, const std::string& name);

  std::string target_;
  std::string temporary_;
  bool nameless_ = false;
  int descriptor_ = -1;
  bool committed_ = false;
};

/// Finds out before long work that `target` can be written. @throws DataError as AtomicOutput
void check_writable(const std::string& target);
/// The same for a folder that files will be written to; errors name the folder.
void check_writable_folder(const std::string& path);

/// Makes a folder for outputs where there is none. @throws DataError where the folder that should hold it is missing
void make_folder(const std::string& path);

/// Copies standard input to a file under TMPDIR (else /tmp) that is removed at the end of the process. @returns its
/// path
std::string spool_stdin();

}  // namespace instar::io
