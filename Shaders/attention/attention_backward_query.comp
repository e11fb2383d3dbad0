#version 450
// The gradient of attention with respect to Q, and delta = rowsum(dO ∘ O), which the kernel for K and V reads.
// Dao et al. 2022 (FlashAttention), algorithm 4, the sums over columns alone: P is made again from Q, K and lse.
//   P = exp(scale · Q Kᵀ − lse),  dS = P ∘ (dO Vᵀ − delta),  dQ = scale · dS K
//
// q, o, dO, dq: [T, H·K]; k, v: [T, G·K]; start: i32 [T]; lse, delta: f32 [T, H]. The mask is attention.comp's; a
// dead row has dQ = 0. A workgroup owns BLOCK_ROWS rows of Q of one head; the rows that see most come first.
//! variants: FORM = streamed resident; TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "attention/forms.glsl"

layout(set = 0, binding = 0) readonly buffer Q { TYPE q[]; };
layout(set = 0, binding = 1) readonly buffer K { TYPE k[]; };
layout(set = 0, binding = 2) readonly buffer V { TYPE v[]; };
layout(set = 0, binding = 3) readonly buffer Start { int start[]; };
layout(set = 0, binding = 4) readonly buffer O { TYPE o[]; };
layout(set = 0, binding = 5) readonly buffer LSE { float lse[]; };
layout(set = 0, binding = 6) readonly buffer DO { TYPE dO[]; };
layout(set = 0, binding = 7) writeonly buffer Delta { float delta[]; };
layout(set = 0, binding = 8) writeonly buffer DQ { TYPE dq[]; };
#include "attention/push.glsl"

uint rowQuad[ROWS];    // first quad of the row's head in q, o and dO
uint firstSeen[ROWS];  // the row sees the columns firstSeen ... firstSeen + span; NOTHING and 0: none
uint span[ROWS];
float rowLSE[ROWS];    // in units of log2
float rowDelta[ROWS];

#ifdef FORM_IS_streamed
shared vec4 sums[ROWS * SLICE_QUADS * LANES];
#define SUM(r, i) sums[((i) * ROWS + (r)) * LANES + gl_LocalInvocationID.x]
#define QUERY(r, i) OPERAND(q, rowQuad[r], i)
#define GRADIENT(r, i) OPERAND(dO, rowQuad[r], i)
#else
vec4 sums[ROWS][SLICE_QUADS], query[ROWS][SLICE_QUADS], gradient[ROWS][SLICE_QUADS];
#define SUM(r, i) sums[r][i]
#define QUERY(r, i) query[r][i]
#define GRADIENT(r, i) gradient[r][i]
#endif

void beginRows() {
    [[unroll]] for (uint r = 0; r < ROWS; r++) rowDelta[r] = 0.0;
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            SUM(r, i) = vec4(0.0);
#ifdef FORM_IS_resident
            query[r][i] = OPERAND(q, rowQuad[r], i);
            gradient[r][i] = OPERAND(dO, rowQuad[r], i);
#endif
            rowDelta[r] = dotInto(unpack(o[rowQuad[r] + safeQuad(i)]), GRADIENT(r, i), rowDelta[r]);
        }
    }
    [[unroll]] for (uint r = 0; r < ROWS; r++) rowDelta[r] = acrossSlices(rowDelta[r]);
}

// Columns s0 ..< s0 + COLUMNS.
void visit(uint s0, uint keyHead) {
    float score[ROWS][COLUMNS], slope[ROWS][COLUMNS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        score[r][c] = 0.0;
        slope[r][c] = 0.0;
    }
    uint base = s0 * push.keyPitch + keyHead, last = push.rows - 1 - s0;
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 x[ROWS], g[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            x[r] = QUERY(r, i);
            g[r] = GRADIENT(r, i);
        }
        READ_COLUMNS(keys, k, base, last, push.keyPitch, i)
        READ_COLUMNS(values, v, base, last, push.keyPitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(keys, k, base, last, push.keyPitch, i, c);
            vec4 z = COLUMN_QUAD(values, v, base, last, push.keyPitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                score[r][c] = dotInto(x[r], y, score[r][c]);
                slope[r][c] = dotInto(g[r], z, slope[r][c]);
            }
        }
    }

    float scale = push.scale * LOG2_E;
    [[unroll]] for (uint r = 0; r < ROWS; r++) [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        float s = acrossSlices(score[r][c]), d = acrossSlices(slope[r][c]);
        float p = s0 + c - firstSeen[r] <= span[r] ? exp2(fma(s, scale, -rowLSE[r])) : 0.0;
        slope[r][c] = p * (d - rowDelta[r]);
    }

    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 sum[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) sum[r] = SUM(r, i);
        READ_COLUMNS(keys, k, base, last, push.keyPitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(keys, k, base, last, push.keyPitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) sum[r] = fma(vec4(slope[r][c]), y, sum[r]);
        }
        [[unroll]] for (uint r = 0; r < ROWS; r++) SUM(r, i) = sum[r];
    }
}

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
        rowLSE[r] = lse[t * push.statPitch + head] * LOG2_E;
    }
    beginRows();

    uint from = max(uint(start[first]), first - min(first, reach));
    for (uint s0 = from / COLUMNS * COLUMNS; s0 < end; s0 += COLUMNS) visit(s0, head / push.group * QUADS);

    bool lastHead = head + 1 == push.heads;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        uint row = first + ownRow(r);
        if (row >= push.rows) continue;
        HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
            if (inHead(i)) pack(dq[rowQuad[r] + headQuad(i)], SUM(r, i) * push.scale);
        }
        if (headQuad(0) > 0) continue;
        delta[row * push.statPitch + head] = rowDelta[r];
        if (lastHead && push.heads * QUADS < push.queryPitch) pack(dq[rowQuad[r] + QUADS], vec4(0.0));
    }
}
