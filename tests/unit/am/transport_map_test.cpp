#include "am/transport_map.hpp"

#include <doctest/doctest.h>

using namespace instar;

TEST_CASE("a map holds the mass that arrives, in units of an earlier cell") {
  am::Coupling coupling;
  const std::int32_t none = am::Coupling::kNone;
  // Two earlier cells of mass .5 each, three later ones; the second fades, the third later one appears from nowhere.
  coupling.pairs = {{0, 0, .2, .3}, {0, 1, .3, .6}, {1, none, .5, 0}, {none, 2, 0, .1}};
  const am::TransportMap map = am::transport_map(coupling, 2, 3, 1.0);
  CHECK(map.map.rows() == 2);
  CHECK(map.map.cols == 3);
  CHECK(map.map.indptr == std::vector<std::int64_t>{0, 2, 2});
  CHECK(map.map.indices == std::vector<std::int32_t>{0, 1});
  REQUIRE(map.map.values.size() == 2);
  CHECK(map.map.values[0] == doctest::Approx(.6));
  CHECK(map.map.values[1] == doctest::Approx(1.2));
  CHECK(map.descendants[0] == doctest::Approx(1.8));
  CHECK(map.descendants[1] == 0);
}
