//! Builds the adapters, over one HTTP client.

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::identity::IdentityCache;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, HttpClient, SharedCredentialsProvider};
use oms_ports::{Party, PortError};
use secrecy::SecretString;

use crate::bus::EventBus;
use crate::error::port_error;
use crate::inventory::DynamoInventory;
use crate::machine::StepMachine;
use crate::mail::SesMailer;
use crate::meter::Meter;
use crate::orders::{DynamoCaptures, DynamoOrders};
use crate::papers::DynamoPapers;
use crate::queue::{SqsQueue, SqsTasks};
use crate::reference::DynamoReference;
use crate::sealer::{CustomerKeys, MasterKey};
use crate::seen::DynamoSeen;
use crate::tally::DynamoTally;
use crate::topics::SnsTopics;
use crate::transport::Transport;

/// Longest time to connect.
const CONNECT: Duration = Duration::from_secs(1);
/// Longest time of one attempt.
const ATTEMPT: Duration = Duration::from_secs(3);
/// Longest time of a call with all its attempts: well inside the functions' own deadlines.
const CALL: Duration = Duration::from_secs(8);
/// Attempts in all. More than these belong to the machine, the queue or the client.
const ATTEMPTS: u32 = 3;
/// Longest wait before the second attempt; doubles.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Names the base URL of all services where they are not AWS's own.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// Where a developer's tool finds the services, and as whom.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Base URL of all services.
    pub url: String,
    /// Region that requests are signed for.
    pub region: String,
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: SecretString,
}

/// The services. Cheap to make: nothing is connected before the first call.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    dynamodb: aws_sdk_dynamodb::Client,
}

impl Clients {
    /// The services of the function's environment: credentials and region that Lambda sets, `AWS_ENDPOINT_URL` where it is set.
    ///
    /// Nothing else of the environment is looked at, and no file. `aws_config::load` would look at profiles, instance metadata and containers,
    /// none of which a Lambda has, and link the code for all of it (docs/adr/0006).
    pub async fn load() -> Self {
        let mut config = common().into_builder();
        config.set_credentials_provider(Some(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())));
        config.set_region(EnvironmentVariableRegionProvider::new().region().await);
        #[expect(clippy::disallowed_methods, reason = "read once, in INIT, like the region beside it")]
        config.set_endpoint_url(std::env::var(ENDPOINT_URL).ok().filter(|url| !url.is_empty()));
        Self::of(config.build())
    }

    /// The services at an endpoint, whatever the environment says: for tools, tests and benches.
    #[expect(clippy::unused_async, reason = "made like those of the environment, whose region is read asynchronously")]
    pub async fn at(endpoint: &Endpoint) -> Self {
        use secrecy::ExposeSecret as _;
        let credentials = Credentials::new(&endpoint.access_key_id, endpoint.secret_access_key.expose_secret(), None, None, "endpoint");
        let mut config = common().into_builder();
        config.set_endpoint_url(Some(endpoint.url.clone()));
        config.set_region(Some(Region::new(endpoint.region.clone())));
        config.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials)));
        Self::of(config.build())
    }

    /// The services behind this transport instead of a network: for benches that keep the store in their own process.
    pub async fn over(transport: impl HttpClient + 'static, endpoint: &Endpoint) -> Self {
        let at = Self::at(endpoint).await;
        Self::of(at.config.into_builder().http_client(transport).build())
    }

    fn of(config: SdkConfig) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        Self { config, dynamodb }
    }

    /// The same, with calls of DynamoDB counted.
    #[must_use]
    pub fn metered(self, meter: &Meter) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config).interceptor(meter.clone()).build();
        Self { dynamodb: aws_sdk_dynamodb::Client::from_conf(config), ..self }
    }

    /// The DynamoDB client itself, for making tables.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// Orders and all that is stored beside them, in the orders table.
    pub fn orders(&self, table: &str) -> Arc<DynamoOrders> {
        Arc::new(DynamoOrders::new(self.dynamodb.clone(), table))
    }

    /// Captures, which also write idempotency records to the ephemeral table.
    pub fn captures(&self, orders: &str, ephemeral: &str) -> Arc<DynamoCaptures> {
        Arc::new(DynamoCaptures::new(self.dynamodb.clone(), orders, ephemeral))
    }

    /// What was seen before, in the ephemeral table.
    pub fn seen(&self, ephemeral: &str) -> Arc<DynamoSeen> {
        Arc::new(DynamoSeen::new(self.dynamodb.clone(), ephemeral))
    }

    /// Labels, in the ephemeral table.
    pub fn papers(&self, ephemeral: &str) -> Arc<DynamoPapers> {
        Arc::new(DynamoPapers::new(self.dynamodb.clone(), ephemeral))
    }

    /// The stock ledger.
    pub fn inventory(&self, table: &str) -> Arc<DynamoInventory> {
        Arc::new(DynamoInventory::new(self.dynamodb.clone(), table))
    }

    /// Reference data.
    pub fn reference(&self, table: &str) -> Arc<DynamoReference> {
        Arc::new(DynamoReference::new(self.dynamodb.clone(), table))
    }

    /// Deliveries counted in the reference table, each once by a mark in the ephemeral one.
    pub fn tally(&self, reference: &str, ephemeral: &str) -> Arc<DynamoTally> {
        Arc::new(DynamoTally::new(self.dynamodb.clone(), reference, ephemeral))
    }

    /// Customers' keys, wrapped under the master key of a secret, which is read at first use.
    pub fn sealer(&self, secret_arn: &str, reference: &str) -> Arc<CustomerKeys> {
        Arc::new(CustomerKeys::new(self.clone(), MasterKey::InSecret(secret_arn.to_owned()), reference))
    }

    /// Customers' keys under this master key, base64 of 32 bytes: for where there is no secrets manager.
    pub fn sealer_under(&self, master_key: SecretString, reference: &str) -> Arc<CustomerKeys> {
        Arc::new(CustomerKeys::new(self.clone(), MasterKey::Given(master_key), reference))
    }

    /// The event bus.
    pub fn bus(&self, name: &str) -> Arc<EventBus> {
        let client = aws_sdk_eventbridge::Client::new(&self.config);
        Arc::new(EventBus::new(client, name))
    }

    /// A state machine.
    pub fn machine(&self, arn: &str) -> Arc<StepMachine> {
        let client = aws_sdk_sfn::Client::new(&self.config);
        Arc::new(StepMachine::new(client, arn))
    }

    /// Mail from this sender.
    pub fn mailer(&self, sender: &str) -> Arc<SesMailer> {
        let client = aws_sdk_sesv2::Client::new(&self.config);
        Arc::new(SesMailer::new(client, sender))
    }

    /// The topics of vendors and operators.
    pub fn topics(&self, vendors: &str, operators: &str) -> Arc<SnsTopics> {
        let client = aws_sdk_sns::Client::new(&self.config);
        Arc::new(SnsTopics::new(client, vendors, operators))
    }

    /// The queues of webhooks, by URL.
    pub fn queue(&self, payments: &str, carriers: &str) -> Arc<SqsQueue> {
        let client = aws_sdk_sqs::Client::new(&self.config);
        Arc::new(SqsQueue::new(client, payments, carriers))
    }

    /// The queue of operators' tasks, by URL.
    pub fn tasks(&self, url: &str) -> Arc<SqsTasks> {
        Arc::new(SqsTasks::new(aws_sdk_sqs::Client::new(&self.config), url))
    }

    /// The text of a secret. Callers read it once.
    pub async fn secret(&self, arn: &str) -> Result<SecretString, PortError> {
        let answer = aws_sdk_secretsmanager::Client::new(&self.config)
            .get_secret_value()
            .secret_id(arn)
            .send()
            .await
            .map_err(|error| port_error(Party::Secrets, &error))?;
        answer.secret_string.map(SecretString::from).ok_or_else(|| PortError::corrupt(Party::Secrets, "the secret holds no text"))
    }
}

/// What all environments share: one HTTP client for all services, short timeouts, few attempts.
fn common() -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).operation_timeout(CALL).build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_WAIT);
    // Answers are small, and an attempt has its time limit: there is no stream to be watched, and watching costs at each call.
    let unwatched = StalledStreamProtectionConfig::disabled();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(Transport::new(CONNECT))
        .stalled_stream_protection(unwatched);
    config.timeout_config(timeouts).retry_config(retries).identity_cache(IdentityCache::lazy().build()).build()
}
