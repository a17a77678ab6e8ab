// The arguments of an edit, read strictly; and how an edit says no.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "nn/edits/edit.hpp"

namespace lamarck::nn::detail {

/// \throws std::invalid_argument for an argument that is none of `names`: a misspelt one must not
/// pass for a default
void only_arguments(const Edit& edit, std::initializer_list<std::string_view> names);
/// Arguments of an edit. \throws std::invalid_argument naming the edit where one is missing or
/// malformed
[[nodiscard]] int int_argument(const Edit& edit, const std::string& name);
[[nodiscard]] double number_argument(const Edit& edit, const std::string& name, double fallback);
[[nodiscard]] std::string text_argument(const Edit& edit, const std::string& name,
                                        const std::string& fallback);
[[noreturn]] void refuse(const Edit& edit, const std::string& what);

}  // namespace lamarck::nn::detail
