//! What an operator could set as well, so that the test need not wait for it.

use oms_tests::shop::Shop;

/// Seconds that a message is hidden after a try that failed. Longer than a lease, so that the next try finds the effect free.
const HIDDEN: u32 = 40;

/// Has messages that could not be handled come again sooner than the template says.
pub(crate) async fn hasten(shop: &Shop) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for name in ["notify", "payment-webhook", "carrier-webhook"] {
        let url = &shop.stack.queues[name];
        let body = serde_json::json!({ "QueueUrl": url, "Attributes": { "VisibilityTimeout": HIDDEN.to_string() } });
        let request = http.post(&shop.stack.emulator_url).body(body.to_string());
        let request = request.header("content-type", "application/x-amz-json-1.0").header("x-amz-target", "AmazonSQS.SetQueueAttributes");
        // The region decides whose queue it is; the signature is looked at by nobody.
        let scope = format!("AWS4-HMAC-SHA256 Credential={}/20261126/{}/sqs/aws4_request", shop.stack.access_key_id, shop.stack.region);
        request.header("authorization", scope).send().await.unwrap().error_for_status().unwrap();
    }
}
