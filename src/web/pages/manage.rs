//! New data for a data set, another name, the trash.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Multipart, Path, State};
use axum::response::Redirect;
use serde::Deserialize;

use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::work::importing;

/// `GET /d/{dataset}/replace`: where new files are chosen.
pub(in crate::web) async fn begin(Asked(context, Nothing): Asked<Nothing>) -> Redirect {
    Redirect::to(&format!("/d/{}/data?replace=1#manage", context.dataset.name))
}

/// `POST /d/{dataset}/replace`: files with new data. `keep=no` moves the former data to the trash instead of keeping it as a
/// version.
pub(in crate::web) async fn replace(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    form: Multipart,
) -> Result<Redirect, AppError> {
    let job = importing::take_new_data(&state, &context.dataset, form).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

#[derive(Deserialize)]
pub(super) struct NewName {
    name: String,
}

/// `POST /d/{dataset}/rename`
pub(super) async fn rename(
    State(state): State<Arc<AppState>>,
    Path(dataset): Path<String>,
    Form(NewName { name }): Form<NewName>,
) -> Result<Redirect, AppError> {
    let name = name.trim().to_owned();
    let target = format!("/d/{name}/data#manage");
    let shared = Arc::clone(&state);
    state.compute(move || shared.rename_dataset(&dataset, &name)).await??;
    Ok(Redirect::to(&target))
}

#[derive(Deserialize)]
pub(super) struct Confirmation {
    confirm: String,
}

/// `POST /d/{dataset}/delete`: moves a data set to the trash, when its name is given once more.
pub(super) async fn delete(
    State(state): State<Arc<AppState>>,
    Path(dataset): Path<String>,
    Form(Confirmation { confirm }): Form<Confirmation>,
) -> Result<Redirect, AppError> {
    if confirm.trim() != dataset {
        return Err(AppError::BadRequest(format!(
            "Nothing was deleted: type the name \"{dataset}\" to confirm that this data set shall go to the trash."
        )));
    }
    let shared = Arc::clone(&state);
    state.compute(move || shared.delete_dataset(&dataset)).await??;
    Ok(Redirect::to("/#trash"))
}

#[derive(Deserialize)]
pub(super) struct TrashKey {
    key: String,
}

/// `POST /restore`: takes a data set back from the trash.
pub(super) async fn restore(
    State(state): State<Arc<AppState>>,
    Form(TrashKey { key }): Form<TrashKey>,
) -> Result<Redirect, AppError> {
    let shared = Arc::clone(&state);
    let name = state.compute(move || shared.restore_dataset(&key)).await??;
    Ok(Redirect::to(&format!("/d/{name}/data")))
}
