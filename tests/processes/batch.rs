//! The example `qrcode_batch` as a process of its own, killed and started again: nothing is lost, nothing done
//! twice but what was under way. What it asks for is read from the log of a sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use weixin::qrcode::ShowQrcode;
use weixin::sandbox::{Fault, Sandbox};

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| crate::program::example("qrcode_batch"))
}

struct Batch {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Batch {
    async fn new() -> Self {
        Self { sandbox: Sandbox::start().await.unwrap(), folder: TempDir::new().unwrap() }
    }

    fn command(&self, from: u32, to: u32) -> Command {
        let mut command = Command::new(program());
        command.args(["--from", &from.to_string(), "--to", &to.to_string(), "--dir"]).arg(self.folder.path());
        command.env("WEIXIN_APPID", self.sandbox.app_id()).env("WEIXIN_SECRET", self.sandbox.secret());
        command.env("WEIXIN_BASE_URL", self.sandbox.url()).env("NO_PROXY", "127.0.0.1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, from: u32, to: u32) -> Child {
        self.command(from, to).spawn().unwrap()
    }

    /// Runs to the end.
    fn run(&self, from: u32, to: u32) -> Output {
        self.command(from, to).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn list(&self) -> String {
        std::fs::read_to_string(self.path("codes.csv")).unwrap()
    }

    /// Ticket by scene; every scene of the list stands in it once.
    fn tickets(&self) -> BTreeMap<u32, String> {
        let mut tickets = BTreeMap::new();
        for line in self.list().lines().skip(1) {
            let columns: Vec<&str> = line.split(',').collect();
            let [scene, ticket, url, file, account] = columns[..] else { panic!("{line}") };
            assert!(url.starts_with("http://weixin.qq.com/q/"), "{line}");
            assert_eq!((file, account), (format!("{scene}.jpg").as_str(), "wx_sandbox"));
            let before = tickets.insert(scene.parse().unwrap(), ticket.to_owned());
            assert!(before.is_none(), "scene {scene} is listed twice");
        }
        tickets
    }

    /// How often each scene was asked to be created.
    fn created(&self) -> BTreeMap<u32, usize> {
        let mut created = BTreeMap::new();
        for request in self.sandbox.requests() {
            if request.endpoint() == Some("create_qrcode") {
                let body: Value = serde_json::from_slice(request.body()).unwrap();
                assert_eq!(body["action_name"], "QR_LIMIT_SCENE");
                let scene = body["action_info"]["scene"]["scene_id"].as_u64().unwrap();
                *created.entry(u32::try_from(scene).unwrap()).or_default() += 1;
            }
        }
        created
    }

    /// How often each picture was asked for, by ticket.
    fn fetched(&self) -> BTreeMap<String, usize> {
        let mut fetched = BTreeMap::new();
        for request in self.sandbox.requests() {
            if request.endpoint() == Some("show_qrcode") {
                *fetched.entry(request.query_value("ticket").unwrap()).or_default() += 1;
            }
        }
        fetched
    }

    /// Every scene is listed once, every picture is the sandbox's, byte for byte, and nothing else is there.
    async fn check_complete(&self, from: u32, to: u32) {
        let tickets = self.tickets();
        assert!(tickets.keys().copied().eq(from..=to), "{:?}", tickets.keys());
        let client = self.sandbox.client().unwrap();
        let mut expected = BTreeSet::from(["codes.csv".to_owned(), ".lock".to_owned()]);
        for (scene, ticket) in &tickets {
            let served = client.show_qrcode(ShowQrcode::new(ticket)).await.unwrap().bytes().await.unwrap();
            let name = format!("{scene}.jpg");
            assert!(std::fs::read(self.path(&name)).unwrap() == served, "{name} is not what was served");
            expected.insert(name);
        }
        let found = std::fs::read_dir(self.folder.path()).unwrap();
        let found: BTreeSet<String> =
            found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(found, expected);
    }
}

fn kill(mut child: Child) {
    // On Unix this is SIGKILL: the program has no say in it.
    child.kill().unwrap();
    child.wait().unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check_success(output: &Output) {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Waits until the condition holds; false if the program ends before.
async fn wait_until(child: &mut Child, condition: impl Fn() -> bool) -> bool {
    loop {
        let ended = child.try_wait().unwrap().is_some();
        if condition() {
            return true;
        }
        if ended {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn makes_every_code_and_then_nothing_more() {
    let batch = Batch::new().await;
    let output = batch.run(3, 12);
    check_success(&output);
    assert!(text(&output.stdout).contains("Scenes 3 to 12: 0 are there, 10 to go.\n10 made."));
    assert!(batch.created().values().all(|&times| times == 1));
    assert_eq!(batch.created().len(), 10);
    assert_eq!(batch.fetched().len(), 10);
    batch.check_complete(3, 12).await;

    batch.sandbox.clear_log();
    let (list, output) = (batch.list(), batch.run(3, 12));
    check_success(&output);
    assert!(text(&output.stdout).contains("10 are there, 0 to go.\n0 made."));
    assert_eq!(batch.sandbox.requests().len(), 0);
    assert_eq!(batch.list(), list);

    // A wider range only adds.
    check_success(&batch.run(1, 14));
    assert!(batch.created().keys().copied().eq([1, 2, 13, 14]));
    batch.check_complete(1, 14).await;
}

#[tokio::test]
async fn killed_while_fetching_it_fetches_only_the_rest() {
    let batch = Batch::new().await;
    batch.sandbox.inject_fault("show_qrcode", Fault::pass().times(7)).unwrap();
    batch.sandbox.inject_fault("show_qrcode", Fault::hang().always()).unwrap();
    let mut child = batch.start(1, 24);
    // The seven that were answered are saved before their workers ask for the next ones.
    assert!(wait_until(&mut child, || batch.sandbox.request_count("show_qrcode") == 7 + 4).await);
    kill(child);
    let pictures = |batch: &Batch| (1..=24).filter(|n| batch.path(&format!("{n}.jpg")).exists()).count();
    assert_eq!(pictures(&batch), 7);
    assert_eq!(batch.tickets().len(), 7 + 4);
    let early = batch.fetched();

    batch.sandbox.clear_faults();
    check_success(&batch.run(1, 24));
    assert!(batch.created().values().all(|&times| times == 1), "{:?}", batch.created());
    assert!(batch.created().keys().copied().eq(1..=24));
    let twice: BTreeSet<String> =
        batch.fetched().into_iter().filter(|(_, times)| *times > 1).map(|(ticket, _)| ticket).collect();
    assert_eq!(twice.len(), 4);
    assert!(twice.iter().all(|ticket| early.contains_key(ticket)));
    assert_eq!(batch.fetched().values().sum::<usize>(), 24 + 4);
    batch.check_complete(1, 24).await;
}

#[tokio::test]
async fn killed_while_creating_it_creates_only_what_was_under_way_again() {
    let batch = Batch::new().await;
    batch.sandbox.inject_fault("create_qrcode", Fault::pass().times(5)).unwrap();
    batch.sandbox.inject_fault("create_qrcode", Fault::hang().always()).unwrap();
    let mut child = batch.start(1, 16);
    assert!(wait_until(&mut child, || batch.sandbox.request_count("create_qrcode") == 5 + 4).await);
    kill(child);
    assert_eq!(batch.tickets().len(), 5);

    batch.sandbox.clear_faults();
    check_success(&batch.run(1, 16));
    let twice = batch.created().into_values().filter(|&times| times == 2).count();
    assert_eq!((twice, batch.created().values().sum::<usize>()), (4, 16 + 4));
    assert!(batch.fetched().values().all(|&times| times == 1));
    batch.check_complete(1, 16).await;
}

/// Whenever the kill comes, these hold: they are no matter of timing.
#[tokio::test]
async fn killed_again_and_again_it_gets_there() {
    let batch = Batch::new().await;
    let (kills, workers) = (12, 4);
    for round in 0..kills {
        let before = batch.sandbox.requests().len();
        let mut child = batch.start(1, 40);
        wait_until(&mut child, || batch.sandbox.requests().len() > before + round).await;
        kill(child);
    }
    check_success(&batch.run(1, 40));
    assert!(batch.created().keys().copied().eq(1..=40));
    assert!(batch.created().values().sum::<usize>() <= 40 + kills * workers);
    assert!(batch.fetched().values().sum::<usize>() <= 40 + kills * workers);
    batch.check_complete(1, 40).await;
}

#[tokio::test]
async fn a_row_that_was_cut_short_is_written_again() {
    let batch = Batch::new().await;
    check_success(&batch.run(1, 3));
    let (list, first) = (batch.list(), batch.created());
    assert_eq!(first.len(), 3);
    for cut in [1, 2, 30, list.lines().last().unwrap().len(), list.len() - 20, list.len() - 1] {
        std::fs::write(batch.path("codes.csv"), &list[..list.len() - cut]).unwrap();
        check_success(&batch.run(1, 3));
        // The same permanent scene is the same code again.
        assert_eq!(batch.list(), list);
        batch.check_complete(1, 3).await;
    }
    assert_eq!(batch.created()[&3], 7);
}

#[tokio::test]
async fn a_ticket_that_the_server_has_forgotten_is_replaced() {
    let mut batch = Batch::new().await;
    check_success(&batch.run(1, 6));
    let old = batch.tickets();
    let kept = std::fs::read(batch.path("1.jpg")).unwrap();
    for scene in [2, 5] {
        std::fs::remove_file(batch.path(&format!("{scene}.jpg"))).unwrap();
    }
    batch.sandbox = Sandbox::start().await.unwrap();
    check_success(&batch.run(1, 6));
    assert!(batch.created().keys().copied().eq([2, 5]));
    let new = batch.tickets();
    assert!(new.keys().copied().eq(1..=6));
    let changed: Vec<u32> = (1..=6).filter(|scene| old[scene] != new[scene]).collect();
    assert_eq!(changed, [2, 5]);
    let client = batch.sandbox.client().unwrap();
    for scene in changed {
        let served = client.show_qrcode(ShowQrcode::new(&new[&scene])).await.unwrap().bytes().await.unwrap();
        assert!(std::fs::read(batch.path(&format!("{scene}.jpg"))).unwrap() == served);
    }
    assert!(std::fs::read(batch.path("1.jpg")).unwrap() == kept);
}

#[tokio::test]
async fn a_scene_that_fails_is_listed_and_tried_again() {
    let batch = Batch::new().await;
    batch.sandbox.inject_fault("create_qrcode", Fault::pass().times(2)).unwrap();
    batch.sandbox.inject_fault("create_qrcode", Fault::code(40053).message("invalid action info")).unwrap();
    batch.sandbox.inject_fault("show_qrcode", Fault::pass().times(4)).unwrap();
    batch.sandbox.inject_fault("show_qrcode", Fault::pass().cut(1000)).unwrap();
    let output = batch.command(1, 8).args(["--concurrency", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\n6 made."), "{}", text(&output.stdout));
    let report = text(&output.stderr);
    let lines: Vec<&str> = report.lines().collect();
    let [count, third, sixth, advice] = lines[..] else { panic!("{report}") };
    assert_eq!(count, "2 failed:");
    assert!(third.starts_with("  scene 3: create_qrcode: error 40053 ("), "{third}");
    assert!(third.contains("invalid action info"), "{third}");
    assert!(sixth.starts_with("  scene 6: show_qrcode: "), "{sixth}");
    assert_eq!(advice, "Start it again to go on with what is missing.");
    assert!(!batch.path("3.jpg").exists() && !batch.path("6.jpg").exists());
    assert!(!batch.path(".unfinished").exists());

    check_success(&batch.run(1, 8));
    assert_eq!(batch.created(), (1..=8).map(|scene| (scene, if scene == 3 { 2 } else { 1 })).collect());
    assert_eq!(batch.fetched()[&batch.tickets()[&6]], 2);
    assert_eq!(batch.fetched().values().sum::<usize>(), 8 + 1);
    batch.check_complete(1, 8).await;
}

#[tokio::test]
async fn it_stops_when_every_scene_would_fail() {
    let batch = Batch::new().await;
    let output = batch.command(1, 1000).env("WEIXIN_SECRET", "wrong_secret").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stderr);
    assert!(report.contains("were not tried: "), "{report}");
    assert!(report.contains("error 40125 ") || report.contains("error 40001 "), "{report}");
    assert!(!report.contains("wrong_secret"), "{report}");
    assert_eq!(batch.sandbox.requests().len(), 1);

    // The platform is down: ten scenes in a row, and what the other workers had begun.
    batch.sandbox.clear_log();
    batch.sandbox.inject_fault("create_qrcode", Fault::status(502).always()).unwrap();
    let output = batch.run(1, 1000);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("were not tried: 10 scenes in a row failed"));
    assert!(batch.created().len() < 10 + 4, "{:?}", batch.created());

    batch.sandbox.clear_faults();
    check_success(&batch.run(1, 5));
    batch.check_complete(1, 5).await;
}

#[tokio::test]
async fn two_runs_do_not_share_a_folder() {
    let batch = Batch::new().await;
    batch.sandbox.inject_fault("*", Fault::hang().always()).unwrap();
    let mut child = batch.start(1, 3);
    assert!(wait_until(&mut child, || !batch.sandbox.requests().is_empty()).await);
    let output = batch.run(1, 3);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with("error: another run is at work in "),
        "{}",
        text(&output.stderr)
    );
    kill(child);
    batch.sandbox.clear_faults();
    check_success(&batch.run(1, 3));
    batch.check_complete(1, 3).await;
}

#[tokio::test]
async fn a_list_of_somebody_else_stays_as_it_is() {
    let batch = Batch::new().await;
    let path = batch.path("codes.csv");
    for (list, complaint) in [
        ("name,colour\nshop,red\n", "was not written by this program"),
        (
            "scene,ticket,url,file,account\n1,t,u,1.jpg,wx_other\n",
            "lists codes of wx_other, not of wx_sandbox",
        ),
        ("scene,ticket,url,file,account\nx,t,u,1.jpg,wx_sandbox\n", "line: 2"),
    ] {
        std::fs::write(&path, list).unwrap();
        let output = batch.run(1, 3);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(complaint), "{}", text(&output.stderr));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), list);
    }
    assert_eq!(batch.sandbox.requests().len(), 0);
}

#[tokio::test]
async fn a_picture_without_a_row_is_not_taken_for_a_code() {
    let batch = Batch::new().await;
    std::fs::write(batch.path("2.jpg"), "from somewhere else").unwrap();
    check_success(&batch.run(1, 3));
    batch.check_complete(1, 3).await;
}

#[test]
fn without_an_account_it_uses_a_sandbox_of_its_own() {
    let folder = TempDir::new().unwrap();
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(program());
        command.args(["--from", "7", "--to", "9", "--dir"]).arg(folder.path()).env("NO_PROXY", "127.0.0.1");
        for name in ["WEIXIN_APPID", "WEIXIN_SECRET", "WEIXIN_BASE_URL"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let output = run(&[]);
    check_success(&output);
    assert!(
        text(&output.stdout).starts_with("WEIXIN_APPID and WEIXIN_SECRET are not set: talking to a sandbox")
    );
    assert!(folder.path().join("9.jpg").exists());
    // Its sandbox has forgotten the codes by now.
    std::fs::remove_file(folder.path().join("8.jpg")).unwrap();
    check_success(&run(&[]));
    assert!(folder.path().join("8.jpg").exists());

    for variables in [
        &[("WEIXIN_APPID", "wx_appid")][..],
        &[("WEIXIN_SECRET", "secret")],
        &[("WEIXIN_BASE_URL", "http://127.0.0.1:9")],
    ] {
        let output = run(variables);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).starts_with("error: set both WEIXIN_APPID and WEIXIN_SECRET"));
    }
}

#[test]
fn options_are_checked() {
    for (options, complaint) in [
        (&["--from", "5", "--to", "4"][..], "no scene lies between 5 and 4"),
        (&["--from", "0"], "no scene lies between 0 and 1000"),
        (&["--concurrency", "0"], "--concurrency takes 1 to 64"),
        (&["--to", "many"], "cannot parse argument"),
        (&["--folder", "x"], "invalid option '--folder'"),
        (&["--to"], "missing argument for option '--to'"),
    ] {
        let output = Command::new(program()).args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert!(text(&output.stderr).contains(complaint), "{}", text(&output.stderr));
    }
    let output = Command::new(program()).arg("--help").output().unwrap();
    assert!(output.status.success() && text(&output.stdout).contains("--concurrency"));
}
