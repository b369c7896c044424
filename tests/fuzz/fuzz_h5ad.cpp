// h5ad files: all that the readers read, and a copy. The mutator is in mutate_h5.cpp.
#include "core/row_blocks.hpp"
#include "fuzz/target.hpp"
#include "io/h5ad.hpp"
#include "io/times.hpp"

using namespace instar;

namespace {

void read_matrix(const io::H5adFile& file, const io::MatrixName& name) {
  const auto info = file.matrix_info(name);
  if (!info) return;
  const auto rows = file.matrix(name);
  core::RowBlock block;
  while (rows->next(block)) {
    for (const auto column : block.indices)
      if (column < 0 || column >= info->cols) std::abort();
    for (std::size_t i = 1; i < block.indptr.size(); ++i)
      if (block.indptr[i] < block.indptr[i - 1]) std::abort();
  }
}

void read_everything(const io::H5adFile& file) {
  fuzz::refused_or_read([&] {
    if (static_cast<Index>(file.obs_names().size()) != file.n_obs()) std::abort();
  });
  fuzz::refused_or_read([&] { file.var_names(); });
  fuzz::refused_or_read([&] { file.raw_var_names(); });
  for (const auto& name : file.obs_columns()) {
    fuzz::refused_or_read([&] { file.obs(name); });
    fuzz::refused_or_read([&] { io::read_times(file, name); });
  }
  for (const auto& name : file.var_columns()) fuzz::refused_or_read([&] { file.var(name); });
  for (const auto& name : file.obsm()) fuzz::refused_or_read([&] { file.obsm(name); });
  for (const auto& name : file.varm()) fuzz::refused_or_read([&] { file.varm(name); });
  fuzz::refused_or_read([&] { read_matrix(file, {}); });
  fuzz::refused_or_read([&] { read_matrix(file, {io::MatrixName::Slot::raw}); });
  for (const auto& name : file.layers())
    fuzz::refused_or_read([&] { read_matrix(file, {io::MatrixName::Slot::layer, name}); });
  for (const auto& name : file.uns()) fuzz::refused_or_read([&] { file.uns_numbers(name); });
}

struct Silent : core::Reporter {
  void warning(const std::string&) override {}
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile memory(data, size);
  fuzz::refused_or_read([&] {
    const io::H5adFile file(memory.path());
    fuzz::refused_or_read([&] { read_everything(file); });
    Silent reporter;
    const char* folder = std::getenv("TMPDIR");
    const std::string copy = std::string(folder == nullptr ? "/tmp" : folder) + "/instar-fuzz.h5ad";
    const io::H5adWriter writer(copy, file, reporter);  // never committed: it leaves nothing
  });
  return 0;
}
