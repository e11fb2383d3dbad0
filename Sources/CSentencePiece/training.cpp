#include "csentencepiece.h"
#include "report.h"

#include <sentencepiece_trainer.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unordered_map>

// No exception may leave this file: its callers are not C++.

namespace {

/// The caller's texts, one at a time.
class Texts final : public sentencepiece::SentenceIterator {
 public:
  Texts(const uint8_t *bytes, const size_t *ends, size_t count)
      : bytes_(reinterpret_cast<const char *>(bytes)), ends_(ends), count_(count) {
    load();
  }

  bool done() const override { return place_ >= count_; }
  void Next() override {
    ++place_;
    load();
  }
  const std::string &value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void load() {
    if (done()) return;
    const size_t start = place_ == 0 ? 0 : ends_[place_ - 1];
    text_.assign(bytes_ + start, ends_[place_] - start);
  }

  const char *bytes_;
  const size_t *ends_;
  size_t count_;
  size_t place_ = 0;
  std::string text_;
};

}  // namespace

uint8_t *csp_train(const uint8_t *texts, const size_t *ends, size_t count, int32_t piece_limit, bool byte_fallback,
                   size_t *byte_count, char *message, size_t capacity) try {
  // Source of the names: google/sentencepiece, doc/options.md. Values as LLaMA's tokenizer.model has them.
  const std::unordered_map<std::string, std::string> settings = {
      {"model_type", "bpe"},
      {"vocab_size", std::to_string(piece_limit)},
      {"hard_vocab_limit", "false"},
      {"byte_fallback", byte_fallback ? "true" : "false"},
      {"character_coverage", "1"},
      {"normalization_rule_name", "identity"},
      {"add_dummy_prefix", "true"},
      {"remove_extra_whitespaces", "false"},
      {"allow_whitespace_only_pieces", "true"},
      {"split_digits", "true"},
      {"input_sentence_size", "0"},
      {"shuffle_input_sentence", "false"},
      {"num_threads", "1"},
      // Only what ends the process is printed.
      {"minloglevel", "3"},
  };
  Texts sentences(texts, ends, count);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &sentences, &model);
  if (!status.ok()) {
    csp_report(status.ToString(), message, capacity);
    return nullptr;
  }
  auto *bytes = static_cast<uint8_t *>(std::malloc(model.empty() ? 1 : model.size()));
  if (bytes == nullptr) {
    csp_report("no memory for the model", message, capacity);
    return nullptr;
  }
  std::memcpy(bytes, model.data(), model.size());
  *byte_count = model.size();
  return bytes;
} catch (const std::exception &error) {
  csp_report(error.what(), message, capacity);
  return nullptr;
} catch (...) {
  csp_report("an exception of unknown type", message, capacity);
  return nullptr;
}

void csp_free_model(uint8_t *model) { std::free(model); }
