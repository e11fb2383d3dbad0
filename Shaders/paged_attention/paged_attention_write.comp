#version 450
// Rows of K and V into the cache: row t goes to row slot[t] of the pools; a negative slot is skipped.
// Kwon et al. 2023 (PagedAttention), §4.1.
//
// k, v: [T, G·K]; slot: i32 [T]; keyPool, valuePool: [blocks · 32, G·K], other rows untouched. An invocation takes
// every `stride`-th quad of the T rows, padding included.
//! variants: TYPE = f32 f16 bf16; POOL = f32 f16
//! variants: TYPE = bf16; POOL = bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer K { TYPE k[]; };
layout(set = 0, binding = 1) readonly buffer V { TYPE v[]; };
layout(set = 0, binding = 2) readonly buffer Slot { int slot[]; };
layout(set = 0, binding = 3) writeonly buffer KeyPool { POOL keyPool[]; };
layout(set = 0, binding = 4) writeonly buffer ValuePool { POOL valuePool[]; };
layout(push_constant) uniform Push {
    uint rows;   // T
    uint pitch;  // quads a row
    uint stride;
} push;

void main() {
    for (uint i = gl_GlobalInvocationID.x; i < push.rows * push.pitch; i += push.stride) {
        int target = slot[i / push.pitch];
        if (target < 0) continue;
        uint at = uint(target) * push.pitch + i % push.pitch;
        pack(keyPool[at], unpack(k[i]));
        pack(valuePool[at], unpack(v[i]));
    }
}
