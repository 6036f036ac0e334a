//! What is added up of a group of facts.

/// A sum of money or units without the noise of its last binary digits, to a millionth, so that it does not matter in which
/// order rows were added up.
#[must_use]
pub fn settled(sum: f64) -> f64 {
    // Beyond this a millionth is finer than the number itself. Adding zero makes a zero without a sign.
    if sum.abs() < 1e9 { (sum * 1e6).round() / 1e6 + 0.0 } else { sum }
}

/// What is added up of a group of facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Totals {
    /// Sum of amounts, less what was returned.
    pub sales: f64,
    /// Sum of the amounts of returns, below zero as a rule; it is part of the sales.
    pub returned: f64,
    /// Rows that are returns.
    pub return_lines: usize,
    /// Sum of quantities.
    pub units: f64,
    /// Rows.
    pub lines: usize,
    /// Rows of things that were used, where facts have a status.
    pub uses: usize,
    /// Different known orders; returns are none.
    pub orders: usize,
    /// Sum of amounts of known orders, before returns.
    pub order_sales: f64,
    /// Different known customers with a purchase.
    pub customers: usize,
    /// Rows of known customers that are purchases; counted with them.
    pub customer_lines: usize,
}

impl Totals {
    /// The same with settled sums.
    #[must_use]
    pub fn settled(self) -> Self {
        let [sales, returned, units, order_sales] =
            [self.sales, self.returned, self.units, self.order_sales].map(settled);
        Self { sales, returned, units, order_sales, ..self }
    }

    /// Sales before returns.
    #[must_use]
    pub fn gross(&self) -> f64 {
        settled(self.sales - self.returned)
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
