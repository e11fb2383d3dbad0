#version 450
// The gradients of attention with respect to K and V.
// Dao et al. 2022 (FlashAttention), algorithm 4, the sums over rows alone: P is made again from Q, K and lse.
//   P = exp(scale · Q Kᵀ − lse),  dS = P ∘ (dO Vᵀ − delta),  dV = Pᵀ dO,  dK = scale · dSᵀ Q
//
// q, dO: [T, H·K]; k, v, dk, dv: [T, G·K]; start: i32 [T]; lse, delta: f32 [T, H]. The mask is attention.comp's.
// A workgroup owns BLOCK_ROWS rows of K and V of one KV head and sums over the query heads of its group, in order, and
// within a head over the rows of Q, in order. So here "row" is a row of K, and "column" one of Q.
//! variants: FORM = streamed resident; TYPE = f32 f16 bf16
#extension GL_GOOGLE_include_directive : require
#include "attention/forms.glsl"

layout(set = 0, binding = 0) readonly buffer Q { TYPE q[]; };
layout(set = 0, binding = 1) readonly buffer K { TYPE k[]; };
layout(set = 0, binding = 2) readonly buffer V { TYPE v[]; };
layout(set = 0, binding = 3) readonly buffer Start { int start[]; };
layout(set = 0, binding = 4) readonly buffer LSE { float lse[]; };
layout(set = 0, binding = 5) readonly buffer DO { TYPE dO[]; };
layout(set = 0, binding = 6) readonly buffer Delta { float delta[]; };
layout(set = 0, binding = 7) writeonly buffer DK { TYPE dk[]; };
layout(set = 0, binding = 8) writeonly buffer DV { TYPE dv[]; };
#include "attention/push.glsl"

uint rowIndex[ROWS];  // in K and V
uint rowQuad[ROWS];   // first quad of the row's head in k and v

#ifdef FORM_IS_streamed
shared vec4 keySums[ROWS * SLICE_QUADS * LANES], valueSums[ROWS * SLICE_QUADS * LANES];
#define KEY_SUM(r, i) keySums[((i) * ROWS + (r)) * LANES + gl_LocalInvocationID.x]
#define VALUE_SUM(r, i) valueSums[((i) * ROWS + (r)) * LANES + gl_LocalInvocationID.x]
#define KEY(r, i) OPERAND(k, rowQuad[r], i)
#define VALUE(r, i) OPERAND(v, rowQuad[r], i)
#else
vec4 keySums[ROWS][SLICE_QUADS], valueSums[ROWS][SLICE_QUADS], key[ROWS][SLICE_QUADS], value[ROWS][SLICE_QUADS];
#define KEY_SUM(r, i) keySums[r][i]
#define VALUE_SUM(r, i) valueSums[r][i]
#define KEY(r, i) key[r][i]
#define VALUE(r, i) value[r][i]
#endif

void beginRows() {
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            KEY_SUM(r, i) = vec4(0.0);
            VALUE_SUM(r, i) = vec4(0.0);
#ifdef FORM_IS_resident
            key[r][i] = OPERAND(k, rowQuad[r], i);
            value[r][i] = OPERAND(v, rowQuad[r], i);
#endif
        }
    }
}

// Rows t0 ..< t0 + COLUMNS of Q, of one query head.
void visit(uint t0, uint head, uint reach) {
    float score[ROWS][COLUMNS], slope[ROWS][COLUMNS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        score[r][c] = 0.0;
        slope[r][c] = 0.0;
    }
    uint base = t0 * push.queryPitch + head * QUADS, last = push.rows - 1 - t0;
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 x[ROWS], u[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            x[r] = KEY(r, i);
            u[r] = VALUE(r, i);
        }
        READ_COLUMNS(queries, q, base, last, push.queryPitch, i)
        READ_COLUMNS(gradients, dO, base, last, push.queryPitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(queries, q, base, last, push.queryPitch, i, c);
            vec4 z = COLUMN_QUAD(gradients, dO, base, last, push.queryPitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                score[r][c] = dotInto(x[r], y, score[r][c]);
                slope[r][c] = dotInto(u[r], z, slope[r][c]);
            }
        }
    }

    float scale = push.scale * LOG2_E;
    [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        uint t = t0 + min(c, last), at = t * push.statPitch + head;
        float columnLSE = lse[at] * LOG2_E, columnDelta = delta[at];
        uint from = c <= last ? uint(start[t]) : push.rows;
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            float s = acrossSlices(score[r][c]), d = acrossSlices(slope[r][c]);
            bool seen = t - rowIndex[r] <= reach && from <= rowIndex[r];
            float p = seen ? exp2(fma(s, scale, -columnLSE)) : 0.0;
            score[r][c] = p;
            slope[r][c] = p * (d - columnDelta);
        }
    }

    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 keySum[ROWS], valueSum[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            keySum[r] = KEY_SUM(r, i);
            valueSum[r] = VALUE_SUM(r, i);
        }
        READ_COLUMNS(queries, q, base, last, push.queryPitch, i)
        READ_COLUMNS(gradients, dO, base, last, push.queryPitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(queries, q, base, last, push.queryPitch, i, c);
            vec4 z = COLUMN_QUAD(gradients, dO, base, last, push.queryPitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                keySum[r] = fma(vec4(slope[r][c]), y, keySum[r]);
                valueSum[r] = fma(vec4(score[r][c]), z, valueSum[r]);
            }
        }
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            KEY_SUM(r, i) = keySum[r];
            VALUE_SUM(r, i) = valueSum[r];
        }
    }
}

void main() {
    uint keyHead = gl_WorkGroupID.y;
    uint first = gl_WorkGroupID.x * BLOCK_ROWS;
    uint lastRow = min(first + BLOCK_ROWS, push.rows) - 1;
    uint reach = push.window > 0 ? push.window - 1 : push.rows;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        rowIndex[r] = min(first + ownRow(r), push.rows - 1);
        rowQuad[r] = rowIndex[r] * push.keyPitch + keyHead * QUADS;
    }
    beginRows();

    uint end = min(lastRow + reach + 1, push.rows);
    for (uint head = keyHead * push.group; head < (keyHead + 1) * push.group; head++) {
        for (uint t0 = first / COLUMNS * COLUMNS; t0 < end; t0 += COLUMNS) {
            if (uint(start[max(t0, first)]) > lastRow) break;  // and so is every later row's
            visit(t0, head, reach);
        }
    }

    bool pads = keyHead + 1 == push.heads / push.group && (keyHead + 1) * QUADS < push.keyPitch && headQuad(0) == 0;
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        uint row = first + ownRow(r);
        if (row >= push.rows) continue;
        HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
            if (!inHead(i)) continue;
            pack(dk[rowQuad[r] + headQuad(i)], KEY_SUM(r, i) * push.scale);
            pack(dv[rowQuad[r] + headQuad(i)], VALUE_SUM(r, i));
        }
        if (pads) {
            pack(dk[rowQuad[r] + QUADS], vec4(0.0));
            pack(dv[rowQuad[r] + QUADS], vec4(0.0));
        }
    }
}
