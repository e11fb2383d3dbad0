#version 450
// y[t] = the column of the largest element of row t: the lowest of equals, -1 where the row holds a NaN.
// x: (rows, columns) f32. y: i32, `rows` results and then zeros up to `written` (the padding of the vector).
// One workgroup a row.
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;
layout(constant_id = 1) const bool ONE_SUBGROUP = false;

layout(set = 0, binding = 0) readonly buffer X { vec4 x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { int y[]; };
layout(push_constant) uniform Push {
    uint rows;
    uint columns;
    uint pitchQuads;
} p;

const uint NAN_INDEX = 0xffffffffu;
shared float largestShared[LOCAL];
shared uint indexShared[LOCAL];

// Joins (value, index) with another: a NaN wins, then the larger value, then the lower index.
void join(inout float value, inout uint index, float otherValue, uint otherIndex) {
    if (index == NAN_INDEX) { return; }
    if (otherIndex == NAN_INDEX || otherValue > value || (otherValue == value && otherIndex < index)) {
        value = otherValue;
        index = otherIndex;
    }
}

void main() {
    uint row = gl_WorkGroupID.x;
    float value = uintBitsToFloat(0xff800000u); // -inf
    uint index = NAN_INDEX - 1; // above every column: any element wins
    uint quads = row < p.rows ? (p.columns + 3) / 4 : 0;
    for (uint q = gl_LocalInvocationID.x; q < quads; q += LOCAL) {
        vec4 v = x[row * p.pitchQuads + q];
        for (uint c = 0; c < 4; c++) {
            if (4 * q + c < p.columns) {
                join(value, index, v[c], (floatBitsToUint(v[c]) & 0x7fffffffu) > 0x7f800000u ? NAN_INDEX : 4 * q + c);
            }
        }
    }
    for (uint stride = LOCAL / 2; stride > 0; stride >>= 1) {
        float otherValue;
        uint otherIndex;
        if (ONE_SUBGROUP) {
            otherValue = subgroupShuffleXor(value, stride);
            otherIndex = subgroupShuffleXor(index, stride);
        } else {
            barrier();
            largestShared[gl_LocalInvocationID.x] = value;
            indexShared[gl_LocalInvocationID.x] = index;
            barrier();
            otherValue = largestShared[gl_LocalInvocationID.x ^ stride];
            otherIndex = indexShared[gl_LocalInvocationID.x ^ stride];
        }
        join(value, index, otherValue, otherIndex);
    }
    if (gl_LocalInvocationID.x == 0) { y[row] = row < p.rows ? int(index) : 0; }
}
