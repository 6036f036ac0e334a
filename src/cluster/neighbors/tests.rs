use super::*;
use ndarray::Array2;

fn grid() -> Array2<f64> {
    Array2::from_shape_fn((400, 3), |(row, column)| f64::from((row * (7 + column * 5) % 23) as u32) * 0.5)
}

fn distances(x: &Array2<f64>, point: &[f64]) -> Vec<f64> {
    x.rows().into_iter().map(|row| row.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum()).collect()
}

#[test]
fn queries_agree_with_a_scan() {
    let x = grid();
    let tree = KdTree::new(x.view());
    for radius in [0.0, 0.5, 2.0, 7.5, 100.0] {
        for row in (0..400).step_by(13) {
            let point: Vec<f64> = x.row(row).iter().map(|v| v + 0.25 * f64::from((row % 3) as u32)).collect();
            let all = distances(&x, &point);
            let squared = radius * radius;
            let inside: Vec<usize> = (0..400).filter(|&i| all[i] <= squared).collect();
            assert_eq!(tree.count_within(&point, squared, usize::MAX), inside.len());
            assert!(tree.count_within(&point, squared, 5) >= inside.len().min(5));
            let mut found = Vec::new();
            tree.for_each_within(&point, squared, |i| found.push(i));
            found.sort_unstable();
            assert_eq!(found, inside);
            let expected = inside.iter().map(|&i| (all[i], i)).min_by(|a, b| a.partial_cmp(b).unwrap());
            assert_eq!(tree.nearest_within(&point, squared), expected.map(|(d, i)| (i, d)));
            let mut sorted = all.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            assert_eq!(tree.kth_squared_distance(&point, 7), sorted[6]);
        }
    }
}

#[test]
fn each_point_is_handed_out_once() {
    let x = grid();
    let tree = KdTree::new(x.view());
    let mut remaining = tree.remaining();
    let mut out = Vec::new();
    for row in 0..400 {
        tree.take_within(&x.row(row).to_vec(), 1.0, &mut remaining, &mut out);
    }
    out.sort_unstable();
    assert_eq!(out, (0..400).collect::<Vec<_>>());
}

#[test]
fn empty_and_coinciding_points() {
    let empty = KdTree::new(Array2::zeros((0, 2)).view());
    assert_eq!(empty.count_within(&[0.0, 0.0], 1.0, 9), 0);
    assert_eq!(empty.nearest_within(&[0.0, 0.0], 1.0), None);
    assert_eq!(empty.kth_squared_distance(&[0.0, 0.0], 1), f64::INFINITY);
    let same = KdTree::new(Array2::ones((1000, 2)).view());
    assert_eq!(same.count_within(&[1.0, 1.0], 0.0, 9), 1000);
    assert_eq!(same.nearest_within(&[1.0, 2.0], 1.0), Some((0, 1.0)));
    assert_eq!(same.nearest_within(&[f64::NAN, 2.0], 1.0), None);
    assert_eq!(same.kth_squared_distance(&[1.0, 1.0], 1001), f64::INFINITY);
}
