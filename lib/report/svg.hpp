#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace instar::report {

/// A drawing in pixels. What an element looks like is said by its class (page/chart.css), so that one drawing serves
/// the page, light and dark, and a figure on its own.
class Svg {
 public:
  Svg(double width, double height) : width_(width), height_(height) {}

  double width() const { return width_; }
  double height() const { return height_; }

  /// @param tip shown on hovering; empty: none
  void line(double x1, double y1, double x2, double y2, std::string_view css);
  void rect(double x, double y, double width, double height, std::string_view css, const std::string& tip = "");
  void circle(double x, double y, double radius, std::string_view css, const std::string& tip = "");
  /// @param style e.g. `stroke:#123456` for what is data rather than theme
  void path(const std::string& data, std::string_view css, const std::string& style = "");
  void polyline(const std::vector<std::pair<double, double>>& points, std::string_view css);
  /// @param anchor start, middle or end
  void text(double x, double y, const std::string& words, std::string_view css, std::string_view anchor = "start");
  /// The same, upwards, centred at (x, y).
  void text_upwards(double x, double y, const std::string& words, std::string_view css);
  /// A square of a colour that is data.
  void swatch(double x, double y, double side, const std::string& colour);
  /// A rectangle of a colour that is data.
  void block(double x, double y, double width, double height, const std::string& colour);

  const std::string& body() const { return body_; }

 private:
  void tipped(const std::string& element, const std::string& name, const std::string& tip);
  double width_;
  double height_;
  std::string body_;
};

/// Width of a letter of a label in the heavy face, on the large side.
inline constexpr double kLetter = 7.8;

/// Whether a byte of UTF-8 begins a letter, rather than going on with one.
inline bool begins_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }
std::size_t letters(const std::string& text);

/// A number for SVG: two decimals at most.
std::string px(double value);

/// The drawing as an element of a page, named for those who do not see it. @param id unique in the page
std::string inline_svg(const Svg& drawing, const std::string& id, const std::string& title,
                       const std::string& description);

/// The drawing as a file of its own: the light theme's colours written out, since few programs know CSS variables.
std::string standalone_svg(const Svg& drawing, const std::string& title, const std::string& description);

}  // namespace instar::report
