//! Medians, and between what they lie.

/// What a figure was over the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// Of at least one figure; of none, nothing that is a number.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let (Some(min), Some(max)) = (figures.first(), figures.last()) else {
            let none = f64::NAN;
            return Self {
                median: none,
                min: none,
                max: none,
            };
        };
        let upper = figures.len() / 2;
        let lower = (figures.len() - 1) / 2;
        Self {
            median: f64::midpoint(figures[lower], figures[upper]),
            min: *min,
            max: *max,
        }
    }
}

/// The figure that `share` of them (0 to 1) do not exceed; the largest, if there are few.
pub fn quantile(mut figures: Vec<f64>, share: f64) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a position in a list, which is far below what either type holds"
    )]
    let position = (figures.len() as f64 * share).ceil() as usize;
    figures
        .get(position.max(1) - 1)
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_or_between_the_two() {
        let odd = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!((odd.min, odd.median, odd.max), (1.0, 2.0, 3.0));
        assert!((Spread::of([4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < 1e-9);
        assert!(Spread::of([]).median.is_nan());
    }

    #[test]
    fn a_quantile_is_one_of_the_figures() {
        let hundred = |share| quantile((1..=100).map(f64::from).collect(), share);
        assert!((hundred(0.99) - 99.0).abs() < 1e-9);
        assert!((hundred(0.5) - 50.0).abs() < 1e-9);
        assert!((quantile(vec![7.0], 0.99) - 7.0).abs() < 1e-9);
    }
}
