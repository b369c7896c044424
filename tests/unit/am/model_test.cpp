#include "am/model.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace instar;
using namespace instar::am;

namespace {

Model some_model() {
  Model model;
  model.basis = "X_pca";
  model.time_key = "day";
  model.times = {0, 2, 7};
  model.masses = {1, 1.5, 2};
  model.cells = {10, 20, 30};
  model.scaling = {ScaleKind::whiten, Eigen::Vector2d(1, -2), Eigen::Vector2d(3, 0.5)};
  model.growth_scale = 1.7;
  model.growth_scale_rule = "given";
  model.network_center = Eigen::Vector2d(0.1, 0.2);
  model.network_length = 1.3;
  model.time_unit = 3.5;
  model.shape = {2, 16, 2};
  model.parameters = nn::initial_parameters(model.shape, 5);
  return model;
}

}  // namespace

TEST_CASE("a model survives its record") {
  const Model model = some_model();
  const Model read = from_record(to_record(model));
  CHECK(read.parameters == model.parameters);
  CHECK(read.times == model.times);
  CHECK(read.masses == model.masses);
  CHECK(read.scaling.scale == model.scaling.scale);
  CHECK(read.growth_scale == model.growth_scale);
  CHECK(read.shape.width == 16);
  const Matrix x = Matrix::Random(7, 2);
  CHECK(evaluate(read, 1.2, x).velocity == evaluate(model, 1.2, x).velocity);
}

TEST_CASE("a damaged record is refused by name") {
  auto record = to_record(some_model());
  SUBCASE("a fact is missing") {
    record.facts.erase("model.times");
    CHECK_THROWS_WITH_AS(from_record(record), doctest::Contains("model.times"), DataError);
  }
  SUBCASE("too few parameters") {
    std::get<std::vector<float>>(record.tensors["network.parameters"].data).pop_back();
    CHECK_THROWS_WITH_AS(from_record(record), doctest::Contains("parameters: expected"), DataError);
  }
  SUBCASE("NaN") {
    std::get<std::vector<float>>(record.tensors["network.parameters"].data)[3] = std::nanf("");
    CHECK_THROWS_WITH_AS(from_record(record), doctest::Contains("NaN"), DataError);
  }
  SUBCASE("from the future") {
    record.facts["model.version"] = std::int64_t{99};
    CHECK_THROWS_WITH_AS(from_record(record), doctest::Contains("newer"), DataError);
  }
}

TEST_CASE("velocity is the gradient of the potential in scaled units, growth is potential over delta squared") {
  const Model model = some_model();
  const Matrix scaled = Matrix::Random(5, 2);
  const auto at = [&](const Matrix& z) { return evaluate(model, 3.0, model.scaling.undo(z)); };
  const auto values = at(scaled);
  constexpr double kStep = 1e-2;  // float network: central differences good to about 1e-4 of the gradient
  for (Index j = 0; j < 2; ++j) {
    Matrix up = scaled;
    Matrix down = scaled;
    up.col(j).array() += kStep;
    down.col(j).array() -= kStep;
    const Vector slope = (at(up).potential - at(down).potential) / (2 * kStep);
    const Vector velocity = values.velocity.col(j) / model.scaling.scale(j);
    CHECK((slope - velocity).cwiseAbs().maxCoeff() < 1e-3 * velocity.cwiseAbs().maxCoeff() + 1e-5);
  }
  CHECK((values.growth - values.potential / (1.7 * 1.7)).cwiseAbs().maxCoeff() <
        1e-6 * values.growth.cwiseAbs().maxCoeff());
}
