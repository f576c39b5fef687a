//! Random numbers that are the same on every machine and with every version of a library: hence not a crate's.

/// `SplitMix64`, by its published constants.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below the bound, which is small beside 2^64: the bias is not seen.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// A number in [0, 1).
    pub fn share(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Spreads a number evenly, as a hash of a wallet's id does.
#[must_use]
pub fn mixed(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Ranks whose frequency is inversely proportional to the rank.
#[derive(Clone, Debug)]
pub struct Zipf {
    /// The share of each rank and all before it.
    up_to: Vec<f64>,
}

impl Zipf {
    #[must_use]
    pub fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = (1..=ranks)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        for share in &mut up_to {
            *share /= sum;
        }
        Self { up_to }
    }

    pub fn draw(&self, random: &mut Random) -> usize {
        let share = random.share();
        let rank = self.up_to.partition_point(|up_to| *up_to <= share);
        rank.min(self.up_to.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        // Of the algorithm's published sequence for the seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.number(), 6_457_827_717_110_365_317);
        assert_eq!(random.number(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_first_rank_comes_as_often_as_its_share() {
        let zipf = Zipf::new(1_000);
        let mut random = Random::new(1);
        let first = (0..100_000).filter(|_| zipf.draw(&mut random) == 0).count();
        // 1 / H(1000) = 0.1336.
        assert!((13_000..13_700).contains(&first), "{first}");
    }
}
