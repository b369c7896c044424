#include "io/output.hpp"

#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::read_file;
using test::Scratch;
using test::write_file;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("an output appears at commit and not before") {
  const Scratch scratch;
  const auto target = scratch / "out.txt";
  io::AtomicOutput output(target);
  output.write("hello ");
  output.write("world");
  CHECK_FALSE(fs::exists(target));
  output.commit();
  CHECK(read_file(target) == "hello world");
  CHECK(entries(scratch.folder()) == 1);
}

TEST_CASE("without commit the old file stays and nothing is left") {
  const Scratch scratch;
  const auto target = scratch / "out.txt";
  write_file(target, "old");
  {
    io::AtomicOutput output(target);
    output.write("new");
  }
  CHECK(read_file(target) == "old");
  CHECK(entries(scratch.folder()) == 1);
}

TEST_CASE("permissions are those of a new file, or of the file that is replaced") {
  const Scratch scratch;
  const auto mode = [](const std::string& path) {
    struct stat about {};
    ::stat(path.c_str(), &about);
    return about.st_mode & 0777;
  };
  const mode_t before = ::umask(027);
  io::AtomicOutput fresh(scratch / "fresh");
  ::umask(before);
  fresh.commit();
  CHECK(mode(scratch / "fresh") == 0640);
  write_file(scratch / "old", "");
  ::chmod((scratch / "old").c_str(), 0604);
  io::AtomicOutput replaced(scratch / "old");
  replaced.commit();
  CHECK(mode(scratch / "old") == 0604);
}

TEST_CASE("a link stays a link, its file is replaced") {
  const Scratch scratch;
  write_file(scratch / "file", "old");
  fs::create_symlink("file", scratch.folder() / "link");
  io::AtomicOutput output(scratch / "link");
  output.write("new");
  output.commit();
  CHECK(fs::is_symlink(scratch.folder() / "link"));
  CHECK(read_file(scratch / "file") == "new");
}

TEST_CASE("a device is written to, not renamed over") {
  io::AtomicOutput output("/dev/null");
  output.write("gone");
  output.commit();
  CHECK(fs::is_character_file("/dev/null"));
  io::AtomicOutput full("/dev/full");
  full.write("too much");
  CHECK_THROWS_WITH_AS(full.commit(), doctest::Contains("No space left on device"), DataError);
}

TEST_CASE("impossible targets are refused before any work") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(io::AtomicOutput(scratch / "no/such/folder/out"), doctest::Contains("make the folder first"),
                       DataError);
  CHECK_THROWS_WITH_AS(io::AtomicOutput(scratch.folder().string()), doctest::Contains("found a folder"), DataError);
  CHECK_THROWS_AS(io::AtomicOutput(""), DataError);
}

TEST_CASE("names as long as names may be") {
  const Scratch scratch;
  const std::string target = scratch / std::string(255, 'n');
  io::AtomicOutput output(target);
  output.commit();
  CHECK(fs::exists(target));
}

TEST_CASE("a signal removes what is unfinished, and ends the process as signals do") {
  const Scratch scratch;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(number, SIG_DFL);  // the test program has handlers of its own
      io::AtomicOutput output(scratch / "out");
      output.write("half");
      ::raise(number);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == number);
    CHECK(entries(scratch.folder()) == 0);
  }
}

TEST_CASE("a signal that is ignored stays ignored") {
  const Scratch scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGHUP, SIG_IGN);
    io::AtomicOutput output(scratch / "out");
    ::raise(SIGHUP);
    output.commit();
    ::_exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(fs::exists(scratch / "out"));
}
