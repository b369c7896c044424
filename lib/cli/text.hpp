#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace instar::cli {

/// `text` with every control character escaped (`\n`, `\x1b`), so that names found in files cannot move the cursor,
/// change colours or fake lines. UTF-8 stays, the C1 controls U+0080 to U+009F do not.
std::string printable(std::string_view text);

/// One word of a shell command line: as it stands where that is safe, else quoted for a POSIX shell (`$'...'` of bash
/// where it holds control characters).
std::string shell_quote(std::string_view word);

/// Breaks `text` at white space into lines of at most `width` characters; longer words stay whole.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// The candidate most like `text`: few edits apart, or the one begins with the other. Empty where none is near.
std::string nearest(const std::string& text, const std::vector<std::string>& candidates);

/// "a, b and c" from its parts. @param last the word before the last part
std::string join_words(const std::vector<std::string>& words, const std::string& last = "and");

/// Parts with a separator between them.
std::string join(const std::vector<std::string>& parts, const std::string& separator);

/// Replaces every occurrence of `what`.
std::string replace_all(std::string text, std::string_view what, std::string_view with);

}  // namespace instar::cli
