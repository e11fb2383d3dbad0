#version 450
// Rotary position embedding (Su et al. 2021, eq. 34), pairs (i, i + K/2) of every head as in transformers' `rotate_half`:
//   y[i]       = x[i] · cos - x[i + K/2] · sin
//   y[i + K/2] = x[i + K/2] · cos + x[i] · sin,   the angle being positions[t] · frequency[i]
// With direction -1 the rotation back, which is the gradient.
// x, y: (rows, heads·K); positions: i32, one a row; cosine, sine: (positions, K/2) f32. y may be x.
// K is a multiple of 4. HALVES: K/2 is a multiple of 4 (whole), or one quad holds the end of the first half and the start
// of the second (split).
//! variants: TYPE = f32 f16 bf16; HALVES = whole split
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

layout(set = 0, binding = 0) readonly buffer X { TYPE x[]; };
layout(set = 0, binding = 1) readonly buffer Positions { int positions[]; };
layout(set = 0, binding = 2) readonly buffer Cosine { vec4 cosine[]; };
layout(set = 0, binding = 3) readonly buffer Sine { vec4 sine[]; };
layout(set = 0, binding = 4) writeonly buffer Y { TYPE y[]; };
layout(push_constant) uniform Push {
    uint pitchQuads;
    uint heads;
    uint headQuads;  // K/4
    uint tableQuads; // quads from one position to the next
    uint tableRows;
    float direction;
} p;

#ifdef HALVES_IS_whole
// An invocation takes the quad `pair` of the first halves of every `step`-th head: the angles are read once.
void rotate(uint row, uint table) {
    uint halfQuads = p.headQuads / 2;
    uint width = min(halfQuads, LOCAL);
    uint step_ = LOCAL / width;
    uint lane = gl_LocalInvocationID.x;
    if (lane >= width * step_) { return; }
    for (uint pair = lane % width; pair < halfQuads; pair += width) {
        vec4 c = cosine[table + pair];
        vec4 s = sine[table + pair] * p.direction;
        for (uint head = lane / width; head < p.heads; head += step_) {
            uint low = row * p.pitchQuads + head * p.headQuads + pair;
            vec4 first = unpack(x[low]);
            vec4 second = unpack(x[low + halfQuads]);
            pack(y[low], first * c - second * s);
            pack(y[low + halfQuads], second * c + first * s);
        }
    }
}
#else
// An invocation takes a whole head, of 2m + 1 quads: m of first elements, one with the last two of them and the second
// elements of pairs 0 and 1, then m more. It reads each quad before it overwrites it, so y may be x.
void rotate(uint row, uint table) {
    uint m = p.headQuads / 2;
    for (uint head = gl_LocalInvocationID.x; head < p.heads; head += LOCAL) {
        uint base = row * p.pitchQuads + head * p.headQuads;
        vec4 middle = unpack(x[base + m]);
        vec2 carried = middle.zw;   // second elements still to be rotated: pairs 4j and 4j + 1
        vec2 rotated = vec2(0);     // second elements rotated and not yet stored
        vec2 middleHigh = vec2(0);
        for (uint j = 0; j < m; j++) {
            vec4 c = cosine[table + j];
            vec4 s = sine[table + j] * p.direction;
            vec4 first = unpack(x[base + j]);
            vec4 next = unpack(x[base + m + 1 + j]);
            vec4 second = vec4(carried, next.xy);
            vec4 high = second * c + first * s;
            pack(y[base + j], first * c - second * s);
            if (j == 0) {
                middleHigh = high.xy;
            } else {
                pack(y[base + m + j], vec4(rotated, high.xy));
            }
            rotated = high.zw;
            carried = next.zw;
        }
        vec2 c = cosine[table + m].xy;
        vec2 s = sine[table + m].xy * p.direction;
        vec2 high = carried * c + middle.xy * s;
        if (m > 0) {
            pack(y[base + 2 * m], vec4(rotated, high));
        } else {
            middleHigh = high;
        }
        pack(y[base + m], vec4(middle.xy * c - carried * s, middleHigh));
    }
}
#endif

void main() {
    uint row = gl_WorkGroupID.x;
    uint position = min(uint(max(positions[row], 0)), p.tableRows - 1);
    rotate(row, position * p.tableQuads);
    if (gl_LocalInvocationID.x == 0 && p.heads * p.headQuads < p.pitchQuads) {
        pack(y[row * p.pitchQuads + p.pitchQuads - 1], vec4(0));
    }
}
