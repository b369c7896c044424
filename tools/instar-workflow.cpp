// instar-workflow: copies the shipped Snakemake workflow into a folder, ready to edit.
#include <filesystem>
#include <vector>

#include "cli/command.hpp"
#include "core/error.hpp"

using namespace instar;
namespace fs = std::filesystem;

namespace {

/// The shipped workflow: share/instar/workflow in the folder above the program's (installed) or further up (built in
/// its source tree).
fs::path shipped_workflow() {
  const fs::path place = fs::path("share") / "instar" / "workflow";
  const fs::path self = fs::read_symlink("/proc/self/exe");
  int levels = 4;  // PREFIX/bin/instar-workflow, SOURCE/build/PRESET/bin/instar-workflow
  for (fs::path folder = self.parent_path(); levels-- > 0; folder = folder.parent_path())
    if (fs::exists(folder / place / "Snakefile")) return folder / place;
  throw DataError({self.string()}, "expected the workflow in " + place.string() + " beside bin, found none",
                  "install instar with `make install`");
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename().string()[0] != '.')
      files.push_back(entry.path().lexically_relative(folder));
  return files;
}

void copy_out(const fs::path& from, const fs::path& to) {
  if (fs::exists(to) && !fs::is_directory(to))
    throw DataError({to.string()}, "expected a folder, found a file",
                    "name a folder for the workflow; the data's file goes into its config.yaml, as input");
  const auto files = files_of(from);
  for (const auto& file : files)
    if (fs::exists(fs::symlink_status(to / file)))
      throw DataError({(to / file).string()}, "expected no such file yet, found one",
                      "nothing was copied; choose another folder, or remove it");
  for (const auto& file : files) {
    fs::create_directories((to / file).parent_path());
    fs::copy_file(from / file, to / file);
    fs::permissions(to / file, fs::perms::owner_write, fs::perm_options::add);  // an installation may be read-only
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string action;
  std::string folder;
  cli::Command command("instar-workflow");
  command.describe(
      "Copies a Snakemake workflow into DIR: for each held-out time, growth scale and seed a fit that has not seen "
      "that time, its predictions and scores beside baselines in one table; a fit of all times that annotates every "
      "cell; and a page that shows it all. It starts from counts or from an embedding; config.yaml says what it runs "
      "on, and as it comes it runs on a simulated example.");
  command.describe(
      "It needs Snakemake 7.21 or later; profiles/laptop and profiles/slurm say how to run it there. Interrupted, it "
      "goes on. The folder examples holds the same as a shell script and as a Makefile.");
  command.choice("ACTION", action,
                 {{"init", "copy the workflow into DIR; refused where one of its files is there already"}},
                 "what to do");
  command.input(folder, "DIR", "folder to copy it to, made if there is none");
  command.example("instar workflow init here && cd here && snakemake -c2", "the example, on two cores");

  return command.run(argc, argv, [&](cli::Context& context) {
    try {
      copy_out(shipped_workflow(), folder);
    } catch (const fs::filesystem_error& error) {
      throw DataError({folder}, "the workflow cannot be copied there: " + error.code().message(),
                      "choose a folder that you may write in");
    }
    context.reporter.info("workflow copied to " + folder + "; edit its config.yaml, then run snakemake -c2 there");
    return 0;
  });
}
