#include "nn/edits/edit.hpp"

#include "tests/catch.hpp"

using namespace lamarck::nn;

TEST_CASE("an edit is readable text and reads back", "[edits]") {
  const Edit edit{
      .kind = "widen", .site = "a1", .args = {{"to", "24"}, {"noise", "0.1"}}, .seed = 7};
  CHECK(to_text(edit) == "widen a1 noise=0.1 to=24 seed=7");
  CHECK(edit_from_text(to_text(edit)) == edit);
  const Edit plain{.kind = "train_genes", .site = "", .args = {{"rate", "0.5"}}};
  CHECK(to_text(plain) == "train_genes rate=0.5");
  CHECK(edit_from_text(to_text(plain)) == plain);
  const Edit large{.kind = "remove_layer", .site = "x", .args = {}, .seed = UINT64_MAX};
  CHECK(edit_from_text(to_text(large)) == large);
}

TEST_CASE("text that is no edit is refused", "[edits]") {
  for (const char* text :
       {"", "=", "to=3", "widen a b", "widen a to=", "widen a =3", "widen a seed=x",
        "widen a to=1 to=2", "widen a seed=99999999999999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(edit_from_text(text), std::invalid_argument);
  }
}
