#version 450
// Attention of a chunk of rows against the cache that they have been written to: O = softmax(scale · Q Kᵀ) V for each
// head. Kwon et al. 2023 (PagedAttention), eq. 3, with the online softmax of Dao 2023, algorithm 1.
//
// q, o: [T, H·K]; k, v: the pools, [blocks · 32, G·K]; table: i32 [sequences, maximal blocks], a row's pitch apart;
// sequence, position: i32 [T]. Row t sees the positions p ≤ position[t] of its sequence and, where window > 0, those
// with position[t] − p < window. Position p of sequence s is pool row table[s][p / 32] · 32 + p % 32. A row with a
// negative sequence or position is dead: O = 0. Query head h reads KV head h / group.
// A workgroup owns BLOCK_ROWS rows of one head and goes through its runs of rows of one sequence, one after the other.
//! variants: FORM = streamed resident; TYPE = f32 f16 bf16; POOL = f32 f16
//! variants: FORM = streamed resident; TYPE = bf16; POOL = bf16
#extension GL_GOOGLE_include_directive : require
#include "attention/forms.glsl"

layout(set = 0, binding = 0) readonly buffer Q { TYPE q[]; };
layout(set = 0, binding = 1) readonly buffer K { POOL k[]; };
layout(set = 0, binding = 2) readonly buffer V { POOL v[]; };
layout(set = 0, binding = 3) readonly buffer Table { int table[]; };
layout(set = 0, binding = 4) readonly buffer Sequence { int sequence[]; };
layout(set = 0, binding = 5) readonly buffer Position { int position[]; };
layout(set = 0, binding = 6) writeonly buffer O { TYPE o[]; };
layout(push_constant) uniform Push {
    uint rows;        // T
    uint heads;       // H
    uint group;       // H / G
    uint queryPitch;  // quads a row of q and o
    uint poolPitch;   // quads a row of the pools
    uint tablePitch;  // elements a row of the table
    uint window;      // 0: none
    float scale;
} push;

#include "attention/online_softmax.glsl"

const uint CACHE_BLOCK = 32;  // positions; a multiple of COLUMNS

void main() {
    uint head = gl_WorkGroupID.y;
    uint first = gl_WorkGroupID.x * BLOCK_ROWS;
    uint end = min(first + BLOCK_ROWS, push.rows);
    uint reach = push.window > 0 ? push.window - 1 : NOTHING;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        rowQuad[r] = min(first + ownRow(r), push.rows - 1) * push.queryPitch + head * QUADS;
    }
    beginRows();

    uint keyHead = head / push.group * QUADS;
    for (uint run = first, next; run < end; run = next) {
        int owner = sequence[run];
        int lowest = 0x7fffffff, highest = -1;  // positions of the run's live rows
        for (next = run; next < end && sequence[next] == owner; next++) {
            int p = position[next];
            highest = max(highest, p);
            lowest = p < 0 ? lowest : min(lowest, p);
        }
        if (owner < 0 || highest < 0) continue;
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            uint row = first + ownRow(r);
            int p = position[min(row, push.rows - 1)];
            bool sees = row >= run && row < next && p >= 0;
            firstSeen[r] = sees ? p - min(p, reach) : NOTHING;
            span[r] = sees ? min(p, reach) : 0;
        }
        uint from = lowest - min(lowest, reach), last = highest;
        for (uint s0 = from / COLUMNS * COLUMNS; s0 <= last; s0 += COLUMNS) {
            uint block = table[owner * push.tablePitch + s0 / CACHE_BLOCK];
            uint base = (block * CACHE_BLOCK + s0 % CACHE_BLOCK) * push.poolPitch + keyHead;
            visit(s0, base, last - s0, push.poolPitch, push.scale * LOG2_E);
        }
    }

    bool pads = head + 1 == push.heads && push.heads * QUADS < push.queryPitch && headQuad(0) == 0;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        if (first + ownRow(r) >= push.rows) continue;
        HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
            if (inHead(i)) pack(o[rowQuad[r] + headQuad(i)], attended(r, i));
        }
        if (pads) pack(o[rowQuad[r] + QUADS], vec4(0.0));
    }
}
