#version 450
// The gradient of the weight of an RMSNorm, by chunks of CHUNK rows:
//   partial[k,c] = Σ_{t in chunk k} dy[t,c] · x[t,c] · inverse[t], by ascending t
// x, dy: (rows, D); inverse: f32, one a row; partial: (chunks, D) f32.
// Workgroup (i, k): the i-th LOCAL octets of columns, chunk k.
//! variants: TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;
layout(constant_id = 1) const uint CHUNK = 64;

layout(set = 0, binding = 0) readonly buffer X { OCTET(TYPE) x[]; };
layout(set = 0, binding = 1) readonly buffer DY { OCTET(TYPE) dy[]; };
layout(set = 0, binding = 2) readonly buffer Inverse { float inverse[]; };
layout(set = 0, binding = 3) writeonly buffer Partial { OCTET(f32) partial[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint pitchOctets;
} p;

void main() {
    uint o = gl_GlobalInvocationID.x;
    if (o >= p.pitchOctets) { return; }
    uint chunk = gl_WorkGroupID.y;
    uint end = min((chunk + 1) * CHUNK, p.rows);
    Octet sum = Octet(vec4(0), vec4(0));
    for (uint t = chunk * CHUNK; t < end; t++) {
        Octet v = unpack(x[t * p.pitchOctets + o]);
        Octet d = unpack(dy[t * p.pitchOctets + o]);
        float r = inverse[t];
        sum.low += d.low * v.low * r;
        sum.high += d.high * v.high * r;
    }
    pack(partial[chunk * p.pitchOctets + o], sum);
}
