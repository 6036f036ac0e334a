//! Who moved from segment to segment, who joined and who left.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::dataset::{Customers, Dataset};
use crate::segment::Model;
use crate::stats::describe::sum;
use crate::stats::drift::homogeneity::merge_rare;
use crate::stats::drift::{Homogeneity, Psi, homogeneity, psi, wilson};

/// Customers of two versions, followed by their ids.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Migration {
    /// Customers of the earlier version.
    pub old_customers: usize,
    /// Customers of the present one.
    pub new_customers: usize,
    /// In the present version only.
    pub joined: usize,
    /// In the earlier version only.
    pub left: usize,
    /// In both, and in the same segment.
    pub stayed: usize,
    /// In both, and in different segments.
    pub moved: usize,
    /// Rows of either version without an id of their own; they count as left and joined.
    pub nameless: usize,
    /// The segments, in the order of the model.
    pub segments: Vec<SegmentChange>,
    /// How many went from where to where; flows that nobody took are absent.
    pub flows: Vec<Flow>,
    /// Population stability index of the sizes of the segments, rare ones taken together.
    pub shares_psi: Option<Psi>,
    /// Chi-squared test of the same.
    pub shares_test: Homogeneity,
}

/// A segment in both versions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SegmentChange {
    /// Cluster; -1 is undecided.
    pub cluster: i32,
    /// Name.
    pub name: String,
    /// In the earlier version.
    pub old: SegmentState,
    /// In the present version.
    pub new: SegmentState,
    /// How many of those who are still customers stayed in it.
    pub kept: Kept,
}

/// A segment in one version.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SegmentState {
    /// Customers.
    pub customers: usize,
    /// Share of all customers of the version; NaN without any.
    pub share: f64,
    /// Sum of the value measure over those whose value is known.
    pub value: f64,
    /// Its mean over those; NaN without any.
    pub mean_value: f64,
}

/// How many of a segment's customers stayed in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Kept {
    /// Customers of the segment then who are customers still.
    pub present: usize,
    /// Of those, who are in it still.
    pub stayed: usize,
    /// Their share; NaN without any.
    pub share: f64,
    /// Lower end of Wilson's 95 % interval of the share.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Customers who went one way.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Flow {
    /// Segment then; absent for those who joined.
    pub from: Option<i32>,
    /// Segment now; absent for those who left.
    pub to: Option<i32>,
    /// How many.
    pub customers: usize,
    /// Share of the customers of the segment then; of all who joined.
    pub share: f64,
    /// What their values summed up to then; NaN for those who joined.
    pub value_before: f64,
    /// What they sum up to now; NaN for those who left.
    pub value_after: f64,
}

/// Where customers came from and went to; outside is nothing.
type Way = (Option<i32>, Option<i32>);

/// Who went one way: how many, with their values then and now.
#[derive(Debug, Default)]
struct Travellers {
    customers: usize,
    before: Vec<f64>,
    after: Vec<f64>,
}

/// Rows of the same customers in two versions.
#[derive(Debug)]
pub(super) struct Matching {
    /// Rows then and now, in the order of the former.
    pub pairs: Vec<(u32, u32)>,
    /// Rows of either version without an id of their own.
    pub nameless: usize,
}

/// Matches customers by id. An id that is empty, or that stands twice in a version, tells nobody from another and is not
/// matched.
pub(super) fn matching(old: &Customers, new: &Customers) -> Matching {
    let (before, after) = (rows_by_id(old), rows_by_id(new));
    let own = |rows: &HashMap<&str, Option<u32>>| rows.values().flatten().count();
    let nameless = old.len() - own(&before) + new.len() - own(&after);
    let mut pairs: Vec<(u32, u32)> =
        before.iter().filter_map(|(id, row)| Some(((*row)?, (*after.get(id)?)?))).collect();
    pairs.sort_unstable();
    Matching { pairs, nameless }
}

/// The row of each id; none of an empty id and of one that stands twice.
fn rows_by_id(customers: &Customers) -> HashMap<&str, Option<u32>> {
    let mut rows = HashMap::with_capacity(customers.len());
    for (row, id) in customers.ids.iter().enumerate() {
        let row = (!id.is_empty()).then_some(row as u32);
        rows.entry(id).and_modify(|known| *known = None).or_insert(row);
    }
    rows
}

/// Follows the customers of two versions, given the cluster of each row in both.
#[must_use]
pub fn migration(model: &Model, old: &Dataset, new: &Dataset, before: &[i32], after: &[i32]) -> Migration {
    let Matching { pairs, nameless } = matching(&old.customers, &new.customers);
    let mut then: Vec<Option<u32>> = vec![None; new.customers.len()];
    let mut now: Vec<Option<u32>> = vec![None; old.customers.len()];
    for (row, other) in &pairs {
        now[*row as usize] = Some(*other);
        then[*other as usize] = Some(*row);
    }
    let values = [values(old), values(new)];
    let mut ways: BTreeMap<Way, Travellers> = BTreeMap::new();
    for (row, other) in now.iter().enumerate() {
        let way = ways.entry((Some(before[row]), other.map(|other| after[other as usize]))).or_default();
        way.customers += 1;
        way.before.push(values[0][row]);
        way.after.extend(other.map(|other| values[1][other as usize]));
    }
    for (row, _) in then.iter().enumerate().filter(|(_, other)| other.is_none()) {
        let way = ways.entry((None, Some(after[row]))).or_default();
        way.customers += 1;
        way.after.push(values[1][row]);
    }
    let counted = |wanted: &dyn Fn(Option<i32>, Option<i32>) -> bool| {
        ways.iter().filter(|((from, to), _)| wanted(*from, *to)).map(|(_, way)| way.customers).sum::<usize>()
    };
    let flows = ways
        .iter()
        .map(|((from, to), way)| Flow {
            from: *from,
            to: *to,
            customers: way.customers,
            share: way.customers as f64 / counted(&|other, _| other == *from) as f64,
            value_before: if from.is_some() { known_sum(&way.before) } else { f64::NAN },
            value_after: if to.is_some() { known_sum(&way.after) } else { f64::NAN },
        })
        .collect();
    let segments: Vec<SegmentChange> = clusters(model, before, after)
        .into_iter()
        .map(|cluster| {
            let present = counted(&|from, to| from == Some(cluster) && to.is_some());
            let stayed = counted(&|from, to| from == Some(cluster) && to == from);
            let (low, high) = wilson(stayed, present);
            SegmentChange {
                cluster,
                name: model.segment_name(cluster).to_owned(),
                old: state(before, &values[0], cluster),
                new: state(after, &values[1], cluster),
                kept: Kept { present, stayed, share: stayed as f64 / present as f64, low, high },
            }
        })
        .collect();
    let counts = [0, 1].map(|side| {
        let size = |segment: &SegmentChange| [segment.old.customers, segment.new.customers][side] as u64;
        segments.iter().map(size).collect::<Vec<u64>>()
    });
    let merged = merge_rare(&counts[0], &counts[1]).counts;
    Migration {
        old_customers: old.customers.len(),
        new_customers: new.customers.len(),
        joined: new.customers.len() - pairs.len(),
        left: old.customers.len() - pairs.len(),
        stayed: counted(&|from, to| from.is_some() && from == to),
        moved: counted(&|from, to| from.is_some() && to.is_some() && from != to),
        nameless,
        segments,
        flows,
        shares_psi: psi(&merged[0], &merged[1]),
        shares_test: homogeneity(&counts[0], &counts[1]),
    }
}

impl Migration {
    /// The customers who went one way, where there are any.
    #[must_use]
    pub fn flow(&self, from: Option<i32>, to: Option<i32>) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.from == from && flow.to == to)
    }

    /// The name of a segment; of none, what that is called.
    #[must_use]
    pub fn name_of<'a>(&'a self, cluster: Option<i32>, outside: &'a str) -> &'a str {
        let segment = self.segments.iter().find(|segment| Some(segment.cluster) == cluster);
        segment.map_or(outside, |segment| segment.name.as_str())
    }

    /// The segment whose share of the customers changed most.
    #[must_use]
    pub fn most_changed(&self) -> Option<&SegmentChange> {
        let change = |segment: &SegmentChange| (segment.new.share - segment.old.share).abs();
        self.segments.iter().max_by(|a, b| change(a).total_cmp(&change(b)))
    }
}

/// Clusters of the model, and any that only a prediction has (undecided).
fn clusters(model: &Model, before: &[i32], after: &[i32]) -> Vec<i32> {
    let mut clusters = model.clusters();
    let mut others: Vec<i32> = before.iter().chain(after).copied().filter(|label| !clusters.contains(label)).collect();
    others.sort_unstable();
    others.dedup();
    clusters.extend(others);
    clusters
}

/// The value measure by row; NaN where it is unknown, or where the version does not have it.
fn values(dataset: &Dataset) -> Vec<f64> {
    let known = dataset.value().and_then(|column| column.numbers());
    known.map_or_else(|| vec![f64::NAN; dataset.customers.len()], <[f64]>::to_vec)
}

fn known_sum(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    // In one order, so that the order of the rows does not show in the last digit.
    known.sort_unstable_by(f64::total_cmp);
    sum(&known)
}

fn state(labels: &[i32], values: &[f64], cluster: i32) -> SegmentState {
    let own: Vec<f64> =
        labels.iter().zip(values).filter(|(label, _)| **label == cluster).map(|(_, value)| *value).collect();
    let known = own.iter().filter(|value| value.is_finite()).count();
    let value = known_sum(&own);
    SegmentState {
        customers: own.len(),
        share: own.len() as f64 / labels.len() as f64,
        value,
        mean_value: value / known as f64,
    }
}
