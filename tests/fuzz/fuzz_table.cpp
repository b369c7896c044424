// Tables of times and masses.
#include <cmath>

#include "fuzz/target.hpp"
#include "io/mass_table.hpp"

using namespace instar;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  for (const auto& times : {std::vector<double>{}, std::vector<double>{0, 1, 2}})
    fuzz::refused_or_read([&] {
      for (const double mass : io::read_mass_table(file.path(), times))
        if (!(mass > 0) || !std::isfinite(mass)) std::abort();
    });
  return 0;
}
