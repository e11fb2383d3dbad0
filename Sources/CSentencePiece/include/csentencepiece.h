#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// A loaded SentencePiece model; immutable, so any number of threads may encode with it at once.
typedef struct csp_processor csp_processor;

/// One token and the bytes of the input that it stands for, `begin..<end`.
typedef struct csp_token {
  int32_t id;
  uint32_t begin;
  uint32_t end;
} csp_token;

/// Loads a serialized ModelProto. NULL on failure; then `message` holds why, cut to `capacity` bytes with its zero.
/// Free with csp_close.
csp_processor *_Nullable csp_open(const uint8_t *_Nonnull model, size_t byte_count, char *_Nonnull message,
                                  size_t capacity);
void csp_close(csp_processor *_Nonnull processor);

/// The number of pieces.
int32_t csp_piece_count(const csp_processor *_Nonnull processor);

/// Encodes `byte_count` bytes of text. NULL on failure, else `count` tokens to be freed with csp_free.
csp_token *_Nullable csp_encode(const csp_processor *_Nonnull processor, const uint8_t *_Nonnull text,
                                size_t byte_count, size_t *_Nonnull count);
void csp_free(csp_token *_Nullable tokens);

/// Trains a byte-pair vocabulary that leaves text as it is (identity, every space kept, one before each text, single
/// digits), with the marks <unk>, <s> and </s> in front; on one thread and without a choice of texts, so that the same
/// texts give the same bytes.
///
/// `texts` holds `count` texts one after the other, each to its place in `ends` from the end of the one before; UTF-8.
/// The library ends the process, where it should report, for a word of more than 65535 characters; it leaves out texts
/// of more than 4192 bytes and those with U+2585, and merges nothing across a tab.
///
/// Gives a serialized ModelProto of at most `piece_limit` pieces and its size, to be freed with csp_free_model. NULL on
/// failure; then `message` holds why, cut to `capacity` bytes with its zero.
uint8_t *_Nullable csp_train(const uint8_t *_Nonnull texts, const size_t *_Nonnull ends, size_t count,
                             int32_t piece_limit, bool byte_fallback, size_t *_Nonnull byte_count,
                             char *_Nonnull message, size_t capacity);
void csp_free_model(uint8_t *_Nullable model);

#ifdef __cplusplus
}
#endif
