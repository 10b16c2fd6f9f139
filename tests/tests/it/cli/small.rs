//! The commands that need no log, and what all of them have in common.

use super::binary::{complaint, printed, waybill, waybill_on};
use waybill_tests::app::{SECRET, TestApp};
use waybill_tests::database::TestDatabase;

#[tokio::test]
async fn every_command_explains_itself_with_an_example() {
    let help = printed(&mut waybill(&["--help"])).await;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() >= 10, "{help}");
    for name in commands {
        if matches!(name, "epoch" | "parked" | "settings") {
            continue; // commands below them, or nothing to show
        }
        let help = printed(&mut waybill(&[name, "--help"])).await;
        assert!(help.contains("Example"), "{name}: {help}");
        assert!(
            !help.contains('\u{1b}'),
            "colours where there is no terminal: {help}"
        );
    }
}

#[tokio::test]
async fn wrong_settings_are_named_and_have_an_exit_code_of_their_own() {
    let serve = complaint(&mut waybill(&["serve"]), 78).await;
    for name in ["DATABASE_URL", "ACCESS_TOKEN_SECRET"] {
        assert!(serve.contains(name), "{serve}");
    }
    let short = complaint(
        waybill(&["token", "--customer", "ada"]).env("ACCESS_TOKEN_SECRET", "short"),
        78,
    )
    .await;
    assert!(
        short.contains("ACCESS_TOKEN_SECRET must be secret, at least 32 bytes"),
        "{short}"
    );
    assert!(!short.contains("\"short\""), "{short}");
    complaint(&mut waybill(&["nonsense"]), 2).await;
}

#[tokio::test]
async fn a_minted_token_is_what_the_server_accepts() {
    let database = TestDatabase::create().await;
    let app = TestApp::start(&database).await;
    let token = printed(&mut waybill_on(
        &database,
        &[
            "token",
            "--subject",
            "ann",
            "--role",
            "staff",
            "--role",
            "service",
            "--expires",
            "5m",
        ],
    ))
    .await;
    let token = token.strip_suffix('\n').expect("one line");
    let me = app.client_with(Some(token.to_owned())).get("/v1/me").await;
    let me = me.expect(200).body;
    assert_eq!(me["subject"], "ann");
    assert_eq!(me["roles"], serde_json::json!(["service", "staff"]));
    app.stop().await;

    let long = waybill(&["token", "--customer", "ada", "--expires", "400d"])
        .env("ACCESS_TOKEN_SECRET", SECRET)
        .output();
    let long = long.await.expect("it runs");
    let complaint = String::from_utf8(long.stderr).expect("text");
    assert!(
        complaint.contains("WAYBILL_TOKEN_LIFETIME_MAX_SECS"),
        "{complaint}"
    );
}
