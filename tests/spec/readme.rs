//! What the READMEs say is true: the table of areas, the features, the versions, and how errors look.
//! That their code compiles is seen to by the doc tests.

use weixin::qrcode::{CreateQrcode, QrScene, ShowQrcode};
use weixin::sandbox::{Fault, Sandbox};
use weixin::Client;

use crate::{codegen, path, real, spec};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The table of areas in the language of a README.
fn table(readme: &str) -> String {
    let chinese = readme == "README.zh-CN.md";
    let spec = real();
    let (head, endpoints, events, replies, sum) = if chinese {
        ("| 模块 | 内容 | 接口数 |\n|---|---|---:|\n", "", " 个推送", " 种回复", "合计")
    } else {
        ("| area | what | endpoints |\n|---|---|---:|\n", "", " pushes", " replies", "all")
    };
    let mut table = head.to_owned();
    for area in &spec.areas {
        let what = if chinese { &area.name_zh } else { &area.title };
        let mut counts = Vec::new();
        if !area.endpoints.is_empty() {
            counts.push(format!("{}{endpoints}", area.endpoints.len()));
        }
        if !area.events.is_empty() {
            counts.push(format!("{}{events}", area.events.len()));
        }
        if !area.replies.is_empty() {
            counts.push(format!("{}{replies}", area.replies.len()));
        }
        table += &format!("| `{}` | {what} | {} |\n", area.name, counts.join(", "));
    }
    let all: usize = spec.areas.iter().map(|area| area.endpoints.len()).sum();
    table + &format!("| | {sum} | {all} |\n")
}

#[test]
fn the_table_of_areas_is_that_of_the_spec() {
    for readme in READMES {
        let text = read(readme);
        let (before, rest) = text.split_once("<!-- areas:").expect("a comment begins the table");
        let (comment, rest) = rest.split_once("-->\n").unwrap();
        let (found, after) = rest.split_once("<!-- end of areas -->").expect("a comment ends the table");
        let table = table(readme);
        if std::env::var_os("README_UPDATE").is_some() {
            let text = format!("{before}<!-- areas:{comment}-->\n{table}<!-- end of areas -->{after}");
            std::fs::write(path(readme), text).unwrap();
        } else {
            assert_eq!(
                found, table,
                "{readme}: `README_UPDATE=1 cargo test --test spec readme` writes it anew"
            );
        }
    }
}

#[test]
fn features_and_versions_are_those_of_the_package() {
    let manifest = read("Cargo.toml");
    let manifest = toml::de::DeTable::parse(&manifest).unwrap();
    let manifest = manifest.get_ref();
    let package = manifest["package"].get_ref().as_table().unwrap();
    let rust_version = package["rust-version"].get_ref().as_str().unwrap();
    for readme in READMES {
        let text = read(readme);
        for feature in manifest["features"].get_ref().as_table().unwrap().keys() {
            let feature = feature.get_ref();
            let row = format!("\n| `{feature}` | ");
            assert!(feature == "default" || text.contains(&row), "{readme} lacks the feature {feature}");
        }
        assert!(
            text.contains(&format!("{rust_version}:")) || text.contains(&format!("{rust_version}：")),
            "{readme}"
        );
    }
    assert!(read("CHANGELOG.md").contains(&format!("## {}", package["version"].get_ref().as_str().unwrap())));
}

#[test]
fn both_say_the_same_in_code() {
    let blocks = |readme: &str| {
        let text = read(readme);
        let fences: Vec<String> = text.split("```").map(str::to_owned).collect();
        // Comments are in the README's own language.
        let code = |block: &String| {
            let lines = block.lines().filter(|line| !line.trim_start().starts_with("//"));
            lines.collect::<Vec<_>>().join("\n")
        };
        fences.iter().skip(1).step_by(2).map(code).collect::<Vec<_>>()
    };
    let [english, chinese] = READMES.map(blocks);
    assert!(english.len() > 8);
    assert_eq!(english, chinese);
}

#[test]
fn mistakes_in_a_spec_look_as_shown() {
    let name = "api-spec/five_mistakes.toml".to_owned();
    let file = spec::model::SourceFile { name, text: read("tests/broken-spec/five_mistakes.toml") };
    let report = codegen::load(vec![file]).expect_err("the spec is broken").to_string();
    let text = read("README.md");
    let shown: Vec<&str> =
        text.lines().filter(|line| line.starts_with("api-spec/five_mistakes.toml")).collect();
    assert_eq!(shown.len(), 3);
    for line in shown {
        assert!(report.lines().any(|reported| reported == line), "{line}\n{report}");
    }
}

// What doc tests leave out: the test that the READMEs show, run and compared.
// begin of the shown test
#[tokio::test]
async fn a_used_up_quota_is_reported() -> weixin::Result<()> {
    let sandbox = Sandbox::start().await?;
    let client = sandbox.client()?;
    sandbox.inject_fault("create_qrcode", Fault::code(45009))?;

    let refused = client.create_qrcode(CreateQrcode::new(QrScene::new(123).expire_seconds(86_400))).await;
    assert!(refused.is_err_and(|error| error.is_rate_limited()));
    assert_eq!(sandbox.request_count("create_qrcode"), 1);
    Ok(())
}
// end of the shown test

#[test]
fn the_test_shown_is_the_one_that_runs() {
    let source = read("tests/spec/readme.rs");
    let (_, rest) = source.split_once("\n// begin of the shown test\n").unwrap();
    let (shown, _) = rest.split_once("// end of the shown test\n").unwrap();
    for readme in READMES {
        assert!(read(readme).contains(shown), "{readme}");
    }
}

#[tokio::test]
async fn errors_look_as_shown() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox.client().unwrap();
    let create = || client.create_qrcode(CreateQrcode::new(QrScene::new(123).expire_seconds(86_400)));
    let mut errors = Vec::new();

    let message = "invalid ip 203.0.113.7, not in whitelist rid: 6650f3c1-0a1b2c3d-4e5f6071";
    sandbox.inject_fault("create_qrcode", Fault::code(40164).message(message)).unwrap();
    errors.push(create().await.unwrap_err());

    sandbox.inject_fault("*", Fault::code(40125).message("invalid appsecret")).unwrap();
    let other = Client::builder("wx_sandbox", "wrong").base_url(sandbox.url()).build().unwrap();
    errors.push(
        other.create_qrcode(CreateQrcode::new(QrScene::new(123).expire_seconds(86_400))).await.unwrap_err(),
    );

    errors.push(client.show_qrcode(ShowQrcode::new("forgotten")).await.unwrap_err());

    let answer = r#"{"ticket":"gQ","expire_seconds":"soon","url":"u"}"#;
    sandbox.inject_fault("create_qrcode", Fault::answer(answer)).unwrap();
    errors.push(create().await.unwrap_err());

    for readme in READMES {
        let text = read(readme);
        for error in &errors {
            assert!(text.lines().any(|line| line == error.to_string()), "{readme} lacks {error}");
        }
    }
}
