//! The record engine, seen through the types that the macros make: equal to serde's derive where both should
//! agree, lenient where the platform is not strict. Strict reading is not public: see `src/record/tests.rs`.

mod derive;
mod hostile;
mod lenient;
mod log;
mod missing;
mod platform;
mod random;
mod shape;
mod show;
mod union;
mod unknown;

/// The message of a value that can't be read.
fn refusal<T: serde::de::DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
    match serde_json::from_str::<T>(json) {
        Ok(value) => panic!("{json} was read as {value:?}"),
        Err(error) => error.to_string(),
    }
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn write<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("JSON")
}

/// The run with `--cfg serde_json_unified` really has what other crates may switch on; the plain one has not.
#[test]
fn the_features_of_serde_json_are_those_of_this_run() {
    let unified = cfg!(serde_json_unified);
    let number = "0.1000000000000000000000000000000000001";
    assert_eq!(write(&read::<serde_json::Value>(number)) == number, unified, "arbitrary_precision");
    let object = r#"{"b":1,"a":2}"#;
    assert_eq!(write(&read::<serde_json::Value>(object)) == object, unified, "preserve_order");
}
