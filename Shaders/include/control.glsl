// Word offsets of a training run's control block; Sources/Kernels/ControlBlock.swift says what each word means and
// who writes it. A shader sees the block as `uint control[]`.

const uint LEARNING_RATE = 0u;
const uint INVERSE_TOKEN_COUNT = 1u;
const uint LOSS = 2u;
const uint MAXIMUM_NORM = 3u;
const uint GROWTH_INTERVAL = 4u;
const uint EPSILON = 5u;
const uint ONE_MINUS_BETA1 = 6u;
const uint ONE_MINUS_BETA2 = 7u;
const uint BETA1 = 8u; // two words, low first: a fraction of 64 bits
const uint BETA2 = 10u; // two words
const uint LOSS_SCALE = 12u;
const uint GOOD_STEPS = 13u;
const uint NON_FINITE = 14u;
const uint STEP = 15u;
const uint SKIPPED_STEPS = 16u;
const uint GRADIENT_NORM = 17u;
const uint CLIP_COEFFICIENT = 18u;
const uint GRADIENT_MULTIPLIER = 19u;
const uint BETA1_POWER = 20u; // two words
const uint BETA2_POWER = 22u; // two words
const uint BIAS_CORRECTION1 = 24u;
const uint BIAS_CORRECTION2 = 25u;

// The bits of |value|. Inf and NaN are exactly those from INFINITY_BITS on; comparing integers, because a compiler may
// assume that a float is neither.
const uint INFINITY_BITS = 0x7f800000u;
const uint NAN_BITS = 0x7fc00000u;
uint magnitudeBits(float value) { return floatBitsToUint(value) & 0x7fffffffu; }
uvec4 magnitudeBits(vec4 value) { return floatBitsToUint(value) & 0x7fffffffu; }
