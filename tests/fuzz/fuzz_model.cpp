// Model files. Their last 8 bytes are a digest of the rest, which no mutation would meet: ours puts it right, most
// times.
#include <cstring>

#include "core/fingerprint.hpp"
#include "fuzz/target.hpp"
#include "io/record_file.hpp"

using namespace instar;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  fuzz::refused_or_read([&] {
    for (const auto& [name, tensor] : io::read_record(file.path()).tensors) {
      std::size_t count = 1;
      for (const auto dim : tensor.shape) count *= static_cast<std::size_t>(dim);
      if (std::visit([](const auto& values) { return values.size(); }, tensor.data) != count) std::abort();
    }
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t largest);

#ifdef INSTAR_FUZZER
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t largest,
                                               unsigned seed) {
  constexpr std::size_t kDigest = 8;
  size = LLVMFuzzerMutate(data, size, largest);
  if (size < kDigest || seed % 10 == 0) return size;
  core::Fingerprint digest;
  digest.add(fuzz::text(data, size - kDigest));
  const std::uint64_t value = digest.value();
  std::memcpy(data + size - kDigest, &value, kDigest);
  return size;
}
#endif
