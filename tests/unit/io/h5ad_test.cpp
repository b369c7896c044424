#include "io/h5ad.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "made_file.hpp"
#include "support/child.hpp"
#include "support/scratch.hpp"
#include "support/shared_data.hpp"

using namespace instar;
using io::Column;
using io::H5adFile;
using io::H5adWriter;
using io::kMissing;
using io::MatrixName;
using test::data_error;
using test::MadeFile;
using test::read_file;
using test::Scratch;

namespace {

const std::vector<std::string> kCellNames = {"a", "b", "c"};
const std::vector<std::string> kGeneNames = {"g1", "größe"};

Matrix counts() {
  Matrix matrix(3, 2);
  matrix << 1, 0, 0, 2.5, 0, 0;
  return matrix;
}

void write_x(H5adWriter& writer, io::MatrixKind kind, const MatrixName& name = {}) {
  const auto sink = writer.write_matrix(name, 3, 2, kind);
  core::MemoryRowBlocks rows(core::sparse_block(counts()), 2);
  core::RowBlock block;
  while (rows.next(block)) sink->append(block);
  sink->finish();
}

void write_sample(const std::string& path) {
  H5adWriter writer(path, kCellNames, kGeneNames);
  write_x(writer, io::MatrixKind::csr);
  write_x(writer, io::MatrixKind::dense, {MatrixName::Slot::layer, "dense"});
  writer.set_obs("time", Column::of_numbers({0, 2, kMissing}));
  writer.set_obs("n", Column::of_numbers({7, 8, 9}, "int64"));
  writer.set_obs("gap", Column::of_numbers({7, kMissing, 9}, "int64"));
  writer.set_obs("flag", Column::of_booleans({true, false, true}));
  writer.set_obs("word", Column::of_text({"x", "", "größe"}));
  Column stage = Column::of_categories({1, -1, 0}, {"late", "early"});
  stage.ordered = true;
  writer.set_obs("stage", stage);
  writer.set_var("used", Column::of_booleans({false, true}));
  writer.set_obsm("X_pca", MatrixF(counts().cast<float>()));
  writer.set_varm("PCs", Matrix(Matrix::Identity(2, 2)));
  writer.set_uns("pca.variance", std::vector<double>{3, 0.5});
  writer.set_uns("note", std::string("µm"));
  writer.set_uns_group("log1p");
  writer.add_provenance("instar-test", {{"seed", std::int64_t{3}}});
  writer.commit();
}

}  // namespace

TEST_CASE("what is written is what is read") {
  const Scratch scratch;
  const auto path = scratch / "a.h5ad";
  write_sample(path);
  const H5adFile file(path);
  CHECK(file.n_obs() == 3);
  CHECK(file.n_vars() == 2);
  CHECK(file.obs_names() == kCellNames);
  CHECK(file.var_names() == kGeneNames);
  CHECK(file.obs_columns() == std::vector<std::string>{"time", "n", "gap", "flag", "word", "stage"});
  CHECK(file.dense({}) == counts());
  CHECK(file.dense({MatrixName::Slot::layer, "dense"}) == counts());
  CHECK(file.matrix_info({})->kind == io::MatrixKind::csr);
  CHECK(file.matrix_info({})->dtype == "float32");
  CHECK(file.matrix_info({MatrixName::Slot::layer, "dense"})->kind == io::MatrixKind::dense);
  const Column time = file.obs("time");
  CHECK(time.numbers[1] == 2);
  CHECK(std::isnan(time.numbers[2]));
  CHECK(file.obs("n").numbers == std::vector<double>{7, 8, 9});
  CHECK(file.obs("n").dtype == "int64");
  CHECK(file.obs("gap").missing == std::vector<bool>{false, true, false});
  CHECK(file.obs("gap").numbers[2] == 9);
  CHECK(file.obs("flag").kind == Column::Kind::boolean);
  CHECK(file.obs("flag").numbers == std::vector<double>{1, 0, 1});
  CHECK(file.obs("word").text == std::vector<std::string>{"x", "", "größe"});
  const Column stage = file.obs("stage");
  CHECK(stage.codes == std::vector<std::int32_t>{1, -1, 0});
  CHECK(stage.categories == std::vector<std::string>{"late", "early"});
  CHECK(stage.ordered);
  CHECK(file.obsm_shape("X_pca") == std::pair<Index, Index>{3, 2});
  CHECK(file.obsm("X_pca") == counts());
  core::RowBlock block;
  const auto rows = file.obsm_rows("X_pca");
  REQUIRE(rows->next(block));
  CHECK(block.values == core::sparse_block(counts()).values);
  CHECK(block.indices == core::sparse_block(counts()).indices);
  CHECK_FALSE(rows->next(block));
  CHECK(file.varm("PCs") == Matrix(Matrix::Identity(2, 2)));
  CHECK(file.uns_numbers("pca/variance") == std::vector<double>{3, 0.5});
  CHECK(file.uns_text("note") == "µm");
  CHECK(file.uns_text("instar/provenance/instar-test").value().find("\"seed\": 3") != std::string::npos);
  CHECK_FALSE(file.uns_numbers("pca/nosuch").has_value());
  CHECK(file.digest().size() == 16);
}

TEST_CASE("the same content gives the same bytes") {
  const Scratch scratch;
  write_sample(scratch / "a");
  write_sample(scratch / "b");
  CHECK(read_file(scratch / "a") == read_file(scratch / "b"));
  const H5adFile input(scratch / "a");
  for (const char* name : {"c", "d"}) H5adWriter(scratch / name, input, core::silent()).commit();
  CHECK(read_file(scratch / "c") == read_file(scratch / "d"));
}

TEST_CASE("a copy holds everything, and what is set replaces what was") {
  const Scratch scratch;
  write_sample(scratch / "a");
  const H5adFile input(scratch / "a");
  H5adWriter writer(scratch / "b", input, core::silent(), true);
  writer.set_obs("n", Column::of_text({"p", "q", "r"}));
  writer.set_obs("new", Column::of_numbers({1, 2, 3}, "float32"));
  writer.set_uns("pca.variance_ratio", std::vector<double>{0.9});
  writer.remove_uns("note");
  writer.commit();
  const H5adFile copy(scratch / "b");
  CHECK(copy.obs_columns() == std::vector<std::string>{"time", "n", "gap", "flag", "word", "stage", "new"});
  CHECK(copy.obs("n").text == std::vector<std::string>{"p", "q", "r"});
  CHECK(copy.obs("new").dtype == "float32");
  CHECK(copy.obs("stage").codes == input.obs("stage").codes);
  CHECK_FALSE(copy.matrix_info({}).has_value());
  CHECK(copy.dense({MatrixName::Slot::layer, "dense"}) == counts());
  CHECK(copy.uns_numbers("pca/variance") == std::vector<double>{3, 0.5});
  CHECK(copy.uns_numbers("pca/variance_ratio") == std::vector<double>{0.9});
  CHECK_FALSE(copy.uns_text("note").has_value());
}

TEST_CASE("cells and genes that do not stay are cut from everything along them") {
  const Scratch scratch;
  write_sample(scratch / "a");
  const H5adFile input(scratch / "a");
  H5adWriter(scratch / "b", input, core::silent(), false, std::vector<bool>{true, false, true},
             std::vector<bool>{true, false})
      .commit();
  const H5adFile cut(scratch / "b");
  CHECK(cut.obs_names() == std::vector<std::string>{"a", "c"});
  CHECK(cut.var_names() == std::vector<std::string>{"g1"});
  Matrix x(2, 1);
  x << 1, 0;
  CHECK(cut.dense({}) == x);
  CHECK(cut.dense({MatrixName::Slot::layer, "dense"}) == x);
  CHECK(cut.obs("stage").codes == std::vector<std::int32_t>{1, 0});
  CHECK(cut.obs("gap").numbers == std::vector<double>{7, 9});
  CHECK(cut.obs("word").text == std::vector<std::string>{"x", "größe"});
  CHECK(cut.obsm("X_pca").row(1) == counts().row(2));
  CHECK(cut.varm("PCs").rows() == 1);
}

TEST_CASE("the target may be the input") {
  const Scratch scratch;
  const auto path = scratch / "a";
  write_sample(path);
  {
    const H5adFile input(path);
    H5adWriter writer(path, input, core::silent());
    writer.set_obs("time", Column::of_numbers({5, 6, 7}));
    writer.commit();
  }
  CHECK(H5adFile(path).obs("time").numbers == std::vector<double>{5, 6, 7});
}

TEST_CASE("without commit the target is untouched and nothing is left") {
  const Scratch scratch;
  const auto path = scratch / "a";
  write_sample(path);
  const std::string before = read_file(path);
  {
    H5adWriter writer(path, kCellNames, kGeneNames);
    writer.set_obs("time", Column::of_numbers({5, 6, 7}));
  }
  CHECK(read_file(path) == before);
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}) == 1);
}

TEST_CASE("columns of the wrong length, bad names and incomplete matrices are refused") {
  const Scratch scratch;
  H5adWriter writer(scratch / "a", kCellNames, kGeneNames);
  CHECK(data_error([&] { writer.set_obs("x", Column::of_numbers({1})); }).find("expected 3 entries") !=
        std::string::npos);
  CHECK(data_error([&] {
          writer.set_obs("a/b", Column::of_numbers({1, 2, 3}));
        }).find("cannot be called") != std::string::npos);
  CHECK(data_error([&] { writer.set_obsm("x", Matrix(Matrix::Zero(2, 2))); }).find("expected 3 rows") !=
        std::string::npos);
  const auto sink = writer.write_matrix({}, 3, 2, io::MatrixKind::csr);
  CHECK(data_error([&] { sink->finish(); }).find("expected 3 rows, got 0") != std::string::npos);
}

TEST_CASE("thousands of columns") {
  const Scratch scratch;
  const auto path = scratch / "wide";
  {
    H5adWriter writer(path, {"a"}, {});
    for (int i = 0; i < 4500; ++i) writer.set_obs("column_" + std::to_string(i), Column::of_numbers({double(i)}));
    writer.commit();
  }
  const H5adFile file(path);
  CHECK(file.obs_columns().size() == 4500);
  CHECK(file.obs("column_4499").numbers == std::vector<double>{4499});
}

TEST_CASE("a missing column or embedding names those there are") {
  const Scratch scratch;
  write_sample(scratch / "a");
  const H5adFile file(scratch / "a");
  CHECK(data_error([&] { file.obs("nosuch"); }).find("the columns are: time, n, gap") != std::string::npos);
  CHECK(data_error([&] { file.obsm("nosuch"); }).find("there are: X_pca") != std::string::npos);
}

TEST_CASE("codes out of range, masks and columns of another length are refused") {
  const Scratch scratch;
  const auto path = scratch / "bad";
  {
    MadeFile made(path, 3, 1);
    const auto obs = made.root.child("obs");
    io::write_column(obs, "codes", Column::of_categories({0, 5, 1}, {"x", "y"}));
    io::write_column(obs, "low", Column::of_categories({0, -2, 1}, {"x", "y"}));
    io::write_column(obs, "short", Column::of_numbers({1, 2}));
    io::write_column(obs, "mask", Column::of_numbers({1, kMissing, 2}, "int32"));
    obs.child("mask").remove("mask");
    const std::int8_t flags[] = {0, 1};
    obs.child("mask").write_array("mask", {2}, flags, "bool");
    made.columns("obs", {"codes", "low", "short", "mask"});
  }
  const H5adFile file(path);
  CHECK(data_error([&] { file.obs("codes"); }).find("obs/codes/codes: expected codes from -1 to 1") !=
        std::string::npos);
  CHECK(data_error([&] { file.obs("low"); }).find("found -2 in row 1") != std::string::npos);
  CHECK(data_error([&] { file.obs("short"); }).find("expected 3 entries, as in the index, found 2") !=
        std::string::npos);
  CHECK(data_error([&] { file.obs("mask"); }).find("expected 3 entries, as in values, found 2") != std::string::npos);
}

TEST_CASE("groups nested without end are refused, not followed") {
  const Scratch scratch;
  const auto path = scratch / "deep";
  {
    MadeFile made(path, 1, 1);
    auto group = io::write_dict(made.root, "uns");
    for (int i = 0; i < 200; ++i) group = io::write_dict(group, "x");
  }
  const H5adFile file(path);
  CHECK(data_error([&] { H5adWriter(scratch / "out", file, core::silent()); }).find("levels deep") !=
        std::string::npos);
}

TEST_CASE("uns/log1p/base that is null is left out, other nulls stay") {
  const auto shared = test::shared_data("layouts/anndata-0.13.4-pandas3.h5ad");
  if (!shared) return;
  const Scratch scratch;
  const H5adFile input(*shared);
  CHECK(input.obs_names().front() == "cell_0000");
  CHECK(input.raw_var_names().size() == 60);
  H5adWriter(scratch / "out", input, core::silent()).commit();
  const auto root = io::h5::File::open(scratch / "out", "out").root();
  CHECK(root.child("uns").child("log1p").children().empty());
}

TEST_CASE("files of old layouts") {
  if (const auto path = test::shared_data("layouts/anndata-0.6.22.h5ad")) {
    const H5adFile file(*path);
    CHECK(file.n_obs() == 3);
    CHECK(file.n_vars() == 5);
    CHECK(file.dense({}).sum() == doctest::Approx(file.dense({MatrixName::Slot::layer, "dense"}).sum()));
  }
  if (const auto path = test::shared_data("layouts/anndata-0.7.0.h5ad")) {
    const H5adFile file(*path);
    CHECK(file.obs("obs_cat").kind == Column::Kind::category);
    CHECK(file.obs("cat_ordered").ordered);
    CHECK(file.obs_columns().size() == 5);
  }
}

TEST_CASE("a file that cannot grow is an error, and nothing is left of it") {
  const Scratch scratch;
  const auto outcome = test::in_child([&] {
    const rlimit limit{65536, 65536};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string message = data_error([&] {
      H5adWriter writer(scratch / "a", kCellNames, kGeneNames);
      writer.set_uns("much", std::vector<std::string>(100000, "text that takes its place"));
      writer.commit();
    });
    return message.find("cannot be written: File too large") != std::string::npos ? 3 : 1;
  });
  CHECK(outcome.code == 3);
  CHECK(std::filesystem::is_empty(scratch.folder()));
}
