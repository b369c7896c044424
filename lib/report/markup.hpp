#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The little that HTML, XML and base64 need. The page carries its data as arrays in base64 and text as escaped markup,
/// so no JSON is written here (JSON belongs to io and cli).
namespace instar::report {

/// Text for an element or an attribute of HTML and XML: markup characters as entities; bytes that are not UTF-8, and
/// characters that XML 1.0 does not allow, as U+FFFD.
std::string escaped(std::string_view text);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// Numbers and texts that travel in the page, each a script element that the browser does not run:
/// `<script type="text/plain" data-name data-type ...>base64</script>`.
class Arrays {
 public:
  /// Quantised to 16 bits between the least and the largest finite value; NaN and infinities become 65535 ("none").
  void numbers(const std::string& name, const std::vector<double>& values);
  /// Whole numbers from 0 to 65534 as they are, read as numbers() are.
  void codes(const std::string& name, const std::vector<double>& values);
  /// As they are, in 64 bits, for the few that must be exact (times).
  void exact(const std::string& name, const std::vector<double>& values);
  void bytes(const std::string& name, const std::vector<unsigned char>& values);
  void texts(const std::string& name, const std::vector<std::string>& values);
  const std::string& markup() const { return markup_; }

 private:
  void quantised(const std::string& name, const std::vector<double>& values, double low, double high);
  void add(const std::string& name, const std::string& type, std::string_view raw, const std::string& more = "");
  std::string markup_;
};

}  // namespace instar::report
