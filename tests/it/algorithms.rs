//! Every algorithm and kind of feature, from recipe to saved model and back to predictions.

use std::collections::BTreeMap;

use segmenta::cluster::{ClusterError, Progress, Silent};
use segmenta::dataset::Dataset;
use segmenta::dataset::newcomers::Newcomers;
use segmenta::generate::{DataRecipe, generate};
use segmenta::segment::advice::{most_varying, warnings};
use segmenta::segment::comparison::compare_algorithms;
use segmenta::segment::fit::{Occasion, fit};
use segmenta::segment::predict::{newcomer_placements, parse_features, placements, predict, scaled_customers};
use segmenta::segment::trust::recommend;
use segmenta::segment::{Algorithm, Model, RecipeRequest, SegmentError, encode, store};

fn customers(rows: usize) -> (tempfile::TempDir, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    generate(DataRecipe::Personality, rows, 3, folder.path()).unwrap();
    let dataset = segmenta::dataset::load(folder.path()).unwrap();
    (folder, dataset)
}

fn request(algorithm: &str) -> RecipeRequest {
    RecipeRequest { algorithm: Some(algorithm.to_owned()), ..RecipeRequest::default() }
}

fn train(dataset: &Dataset, request: &RecipeRequest) -> Model {
    let occasion = Occasion { name: "m", predecessor: None, now: 0, quick: true };
    fit(dataset, &request.resolve(dataset).unwrap(), occasion, &Silent).unwrap()
}

fn all_requests() -> Vec<RecipeRequest> {
    let mut all = vec![
        RecipeRequest { k: Some("4".to_owned()), ..request("kmeans") },
        RecipeRequest { eps: Some(0.6), min_samples: Some(10), ..request("dbscan") },
        RecipeRequest { min_cluster_size: Some(40), min_samples: Some(10), ..request("hdbscan") },
    ];
    for linkage in ["ward", "complete", "average", "single"] {
        all.push(RecipeRequest { linkage: Some(linkage.to_owned()), ..request("hierarchical") });
    }
    for covariance in ["full", "tied", "diag", "spherical"] {
        all.push(RecipeRequest { covariance: Some(covariance.to_owned()), ..request("gaussian-mixture") });
    }
    all
}

#[test]
fn every_algorithm_is_saved_read_back_and_predicts_its_own_customers() {
    let (_folder, data) = customers(900);
    for request in all_requests() {
        let model = train(&data, &request);
        let what = model.recipe.algorithm.parameters();
        let models = tempfile::tempdir().unwrap();
        store::save(models.path(), &model).unwrap();
        let stored = store::read_all(models.path());
        assert_eq!(stored.models, std::slice::from_ref(&model), "{what}: {:?}", stored.set_aside);

        let scaled = scaled_customers(&model, &data).unwrap();
        let again = model.assign_all(scaled.view()).unwrap();
        assert_eq!(again, model.labels, "{what}");
        let confidences = placements(&model, &data).unwrap().confidences;
        for (row, confidence) in confidences.iter().enumerate() {
            assert!((0.0..=1.0).contains(confidence), "{what} {row} {confidence}");
            assert!(model.labels[row] >= 0 || *confidence == 0.0, "{what} {row}");
        }
        let one: Vec<Option<f64>> = model.features_of(&data).unwrap().row(7).iter().map(|value| Some(*value)).collect();
        let prediction = predict(&model, &data, &one).unwrap();
        assert_eq!(prediction.cluster, model.labels[7], "{what}");
        if prediction.cluster >= 0 {
            assert_eq!(prediction.distances[0].cluster, prediction.cluster, "{what}");
            assert!((prediction.confidence - confidences[7]).abs() < 1e-9, "{what}");
            assert!(model.n_clusters() < 2 || prediction.reasons.len() == model.recipe.features.len(), "{what}");
        }
        let spread: f64 = prediction.reasons.iter().map(|reason| reason.share.abs()).sum();
        assert!(prediction.reasons.is_empty() || (spread - 1.0).abs() < 1e-9, "{what}");
    }
}

#[test]
fn a_mixture_says_how_probable_each_segment_is() {
    let (_folder, data) = customers(900);
    let model = train(&data, &request("gaussian-mixture"));
    let prediction = predict(&model, &data, &[None, None, None, None]).unwrap();
    let probabilities: Vec<f64> = prediction.distances.iter().map(|distance| distance.probability.unwrap()).collect();
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(probabilities.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(model.scores.bic.unwrap() > model.scores.aic.unwrap());
}

fn with_category(weight: f64) -> RecipeRequest {
    RecipeRequest {
        features: Some(vec!["Income".to_owned(), "Education".to_owned()]),
        weights: Some(BTreeMap::from([("Education".to_owned(), weight)])),
        k: Some("3".to_owned()),
        ..request("kmeans")
    }
}

#[test]
fn a_category_is_one_hot_and_its_weight_says_how_much_it_counts() {
    let (folder, data) = customers(900);
    let levels = data.customers.column("Education").unwrap().levels().unwrap().to_vec();
    let model = train(&data, &with_category(2.0));
    let scaled = scaled_customers(&model, &data).unwrap();
    assert_eq!(scaled.ncols(), 1 + levels.len());
    let raw = model.features_of(&data).unwrap();
    let differ = (1..900).find(|row| raw[(*row, 1)] != raw[(0, 1)]).unwrap();
    let between: f64 = (1..scaled.ncols()).map(|column| (scaled[(0, column)] - scaled[(differ, column)]).powi(2)).sum();
    assert!((between.sqrt() - 2.0).abs() < 1e-12, "two levels are one weight apart");

    // A category that counts much decides, one that counts little does not.
    let purity = |model: &Model| {
        let of = |cluster| {
            let mut counts = BTreeMap::new();
            for (row, _) in model.labels.iter().enumerate().filter(|(_, label)| **label == cluster) {
                *counts.entry(raw[(row, 1)] as i64).or_insert(0) += 1;
            }
            counts.into_values().max().unwrap_or(0)
        };
        model.clusters().into_iter().map(of).sum::<i32>()
    };
    assert!(purity(&train(&data, &with_category(50.0))) > purity(&train(&data, &with_category(0.01))));

    let inputs = BTreeMap::from([("Education".to_owned(), levels[1].clone())]);
    let features = parse_features(&model, &data, &inputs).unwrap();
    assert_eq!(features, [None, Some(1.0)]);
    assert_eq!(predict(&model, &data, &features).unwrap().unknown.len(), 1);
    let wrong = BTreeMap::from([("Education".to_owned(), "Wizard".to_owned())]);
    let message = parse_features(&model, &data, &wrong).unwrap_err().to_string();
    assert!(message.contains("\"Wizard\" is not known; choose one of"), "{message}");

    let file = folder.path().join("new.csv");
    std::fs::write(&file, format!("Income,Education\n40000,{}\n,Wizard\n", levels[0])).unwrap();
    let people = Newcomers::read(&data, &file, &model.encoder.wanted(&model.recipe)).unwrap();
    let placed = newcomer_placements(&model, &people.features).unwrap();
    assert_eq!([placed[0].unknown, placed[1].unknown], [0, 2]);
}

#[test]
fn models_of_the_first_form_are_still_read() {
    let (_folder, data) = customers(400);
    let model = train(&data, &RecipeRequest::default());
    let models = tempfile::tempdir().unwrap();
    let file = store::save(models.path(), &model).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    json["schema_version"] = 1.into();
    for newer in ["silhouette_error", "bic", "aic", "stability", "note"] {
        json["scores"].as_object_mut().unwrap().remove(newer);
    }
    std::fs::write(&file, json.to_string()).unwrap();
    let stored = store::read_all(models.path());
    assert!(stored.set_aside.is_empty(), "{:?}", stored.set_aside);
    assert_eq!(stored.models[0].labels_for(&data).unwrap(), model.labels);
}

#[test]
fn features_that_dominate_or_repeat_are_told() {
    let (_folder, data) = customers(600);
    let told = |request: &RecipeRequest| warnings(&data, &request.resolve(&data).unwrap()).unwrap();
    assert_eq!(told(&RecipeRequest::default()), [""; 0]);
    let unscaled = told(&RecipeRequest { scale: Some("none".to_owned()), ..RecipeRequest::default() });
    assert!(unscaled[0].contains("of the variance"), "{unscaled:?}");
    let heavy =
        RecipeRequest { weights: Some(BTreeMap::from([("Total_Spent".to_owned(), 20.0)])), ..RecipeRequest::default() };
    assert!(told(&heavy)[0].starts_with("Total spent carries"), "{:?}", told(&heavy));
    let twice =
        RecipeRequest { features: Some(vec!["Year_Birth".to_owned(), "Age".to_owned()]), ..RecipeRequest::default() };
    assert!(told(&twice)[0].contains("say nearly the same"), "{:?}", told(&twice));
}

#[test]
fn the_most_varying_features_are_selected() {
    let (_folder, data) = customers(600);
    let select = |keep| RecipeRequest { select: Some(keep), ..RecipeRequest::default() }.resolve(&data);
    let three = select(3).unwrap().features;
    assert_eq!(three.len(), 3);
    let numeric: Vec<String> = data.customers.numeric().map(|column| column.name.clone()).collect();
    assert_eq!(three, most_varying(&data, &numeric, 3));
    assert!(select(0).unwrap_err().to_string().contains("keep at least one"));
}

#[test]
fn impossible_weights_and_categories_are_refused() {
    let (_folder, data) = customers(300);
    let message = |request: RecipeRequest| request.resolve(&data).unwrap_err().to_string();
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(message(with_category(weight)).contains("is no weight for \"Education\""));
    }
    let stray = RecipeRequest { weights: Some(BTreeMap::from([("Age".to_owned(), 2.0)])), ..RecipeRequest::default() };
    assert!(message(stray).contains("\"Age\" is not among the features"));
    let linkage = RecipeRequest { linkage: Some("median".to_owned()), ..request("hierarchical") };
    assert!(message(linkage).contains("choose one of ward, complete, average, single"));
    let covariance = RecipeRequest { covariance: Some("round".to_owned()), ..request("gaussian-mixture") };
    assert!(message(covariance).contains("choose one of full, tied, diag, spherical"));
    assert!(message(RecipeRequest { min_cluster_size: Some(1), ..request("hdbscan") }).contains("at least 2"));
}

#[test]
fn the_number_of_segments_is_recommended_by_every_criterion_and_followed() {
    let (_folder, data) = customers(500);
    for (algorithm, criteria) in [("kmeans", 6), ("gaussian-mixture", 6), ("hierarchical", 5)] {
        let request = RecipeRequest { k: Some("auto".to_owned()), n_init: Some(2), ..request(algorithm) };
        let recipe = request.resolve(&data).unwrap();
        let rows = encode::prepare(&data, &recipe, &Silent).unwrap().fitted_rows();
        let found = recommend(rows.view(), &recipe.algorithm, recipe.seed, &Silent).unwrap();
        let consensus = found.consensus.unwrap();
        assert_eq!(consensus.votes.len(), criteria, "{algorithm}: {:?}", consensus.votes);
        assert!(found.scores.iter().all(|score| score.stability.len() == score.k), "{algorithm}");
        assert_eq!(train(&data, &request).n_clusters(), consensus.k, "{algorithm}");
    }
}

#[test]
fn algorithms_are_compared_and_the_best_is_useful() {
    let (_folder, data) = customers(500);
    let recipe = RecipeRequest::default().resolve(&data).unwrap();
    let found = compare_algorithms(&data, &recipe, &Silent).unwrap();
    assert_eq!(found.candidates.len(), 9);
    let best = &found.candidates[found.best.unwrap()];
    assert!(best.not_useful.is_none() && found.reason.starts_with(&best.title), "{}", found.reason);
    for (position, candidate) in found.candidates.iter().enumerate() {
        assert_eq!(candidate.sizes.iter().sum::<usize>() + candidate.undecided, found.customers, "{}", candidate.title);
        assert!((found.adjusted_rand[position][position] - 1.0).abs() < 1e-12);
        assert!(
            (found.adjusted_mutual_information[position][0] - found.adjusted_mutual_information[0][position]).abs()
                < 1e-12
        );
        let useful = candidate.not_useful.is_none();
        assert!(!useful || candidate.silhouette <= best.silhouette, "{}", candidate.title);
    }
}

#[test]
fn every_piece_of_work_can_be_cancelled() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let (_folder, data) = customers(300);
    for request in all_requests() {
        let recipe = request.resolve(&data).unwrap();
        let occasion = Occasion { name: "m", predecessor: None, now: 0, quick: false };
        let error = fit(&data, &recipe, occasion, &Stop).unwrap_err();
        assert!(error.is_cancelled(), "{}: {error}", recipe.algorithm.parameters());
    }
    let recipe = RecipeRequest::default().resolve(&data).unwrap();
    assert!(compare_algorithms(&data, &recipe, &Stop).unwrap_err().is_cancelled());
    let rows = encode::prepare(&data, &recipe, &Silent).unwrap().fitted_rows();
    let algorithm = Algorithm::Kmeans { n_clusters: None, n_init: 1 };
    let error = recommend(rows.view(), &algorithm, 1, &Stop).unwrap_err();
    assert!(matches!(error, SegmentError::Cluster(ClusterError::Cancelled)));
}
