//! Requests of the HTTP API, payload format 2.0.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::problem::Problem;
use oms_domain::ActorKind;
use oms_ports::StepError;

use crate::lambda::{Fatal, run_event};

/// Runs a function behind the HTTP API. The handler answers every request; it has no way to fail.
pub async fn run_http<H>(handler: H) -> Result<(), Fatal>
where
    H: AsyncFn(ApiRequest) -> ApiResponse,
{
    let handler = &handler;
    run_event(async move |event: ApiGatewayV2httpRequest| -> Result<_, StepError> {
        Ok(match request_of(event) {
            Ok(request) => {
                let route = request.route.clone();
                let response = handler(request).await;
                // What went well is logged by whoever did it.
                if response.status < 400 {
                    tracing::debug!(http.route = route, http.status = response.status, "{route} answered {}", response.status);
                } else {
                    tracing::info!(http.route = route, http.status = response.status, "{route} answered {}", response.status);
                }
                answer_of(response)
            }
            Err(problem) => answer_of(problem.into()),
        })
    })
    .await
}

/// What the event of the HTTP API asks for.
///
/// # Errors
/// 400 where the body is said to be base64 and is not.
pub fn request_of(event: ApiGatewayV2httpRequest) -> Result<ApiRequest, Problem> {
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        STANDARD.decode(body).map_err(|_| Problem::bad_parameter("body", "The body is not valid base64."))?
    } else {
        body.into_bytes()
    };
    let headers = event.headers.iter();
    let texts = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    // Payload 2.0 has the values of a repeated parameter separated by commas, the type of the event splits them (and values that hold commas) again.
    let mut query: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in event.query_string_parameters.iter() {
        let known = query.entry(name.to_owned());
        known.and_modify(|values| values.extend([",", value])).or_insert_with(|| value.to_owned());
    }
    Ok(ApiRequest {
        route: event.route_key.unwrap_or_default(),
        path: event.path_parameters.into_iter().collect(),
        query,
        headers: texts.collect(),
        body,
        caller: event.request_context.authorizer.and_then(|authorizer| caller_of(&authorizer.fields)),
    })
}

/// The caller that our authorizer put into the context; `None` where any part is missing, so that nothing passes half known.
fn caller_of(context: &std::collections::HashMap<String, serde_json::Value>) -> Option<Caller> {
    let text = |name: &str| context.get(name)?.as_str();
    let role: ActorKind = text("role")?.parse().ok()?;
    let subject = text("subject").filter(|subject| !subject.is_empty())?.to_owned();
    let scopes = text("scopes")?.split_whitespace().map(str::to_owned).collect();
    matches!(role, ActorKind::Customer | ActorKind::Vendor | ActorKind::Operator).then_some(Caller { role, subject, scopes })
}

fn answer_of(response: ApiResponse) -> ApiGatewayV2httpResponse {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    // Answers are about one caller's orders: no cache on the way may keep them.
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(response.status);
    answer.headers = headers;
    // A binary body goes to the API in base64, which is what it already is.
    answer.is_base64_encoded = response.base64;
    answer.body = Some(Body::Text(response.body));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(extra: &serde_json::Value) -> ApiGatewayV2httpRequest {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "POST /api/v2/orders/{order_id}/cancel",
            "rawPath": "/api/v2/orders/1/cancel",
            "rawQueryString": "a=b",
            "headers": { "Idempotency-Key": "k", "content-type": "application/json" },
            "queryStringParameters": { "a": "b" },
            "pathParameters": { "order_id": "1" },
            "requestContext": { "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t" }, "timeEpoch": 0,
                "authorizer": { "lambda": { "role": "vendor", "subject": "v1", "scopes": "orders:read orders:write" } } },
            "body": "{}", "isBase64Encoded": false
        });
        event.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn reads_what_the_api_sends() {
        let request = request_of(event(&json!({}))).unwrap();
        assert_eq!(request.route, "POST /api/v2/orders/{order_id}/cancel");
        assert_eq!(request.header("idempotency-key"), Some("k"));
        assert_eq!(request.query.get("a").map(String::as_str), Some("b"));
        assert_eq!(request.path.get("order_id").map(String::as_str), Some("1"));
        let caller = request.caller.unwrap();
        assert_eq!((caller.role, caller.subject.as_str()), (ActorKind::Vendor, "v1"));
        assert_eq!(caller.scopes, ["orders:read", "orders:write"]);
    }

    #[test]
    fn a_repeated_parameter_keeps_all_its_values_and_a_comma_stays_one() {
        for (sent, read) in [("A", "A"), ("A,B", "A,B"), ("b,a,b", "b,a,b"), ("", "")] {
            let request = request_of(event(&json!({ "queryStringParameters": { "sku": sent, "x": "1" } }))).unwrap();
            assert_eq!(request.query.get("sku").map(String::as_str), Some(read), "{sent}");
            assert_eq!(request.query.get("x").map(String::as_str), Some("1"), "{sent}");
        }
    }

    #[test]
    fn decodes_base64_bodies_and_refuses_broken_ones() {
        let request = request_of(event(&json!({ "body": "AP8=", "isBase64Encoded": true }))).unwrap();
        assert_eq!(request.body, [0, 255]);
        assert_eq!(request_of(event(&json!({ "body": "!", "isBase64Encoded": true }))).unwrap_err().status, 400);
    }

    #[test]
    fn half_a_caller_is_none() {
        for context in [
            json!({}),
            json!({"role": "customer"}),
            json!({"role": "customer", "subject": "", "scopes": ""}),
            json!({"role": "system", "subject": "x", "scopes": ""}),
            json!({"role": "root", "subject": "x", "scopes": ""}),
        ] {
            assert_eq!(caller_of(&serde_json::from_value(context.clone()).unwrap()), None, "{context}");
        }
    }

    #[test]
    fn a_document_leaves_in_base64_and_says_so() {
        let answer = answer_of(ApiResponse::pdf(b"%PDF"));
        assert_eq!((answer.headers["content-type"].to_str().unwrap(), answer.is_base64_encoded), ("application/pdf", true));
        let sent = serde_json::to_value(&answer).unwrap();
        assert_eq!(sent["body"], "JVBERg==");
    }

    #[test]
    fn answers_are_never_cached() {
        let answer = answer_of(Problem::not_found("order").into());
        assert_eq!(answer.status_code, 404);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}
