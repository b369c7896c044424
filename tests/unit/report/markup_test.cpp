#include "report/markup.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace instar;

TEST_CASE("text becomes markup that no name can break out of") {
  CHECK(report::escaped("a<b>&\"'c") == "a&lt;b&gt;&amp;&quot;&#39;c");
  CHECK(report::escaped("</script><script>") == "&lt;/script&gt;&lt;script&gt;");
  CHECK(report::escaped("caf\xC3\xA9 \xF0\x9F\x94\xAC") == "caf\xC3\xA9 \xF0\x9F\x94\xAC");
}

TEST_CASE("what XML does not allow is replaced, byte by byte") {
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(report::escaped("a\x01z") == "a" + mark + "z");
  CHECK(report::escaped("\x1b[31m") == mark + "[31m");
  CHECK(report::escaped("\xFFx") == mark + "x");
  CHECK(report::escaped("\xC3") == mark);                                        // cut short
  CHECK(report::escaped("\xC0\xAF") == mark + mark);                             // overlong
  CHECK(report::escaped("\xED\xA0\x80") == mark + mark + mark);                  // a surrogate
  CHECK(report::escaped("\xC2\x85") == mark + mark);                             // a C1 control
  CHECK(report::escaped("\xEF\xBF\xBE") == mark + mark + mark);                  // U+FFFE
  CHECK(report::escaped("\xF4\x90\x80\x80").find("\xF4") == std::string::npos);  // above U+10FFFF
}

TEST_CASE("base64 as RFC 4648 has it") {
  CHECK(report::base64("") == "");
  CHECK(report::base64("f") == "Zg==");
  CHECK(report::base64("fo") == "Zm8=");
  CHECK(report::base64("foo") == "Zm9v");
  CHECK(report::base64("foobar") == "Zm9vYmFy");
  CHECK(report::base64("\xFF\xFE\xFD") == "//79");
}

TEST_CASE("numbers are quantised between the least and the largest, NaN apart") {
  report::Arrays arrays;
  arrays.numbers("x", {-1, 3, NAN, 1});
  // 0, 65534, 65535 and the middle, 32767, little-endian.
  CHECK(arrays.markup() ==
        "<script type=\"text/plain\" data-name=\"x\" data-type=\"u16\" data-low=\"-1\" data-high=\"3\">" +
            report::base64(std::string_view("\x00\x00\xFE\xFF\xFF\xFF\xFF\x7F", 8)) + "</script>\n");
  report::Arrays one;
  one.numbers("y", {2, 2});
  CHECK(one.markup().find("data-low=\"2\" data-high=\"2\">AAAAAA==<") != std::string::npos);
}

TEST_CASE("codes of categories are exact, however many there are") {
  report::Arrays arrays;
  arrays.codes("c", {0, 3, NAN, 5});
  CHECK(arrays.markup() ==
        "<script type=\"text/plain\" data-name=\"c\" data-type=\"u16\" data-low=\"0\" data-high=\"65534\">" +
            report::base64(std::string_view("\x00\x00\x03\x00\xFF\xFF\x05\x00", 8)) + "</script>\n");
}

TEST_CASE("texts are lines, and a line break in one is a blank") {
  report::Arrays arrays;
  arrays.texts("n", {"a\nb", "c"});
  CHECK(arrays.markup().find(report::base64("a b\nc")) != std::string::npos);
  report::Arrays none;
  none.texts("n", {});
  CHECK(none.markup().find("data-type=\"none\"></script>") != std::string::npos);
}
