//! Visitors of an online shop: three planted crowds and a scatter of unusual customers.

use std::fmt::Write;

use super::Draw;

const HEADER: &str = "ID,n_clicks,n_visitas,monto_compras,monto_descuentos,dias_primera_compra,info_perfil\n";

/// A planted crowd: share, then median of visits, purchases and discounts.
const CROWDS: [(f64, [f64; 3]); 3] =
    [(0.46, [14.0, 620.0, 70.0]), (0.27, [48.0, 1_450.0, 160.0]), (0.20, [26.0, 3_300.0, 420.0])];

/// Spread of a crowd in each of visits, purchases and discounts.
const SPREAD: [f64; 3] = [3.2, 170.0, 21.0];

/// Limits of the unusual customers.
const LIMITS: [f64; 3] = [110.0, 6_000.0, 760.0];

pub(super) fn text(rows: usize, random: &mut Draw) -> String {
    let mut text = String::with_capacity(HEADER.len() + rows * 40);
    text.push_str(HEADER);
    let unusual = 1.0 - CROWDS.iter().map(|crowd| crowd.0).sum::<f64>();
    let mut kinds: Vec<(Option<usize>, f64)> =
        CROWDS.iter().enumerate().map(|(index, crowd)| (Some(index), crowd.0)).collect();
    kinds.push((None, unusual));
    for row in 0..rows {
        let kind = random.one_of(&kinds);
        let [visits, purchases, discounts] = match kind {
            Some(crowd) => around(CROWDS[crowd].1, random),
            None => LIMITS.map(|limit| random.skewed(limit * 0.22, 0.8).min(limit)),
        };
        let clicks = (visits * random.skewed(6.5, 0.3)).round().max(1.0);
        let days = random.skewed(210.0, 0.8).round().clamp(1.0, 2_500.0);
        let profile = 1 + random.below(12);
        let dirt = random.below(200);
        let purchases = match dirt {
            0 => "0".to_owned(),
            1 => String::new(),
            2 => format!("-{purchases:.2}"),
            _ => format!("{purchases:.2}"),
        };
        let visits = if dirt == 3 { 0.0 } else { visits.round().max(1.0) };
        let _ = writeln!(
            text,
            "{},{clicks},{visits},{purchases},{:.2},{days},{profile}",
            100_000 + row,
            discounts.max(0.5)
        );
    }
    text
}

/// A member of a crowd: discounts go with purchases, all are positive and slightly skewed.
fn around(centre: [f64; 3], random: &mut Draw) -> [f64; 3] {
    let common = random.normal(0.0, 1.0);
    let mut values = [0.0; 3];
    for (index, value) in values.iter_mut().enumerate() {
        let own = random.normal(0.0, 1.0);
        let z = if index == 0 { own } else { 0.6 * common + 0.8 * own };
        let skewed = z + 0.12 * (z * z - 1.0);
        *value = (centre[index] + SPREAD[index] * skewed).max(1.0);
    }
    values
}
