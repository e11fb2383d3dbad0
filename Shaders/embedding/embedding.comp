#version 450
// y[t] = table[tokens[t]], for the tokens in firstRow..<firstRow + rangeRows, the rows of the table that are bound.
// The first range also writes zeros where a token is outside the whole table (negative: no token).
// tokens: i32, one a row of y; table: (rangeRows, D); y: (T, D).
// One workgroup a row of y.
//! variants: TABLE = f32 f16 bf16; TYPE = f32 f16 bf16; WORDS = w32 w64
#extension GL_GOOGLE_include_directive : require
#include "include/storage.glsl"
#include "include/octets.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LOCAL = 64;

layout(set = 0, binding = 0) readonly buffer Tokens { int tokens[]; };
layout(set = 0, binding = 1) readonly buffer Table { OCTET(TABLE) table[]; };
layout(set = 0, binding = 2) writeonly buffer Y { OCTET(TYPE) y[]; };
layout(push_constant) uniform Push {
    uint pitchOctets;
    uint firstRow;
    uint rangeRows;
    uint tableRows;
} p;

void main() {
    uint t = gl_WorkGroupID.x;
    uint token = uint(tokens[t]); // a negative one becomes larger than any table
    if (token - p.firstRow < p.rangeRows) {
        uint source = (token - p.firstRow) * p.pitchOctets;
        for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
            pack(y[t * p.pitchOctets + o], unpack(table[source + o]));
        }
    } else if (token >= p.tableRows && p.firstRow == 0) {
        for (uint o = gl_LocalInvocationID.x; o < p.pitchOctets; o += LOCAL) {
            pack(y[t * p.pitchOctets + o], Octet(vec4(0), vec4(0)));
        }
    }
}
