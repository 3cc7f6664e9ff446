//! The scripted server, asked by a client as the adapters have it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use oms_fakes::wire::{Asked, Reply, Server};
use serde_json::json;

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn second_time_lucky() -> impl FnMut(&Asked) -> Reply {
    let mut times = 0;
    move |asked| {
        times += 1;
        match (asked.is("POST", "/a%20b"), times) {
            (false, _) => Reply::unknown(),
            (true, 1) => Reply::status(503),
            (true, _) => Reply::json(201, &json!({ "told": asked.text() })),
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
    // The first to the unknown address counts as a time, too.
    let told = r#"{"told":"{\"n\":1}"}"#.to_owned();
    let form_told = r#"{"told":"name=a%26b&at%5B%5D=1"}"#.to_owned();
    let json = Some("application/json".to_owned());
    assert_eq!(answers, [(404, None, String::new()), (201, json.clone(), form_told), (201, json, told)]);

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
