// Online softmax over blocks of columns (Dao et al. 2022, algorithm 1; Dao 2023, algorithm 1), for the rows of one
// workgroup. The including shader declares the buffers q, k and v, fills `rowQuad`, `firstSeen` and `span`, and calls
// `beginRows`, `visit` for each block of columns in ascending order, and `attended` and `logSumExp` for the results.

uint rowQuad[ROWS];    // first quad of the row's head in q
uint firstSeen[ROWS];  // the row sees the columns firstSeen ... firstSeen + span, those that it sees at all;
uint span[ROWS];       // NOTHING and 0: none

float highest[ROWS];  // the greatest score so far, in units of log2
float weight[ROWS];   // the sum of exp2(score - highest)

#ifdef FORM_IS_streamed
shared vec4 sums[ROWS * SLICE_QUADS * LANES];
#define SUM(r, i) sums[((i) * ROWS + (r)) * LANES + gl_LocalInvocationID.x]
#define QUERY(r, i) OPERAND(q, rowQuad[r], i)
#else
vec4 sums[ROWS][SLICE_QUADS];
vec4 query[ROWS][SLICE_QUADS];
#define SUM(r, i) sums[r][i]
#define QUERY(r, i) query[r][i]
#endif

void beginRows() {
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        highest[r] = LOWEST;
        weight[r] = 0.0;
    }
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            SUM(r, i) = vec4(0.0);
#ifdef FORM_IS_resident
            query[r][i] = OPERAND(q, rowQuad[r], i);
#endif
        }
    }
}

// Columns s0 ..< s0 + COLUMNS; column s0 + c lies at quad `base + min(c, last) * pitch` of k and v (of the head alone).
void visit(uint s0, uint base, uint last, uint pitch, float scale) {
    float p[ROWS][COLUMNS];
    [[unroll]] for (uint r = 0; r < ROWS; r++) [[unroll]] for (uint c = 0; c < COLUMNS; c++) p[r][c] = 0.0;
    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 x[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) x[r] = QUERY(r, i);
        READ_COLUMNS(keys, k, base, last, pitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(keys, k, base, last, pitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) p[r][c] = dotInto(x[r], y, p[r][c]);
        }
    }

    float decay[ROWS];
    bool saw[ROWS];  // so that an infinity in a column that the row does not see can not reach it as 0 · ∞
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        float top = highest[r];
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            float score = acrossSlices(p[r][c]) * scale;
            p[r][c] = s0 + c - firstSeen[r] <= span[r] ? score : LOWEST;
            top = max(top, p[r][c]);
        }
        // Exactly 1 where nothing changes, so that a block in which the row sees nothing leaves its bits alone.
        decay[r] = top > highest[r] ? exp2(highest[r] - top) : 1.0;
        highest[r] = top;
        float total = 0.0;
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            p[r][c] = s0 + c - firstSeen[r] <= span[r] ? exp2(p[r][c] - top) : 0.0;
            total += p[r][c];
        }
        saw[r] = !(total == 0.0);  // a NaN stays one
        weight[r] = fma(weight[r], decay[r], total);
    }

    HEAD_LOOP for (uint i = 0; i < SLICE_QUADS; i++) {
        vec4 sum[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; r++) sum[r] = SUM(r, i) * decay[r];
        READ_COLUMNS(values, v, base, last, pitch, i)
        [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
            vec4 y = COLUMN_QUAD(values, v, base, last, pitch, i, c);
            [[unroll]] for (uint r = 0; r < ROWS; r++) sum[r] = fma(vec4(p[r][c]), y, sum[r]);
        }
        [[unroll]] for (uint r = 0; r < ROWS; r++) SUM(r, i) = saw[r] ? sum[r] : SUM(r, i);
    }
}

// What the row attends to: quad `i` of the slice. A row that saw nothing gets zeros.
vec4 attended(uint r, uint i) { return weight[r] > 0.0 ? SUM(r, i) / weight[r] : vec4(0.0); }

// ln sum exp(score) over the columns that the row saw; 0 where it saw none.
float logSumExp(uint r) { return weight[r] > 0.0 ? highest[r] * LN_2 + log(weight[r]) : 0.0; }
