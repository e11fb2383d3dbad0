#version 450
// Rotary position embedding (Su et al. 2021, eq. 34), pairs (i, i + K/2) of every head as in transformers' `rotate_half`:
//   y[i]       = x[i] · cos - x[i + K/2] · sin
//   y[i + K/2] = x[i + K/2] · cos + x[i] · sin,   the angle being positions[t] · frequency[i]
// With direction -1 the rotation back, which is the gradient.
// x, y: (rows, heads·K); positions: i32, one a row; cosine, sine: (positions, K/2) f32. y may be x.
// K is a multiple of 4. HALVES: K/2 is a multiple of 8 (octets) or of 4 (quads), or one quad holds the end of the first
// half and the start of the second (split). A unit is eight elements where HALVES is octets, else four.
//! variants: TYPE = f32 f16 bf16; HALVES = octets; WORDS = w32 w64
//! variants: TYPE = f32 f16 bf16; HALVES = quads split; WORDS = w32
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

#ifdef HALVES_IS_octets
#define UNIT(T) OCTET(T)
#define Value Octet
#else
#define UNIT(T) T
#define Value vec4
#endif

layout(set = 0, binding = 0) readonly buffer X { UNIT(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer Positions { int positions[]; };
layout(set = 0, binding = 2) readonly buffer Cosine { UNIT(f32) cosine[]; };
layout(set = 0, binding = 3) readonly buffer Sine { UNIT(f32) sine[]; };
layout(set = 0, binding = 4) writeonly buffer Y { UNIT(TYPE) y[]; };
layout(push_constant) uniform Push {
    uint pitchUnits;
    uint heads;
    uint headUnits;  // of one head
    uint tableUnits; // from one position to the next
    uint tableRows;
    float direction;
} p;

#ifndef HALVES_IS_split
void turn(inout vec4 first, inout vec4 second, vec4 c, vec4 s) {
    vec4 old = first;
    first = old * c - second * s;
    second = second * c + old * s;
}
void turn(inout Octet first, inout Octet second, Octet c, Octet s) {
    turn(first.low, second.low, c.low, s.low);
    turn(first.high, second.high, c.high, s.high);
}
vec4 times(vec4 v, float factor) { return v * factor; }
Octet times(Octet v, float factor) { return Octet(v.low * factor, v.high * factor); }

// An invocation takes the unit `pair` of both halves of every `step_`-th head: the angles are read once.
void rotate(uint row, uint table) {
    uint halfUnits = p.headUnits / 2;
    uint width = min(halfUnits, LOCAL);
    uint step_ = LOCAL / width;
    uint lane = gl_LocalInvocationID.x;
    if (lane >= width * step_) { return; }
    for (uint pair = lane % width; pair < halfUnits; pair += width) {
        Value c = unpack(cosine[table + pair]);
        Value s = times(unpack(sine[table + pair]), p.direction);
        for (uint head = lane / width; head < p.heads; head += step_) {
            uint low = row * p.pitchUnits + head * p.headUnits + pair;
            Value first = unpack(x[low]);
            Value second = unpack(x[low + halfUnits]);
            turn(first, second, c, s);
            pack(y[low], first);
            pack(y[low + halfUnits], second);
        }
    }
}
#else
// An invocation takes a whole head, of 2m + 1 quads: m of first elements, one with the last two of them and the second
// elements of pairs 0 and 1, then m more. It reads each quad before it overwrites it, so y may be x.
void rotate(uint row, uint table) {
    uint m = p.headUnits / 2;
    for (uint head = gl_LocalInvocationID.x; head < p.heads; head += LOCAL) {
        uint base = row * p.pitchUnits + head * p.headUnits;
        vec4 middle = unpack(x[base + m]);
        vec2 carried = middle.zw;   // second elements still to be rotated: pairs 4j and 4j + 1
        vec2 rotated = vec2(0);     // second elements rotated and not yet stored
        vec2 middleHigh = vec2(0);
        for (uint j = 0; j < m; j++) {
            vec4 c = unpack(cosine[table + j]);
            vec4 s = unpack(sine[table + j]) * p.direction;
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
        vec2 c = unpack(cosine[table + m]).xy;
        vec2 s = unpack(sine[table + m]).xy * p.direction;
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
    rotate(row, position * p.tableUnits);
#ifndef HALVES_IS_octets
    // Heads of an odd number of quads may leave a quad of padding.
    if (gl_LocalInvocationID.x == 0 && p.heads * p.headUnits < p.pitchUnits) {
        pack(y[row * p.pitchUnits + p.pitchUnits - 1], vec4(0));
    }
#endif
}
