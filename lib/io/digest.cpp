#include "io/digest.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "core/parallel.hpp"

namespace instar::io {
namespace {

constexpr std::int64_t kPieceBytes = std::int64_t{1} << 20;
/// Fingerprints made side by side: each of them waits for a multiplication at every byte.
constexpr std::int64_t kLanes = 4;

/// A file opened for reading, closed in the end.
class Input {
 public:
  explicit Input(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Input() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// Bytes; -1 where it is not open.
  std::int64_t size() const {
    struct stat info {};
    return descriptor_ >= 0 && fstat(descriptor_, &info) == 0 ? static_cast<std::int64_t>(info.st_size) : -1;
  }
  bool read(char* to, std::int64_t count, std::int64_t offset) const {
    while (count > 0) {
      const ssize_t got = pread(descriptor_, to, static_cast<std::size_t>(count), offset);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      offset += got;
      count -= got;
    }
    return true;
  }

 private:
  int descriptor_;
};

}  // namespace

std::string file_digest(const std::string& path, const std::string& name) {
  const Input file(path);
  const std::int64_t size = file.size();
  if (size < 0) throw DataError({name}, "cannot be read");
  const std::int64_t pieces = (size + kPieceBytes - 1) / kPieceBytes;
  std::vector<core::Fingerprint> of_piece(static_cast<std::size_t>(std::max<std::int64_t>(pieces, 1)));
  core::parallel_chunks(pieces, kLanes, [&](Index begin, Index end) {
    std::vector<char> bytes(static_cast<std::size_t>(kLanes * kPieceBytes));
    const std::int64_t count = std::min(size, end * kPieceBytes) - begin * kPieceBytes;
    if (!file.read(bytes.data(), count, begin * kPieceBytes)) throw DataError({name}, "cannot be read");
    constexpr std::int64_t kStep = 16;  // so that the processor sees several lanes at once
    for (std::int64_t at = 0; at < kPieceBytes; at += kStep)
      for (std::int64_t lane = 0; lane < end - begin; ++lane) {
        const std::int64_t from = lane * kPieceBytes + at;
        if (from >= count) continue;
        of_piece[static_cast<std::size_t>(begin + lane)].add(
            std::string_view(bytes.data() + from, static_cast<std::size_t>(std::min(kStep, count - from))));
      }
  });
  if (pieces <= 1) return of_piece[0].text();
  core::Fingerprint whole;
  for (const core::Fingerprint& piece : of_piece) whole.add(piece.text());
  return whole.text();
}

}  // namespace instar::io
