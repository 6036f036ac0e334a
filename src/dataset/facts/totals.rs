//! What is added up of a group of facts.

/// A sum of money or units without the noise of its last binary digits, to a millionth, so that it does not matter in which
/// order rows were added up.
#[must_use]
pub fn settled(sum: f64) -> f64 {
    // Beyond this a millionth is finer than the number itself.
    if sum.abs() < 1e9 { (sum * 1e6).round() / 1e6 } else { sum }
}

/// What is added up of a group of facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Sum of amounts.
    pub sales: f64,
    /// Sum of quantities.
    pub units: f64,
    /// Rows.
    pub lines: usize,
    /// Rows of things that were used, where facts have a status.
    pub uses: usize,
    /// Different known orders.
    pub orders: usize,
    /// Sum of amounts of known orders.
    pub order_sales: f64,
    /// Different known customers.
    pub customers: usize,
    /// Rows of known customers; counted with them.
    pub customer_lines: usize,
}

impl Totals {
    /// The same with settled sums.
    #[must_use]
    pub fn settled(self) -> Self {
        let [sales, units, order_sales] = [self.sales, self.units, self.order_sales].map(settled);
        Self { sales, units, order_sales, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::settled;

    #[test]
    fn the_order_of_a_sum_does_not_show() {
        let parts = [0.1, 0.2, 0.3];
        let forward: f64 = parts.iter().sum();
        let backward: f64 = parts.iter().rev().sum();
        assert_ne!(forward, backward);
        assert_eq!(settled(forward), settled(backward));
        assert_eq!(settled(1.234_567_8e12), 1.234_567_8e12);
        assert!(settled(f64::NAN).is_nan());
    }
}
