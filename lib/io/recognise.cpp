#include "io/recognise.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>

#include "core/error.hpp"

namespace instar::io {
namespace {

constexpr std::string_view kHdf5("\x89HDF\r\n\x1a\n", 8);

bool signature_at(std::ifstream& file, std::streamoff offset) {
  std::array<char, 8> bytes{};
  file.clear();
  file.seekg(offset);
  return file.read(bytes.data(), bytes.size()) && std::string_view(bytes.data(), bytes.size()) == kHdf5;
}

// A user block may stand before the signature: it is then at 512, 1024, 2048, ... (HDF5 file format, II.A).
bool is_hdf5(std::ifstream& file, std::streamoff size) {
  if (signature_at(file, 0)) return true;
  for (std::streamoff offset = 512; offset + 8 <= size; offset *= 2)
    if (signature_at(file, offset)) return true;
  return false;
}

}  // namespace

void fail_to_open(const std::string& name, int error) {
  std::string advice;
  if (error == ENOENT) advice = "check its name, and the folder that you are in";
  if (error == EACCES) advice = "see who may read it with ls -l";
  throw DataError({name}, std::string("cannot be read: ") + std::strerror(error), advice);
}

void require_hdf5(const std::string& path, const std::string& name) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) fail_to_open(name, errno);
  if (S_ISDIR(about.st_mode)) {
    struct stat part {};
    const bool zarr =
        ::stat((path + "/.zgroup").c_str(), &part) == 0 || ::stat((path + "/zarr.json").c_str(), &part) == 0;
    throw DataError({name},
                    zarr ? "expected an h5ad file, found a zarr store" : "expected an h5ad file, found a folder",
                    zarr ? "write it as h5ad: anndata.read_zarr(path).write_h5ad(...)" : "name one of its files");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_to_open(name, errno);
  if (about.st_size == 0)
    throw DataError({name}, "expected an h5ad file, found nothing: it is empty",
                    "the program that makes it may have failed");
  if (is_hdf5(file, about.st_size)) return;
  std::array<char, 8> start{};
  file.clear();
  file.seekg(0);
  file.read(start.data(), start.size());
  const std::string_view head(start.data(), static_cast<std::size_t>(file.gcount()));
  const auto starts = [&](std::string_view magic) { return head.substr(0, magic.size()) == magic; };
  const std::string expected = "expected an h5ad file, found ";
  if (starts("\x1f\x8b")) throw DataError({name}, expected + "gzip-compressed data", "unpack it first: gunzip FILE");
  if (starts("BZh") ||
      starts("\xfd"
             "7zXZ") ||
      starts("\x28\xb5\x2f\xfd"))
    throw DataError({name}, expected + "compressed data", "unpack it first");
  if (starts("PK")) throw DataError({name}, expected + "a zip archive", "unpack it, or write it as h5ad");
  if (starts("%%Matri"))
    throw DataError({name}, expected + "a Matrix Market file",
                    "write it as h5ad: anndata.io.read_mtx(path).T.write_h5ad(...)");
  if (starts("instar")) throw DataError({name}, expected + "an instar model", "give the model where MODEL is expected");
  if (starts("<!DOC") || starts("<html"))
    throw DataError({name}, expected + "a web page", "the download may have failed: fetch it again");
  throw DataError({name}, expected + "a file of another kind (no HDF5 signature)", "check its name, or copy it again");
}

void require_anndata(const h5::Node& root) {
  if (root.has("obs") && root.has("var")) return;
  const auto is = [&](const std::string& what, const std::string& advice) {
    root.fail("expected an h5ad file, found " + what, advice);
  };
  if (root.has("mod")) is("MuData (h5mu)", "write one modality: mudata.read(path)['rna'].write_h5ad(...)");
  if (root.has("row_attrs") || root.has("col_attrs"))
    is("a loom file", "write it as h5ad: anndata.io.read_loom(path).write_h5ad(...)");
  if (root.has("matrix")) is("a 10x Genomics matrix", "write it as h5ad: scanpy.read_10x_h5(path).write_h5ad(...)");
  if (root.has("assays") || root.has("cell.names"))
    is("an h5Seurat file", "convert it to h5ad with SeuratDisk or anndataR");
  is(root.has("obs") ? "HDF5 without var" : "HDF5 without obs", "write it again with anndata");
}

}  // namespace instar::io
