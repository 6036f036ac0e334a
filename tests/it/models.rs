//! Models: the same labels on any number of threads, saved, read back, set aside, matched.

use segmenta::cluster::Silent;
use segmenta::dataset::Dataset;
use segmenta::generate::{DataRecipe, generate};
use segmenta::segment::fit::{Occasion, fit};
use segmenta::segment::predict::{parse_features, placements, predict};
use segmenta::segment::{Model, RecipeRequest, store};

fn dataset(recipe: DataRecipe, rows: usize) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    generate(recipe, rows, 3, folder.path()).unwrap();
    segmenta::dataset::load(folder.path()).unwrap()
}

fn train(dataset: &Dataset, request: &RecipeRequest, predecessor: Option<&Model>) -> Model {
    let occasion = Occasion { name: "m", predecessor, now: 0, quick: true };
    fit(dataset, &request.resolve(dataset).unwrap(), occasion, &Silent).unwrap()
}

fn kmeans(k: &str) -> RecipeRequest {
    RecipeRequest { algorithm: Some("kmeans".to_owned()), k: Some(k.to_owned()), ..RecipeRequest::default() }
}

#[test]
fn the_same_seed_gives_the_same_model_on_any_number_of_threads() {
    let data = dataset(DataRecipe::Personality, 1500);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut model = pool.install(|| train(&data, &RecipeRequest::default(), None));
        model.seconds = 0.0;
        model
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn planted_segments_are_found_and_named() {
    let people = dataset(DataRecipe::Personality, 2000);
    let model = train(&people, &RecipeRequest::default(), None);
    let mut names: Vec<&str> = model.segments.iter().map(|segment| segment.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Elite", "High potential", "Low old", "Low recent"]);

    let visitors = dataset(DataRecipe::Clickstream, 6000);
    let model = train(&visitors, &RecipeRequest::default(), None);
    assert_eq!(model.n_clusters(), 3);
    assert_eq!(model.segments.last().unwrap().name, "Undecided");
    assert_eq!(model.segments.iter().map(|s| s.size).sum::<usize>(), visitors.customers.len());
}

#[test]
fn every_transform_and_scaling_fits_and_predicts_its_own_customers() {
    let data = dataset(DataRecipe::Clickstream, 800);
    for transform in ["none", "log1p", "box-cox", "yeo-johnson"] {
        for scale in ["standard", "minmax", "robust", "none"] {
            let request =
                RecipeRequest { transform: Some(transform.to_owned()), scale: Some(scale.to_owned()), ..kmeans("3") };
            let model = train(&data, &request, None);
            let features = model.features_of(&data).unwrap();
            for row in (0..data.customers.len()).step_by(97) {
                let values: Vec<Option<f64>> = features.row(row).iter().map(|v| Some(*v)).collect();
                let answer = predict(&model, &data, &values).unwrap();
                assert_eq!(answer.cluster, model.labels[row], "{transform} {scale} row {row}");
            }
        }
    }
}

#[test]
fn automatic_k_takes_the_consensus() {
    let data = dataset(DataRecipe::Clickstream, 1500);
    let model = train(&data, &kmeans("auto"), None);
    assert!((2..=12).contains(&model.n_clusters()));
}

#[test]
fn a_model_survives_saving_and_a_torn_file_is_set_aside() {
    let models = tempfile::tempdir().unwrap();
    let data = dataset(DataRecipe::Clickstream, 900);
    let mut model = train(&data, &RecipeRequest::default(), None);
    model.dataset = "clickstream".to_owned();
    let file = store::save(models.path(), &model).unwrap();
    assert_eq!(store::read_all(models.path()).models, [model.clone()]);

    let text = std::fs::read_to_string(&file).unwrap();
    for (broken, expected) in [
        (text[..text.len() / 2].to_owned(), "is no model file"),
        (text.replace("\"schema_version\":2", "\"schema_version\":99"), "newer version of the program (form 99"),
        (text.replacen("\"labels\":[", "\"labels\":[99,", 1), "a label names no cluster"),
        (text.replace("\"name\":\"m\"", "\"name\":\"other\""), "move it to the matching file name"),
        ("{}".to_owned(), "is no model file"),
    ] {
        std::fs::write(&file, &broken).unwrap();
        let stored = store::read_all(models.path());
        assert!(stored.models.is_empty());
        assert!(stored.set_aside[0].reason.contains(expected), "{}", stored.set_aside[0].reason);
    }
    store::save(models.path(), &model).unwrap();
    assert!(file.with_extension("json.set-aside").exists(), "the unreadable file is kept");
    assert_eq!(store::read_all(models.path()).models.len(), 1);
}

#[test]
fn names_that_are_no_file_names_are_refused() {
    for name in ["", "../x", "a b", "A", "x/y", ".hidden", &"a".repeat(65)] {
        assert!(store::check_name(name).is_err(), "{name}");
    }
    store::check_name("spring-2026_v2").unwrap();
}

#[test]
fn edited_names_and_colours_survive_retraining() {
    let data = dataset(DataRecipe::Personality, 1200);
    let mut old = train(&data, &RecipeRequest::default(), None);
    let elite = old.segments.iter_mut().find(|segment| segment.name == "Elite").unwrap();
    elite.name = "Darlings".to_owned();
    elite.name_edited = true;
    elite.colour = 6;
    let new = train(&data, &RecipeRequest { seed: Some(99), ..RecipeRequest::default() }, Some(&old));
    let darlings = new.segments.iter().find(|segment| segment.name == "Darlings").expect("the name stays");
    assert_eq!((darlings.colour, darlings.name_edited), (6, true));
    let mut colours: Vec<i32> = new.segments.iter().map(|segment| segment.colour).collect();
    colours.sort_unstable();
    colours.dedup();
    assert_eq!(colours.len(), new.segments.len(), "no two segments share a colour");
}

#[test]
fn impossible_recipes_say_what_to_do() {
    let data = dataset(DataRecipe::Clickstream, 300);
    for (request, expected) in [
        (
            RecipeRequest { features: Some(vec!["nothing".to_owned()]), ..kmeans("3") },
            "\"nothing\" is no numeric column or category",
        ),
        (RecipeRequest { features: Some(Vec::new()), ..kmeans("3") }, "choose at least one"),
        (
            RecipeRequest { features: Some(vec!["n_clicks".to_owned(), "n_clicks".to_owned()]), ..kmeans("3") },
            "stands twice",
        ),
        (kmeans("0"), "give 1 to 100"),
        (kmeans("many"), "\"many\" is no number of clusters"),
        (RecipeRequest { transform: Some("sqrt".to_owned()), ..kmeans("3") }, "choose one of none, log1p"),
        (RecipeRequest { eps: Some(0.0), ..RecipeRequest::default() }, "0 is no radius"),
        (RecipeRequest { eps: Some(f64::NAN), ..RecipeRequest::default() }, "NaN is no radius"),
        (RecipeRequest { min_samples: Some(0), ..RecipeRequest::default() }, "at least 1"),
        (RecipeRequest { n_init: Some(0), ..kmeans("3") }, "give 1 to 1000"),
        (
            RecipeRequest { algorithm: Some("magic".to_owned()), ..RecipeRequest::default() },
            "choose one of kmeans, hierarchical, gaussian-mixture, dbscan, hdbscan",
        ),
    ] {
        let message = request.resolve(&data).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,v\n1,2\n2,2\n3,5\n").unwrap();
    let text = "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='v'\nfeatures=['v']\n";
    std::fs::write(folder.path().join("dataset.toml"), text).unwrap();
    let tiny = segmenta::dataset::load(folder.path()).unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,v\n1,2\n2,1e300\n3,5\n").unwrap();
    let huge = segmenta::dataset::load(folder.path()).unwrap();
    let recipe = kmeans("2").resolve(&huge).unwrap();
    let occasion = Occasion { name: "m", predecessor: None, now: 0, quick: true };
    let message = fit(&huge, &recipe, occasion, &Silent).unwrap_err().to_string();
    assert!(message.starts_with("v: the value in row 2 is too large"), "{message}");
    let recipe = kmeans("3").resolve(&tiny).unwrap();
    let message = fit(&tiny, &recipe, Occasion { name: "m", predecessor: None, now: 0, quick: true }, &Silent)
        .unwrap_err()
        .to_string();
    assert!(message.contains("there are only 2; choose fewer clusters"), "{message}");
}

#[test]
fn unknown_features_are_said_and_strange_customers_are_warned_of() {
    let data = dataset(DataRecipe::Personality, 800);
    let model = train(&data, &RecipeRequest::default(), None);
    let ask = |text: &str| {
        let inputs = text.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
        parse_features(&model, &data, &inputs.collect()).map(|features| predict(&model, &data, &features).unwrap())
    };
    let blank = ask("Total_Spent=&AverageCheck=").unwrap();
    assert_eq!(blank.unknown.len(), 4);
    let strange = ask("Total_Spent=90000").unwrap();
    assert!(strange.warnings[0].contains("is outside everything seen"), "{:?}", strange.warnings);
    assert!(strange.warnings.len() > 1, "far from its segment too");
    let shares: f64 = strange.reasons.iter().map(|reason| reason.share.abs()).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert!(ask("Total_Spent=NaN").unwrap_err().to_string().contains("\"NaN\" is no number"));
    assert!(ask("Shoe_Size=1").unwrap_err().to_string().contains("is no feature of the model"));
}

#[test]
fn undecided_customers_are_placed_nowhere_and_counted() {
    let data = dataset(DataRecipe::Clickstream, 4000);
    let model = train(&data, &RecipeRequest::default(), None);
    let placed = placements(&model, &data).unwrap();
    let undecided = placed.labels.iter().filter(|label| **label < 0).count();
    assert_eq!(undecided, model.scores.undecided);
    assert!(undecided > 0);
    let far = [Some(1.0e6), Some(1.0e6), Some(1.0e6)];
    let answer = predict(&model, &data, &far).unwrap();
    assert_eq!((answer.cluster, answer.confidence), (-1, 0.0));
    assert!(answer.warnings.iter().any(|w| w.contains("not close to any group")));
}

#[test]
fn models_that_are_put_aside_do_not_take_each_others_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shop")).unwrap();
    for (content, expected) in [("first", "default.json.set-aside"), ("second", "default.json.set-aside-2")] {
        std::fs::write(store::path(folder.path(), "shop", "default"), content).unwrap();
        let kept = store::put_aside(folder.path(), "shop", "default").unwrap();
        assert_eq!(kept.file_name().unwrap(), expected);
        assert_eq!(std::fs::read_to_string(kept).unwrap(), content);
    }
    assert!(store::put_aside(folder.path(), "shop", "default").is_err());
}
