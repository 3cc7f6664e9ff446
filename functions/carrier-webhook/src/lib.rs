//! carrier-webhook
