//! Counts calls of DynamoDB and the capacity they consume: what a bench makes a price of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

/// Header that names the operation: `DynamoDB_20120810.PutItem`.
const TARGET: &str = "x-amz-target";

/// What one kind of call came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Count {
    /// Attempts, failed ones too.
    pub calls: u64,
    /// Read units, of calls that succeeded.
    pub read_units: f64,
    /// Write units, of calls that succeeded. A write whose condition fails consumes units that DynamoDB does not report.
    pub write_units: f64,
}

/// Counts of all clients that were made with it. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<String, Count>>>);

impl Meter {
    /// The counts by name of operation (`PutItem`), since the last time they were taken.
    pub fn take(&self) -> BTreeMap<String, Count> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, operation: &str, add: impl FnOnce(&mut Count)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        add(counts.entry(operation.to_owned()).or_default());
    }
}

/// Sums over the tables of an answer, however the operation spells them.
fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}

/// Every operation that the adapters use.
macro_rules! operations {
    ($($name:literal: $input:ty => $output:ty;)*) => {
        /// Asks for the consumed capacity of a call.
        fn ask(context: &mut BeforeSerializationInterceptorContextMut<'_>) {
            $(if let Some(input) = context.input_mut().downcast_mut::<$input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
            })*
        }

        /// The name of a call that succeeded, and the units that its answer states.
        fn told(context: &FinalizerInterceptorContextRef<'_>) -> Option<(&'static str, f64)> {
            let output = context.output_or_error()?.ok()?;
            $(if let Some(output) = output.downcast_ref::<$output>() {
                return Some(($name, units(output.consumed_capacity())));
            })*
            None
        }
    };
}

operations! {
    "BatchGetItem": BatchGetItemInput => BatchGetItemOutput;
    "GetItem": GetItemInput => GetItemOutput;
    "PutItem": PutItemInput => PutItemOutput;
    "Query": QueryInput => QueryOutput;
    "TransactWriteItems": TransactWriteItemsInput => TransactWriteItemsOutput;
    "UpdateItem": UpdateItemInput => UpdateItemOutput;
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask(context);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get(TARGET).unwrap_or_default();
        self.count(target.rsplit('.').next().unwrap_or_default(), |count| count.calls += 1);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some((operation, units)) = told(context) {
            self.count(operation, |count| match operation {
                "BatchGetItem" | "GetItem" | "Query" => count.read_units += units,
                _ => count.write_units += units,
            });
        }
        Ok(())
    }
}
