#version 450
// O = softmax(scale · Q Kᵀ) V with a causal, windowed, document-aware mask, head by head, the scores never stored.
// Dao et al. 2022 (FlashAttention), algorithm 1, in the order of Dao 2023 (FlashAttention-2), algorithm 1.
//
// q, o: [T, H·K]; k, v: [T, G·K]; start: i32 [T], the row at which the row's own document starts, non-decreasing;
// lse: f32 [T, H], ln Σ exp(score). Row t sees the rows s with start[t] ≤ s ≤ t and, where window > 0,
// t − s < window. A row with start[t] > t is dead: O = 0, lse = 0. Query head h reads KV head h / group.
// A workgroup owns BLOCK_ROWS rows of one head; the rows that see most come first.
//! variants: FORM = streamed resident; TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "attention/forms.glsl"

layout(set = 0, binding = 0) readonly buffer Q { TYPE q[]; };
layout(set = 0, binding = 1) readonly buffer K { TYPE k[]; };
layout(set = 0, binding = 2) readonly buffer V { TYPE v[]; };
layout(set = 0, binding = 3) readonly buffer Start { int start[]; };
layout(set = 0, binding = 4) writeonly buffer O { TYPE o[]; };
layout(set = 0, binding = 5) writeonly buffer LSE { float lse[]; };
#include "attention/push.glsl"

#include "attention/online_softmax.glsl"

void main() {
    uint head = gl_WorkGroupID.y;
    uint first = ((push.rows - 1) / BLOCK_ROWS - gl_WorkGroupID.x) * BLOCK_ROWS;
    uint end = min(first + BLOCK_ROWS, push.rows);
    uint reach = push.window > 0 ? push.window - 1 : push.rows;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        uint row = first + ownRow(r);
        uint t = min(row, push.rows - 1);
        uint from = max(uint(start[t]), t - min(t, reach));
        bool sees = row < push.rows && from <= t;
        rowQuad[r] = t * push.queryPitch + head * QUADS;
        firstSeen[r] = sees ? from : NOTHING;
        span[r] = sees ? t - from : 0;
    }
    beginRows();

    uint keyHead = head / push.group * QUADS;
    uint from = max(uint(start[first]), first - min(first, reach));
    for (uint s0 = from / COLUMNS * COLUMNS; s0 < end; s0 += COLUMNS) {
        visit(s0, s0 * push.keyPitch + keyHead, push.rows - 1 - s0, push.keyPitch, push.scale * LOG2_E);
    }

    bool lastHead = head + 1 == push.heads;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        uint row = first + ownRow(r);
        if (row >= push.rows) continue;
        HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
            if (inHead(i)) pack(o[rowQuad[r] + headQuad(i)], attended(r, i));
        }
        if (headQuad(0) > 0) continue;
        lse[row * push.statPitch + head] = logSumExp(r);
        if (!lastHead) continue;
        if (push.heads * QUADS < push.queryPitch) pack(o[rowQuad[r] + QUADS], vec4(0.0));
        for (uint i = push.heads; i < push.statPitch; i++) lse[row * push.statPitch + i] = 0.0;
    }
}
