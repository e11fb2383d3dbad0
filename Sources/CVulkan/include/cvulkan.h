#pragma once
// The Vulkan API for Swift. The functions that the engine calls are defined in cvulkan.c as forwarders to the loader,
// which is opened at run time: a machine without libvulkan gets an error message, not a program that fails to start.
#include <vulkan/vulkan.h>

// Opens the Vulkan loader (libvulkan.so.1, or the file that EVOLCANO_VULKAN_LOADER names) and resolves the functions; idempotent and thread-safe. Returns NULL on success, else a
// message that stays valid for the life of the process. No other function may be called before this has succeeded.
const char *cvk_load(void);

// Function-like macros are not imported into Swift; give the ones in use a name.
static const uint32_t CVK_API_VERSION_1_2 = VK_API_VERSION_1_2;
static const uint32_t CVK_API_VERSION_1_3 = VK_API_VERSION_1_3;
static inline uint32_t cvk_version_major(uint32_t v) { return VK_API_VERSION_MAJOR(v); }
static inline uint32_t cvk_version_minor(uint32_t v) { return VK_API_VERSION_MINOR(v); }
static inline uint32_t cvk_version_patch(uint32_t v) { return VK_API_VERSION_PATCH(v); }
