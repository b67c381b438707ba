//! Numbers that look random and are the same in every run with the same seed. Pure.

/// A sequence of numbers (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Draw(pub(super) u64);

impl Draw {
    fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default()
    }

    /// The next number: from 0 to 1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(self.bits()) / f64::from(u32::MAX)
    }

    /// A number below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits()).unwrap_or_default().checked_rem(end).unwrap_or_default()
    }

    /// One of several; the default of none.
    pub(super) fn one_of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        all.get(self.below(all.len())).copied().unwrap_or_default()
    }
}
