// Shows what lib/io reads, as JSON, and copies files with it; check_io.py compares both with what anndata reads.
//   io_probe read FILE
//   io_probe copy FILE OUT [KEEP_OBS KEEP_VARS]     strings of 0 and 1, or `all`
#include <cmath>
#include <iostream>

#include "core/error.hpp"
#include "io/h5ad.hpp"
#include "io/json.hpp"

namespace {

using namespace instar;
using io::Json;

Json numbers(const std::vector<double>& values) { return Json::array(values); }

Json dense(const Matrix& matrix) {
  Json rows = Json::array();
  for (Index i = 0; i < matrix.rows(); ++i)
    rows.push(numbers(std::vector<double>(matrix.row(i).begin(), matrix.row(i).end())));
  return rows;
}

Json column(const io::Column& c) {
  Json result = Json::object();
  static const char* const kKinds[] = {"number", "boolean", "text", "category"};
  result.set("kind", kKinds[static_cast<int>(c.kind)]).set("dtype", c.dtype).set("ordered", c.ordered);
  result.set("numbers", numbers(c.numbers)).set("text", Json::array(c.text));
  result.set("categories", Json::array(c.categories)).set("category_numbers", numbers(c.category_numbers));
  Json codes = Json::array();
  for (auto code : c.codes) codes.push(code);
  Json missing = Json::array();
  for (bool flag : c.missing) missing.push(flag);
  return result.set("codes", codes).set("missing", missing);
}

// Row sums and weighted column sums: enough to tell any two matrices apart, without printing them.
Json matrix(const io::H5adFile& file, const io::MatrixName& name) {
  const auto info = file.matrix_info(name);
  if (!info) return {};
  static const char* const kKinds[] = {"csr", "csc", "dense"};
  const auto rows = file.matrix(name);
  std::vector<double> row_sums(static_cast<std::size_t>(rows->rows()), 0);
  std::vector<double> column_sums(static_cast<std::size_t>(rows->cols()), 0);
  core::RowBlock block;
  Index blocks = 0;
  while (rows->next(block)) {
    ++blocks;
    for (Index i = 0; i < block.rows(); ++i)
      for (auto k = block.indptr[static_cast<std::size_t>(i)]; k < block.indptr[static_cast<std::size_t>(i) + 1]; ++k) {
        const double value = block.values[static_cast<std::size_t>(k)];
        const auto row = static_cast<std::size_t>(block.first_row + i);
        row_sums[row] += value;
        column_sums[static_cast<std::size_t>(block.indices[static_cast<std::size_t>(k)])] +=
            value * static_cast<double>(row + 1);
      }
  }
  Json result = Json::object();
  result.set("kind", kKinds[static_cast<int>(info->kind)]).set("dtype", info->dtype);
  result.set("rows", static_cast<std::int64_t>(info->rows)).set("cols", static_cast<std::int64_t>(info->cols));
  return result.set("row_sums", numbers(row_sums)).set("column_sums", numbers(column_sums));
}

void read(const std::string& path) {
  const io::H5adFile file(path);
  Json result = Json::object();
  result.set("obs_names", Json::array(file.obs_names())).set("var_names", Json::array(file.var_names()));
  result.set("raw_var_names", Json::array(file.raw_var_names()));
  Json obs = Json::object();
  for (const auto& name : file.obs_columns()) obs.set(name, column(file.obs(name)));
  Json var = Json::object();
  for (const auto& name : file.var_columns()) var.set(name, column(file.var(name)));
  Json obsm = Json::object();
  for (const auto& name : file.obsm()) {
    try {
      obsm.set(name, dense(file.obsm(name)));
    } catch (const DataError& error) {
      obsm.set(name, error.what());
    }
  }
  Json varm = Json::object();
  for (const auto& name : file.varm()) {
    try {
      varm.set(name, dense(file.varm(name)));
    } catch (const DataError& error) {
      varm.set(name, error.what());
    }
  }
  Json matrices = Json::object();
  matrices.set("X", matrix(file, {})).set("raw/X", matrix(file, {io::MatrixName::Slot::raw}));
  for (const auto& name : file.layers())
    matrices.set("layers/" + name, matrix(file, {io::MatrixName::Slot::layer, name}));
  result.set("obs", obs).set("var", var).set("obsm", obsm).set("varm", varm).set("matrices", matrices);
  result.set("uns", Json::array(file.uns())).set("digest", file.digest());
  std::cout << result.text() << "\n";
}

struct Printer : core::Reporter {
  void warning(const std::string& text) override { std::cerr << "warning: " << text << "\n"; }
};

std::optional<std::vector<bool>> flags(const std::string& text) {
  if (text == "all") return std::nullopt;
  std::vector<bool> result;
  for (char c : text) result.push_back(c == '1');
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 2 && arguments[0] == "read") {
      read(arguments[1]);
      return 0;
    }
    if (arguments.size() >= 3 && arguments[0] == "copy") {
      const io::H5adFile input(arguments[1]);
      Printer printer;
      const bool cut = arguments.size() == 5;
      io::H5adWriter writer(arguments[2], input, printer, false, cut ? flags(arguments[3]) : std::nullopt,
                            cut ? flags(arguments[4]) : std::nullopt);
      writer.commit();
      return 0;
    }
  } catch (const DataError& error) {
    std::cerr << error.what() << "\n";
    return 3;
  }
  std::cerr << "usage: io_probe read FILE | io_probe copy FILE OUT [KEEP_OBS KEEP_VARS]\n";
  return 2;
}
