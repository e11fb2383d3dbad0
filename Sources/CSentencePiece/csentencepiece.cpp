#include "csentencepiece.h"
#include "report.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

// No exception may leave this file: its callers are not C++.

struct csp_processor {
  sentencepiece::SentencePieceProcessor impl;
};

csp_processor *csp_open(const uint8_t *model, size_t byte_count, char *message, size_t capacity) try {
  auto processor = std::make_unique<csp_processor>();
  const absl::string_view bytes(reinterpret_cast<const char *>(model), byte_count);
  const auto status = processor->impl.LoadFromSerializedProto(bytes);
  if (status.ok()) return processor.release();
  csp_report(status.ToString(), message, capacity);
  return nullptr;
} catch (const std::exception &error) {
  csp_report(error.what(), message, capacity);
  return nullptr;
} catch (...) {
  csp_report("an exception of unknown type", message, capacity);
  return nullptr;
}

void csp_close(csp_processor *processor) { delete processor; }

int32_t csp_piece_count(const csp_processor *processor) { return processor->impl.GetPieceSize(); }

csp_token *csp_encode(const csp_processor *processor, const uint8_t *text, size_t byte_count, size_t *count) try {
  sentencepiece::ImmutableSentencePieceText found;
  const absl::string_view bytes(reinterpret_cast<const char *>(text), byte_count);
  if (!processor->impl.Encode(bytes, found.mutable_proto()).ok()) return nullptr;
  const size_t pieces = found.pieces_size();
  auto *tokens = static_cast<csp_token *>(std::malloc(std::max<size_t>(pieces, 1) * sizeof(csp_token)));
  if (tokens == nullptr) return nullptr;
  for (size_t i = 0; i < pieces; ++i) {
    const auto piece = found.pieces(static_cast<int>(i));
    tokens[i] = {static_cast<int32_t>(piece.id()), piece.begin(), piece.end()};
  }
  *count = pieces;
  return tokens;
} catch (...) {
  return nullptr;
}

void csp_free(csp_token *tokens) { std::free(tokens); }
