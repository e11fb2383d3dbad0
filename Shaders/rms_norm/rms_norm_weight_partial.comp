#version 450
// The gradient of the weight of an RMSNorm, by chunks of CHUNK rows:
//   partial[k,c] = Σ_{t in chunk k} dy[t,c] · x[t,c] · inverse[t], by ascending t
// x, dy: (rows, D); inverse: f32, one a row; partial: (chunks, D) f32.
// Workgroup (i, k): the i-th LOCAL octets of columns, chunk k.
//! variants: TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/row.glsl"
layout(constant_id = 2) const uint CHUNK = 64;

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer DY { OCTET(TYPE) dy[]; };
layout(set = 0, binding = 2) readonly buffer Inverse { float inverse[]; };
layout(set = 0, binding = 3) writeonly buffer Partial { OCTET(f32) partial[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint pitchOctets;
} p;

void main() {
    // Invocations beyond the columns repeat the last octet and write nothing: they take part in shuffles.
    uint o = min(gl_GlobalInvocationID.x, p.pitchOctets - 1);
    uint chunk = gl_WorkGroupID.y;
    uint end = min((chunk + 1) * CHUNK, p.rows);
    Octet sum = Octet(vec4(0), vec4(0));
    for (uint first = chunk * CHUNK; first < end; first += ROWS) {
        float inverses = inverse[min(first + (ROWS == 1 ? 0 : gl_LocalInvocationID.x), end - 1)];
        for (uint t = first; t < min(first + ROWS, end); t++) {
            Octet v = unpack(x[t * p.pitchOctets + o]);
            Octet d = unpack(dy[t * p.pitchOctets + o]);
            float r = keptForRow(inverses, t - first);
            sum.low += d.low * v.low * r;
            sum.high += d.high * v.high * r;
        }
    }
    if (gl_GlobalInvocationID.x < p.pitchOctets) { pack(partial[chunk * p.pitchOctets + o], sum); }
}
