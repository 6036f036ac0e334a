//! What was handed out and used, from the same queries as the page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::dataset::dates;
use crate::query::sales::{Grain, Measure, Spread, Totals, check_steps, dimension};
use crate::web::error::AppError;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;

/// Totals of two levels together.
#[derive(Serialize, utoipa::ToSchema)]
struct CrossedCell {
    /// Level of the dimension named in `down`.
    down: String,
    /// Level of the dimension named in `across`.
    across: String,
    /// What was handed out and used.
    totals: Totals,
}

/// A status in a step of time.
#[derive(Serialize, utoipa::ToSchema)]
struct StatusStep {
    /// First day of the step.
    from: String,
    /// The status.
    status: String,
    /// Facts that have it.
    count: usize,
}

/// What was handed out and used.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CouponsResponse {
    /// What one of the things is called.
    thing: String,
    /// What a used one is said to be.
    word: String,
    /// All chosen facts.
    totals: Totals,
    /// Known customers who used at least one.
    users: usize,
    /// Facts by status and step of time.
    statuses: Vec<StatusStep>,
    /// Facts of a customer, over customers who have some.
    per_customer: Option<Spread>,
    /// Days from a fact to its use.
    days_to_use: Option<Spread>,
    /// By the dimensions named in `down` and `across`; cells without facts are left out.
    crossed: Vec<CrossedCell>,
}

/// What coupons can be asked by.
pub(super) struct CouponKeys {
    step: Option<Grain>,
    down: Option<String>,
    across: Option<String>,
}

impl Question for CouponKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            step: asking.parsed("step", Grain::parse)?,
            down: asking.text("down"),
            across: asking.text("across"),
        })
    }
}

/// What was handed out, what became of it, how soon, and where. Filters are those of the Coupons page. Series and levels are at
/// `/sales`, with the measures `things`, `uses`, `use_rate` and `things_per_customer`.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/coupons", tag = "sales", params(("dataset" = String, Path), ("step" = Option<String>, Query), ("down" = Option<String>, Query), ("across" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query)), responses((status = 200, body = CouponsResponse), (status = 400), (status = 404)))]
pub(super) async fn coupons(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<CouponKeys>,
) -> Result<Json<CouponsResponse>, AppError> {
    state
        .compute(move || {
            let view = context.sales()?;
            let Some(uses) = &view.facts.uses else {
                return Err(AppError::NotFound("This data set has nothing that is handed out and used.".to_owned()));
            };
            let grain = question.step.unwrap_or(Grain::Month);
            check_steps(view.days()?, grain)?;
            let mut statuses = Vec::new();
            if let Some(status) = view.facts.dimension(&uses.status) {
                let levels: Vec<usize> = (0..status.names.len()).collect();
                let (days, crossed) = view.by_level_and_time(status, &levels, grain, Measure::Things)?;
                for (name, totals) in status.names.iter().zip(crossed) {
                    let steps = days.iter().zip(totals).map(|(day, totals)| StatusStep {
                        from: dates::format_iso(f64::from(*day)),
                        status: name.clone(),
                        count: totals.lines,
                    });
                    statuses.extend(steps);
                }
            }
            let mut crossed = Vec::new();
            if let (Some(down), Some(across)) = (&question.down, &question.across) {
                let of = |name: &str| dimension(view.facts, name, "to compare by");
                let (down, across) = (of(down)?, of(across)?);
                let all = |count: usize| (0..count).collect::<Vec<_>>();
                let (lines, columns) = (all(down.names.len()), all(across.names.len()));
                let totals = view.by_two_levels((down, &lines), (across, &columns), Measure::Customers)?;
                for (name, row) in down.names.iter().zip(totals) {
                    let cells = across.names.iter().zip(row).filter(|(_, totals)| totals.lines > 0);
                    crossed.extend(cells.map(|(other, totals)| CrossedCell {
                        down: name.clone(),
                        across: other.clone(),
                        totals,
                    }));
                }
            }
            Ok(Json(CouponsResponse {
                thing: uses.thing.clone(),
                word: uses.word.clone(),
                totals: view.totals()?,
                users: view.users().0,
                statuses,
                per_customer: view.per_customer(),
                days_to_use: view.days_to_use(),
                crossed,
            }))
        })
        .await?
}
