#pragma once
#include <algorithm>
#include <cstring>
#include <string>

/// Hands a text to a caller who has `capacity` bytes for it, cut where it is longer.
inline void csp_report(const std::string &text, char *message, size_t capacity) {
  if (capacity == 0) return;
  const size_t count = std::min(text.size(), capacity - 1);
  std::memcpy(message, text.data(), count);
  message[count] = 0;
}
