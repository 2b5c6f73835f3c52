//! What the machine can do: fused multiply-adds, divisions and square roots per second, in vectors of
//! each width it has, with the latency hidden.

use cpu_time::ThreadTime;
use serde_json::{Value, json};
use std::hint::black_box;

/// Independent chains: latency times throughput of any current core, with room.
const CHAINS: usize = 12;
const REPEATS: usize = 4096;

pub fn machine() -> Value {
    #[cfg(target_arch = "x86_64")]
    let (fma, avx512) = (
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        is_x86_feature_detected!("avx512f"),
    );
    #[cfg(not(target_arch = "x86_64"))]
    let (fma, avx512) = (false, false);
    json!({ "arch": std::env::consts::ARCH, "avx2_fma": fma, "avx512": avx512 })
}

/// Nanoseconds per operation on one number: the best of what `least` seconds for each allow.
pub fn measure(least: f64) -> Value {
    let mut rows = serde_json::Map::new();
    let mut row = |name: &str, lanes: usize, work: &dyn Fn(f64)| {
        rows.insert(name.into(), json!(best(least, lanes, work)));
    };
    row("exp_std", 1, &|x| calls(|v| (v - 1.0).exp(), x));
    row("ln_std", 1, &|x| calls(f64::ln, x));
    #[cfg(target_arch = "x86_64")]
    {
        row("instruction", 1, &|_| x86::instructions());
        // SAFETY: part of every x86-64.
        row("div_scalar", 1, &|x| unsafe { x86::div_scalar(x) });
        row("sqrt_scalar", 1, &|x| unsafe { x86::sqrt_scalar(x) });
        row("mul_and_add_scalar", 1, &|x| unsafe { x86::mul_and_add_scalar(x) });
        row("mul_and_add_sse2", 2, &|x| unsafe { x86::mul_and_add_sse2(x) });
        row("div_sse2", 2, &|x| unsafe { x86::div_sse2(x) });
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the features are there.
            row("fma_avx2", 4, &|x| unsafe { x86::fma_avx2(x) });
            row("div_avx2", 4, &|x| unsafe { x86::div_avx2(x) });
            row("sqrt_avx2", 4, &|x| unsafe { x86::sqrt_avx2(x) });
        }
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the feature is there.
            row("fma_avx512", 8, &|x| unsafe { x86::fma_avx512(x) });
            row("div_avx512", 8, &|x| unsafe { x86::div_avx512(x) });
        }
    }
    Value::Object(rows)
}

/// The shortest of many goes: what interrupts and neighbours add is no property of the core.
fn best(least: f64, lanes: usize, work: &dyn Fn(f64)) -> f64 {
    let (all, mut shortest) = (ThreadTime::now(), f64::INFINITY);
    while all.elapsed().as_secs_f64() < least {
        let begin = ThreadTime::now();
        work(black_box(1.000_1));
        shortest = shortest.min(begin.elapsed().as_secs_f64());
    }
    shortest * 1e9 / (REPEATS * CHAINS * lanes) as f64
}

fn calls(f: impl Fn(f64) -> f64, x: f64) {
    for i in 0..REPEATS * CHAINS {
        black_box(f(x + (i % REPEATS) as f64 * 1e-4));
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{CHAINS, REPEATS, black_box};
    use std::arch::x86_64::*;

    /// Each result is the next one's operand, in so many chains side by side.
    macro_rules! chains {
        ($name:ident, $features:literal, $set:ident, $x:ident, $v:ident => $step:expr) => {
            #[target_feature(enable = $features)]
            pub fn $name($x: f64) {
                let $x = $set($x);
                let mut chains = [$x; CHAINS];
                for _ in 0..REPEATS {
                    for chain in &mut chains {
                        let $v = *chain;
                        *chain = $step;
                    }
                }
                black_box(chains);
            }
        };
    }

    /// As many instructions as the other probes make steps, none of which does anything: what the
    /// processor can take in.
    pub fn instructions() {
        const { assert!(REPEATS * CHAINS == 3 << 14) };
        for _ in 0..3 << 4 {
            // SAFETY: nothing is touched.
            unsafe {
                std::arch::asm!(".rept 1024", "nop", ".endr", options(nomem, nostack, preserves_flags))
            };
        }
    }

    chains!(div_scalar, "sse2", _mm_set_sd, x, v => _mm_div_sd(x, v));
    chains!(sqrt_scalar, "sse2", _mm_set_sd, x, v => _mm_sqrt_sd(x, v));
    chains!(mul_and_add_scalar, "sse2", _mm_set_sd, x, v => _mm_add_sd(_mm_mul_sd(v, x), x));
    chains!(mul_and_add_sse2, "sse2", _mm_set1_pd, x, v => _mm_add_pd(_mm_mul_pd(v, x), x));
    chains!(div_sse2, "sse2", _mm_set1_pd, x, v => _mm_div_pd(x, v));
    chains!(fma_avx2, "avx2,fma", _mm256_set1_pd, x, v => _mm256_fmadd_pd(v, x, x));
    chains!(div_avx2, "avx2,fma", _mm256_set1_pd, x, v => _mm256_div_pd(x, v));
    chains!(sqrt_avx2, "avx2,fma", _mm256_set1_pd, x, v => _mm256_sqrt_pd(v));
    chains!(fma_avx512, "avx512f", _mm512_set1_pd, x, v => _mm512_fmadd_pd(v, x, x));
    chains!(div_avx512, "avx512f", _mm512_set1_pd, x, v => _mm512_div_pd(x, v));
}
