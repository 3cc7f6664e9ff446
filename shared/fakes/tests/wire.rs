//! The scripted server, asked by a client as the adapters have it.

#![expect(clippy::unwrap_used, reason = "a broken expectation in a test's own helper must stop the test")]

use oms_fakes::wire::{Asked, Reply, Server};
use serde_json::json;

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn second_time_lucky() -> impl FnMut(&Asked) -> Reply {
    let mut failed = false;
    move |asked| {
        if !asked.is("POST", "/a%20b") {
            Reply::unknown()
        } else if std::mem::replace(&mut failed, true) {
            Reply::json(201, &json!({ "told": asked.text() }))
        } else {
            Reply::status(503)
        }
    }
}

#[tokio::test]
async fn what_the_script_says_is_answered_and_what_was_asked_is_noted() {
    let server = Server::answering(second_time_lucky());
    let url = format!("{}/a%20b?x=1%2B1&y=z", server.uri());
    let form = [("name", "a&b"), ("at[]", "1")];
    let mut answers = Vec::new();
    for request in [client().get(&url), client().post(&url).form(&form), client().post(&url).header("x-key", "k").json(&json!({ "n": 1 }))]
    {
        let answer = request.send().await.unwrap();
        let content_type = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        answers.push((answer.status().as_u16(), content_type, answer.text().await.unwrap()));
    }
    let told = (201, Some("application/json".to_owned()), r#"{"told":"{\"n\":1}"}"#.to_owned());
    assert_eq!(answers, [(404, None, String::new()), (503, None, String::new()), told]);

    let [got, form, json] = <[Asked; 3]>::try_from(server.asked()).unwrap();
    assert!(got.is("GET", "/a%20b") && got.body.is_empty() && form.is("POST", "/a%20b"), "{got:?}, {form:?}");
    assert_eq!((got.query("x"), got.query("y"), got.query("z")), (Some("1+1"), Some("z"), None));
    assert_eq!(form.form(), [("name".to_owned(), "a&b".to_owned()), ("at[]".to_owned(), "1".to_owned())]);
    assert_eq!((json.header("x-key"), json.header("X-Key"), json.header("x-other")), (Some("k"), Some("k"), None));
    assert_eq!(json.json(), json!({ "n": 1 }));
}

#[tokio::test]
async fn dropped_it_answers_nobody_nor_those_who_are_connected() {
    let (server, client) = (Server::answering(|_| Reply::status(200)), client());
    let uri = server.uri();
    assert!(client.get(&uri).send().await.is_ok());
    drop(server);
    assert!(client.get(&uri).send().await.is_err());
}

#[tokio::test]
#[should_panic(expected = "the script of a server panicked")]
async fn a_script_that_panics_fails_the_test() {
    let server = Server::answering(|asked| panic!("{}", asked.path));
    assert!(client().get(server.uri()).send().await.is_err());
}
