#pragma once
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

#ifdef __cplusplus
}
#endif
