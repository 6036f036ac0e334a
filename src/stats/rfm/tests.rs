use super::*;

/// Ten customers, from the best to the worst on every measure.
fn ten() -> [Vec<f64>; 3] {
    let column = |of: &dyn Fn(f64) -> f64| (0..10).map(|i| of(f64::from(i))).collect();
    [column(&|i| 10.0 + i), column(&|i| 20.0 - i), column(&|i| 1000.0 - 50.0 * i)]
}

fn scores_of(values: &[f64]) -> Vec<u8> {
    let found = score(&vec![0.0; values.len()], values, values, None).unwrap();
    found.customers.iter().map(|score| score.unwrap().f_score).collect()
}

#[test]
fn ten_different_customers_fill_every_score_twice() {
    let [r, f, m] = ten();
    let found = score(&r, &f, &m, None).unwrap();
    let codes: Vec<u16> = found.customers.iter().flatten().map(|score| score.code()).collect();
    assert_eq!(codes, [555, 555, 444, 444, 333, 333, 222, 222, 111, 111]);
    assert_eq!((found.missing, found.levels()), (0, [5, 5, 5]));
    // `np.quantile(f, [.2, .4, .6, .8], method="inverted_cdf")`, NumPy 2.4.6.
    assert_eq!(found.cuts.frequency, [12.0, 14.0, 16.0, 18.0]);
    assert_eq!(found.cuts.recency, RecencyCuts::Quintiles([12.0, 14.0, 16.0, 18.0]));
}

#[test]
fn equal_values_share_a_score_and_are_not_lifted() {
    assert_eq!(scores_of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 9.0]), [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
    assert_eq!(scores_of(&[5.0; 7]), [1; 7]);
    assert_eq!(scores_of(&[5.0]), [1]);
    assert_eq!(scores_of(&[-0.0, 0.0, 1.0]), [1, 1, 4]);
    // Recency alike: most bought longest ago, and all of them score 1.
    let days = [700.0, 700.0, 700.0, 700.0, 3.0];
    let found = score(&days, &[1.0; 5], &[1.0; 5], None).unwrap();
    let r_scores: Vec<u8> = found.customers.iter().flatten().map(|score| score.r_score).collect();
    assert_eq!(r_scores, [1, 1, 1, 1, 5]);
    assert_eq!(found.levels(), [2, 1, 1]);
}

/// The rule of `rfm_table_customer` of the R package rfm 0.3.0: a point for each interpolated quintile that the value reaches
/// when 1 is added to the quintile.
#[test]
fn scores_differ_from_those_of_r_as_documented() {
    let with_r = |values: &[f64]| -> Vec<u8> {
        let cuts = [0.2, 0.4, 0.6, 0.8].map(|p| crate::stats::describe::quantile_sorted(values, p) + 1.0);
        values.iter().map(|value| 1 + cuts.iter().filter(|cut| value >= *cut).count() as u8).collect()
    };
    let whole: Vec<f64> = (1..=10).map(f64::from).collect();
    assert_eq!(with_r(&whole), [1, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    assert_eq!(scores_of(&whole), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    let small: Vec<f64> = whole.iter().map(|value| value / 10.0).collect();
    assert_eq!(with_r(&small), [1; 10]);
    assert_eq!(scores_of(&small), scores_of(&whole));
}

#[test]
fn newcomers_are_scored_by_the_same_cut_points() {
    let [r, f, m] = ten();
    let found = score(&r, &f, &m, None).unwrap();
    for i in 0..10 {
        assert_eq!(found.of(r[i], f[i], m[i]), found.customers[i]);
    }
    assert_eq!(found.of(0.0, 12.5, -3.0).unwrap().code(), 521);
    assert_eq!(found.of(1e9, 1e9, 1e9).unwrap().code(), 155);
    assert_eq!(found.of(1.0, f64::NAN, 1.0), None);
    assert_eq!(found.of(f64::INFINITY, 1.0, 1.0), None);
}

#[test]
fn bands_score_days_by_themselves() {
    let days = [0.0, 30.0, 31.0, 90.0, 180.0, 365.0, 365.5, -2.0];
    let found = score(&days, &[1.0; 8], &[1.0; 8], Some(&RECENCY_BANDS)).unwrap();
    let r_scores: Vec<u8> = found.customers.iter().flatten().map(|score| score.r_score).collect();
    assert_eq!(r_scores, [5, 5, 4, 4, 3, 2, 1, 5]);
    for bad in
        [&[30.0, 90.0, 180.0][..], &[1.0, 2.0, 2.0, 3.0], &[-1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, f64::NAN], &[]]
    {
        assert_eq!(score(&days, &[1.0; 8], &[1.0; 8], Some(bad)), Err(RfmError::Bands));
    }
    assert_eq!(score(&days, &[1.0; 8], &[1.0; 8], Some(&[1.0, 2.0, 3.0, f64::INFINITY])), Err(RfmError::Bands));
}

#[test]
fn incomplete_customers_are_left_out_and_counted() {
    let [mut r, mut f, mut m] = ten();
    let without = score(&r, &f, &m, None).unwrap();
    r.extend([f64::NAN, 1.0, 1.0]);
    f.extend([9999.0, f64::INFINITY, 1.0]);
    m.extend([9999.0, 1.0, f64::NAN]);
    let with = score(&r, &f, &m, None).unwrap();
    assert_eq!((with.missing, with.cuts), (3, without.cuts));
    assert_eq!(with.customers[10..], [None; 3]);
    assert_eq!(score(&[], &[], &[], None), Err(RfmError::NoCustomers));
    assert_eq!(score(&[1.0], &[f64::NAN], &[1.0], Some(&RECENCY_BANDS)), Err(RfmError::NoCustomers));
    let lengths = RfmError::Lengths { recency: 2, frequency: 1, monetary: 1 };
    assert_eq!(score(&[1.0, 2.0], &[1.0], &[1.0], None), Err(lengths));
}

#[test]
fn the_heatmap_counts_and_adds() {
    let [r, f, m] = ten();
    let found = score(&r, &f, &m, None).unwrap();
    let cells = found.heatmap(&m).cells;
    assert_eq!(cells[4][4], Cell { customers: 2, monetary: 1950.0, mean_monetary: 975.0 });
    assert_eq!((cells[0][4].customers, cells[0][4].monetary), (0, 0.0));
    assert!(cells[0][4].mean_monetary.is_nan());
    assert_eq!(cells.iter().flatten().map(|cell| cell.customers).sum::<usize>(), 10);
    assert_eq!(found.heatmap(&[]).cells[4][4].customers, 2);
}

#[test]
fn segments_add_up() {
    let [r, f, m] = ten();
    let found = score(&r, &f, &m, None).unwrap();
    let table = found.by_segment(&r, &f, &m);
    assert_eq!(table.iter().map(|row| row.segment).collect::<Vec<_>>(), RfmSegment::ALL);
    let champions = &table[0];
    assert_eq!((champions.customers, champions.share, champions.monetary), (2, 0.2, 1950.0));
    assert_eq!((champions.median_recency, champions.median_frequency, champions.median_monetary), (10.5, 19.5, 975.0));
    assert_eq!(champions.average_order_value, 1950.0 / 39.0);
    assert_eq!(table.iter().map(|row| row.customers).sum::<usize>(), 10);
    assert!((table.iter().map(|row| row.monetary_share).sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(table[10].median_recency.is_nan() && table[10].customers == 0);
    // Refunds that cancel every sale leave nothing to share.
    let zero = score(&[1.0, 2.0], &[0.0, 0.0], &[-5.0, 5.0], None).unwrap();
    let table = zero.by_segment(&[1.0, 2.0], &[0.0, 0.0], &[-5.0, 5.0]);
    assert!(table.iter().all(|row| row.monetary_share.is_nan() && row.average_order_value.is_nan()));
}

#[test]
fn scores_survive_json() {
    let [r, f, m] = ten();
    for bands in [None, Some(&RECENCY_BANDS[..])] {
        let found = score(&r, &f, &m, bands).unwrap();
        let back: Scores = serde_json::from_str(&serde_json::to_string(&found).unwrap()).unwrap();
        assert_eq!(back, found);
    }
}

proptest::proptest! {
    /// The definition: 1 + floor(5 * share of customers with a smaller value).
    #[test]
    fn a_score_is_the_share_of_customers_who_do_worse(values in proptest::collection::vec(-4..5i8, 1..60)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let found = score(&values, &values, &values, None).unwrap();
        for (value, score) in values.iter().zip(found.customers.iter().flatten()) {
            let below = values.iter().filter(|other| *other < value).count();
            let above = values.iter().filter(|other| *other > value).count();
            proptest::prop_assert_eq!(usize::from(score.f_score), 1 + 5 * below / values.len());
            proptest::prop_assert_eq!(usize::from(score.r_score), 1 + 5 * above / values.len());
            proptest::prop_assert_eq!(score.f_score, score.m_score);
        }
    }
}
