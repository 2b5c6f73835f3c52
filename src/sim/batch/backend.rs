//! Which instructions a batch runs on, found out when it runs.
//!
//! The compiler translates the same code twice, once for every processor of its kind and once for those
//! with AVX2. `fearless_simd` holds the one unsafe call that this needs: into code for instructions whose
//! presence it has asked for.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx2, Level, Simd};

/// A set of instructions that is there.
#[derive(Debug, Clone, Copy)]
pub struct Backend(Instructions);

#[derive(Debug, Clone, Copy)]
enum Instructions {
    /// What every processor of this kind has: SSE2, or NEON, which needs nothing more.
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
}

impl Backend {
    /// What every processor of this kind has.
    pub const BASELINE: Self = Self(Instructions::Baseline);

    /// The widest that pays: AVX2 where it is. AVX-512 was measured slower on some processors and faster on none.
    #[must_use]
    pub fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Level::new().as_avx2() {
            return Self(Instructions::Avx2(avx2));
        }
        Self::BASELINE
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Instructions::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(_) => "AVX2",
        }
    }

    /// `work` on these instructions, as far as it is inlined.
    #[inline(always)]
    pub(super) fn run<T>(self, work: impl FnOnce() -> T) -> T {
        match self.0 {
            Instructions::Baseline => work(),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(avx2) => avx2.vectorize(work),
        }
    }
}

impl PartialEq for Backend {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}
