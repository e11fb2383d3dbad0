#version 450
// Rows of cross-entropy: lse[t] = log Σ_v exp(logits[t,v]) and nll[t] = lse[t] − logits[t, target[t]].
// logits: f32, rows firstRow ..< firstRow + workgroups of T rows, `pitch` octets a row, `vocabulary` of its columns.
// targets: i32[T]; a row with a negative target is ignored: nll = 0. lse, nll: f32[T].
// A logit that is not finite, or a target past the vocabulary, makes lse and nll NaN.
// One workgroup a row, online maximum and sum (Milakov & Gimelshein 2018, algorithm 3).
// Summation order: the row in eight runs; in each, an invocation takes every eighth octet, two octets at a time; then 8
// times 8 invocations in order.
//! variants: WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
#include "include/control.glsl"
layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer Logits { OCTET(f32) logits[]; };
layout(set = 0, binding = 1) readonly buffer Targets { int targets[]; };
layout(set = 0, binding = 2) writeonly buffer LSE { float lse[]; };
layout(set = 0, binding = 3) writeonly buffer NLL { float nll[]; };
layout(push_constant) uniform Push { uint firstRow; uint rows; uint pitch; uint vocabulary; } p;

const float LOWEST = -3.0e38; // below every logit, and finite, so that no difference is NaN

shared vec2 softmaxes[64]; // maximum, sum of exponentials relative to it
shared uint largests[64]; // bits of the largest magnitude

float largestOf(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

// log x for x ≥ 1, correct to one unit in the last place (FreeBSD msun, e_logf.c); GLSL's own may be off by 3 units
// and 2⁻²¹ near 1, which would be seen in a loss.
float logarithm(float x) {
    uint bits = floatBitsToUint(x);
    if (bits >= INFINITY_BITS) return x;
    bits += 0x3f800000u - 0x3f3504f3u;
    float k = float(int(bits >> 23) - 127);
    float f = uintBitsToFloat((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0;
    float s = f / (2.0 + f);
    float z = s * s;
    float w = z * z;
    float odd = z * (0.66666662693 + w * 0.28498786688);
    float even = w * (0.40000972152 + w * 0.24279078841);
    float half_ = 0.5 * f * f;
    return s * (half_ + (odd + even)) + k * 9.0580006145e-6 - half_ + f + k * 6.9313812256e-1;
}

float maximum = LOWEST;
float sum = 0.0;
uvec4 largest = uvec4(0u);

// Two octets at once: one rescaling of the sum for sixteen exponentials.
void take(Octet x, Octet y) {
    vec4 a = x.low, b = x.high, c = y.low, d = y.high;
    largest = max(max(largest, max(magnitudeBits(a), magnitudeBits(b))), max(magnitudeBits(c), magnitudeBits(d)));
    float raised = max(maximum, largestOf(max(max(a, b), max(c, d))));
    vec4 terms = (exp(a - raised) + exp(b - raised)) + (exp(c - raised) + exp(d - raised));
    sum = sum * exp(maximum - raised) + ((terms.x + terms.y) + (terms.z + terms.w));
    maximum = raised;
}

// Columns past the vocabulary count as LOWEST.
vec4 masked(vec4 values, uint column) {
    return mix(vec4(LOWEST), values, lessThan(column + uvec4(0u, 1u, 2u, 3u), uvec4(p.vocabulary)));
}

// Eight invocations share one of eight contiguous runs of the row: whole cache lines, one after another.
void scan(uint base) {
    uint lane = gl_LocalInvocationID.x;
    uint run = (p.pitch + 63u) / 64u * 8u;
    uint i = lane / 8u * run + lane % 8u;
    uint end = min(lane / 8u * run + run, p.pitch);
    uint whole = min(end, p.vocabulary / 8u);
    for (; i + 8u < whole; i += 16u) take(unpack(logits[base + i]), unpack(logits[base + i + 8u]));
    for (; i < end; i += 8u) {
        Octet last = unpack(logits[base + i]);
        last = Octet(masked(last.low, i * 8u), masked(last.high, i * 8u + 4u));
        take(last, Octet(vec4(LOWEST), vec4(LOWEST)));
    }
    softmaxes[lane] = vec2(maximum, sum);
    largests[lane] = max(max(largest.x, largest.y), max(largest.z, largest.w));
}

// Joins eight entries of the shared arrays, `stride` apart from `first` on, into the first.
void join(uint first, uint stride) {
    float highest = LOWEST, total = 0.0;
    uint top = 0u;
    for (uint i = 0u; i < 8u; ++i) {
        highest = max(highest, softmaxes[first + i * stride].x);
        top = max(top, largests[first + i * stride]);
    }
    for (uint i = 0u; i < 8u; ++i) {
        vec2 softmax = softmaxes[first + i * stride];
        total += softmax.y * exp(softmax.x - highest);
    }
    softmaxes[first] = vec2(highest, total);
    largests[first] = top;
}

void main() {
    uint row = gl_WorkGroupID.x;
    uint t = p.firstRow + row;
    uint lane = gl_LocalInvocationID.x;
    int target = targets[t];
    scan(row * p.pitch);
    barrier();
    if (lane < 8u) join(lane * 8u, 1u);
    barrier();
    if (lane == 0u) {
        join(0u, 8u);
        bool valid = largests[0] < INFINITY_BITS && target < int(p.vocabulary);
        float highest = softmaxes[0].x;
        float excess = uintBitsToFloat(valid ? floatBitsToUint(logarithm(softmaxes[0].y)) : NAN_BITS);
        uint column = uint(clamp(target, 0, int(p.vocabulary) - 1));
        Octet around = unpack(logits[row * p.pitch + column / 8u]);
        float chosen = (column % 8u < 4u ? around.low : around.high)[column % 4u];
        lse[t] = highest + excess;
        nll[t] = target < 0 ? 0.0 : (highest - chosen) + excess;
    }
    // The padding of the two vectors, by the workgroup of the last row.
    if (t + 1u == p.rows && lane < (8u - p.rows % 8u) % 8u) {
        lse[p.rows + lane] = 0.0;
        nll[p.rows + lane] = 0.0;
    }
}
