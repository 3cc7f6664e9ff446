//! What a function makes of the environment that Lambda starts it in.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

mod support;

use std::process::Command;

use oms_aws::Clients;
use secrecy::ExposeSecret as _;

use support::scripted::listening;

/// The other half of the test below: a test may not change its own environment, so this one is run with another.
#[tokio::test]
#[ignore = "run by another test, in an environment of its own"]
async fn in_its_own_environment_a_secret_is_read() {
    let secret = Clients::load().await.secret("arn:s").await.unwrap();
    assert_eq!(secret.expose_secret(), "s3cret");
}

/// The service, asked from such an environment: heads of the requests in lower case.
async fn asked_with(variables: &[(&str, &str)], answers: [(u16, &'static str); 2]) -> Vec<String> {
    let (url, asked) = listening(move |turn, _| (answers[turn.min(1)].0, answers[turn.min(1)].1.to_owned())).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "in_its_own_environment_a_secret_is_read", "--ignored"]);
    child.env_clear().env("AWS_ENDPOINT_URL", url).envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    asked.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
}

const FOUND: (u16, &str) = (200, r#"{"ARN":"arn:s","Name":"s","SecretString":"s3cret"}"#);

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_signed_with_the_session_and_for_the_region_that_lambda_sets() {
    let lambda = [
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_SESSION_TOKEN", "the-session"),
        ("AWS_REGION", "eu-west-3"),
    ];
    let heads = asked_with(&lambda, [FOUND, FOUND]).await;
    assert_eq!(heads.len(), 1);
    assert!(heads[0].contains("x-amz-security-token: the-session\r\n"), "{}", heads[0]);
    assert!(heads[0].contains("credential=asiaexample/"), "{}", heads[0]);
    assert!(heads[0].contains("/eu-west-3/secretsmanager/aws4_request"), "{}", heads[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_the_service_is_tried_again_and_long_term_keys_need_no_session() {
    let developer = [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "key"), ("AWS_REGION", "eu-west-3")];
    let heads = asked_with(&developer, [(500, "{}"), FOUND]).await;
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.contains("credential=akiaexample/") && !head.contains("x-amz-security-token")), "{heads:?}");
}
