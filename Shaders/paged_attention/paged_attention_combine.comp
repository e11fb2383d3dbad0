#version 450
// Second pass of decoding: the chunks of each row in ascending order, weighted to their common greatest score; see
// decode.glsl.
//
// o: [R, H·K], zeros for dead rows and in the padding. An invocation owns one quad of a row.
//! variants: TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Sequence { int sequence[]; };
layout(set = 0, binding = 1) readonly buffer Position { int position[]; };
layout(set = 0, binding = 2) readonly buffer Statistics { vec2 statistics[]; };
layout(set = 0, binding = 3) readonly buffer Sums { f32 sums[]; };
layout(set = 0, binding = 4) writeonly buffer O { TYPE o[]; };
#include "paged_attention/decode.glsl"

vec4 combined(uint row, uint head, uint i) {
    uint position_ = position[row];
    uint first = chunkIndex(row, head, firstSeen(position_) / CHUNK), last = chunkIndex(row, head, position_ / CHUNK);
    float top = statistics[first].x;
    for (uint at = first + 1; at <= last; at++) top = max(top, statistics[at].x);
    float weight = 0.0;
    vec4 sum = vec4(0.0);
    for (uint at = first; at <= last; at++) {
        float share = exp2(statistics[at].x - top);
        weight = fma(statistics[at].y, share, weight);
        sum = fma(unpack(sums[at * push.quads + i]), vec4(share), sum);
    }
    return sum / weight;
}

void main() {
    uint row = gl_GlobalInvocationID.x / push.queryPitch, i = gl_GlobalInvocationID.x % push.queryPitch;
    if (row >= push.rows) return;
    vec4 result = vec4(0.0);
    if (sequence[row] >= 0 && position[row] >= 0 && i < push.heads * push.quads) {
        result = combined(row, i / push.quads, i % push.quads);
    }
    pack(o[row * push.queryPitch + i], result);
}
